"""Every text and every wire of every node, with what a hostile workflow writes there.

The nodes come from the registry, so that a new one is attacked from its first day. Whatever is written: nothing outside
of the engine's folders is read, nothing is bought, and the engine answers afterwards.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import pytest
import requests
from storyreel.host.standalone.dynamic import AUTOGROW, DYNAMIC_COMBO, expand
from storyreel.nodes import NODES
from storyreel.studio.home import home

SCHEMAS = {node.GET_SCHEMA().node_id: node.GET_SCHEMA() for node in NODES}
LEFT_OUT = {"StoryreelSVD"}
"""Takes torch and a model's weights."""
MAKERS: dict[str, dict[str, Any]] = {
    "IMAGE": {"class_type": "StoryreelSamplePicture", "inputs": {"name": "01_dawn.jpg"}},
    "AUDIO": {"class_type": "StoryreelSampleSound", "inputs": {"name": "shore.ogg"}},
    "VIDEO": {
        "class_type": "StoryreelAnimaticClip",
        "inputs": {
            **{
                "prompt": "x",
                "clip_action": "static",
                "duration": 0.2,
                "width": 32,
                "height": 32,
                "fps": 5.0,
            },
            **{"crf": 40, "seed": 0, "fit": "cover"},
        },
    },
    "STORYREEL_BOARD": {
        "class_type": "StoryreelStoryboard",
        "inputs": {"text": "quality: draft\nscenes: [{prompt: a, duration: 0.2}]"},
    },
    "STORYREEL_TIMELINE": {
        "class_type": "StoryreelJoinClips",
        "inputs": {"clips.clip0": ["VIDEO", 0], "transition": "none", "transition_duration": 0.0},
    },
    "STORYREEL_SETTINGS": {
        "class_type": "StoryreelFilmSettings",
        "inputs": {
            **{"preset": "custom", "preset.width": 32, "preset.height": 32, "preset.bitrate": 0.1},
            **{"fps": 5.0, "fit": "cover"},
        },
    },
}


def usual(node: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A node's inputs with values that are right, wires included, and the type of each. Nothing may be spent."""
    types, values = SCHEMAS[node].types(), dict[str, Any]()
    while True:
        flat, _ = expand(types, values)
        # An input takes the former name of its type too; the first is today's.
        known = {name: (k.split(",")[0], more) for each in flat.values() for name, (k, more) in each.items()}
        new = [name for name in known if name not in values]
        if not new:
            return values, {name: kind for name, (kind, _) in known.items()}
        for name in new:
            kind, more = known[name]
            if name == "max_cost":
                values[name] = 0.0
            elif kind == DYNAMIC_COMBO:
                values[name] = more["options"][0]["key"]
            elif kind in MAKERS or kind == "*":
                values[name] = [kind if kind in MAKERS else "IMAGE", 0]
            elif kind == "COMBO":
                values[name] = more.get("default") or (more.get("options") or ["none"])[0]
            else:
                values[name] = more.get("default", "")


def graph(node: str, **changed: Any) -> dict[str, Any]:
    values, _ = usual(node)
    made = {"node": {"class_type": node, "inputs": {**values, **changed}}}
    if not SCHEMAS[node].is_output_node:
        made["seen"] = {"class_type": "PreviewAny", "inputs": {"source": ["node", 0]}}
    return made | MAKERS


PLACES = [
    (node, name, kind)
    for node in SCHEMAS
    if node not in LEFT_OUT
    for name, kind in usual(node)[1].items()
    if kind not in (DYNAMIC_COMBO, AUTOGROW)
]
TEXTS = [(node, name) for node, name, kind in PLACES if kind == "STRING"]
WIRES = [(node, name, kind) for node, name, kind in PLACES if kind in MAKERS]


def paths(outside: Path) -> Iterator[str]:
    picture = outside / "kanarienvogel.png"
    yield from (
        str(picture),
        f"../../engine-beside/{picture.name}",
        picture.as_uri(),
        f"concat:{picture}|{picture}",
    )
    yield from (
        f"\\\\localhost\\c$\\{picture.name}",
        f"..\\..\\engine-beside\\{picture.name}",
        f"{picture}\0.png",
    )
    yield from (
        "/etc/passwd",
        "../../engine-beside/kanarienvoge.png",
        f"{picture} [output]",
        "link/kanarienvogel.png",
    )


def storyboards(outside: Path) -> Iterator[Any]:
    """What was believed where a storyboard's or a timeline's wire belongs."""
    for name in (str(outside / "kanarienvogel.png"), "kanarienvogel.png", "kanarienvoge.png"):
        scene = {"prompt": "a", "duration": 0.2, "image": name}
        yield {"storyboard": {"quality": "draft", "scenes": [scene]}, "folder": str(outside)}
    for name in ("kanarienvogel.mp4", "kanarienvoge.mp4"):
        yield {"clips": [{"path": str(outside / name)}]}
        yield {"path": str(outside / name)}
    yield from ({"width": 32, "height": 32, "fps": 5}, {}, [], [{}], 7, "text", True, 0.5, [["node", 0]])


class Watched:
    """The engine, and what may never come out of it."""

    def __init__(self, engine: Any, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.seen: set[Path] = set()

    def attack(self, graph: dict[str, Any], sent: str = "", seconds: float = 20) -> Any:
        began = time.monotonic()
        ended = self.engine.ran(graph, seconds)
        assert time.monotonic() - began < seconds
        said = ended if isinstance(ended, str) else json.dumps([ended["outputs"], ended["status"]])
        assert "geheim4711" not in said and "root:x:" not in said
        if "kanarienvogel" not in sent:
            assert "kanarienvogel" not in said, said
        for path in self.folder.rglob("*") if self.folder.exists() else ():
            if path.suffix in (".png", ".mp4") and path not in self.seen and "input" not in path.parts:
                self.seen.add(path)
                assert not magenta(path), path
        return ended


def magenta(path: Path) -> bool:
    with av.open(str(path)) as file:
        red, green, blue = next(file.decode(video=0)).to_ndarray(format="rgb24").reshape(-1, 3).mean(0)
    return bool(red > 150 and blue > 150 and green < 90)


@pytest.fixture
def watched(engine: Any, outside: Path) -> Iterator[Watched]:
    folder = outside.parent / "engine"
    if folder.exists() and not (folder / "input" / "link").is_symlink():
        (folder / "input" / "link").symlink_to(outside)
    made = Watched(engine, folder)
    made.seen.update(folder.rglob("*") if folder.exists() else ())  # what an earlier attack looked at
    yield made
    assert engine.alive()
    assert not (home() / "ledger.db").exists(), "nothing was bought, and nothing was about to be"


@pytest.mark.parametrize("few", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["few", "all"])
@pytest.mark.parametrize(("node", "name"), TEXTS, ids=lambda value: str(value))
def test_a_path_in_a_text_reads_nothing_outside(
    watched: Watched, outside: Path, node: str, name: str, few: bool
) -> None:
    for path in list(paths(outside))[: 3 if few else None]:
        watched.attack(graph(node, **{name: path}), path)


@pytest.mark.parametrize(("node", "name", "kind"), WIRES, ids=lambda value: str(value))
def test_what_is_written_for_a_wire_is_refused(
    watched: Watched, outside: Path, node: str, name: str, kind: str
) -> None:
    ours = kind.startswith("STORYREEL")
    for value in list(storyboards(outside))[:: 1 if ours else 3]:
        for written in (value, {"__value__": value}):
            ended = watched.attack(graph(node, **{name: written}), json.dumps(written))
            assert isinstance(ended, str) or ended["status"]["status_str"] == "error", written
    ended = watched.attack(graph(node, **{name: {"__value__": ["IMAGE", 0]}}))
    assert kind == "IMAGE" or isinstance(ended, str) or ended["status"]["status_str"] == "error"


@pytest.mark.parametrize(("node", "name", "kind"), [w for w in WIRES if w[2].startswith("STORYREEL")])
def test_a_node_that_hands_anything_on_forges_no_wire(
    outside: Path, engine: Any, watched: Watched, node: str, name: str, kind: str
) -> None:
    if "ProbeAny" not in requests.get(f"{engine.url}/object_info/ProbeAny", timeout=20).json():
        pytest.skip("this ComfyUI has no such node")
    for value in storyboards(outside):
        if not isinstance(value, list):
            forged = {"forger": {"class_type": "ProbeAny", "inputs": {"value": value}}}
            ended = watched.attack(forged | graph(node, **{name: ["forger", 0]}), json.dumps(value))
            assert isinstance(ended, str) or ended["status"]["status_str"] == "error", value


def test_wires_that_are_wires_work(watched: Watched) -> None:
    for node in ("StoryreelRenderFilm", "StoryreelShoot", "StoryreelEstimate", "StoryreelBudgetGuard"):
        ended = watched.attack(graph(node))
        assert not isinstance(ended, str) and ended["status"]["status_str"] == "success", ended


AWKWARD = {
    **{"lines": "\n", "braces": "{", "arrows": "-->", "tags": "<b>", "backslashes": "\\", "digits": "7"},
    **{
        "combining": "a\u0301\u0300",
        "right to left": "\u05d0\u202e",
        "commas": ",",
        "spaces": " ",
        "brackets": "[",
    },
}


def megabytes() -> Iterator[tuple[str, str, str]]:
    """Each text with two of the signs, all of them in turn; with all where STORYREEL_TEST_ALL is set."""
    signs = list(AWKWARD)
    for number, (node, name) in enumerate(TEXTS):
        chosen = (
            signs if os.environ.get("STORYREEL_TEST_ALL") else (signs * 2)[number % 11 : number % 11 + 6 : 5]
        )
        yield from ((node, name, sign) for sign in chosen)


@pytest.mark.slow
@pytest.mark.parametrize(("node", "name", "sign"), list(megabytes()))
def test_a_megabyte_of_one_sign_ends_in_bounded_time(
    watched: Watched, memory: Callable[[], float], node: str, name: str, sign: str
) -> None:
    before = memory()
    text = AWKWARD[sign] * (1_000_000 // len(AWKWARD[sign].encode()))
    watched.attack(graph(node, **{name: text}), seconds=60)
    assert memory() - before < 1500, "MB more than before"


@pytest.fixture
def memory() -> Callable[[], float]:
    """Megabytes that this process, with the engine in it, has held at most."""
    resource = pytest.importorskip("resource")
    return lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
