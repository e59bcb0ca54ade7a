"""The example workflows of whole stories: frames that are drawn first, and clips through several doors."""

from __future__ import annotations

from graph_parts import NOTE, RENDER, SHOOT, WRITE, Graph, group, node, note

REHEARSE = (
    "To try it without a key, start ComfyUI with the environment that `storyreel emulate` prints. What was bought once "
    "costs nothing again."
)

CHARACTER_CHAIN: Graph = {
    "nodes": {
        "board": node("StoryreelLoadStoryboard", (40, 80), (400, 60), file="character_chain.json [examples]"),
        "note": note(
            (40, 230),
            (400, 650),
            "## One boat, three scenes, no cut\n\n"
            "**Keyframes** draws the frames that the storyboard describes, for cents, and shows a sheet: every scene's "
            "first and last picture, who makes the clip between them, and what that still costs. Then **Shoot "
            "Storyboard** makes the clips. It finds the frames and pays for none again.\n\n"
            "To see the frames alone, set Shoot's *max cost* to 0: it stops before it buys a clip.\n\n"
            "In the storyboard (`character_chain.json [examples]` is the one to copy from):\n\n"
            "- `character`: a picture of who or what looks the same in all scenes\n"
            "- `first_frame_description`, `last_frame_description`: what is drawn\n"
            "- `continue`: the clip begins with the last frame of the one before\n"
            "- `color_match`: and keeps the colours of the first\n\n"
            "Not that drawing? Put `0:again` into *retakes*.\n\n" + REHEARSE,
        ),
        "frames": node("StoryreelKeyframes", (520, 80), (720, 560), max_cost=0.5),
        "drawn": node("PreviewAny", (520, 710), (720, 170), "Who drew them"),
        "shoot": node("StoryreelShoot", (1320, 80), (380, 200), max_cost=2.0),
        "report": node("PreviewAny", (1320, 420), (380, 300), "What was made"),
        "film": node(
            "StoryreelRenderFilm", (1780, 80), (560, 600), filename_prefix="storyreel/character_chain"
        ),
    },
    "links": [
        "board.storyboard -> frames.storyboard",
        "frames.report -> drawn.source",
        "frames.storyboard -> shoot.storyboard",
        "shoot.report -> report.source",
        "shoot.timeline -> film.timeline",
        "shoot.settings -> film.settings",
    ],
    "groups": [
        group("1 · Write", (20, 0, 440, 900), WRITE),
        group("2 · Draw, and look", (500, 0, 760, 900), NOTE),
        group("3 · Shoot", (1300, 0, 420, 900), SHOOT),
        group("4 · Render", (1760, 0, 600, 900), RENDER),
    ],
}

DOORS = """title: A morning, by three
quality: standard
transition: crossfade
style: documentary, natural light, calm
negative_prompt: text, logos
scenes:
  - prompt: Mist over a mountain lake at dawn, the first bird flies across
    duration: 4
    provider: vertex
    model: veo-3.1-fast
    audio: birds, very quiet water
  - prompt: A fisherman pushes his boat from the shore and jumps in
    duration: 4
    provider: kling
    model: kling-3.0
    audio: gravel under wood, a splash
  - prompt: From high above the boat draws a thin line over the whole lake
    duration: 4
    provider: runway
    model: gen4.5
    camera: slow rise, looking down
"""

THREE_DOORS: Graph = {
    "nodes": {
        "board": node("StoryreelStoryboard", (40, 80), (460, 560), text=DOORS),
        "estimate": node("StoryreelEstimate", (580, 80), (600, 70)),
        "table": node("PreviewAny", (580, 260), (600, 180), "What each will cost"),
        "note": note(
            (580, 510),
            (600, 220),
            "## One storyboard, three services\n\n"
            "Each scene names its own **provider** and **model**: Veo at Vertex AI, Kling 3.0 at Kling, Gen-4.5 at "
            "Runway. They are made side by side, and the film joins them whatever their sizes and rates; the last has "
            "no sound.\n\n"
            "It takes the keys of all three: `storyreel providers` says what is missing. With `provider: auto` a scene "
            "is made by the best that is ready.\n\n" + REHEARSE,
        ),
        "shoot": node("StoryreelShoot", (1260, 80), (380, 200), max_cost=3.0),
        "report": node("PreviewAny", (1260, 420), (380, 300), "What was made, and by whom"),
        "film": node("StoryreelRenderFilm", (1720, 80), (560, 600), filename_prefix="storyreel/three_doors"),
    },
    "links": [
        "board.storyboard -> estimate.storyboard",
        "estimate.table -> table.source",
        "board.storyboard -> shoot.storyboard",
        "shoot.report -> report.source",
        "shoot.timeline -> film.timeline",
        "shoot.settings -> film.settings",
    ],
    "groups": [
        group("1 · Write", (20, 0, 500, 750), WRITE),
        group("2 · What will it cost?", (560, 0, 640, 750), NOTE),
        group("3 · Shoot", (1240, 0, 420, 750), SHOOT),
        group("4 · Render", (1700, 0, 600, 750), RENDER),
    ],
}

STORIES: dict[str, Graph] = {
    "character_chain": CHARACTER_CHAIN,
    "three_doors": THREE_DOORS,
}
