"""What an example workflow is made of: nodes, notes and groups, and where each stands on the canvas."""

from __future__ import annotations

from typing import Any

Graph = dict[str, Any]

WRITE, SHOOT, RENDER, NOTE = "#3f789e", "#8A8", "#b58b2a", "#88A"


def node(
    type: str, pos: tuple[int, int], size: tuple[int, int], title: str = "", **widgets: Any
) -> dict[str, Any]:
    """A node; a dot in a widget's name is written as two underscores."""
    named = {name.replace("__", "."): value for name, value in widgets.items()}
    return {"type": type, "pos": list(pos), "size": list(size), "title": title, "widgets": named}


def note(pos: tuple[int, int], size: tuple[int, int], text: str) -> dict[str, Any]:
    spec = node("MarkdownNote", pos, size, "Read me")
    # The note's widget has no name of its own in every frontend: it is the first one.
    return spec | {"widgets": {"": text}, "color": ["#432", "#653"]}


def group(title: str, box: tuple[int, int, int, int], color: str) -> dict[str, Any]:
    return {"title": title, "box": list(box), "color": color}


# The least height of a node's body in Vue nodes (frontend 1.58), which are taller than the classic ones.
LEAST_HEIGHT = {
    "StoryreelAnimaticClip": 360,
    "StoryreelBudgetGuard": 110,
    "StoryreelContactSheet": 145,
    "StoryreelEstimate": 80,
    "StoryreelFilmSettings": 230,
    "StoryreelHeyGenLists": 160,
    "StoryreelJoinClips": 280,
    "StoryreelKeyframe": 590,
    "StoryreelKling": 520,
    "StoryreelLoadStoryboard": 90,
    "StoryreelMusicByMood": 335,
    "StoryreelSampleSound": 90,
    "StoryreelShoot": 270,
    "StoryreelSyncAudio": 190,
    "StoryreelVeo": 595,
}
TITLE = 30  # above a node's place
BETWEEN = 50  # the title of the next, and room for the line of progress that a running node grows by
RIM = 20


def spread(graph: Graph) -> Graph:
    """Makes room for the taller nodes: those below one move down, and the groups reach as far as the lowest."""
    nodes = list(graph["nodes"].values())
    for each in nodes:
        each["size"][1] = max(each["size"][1], LEAST_HEIGHT.get(each["type"], 0))
    placed: list[dict[str, Any]] = []
    for each in sorted(nodes, key=lambda node: node["pos"][1]):
        left, right = each["pos"][0], each["pos"][0] + each["size"][0]
        for above in placed:
            if above["pos"][0] < right and left < above["pos"][0] + above["size"][0]:
                each["pos"][1] = max(each["pos"][1], above["pos"][1] + above["size"][1] + BETWEEN + TITLE)
        placed.append(each)
    lowest = max(each["pos"][1] + each["size"][1] for each in nodes) + RIM
    for each in graph["groups"]:
        each["box"][3] = max(each["box"][3], lowest)
    return graph
