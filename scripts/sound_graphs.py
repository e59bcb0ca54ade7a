"""The example workflows with voices and music: what is free and made on this machine."""

from __future__ import annotations

from typing import Any

from graph_parts import NOTE, RENDER, SHOOT, WRITE, Graph, group, node, note

REQUEST = """{
  "sequence_data": [
    {
      "scene_number": 1,
      "narration": "At five the lake is still asleep.",
      "duration": 3,
      "clip_action": "slow zoom in",
      "music_mood": "calm"
    },
    {
      "scene_number": 2,
      "narration": "Then the poppies open, one by one.",
      "duration": 3,
      "clip_action": "pan right",
      "music_mood": "calm"
    },
    {
      "scene_number": 3,
      "narration": "At noon there is wind enough for all.",
      "duration": 3,
      "clip_action": "slow zoom out, pan left",
      "music_mood": "hopeful"
    }
  ],
  "generation_params": {
    "transition_type": "crossfade",
    "seed": 12345,
    "fps": 24
  }
}
"""

NARRATED_SEQUENCE: Graph = {
    "nodes": {
        "sequence": node(
            "StoryreelNarratedSequence", (40, 80), (480, 560), folder="media [examples]", request=REQUEST
        ),
        "notes": node("PreviewAny", (40, 710), (480, 170), "What is done differently"),
        "note": note(
            (600, 520),
            (380, 360),
            "## Pictures, told\n\n"
            "Press **Run**: three pictures become a film in which the camera moves, a voice tells what is written, and "
            "music goes with the mood. All of it is made on this machine and costs nothing.\n\n"
            "**Your own:** put a folder of pictures into ComfyUI's *input* folder and choose it. The number in a "
            "picture's name is its `scene_number`: `1.png`, `scene_002.jpg`, `3 sunset.webp`.\n\n"
            "The captions lie beside the film as SRT and VTT, and in it as a subtitle track.\n\n"
            "Without a canvas: `storyreel render request.json --pictures folder`",
        ),
        "shoot": node("StoryreelShoot", (600, 80), (380, 200)),
        "report": node("PreviewAny", (1060, 710), (560, 170), "What was made"),
        "film": node(
            "StoryreelRenderFilm", (1060, 80), (560, 560), filename_prefix="storyreel/narrated_sequence"
        ),
    },
    "links": [
        "sequence.storyboard -> shoot.storyboard",
        "sequence.notes -> notes.source",
        "shoot.timeline -> film.timeline",
        "shoot.settings -> film.settings",
        "shoot.report -> report.source",
    ],
    "groups": [
        group("1 · Pictures and words", (20, 0, 520, 900), WRITE),
        group("2 · Shoot", (580, 0, 420, 900), SHOOT),
        group("3 · Render", (1040, 0, 600, 900), RENDER),
    ],
}

TEASER: Graph = {
    "nodes": {
        "note": note(
            (40, 230),
            (380, 410),
            "## A vertical teaser, word by word\n\n"
            "Press **Run**: eight seconds for a phone, told by the voice that is built in, with music of a mood that "
            "gives way to it, and each word shown while it is said. It costs nothing.\n\n"
            "Copy `vertical_teaser.json [examples]` to make your own:\n\n"
            "- `narration` and `voice` in every scene: `en-us`, `de`, or `alloy` and `Kore`, which are paid for\n"
            "- `music_mood`: calm, happy, epic and so on; `music_folder` for your own tracks\n"
            "- `captions`: plain, box or word, clear of the buttons of a `platform`\n\n"
            "The same storyboard with `provider: auto` is filmed by a model.",
        ),
        "load": node("StoryreelLoadStoryboard", (40, 80), (380, 60), file="vertical_teaser.json [examples]"),
        "shoot": node("StoryreelShoot", (500, 80), (380, 200)),
        "report": node("PreviewAny", (500, 420), (380, 220), "What was made"),
        "film": node(
            "StoryreelRenderFilm",
            (960, 80),
            (420, 560),
            filename_prefix="storyreel/captioned_vertical_teaser",
        ),
        "sheet": node("StoryreelContactSheet", (1460, 80), (320, 110), columns=4, rows=2, width=960),
        "look": node("PreviewImage", (1460, 260), (320, 380), "The film at a glance"),
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
        group("1 · Write", (20, 0, 420, 660), WRITE),
        group("2 · Shoot", (480, 0, 420, 660), SHOOT),
        group("3 · Render", (940, 0, 460, 660), RENDER),
        group("Look at it", (1440, 0, 360, 660), NOTE),
    ],
}

ON_THE_BARS = (
    ("01_dawn", "zoom in"),
    ("02_morning", "pan right"),
    ("03_noon", "zoom out"),
    ("04_golden_hour", "pan left"),
    ("05_dusk", "zoom in"),
    ("06_night", "slow zoom out"),
)


def music_video() -> Graph:
    nodes: dict[str, Any] = {
        "music": node(
            "StoryreelMusicByMood",
            (40, 80),
            (380, 250),
            mood="energetic",
            seconds=12.0,
            seed=3,
            folder="none",
        ),
        "piece": node("PreviewAny", (40, 410), (380, 220), "Which piece it is"),
        "note": note(
            (40, 700),
            (380, 430),
            "## Cut to the music\n\n"
            "**Music by Mood** composes twelve seconds, and says how long a bar is. **Join Clips** lets every clip "
            "begin on a bar (*every*), whatever the clips' lengths, and leaves out their own sound; the last picture "
            "stays for the last chord.\n\n"
            "Another *seed* is another piece, another *mood* another speed. Or choose a folder of your own songs: "
            "where they have a beat, *bar* follows it. Give the clips a bar's length and a little more.\n\n"
            "Put *Load Video* in the place of any clip.",
        ),
        "join": node(
            "StoryreelJoinClips",
            (1640, 80),
            (380, 420),
            transition="none",
            transition_duration=0.0,
            own_sound=False,
        ),
        "settings": node(
            "StoryreelFilmSettings",
            (1640, 620),
            (380, 210),
            preset="custom",
            preset__width=640,
            preset__height=360,
            preset__bitrate=1.5,
            fps=24.0,
        ),
        "film": node(
            "StoryreelRenderFilm",
            (2100, 80),
            (560, 620),
            filename_prefix="storyreel/music_video",
            loudness=-14.0,
        ),
    }
    links = [
        "music.record -> piece.source",
        "music.bar -> join.every",
        "music.audio -> film.audio",
        "join.timeline -> film.timeline",
        "settings.settings -> film.settings",
    ]
    for number, (picture, action) in enumerate(ON_THE_BARS):
        column, row = divmod(number, 3)
        x, y = 500 + 550 * column, 80 + 440 * row
        nodes[f"picture{number}"] = node("StoryreelSamplePicture", (x, y), (240, 250), name=f"{picture}.jpg")
        nodes[f"clip{number}"] = node(
            "StoryreelAnimaticClip",
            (x + 260, y),
            (250, 310),
            picture[3:].replace("_", " ").capitalize(),
            clip_action=action,
            duration=3.0 if number == 5 else 2.0,
            width=640,
            height=360,
        )
        links += [
            f"picture{number}.image -> clip{number}.image",
            f"clip{number}.video -> join.clips.clip{number}",
        ]
    return {
        "nodes": nodes,
        "links": links,
        "groups": [
            group("1 · Music", (20, 0, 420, 1180), WRITE),
            group("2 · Pictures in motion", (480, 0, 1100, 1180), SHOOT),
            group("3 · Cut on the bars", (1620, 0, 420, 1180), WRITE),
            group("4 · Render", (2080, 0, 600, 1180), RENDER),
        ],
    }


SOUND: dict[str, Graph] = {
    "narrated_sequence": NARRATED_SEQUENCE,
    "captioned_vertical_teaser": TEASER,
    "music_video": music_video(),
}
