"""The example workflows: their nodes, wires and groups, and where each stands on the canvas."""

from __future__ import annotations

from typing import Any

from cloud_graphs import CLOUD
from graph_parts import NOTE, RENDER, SHOOT, WRITE, Graph, group, node, note, spread
from sound_graphs import SOUND
from story_graphs import STORIES
from svd_graphs import SVD

PICTURES = ("01_dawn", "02_morning", "03_noon", "04_golden_hour", "05_dusk", "06_night")

PHOTO_STORY: Graph = {
    "nodes": {
        "note": note(
            (40, 230),
            (380, 230),
            "## A photo story with music\n\n"
            "Press **Run**: six pictures become a film of 22 seconds, with the camera moving over them, "
            "crossfades and "
            "music. It lands in ComfyUI's output folder, under `storyreel`.\n\n"
            "**Your own:** put a storyboard (JSON or YAML), its pictures and its music into ComfyUI's "
            "*input* folder and "
            "choose it in *Load Storyboard*. `photo_story.json [examples]` is the one to copy from.\n\n"
            "Without a canvas: `storyreel run photo_story.json -o films`",
        ),
        "load": node("StoryreelLoadStoryboard", (40, 80), (380, 60), file="photo_story.json [examples]"),
        "shoot": node("StoryreelShoot", (500, 80), (340, 120)),
        "report": node("PreviewAny", (500, 330), (340, 330), "What was made"),
        "film": node("StoryreelRenderFilm", (920, 80), (520, 580), filename_prefix="storyreel/photo_story"),
        "sheet": node("StoryreelContactSheet", (1520, 80), (300, 110), columns=3, rows=4, width=960),
        "look": node("PreviewImage", (1520, 260), (420, 400), "The film at a glance"),
    },
    "links": [
        "load.storyboard -> shoot.storyboard",
        "shoot.timeline -> film.timeline",
        "shoot.settings -> film.settings",
        "shoot.report -> report.source",
        "film.video -> sheet.video",
        "sheet.image -> look.images",
    ],
    "groups": [
        group("1 · Write", (20, 0, 420, 680), WRITE),
        group("2 · Shoot", (480, 0, 380, 680), SHOOT),
        group("3 · Render", (900, 0, 560, 680), RENDER),
        group("Look at it", (1500, 0, 460, 680), NOTE),
    ],
}


def six_transitions() -> Graph:
    nodes: dict[str, Any] = {
        "note": note(
            (1340, 560),
            (380, 270),
            "## The six transitions\n\n"
            "Six pictures, six clips, joined by **Join Clips**: its box *each* says, line by line, how "
            "every clip comes "
            "in.\n\n"
            "1. **fade** from black (between clips: through black)\n"
            "2. **crossfade** mixes the two\n"
            "3. **wipe** uncovers from the left\n"
            "4. **slide** pushes in from the right\n"
            "5. **zoom** flies into the picture\n"
            "6. **dissolve** blurs on the way\n\n"
            "`none` is a hard cut; `wipe 1.5` takes a second and a half.",
        ),
        "join": node(
            "StoryreelJoinClips",
            (1340, 80),
            (380, 420),
            transition="crossfade",
            transition_duration=1.0,
            each="fade\ncrossfade\nwipe\nslide\nzoom\ndissolve",
        ),
        "settings": node("StoryreelFilmSettings", (1800, 80), (360, 150), preset__quality="draft"),
        "film": node(
            "StoryreelRenderFilm", (1800, 330), (520, 490), filename_prefix="storyreel/six_transitions"
        ),
    }
    links = ["join.timeline -> film.timeline", "settings.settings -> film.settings"]
    for number, picture in enumerate(PICTURES):
        column, row = divmod(number, 3)
        x, y = 40 + 640 * column, 80 + 440 * row
        nodes[f"picture{number}"] = node("StoryreelSamplePicture", (x, y), (250, 250), name=f"{picture}.jpg")
        nodes[f"clip{number}"] = node(
            "StoryreelAnimaticClip",
            (x + 290, y),
            (310, 310),
            picture[3:].replace("_", " ").capitalize(),
            clip_action=("slow zoom in", "slow pan right", "slow zoom out")[row],
            duration=3.0,
            width=854,
            height=480,
        )
        links += [
            f"picture{number}.image -> clip{number}.image",
            f"clip{number}.video -> join.clips.clip{number}",
        ]
    return {
        "nodes": nodes,
        "links": links,
        "groups": [
            group("1 · A picture, a camera movement, a clip", (20, 0, 1260, 1180), SHOOT),
            group("2 · Join", (1320, 0, 420, 1180), WRITE),
            group("3 · Render", (1780, 0, 560, 1180), RENDER),
        ],
    }


TEXT_FILM: Graph = {
    "nodes": {
        "prompts": node(
            "StoryreelScenesFromPrompts",
            (40, 80),
            (420, 370),
            prompts="How a film is made\n"
            "You write down its scenes, one by one\n"
            "For each: how long it lasts, and how it comes in\n"
            "You look at it as an animatic, at once and for free\n"
            "Then you film it",
            duration=3.0,
            transition="slide",
            quality="draft",
            seed=21,
            title="How a film is made",
        ),
        "note": note(
            (40, 510),
            (420, 180),
            "## A film of words\n\n"
            "Every line is a scene. Without pictures the scenes are title cards: an *animatic*, with the "
            "timing and the "
            "transitions that the film will have.\n\n"
            "Change the lines, the transition, the shape (try `9:16`), press **Run** and look again.",
        ),
        "shoot": node("StoryreelShoot", (540, 80), (340, 120)),
        "sound": node("StoryreelSampleSound", (540, 290), (340, 60), name="calm.ogg"),
        "markers": node("PreviewAny", (1560, 80), (360, 640), "The scenes, with their times"),
        "film": node(
            "StoryreelRenderFilm",
            (960, 80),
            (520, 520),
            filename_prefix="storyreel/text_film",
            audio_gain_db=-6.0,
        ),
    },
    "links": [
        "prompts.storyboard -> shoot.storyboard",
        "shoot.timeline -> film.timeline",
        "shoot.settings -> film.settings",
        "sound.audio -> film.audio",
        "film.markers -> markers.source",
    ],
    "groups": [
        group("1 · Write", (20, 0, 460, 740), WRITE),
        group("2 · Shoot, and choose the music", (520, 0, 380, 740), SHOOT),
        group("3 · Render", (940, 0, 560, 740), RENDER),
        group("Markers", (1540, 0, 400, 740), NOTE),
    ],
}

AUDIO_ONTO_VIDEO: Graph = {
    "nodes": {
        "picture": node("StoryreelSamplePicture", (40, 80), (360, 300), name="03_noon.jpg"),
        "clip": node(
            "StoryreelAnimaticClip",
            (40, 440),
            (360, 310),
            "A video (or: Load Video)",
            clip_action="slow zoom in, pan right",
            duration=8.0,
        ),
        "sound": node(
            "StoryreelSampleSound", (40, 810), (360, 60), "A sound (or: Load Audio)", name="shore.ogg"
        ),
        "sync": node("StoryreelSyncAudio", (480, 80), (360, 150), fit="loop", fade_out=2.0),
        "note": note(
            (480, 290),
            (360, 250),
            "## Audio onto a video\n\n"
            "**Sync Audio to Video** gives a video its sound and matches the lengths. The picture is "
            "copied, not encoded "
            "again.\n\n"
            "Here both come from the samples. Put *Load Video* and *Load Audio* in their place for your "
            "own.\n\n"
            "*Save Video* is ComfyUI's own node; it copies the file as well.",
        ),
        "save": node("SaveVideo", (920, 80), (520, 500), filename_prefix="storyreel/with_sound"),
    },
    "links": [
        "picture.image -> clip.image",
        "clip.video -> sync.video",
        "sound.audio -> sync.audio",
        "sync.video -> save.video",
    ],
    "groups": [
        group("1 · A video and a sound", (20, 0, 400, 900), WRITE),
        group("2 · Together", (460, 0, 400, 900), SHOOT),
        group("3 · Save", (900, 0, 560, 900), RENDER),
    ],
}

GRAPHS: dict[str, Graph] = {
    "photo_story": PHOTO_STORY,
    "six_transitions": six_transitions(),
    "text_film": TEXT_FILM,
    "audio_onto_video": AUDIO_ONTO_VIDEO,
    **CLOUD,
    **STORIES,
    **SOUND,
    **SVD,
}
for each in GRAPHS.values():
    spread(each)
