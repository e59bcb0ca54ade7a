"""The example workflows of whole stories: frames that are drawn first, and clips through several doors."""

from __future__ import annotations

from typing import Any

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

BOTTLE = "a small amber glass bottle of hand lotion with a cream paper label and a brass cap"

LIKE_A_CATALOGUE: dict[str, Any] = {
    "style": "product photography, shallow depth of field",
    "negative_prompt": "hands, words, logos",
    "max_cost": 0.2,
}

PRODUCT: Graph = {
    "nodes": {
        "first": node(
            "StoryreelKeyframe",
            (40, 80),
            (360, 580),
            "How it begins",
            prompt=f"{BOTTLE.capitalize()}, in a dark wooden box, hardly any light, seen from the front",
            model="gemini-3.1-flash-image",
            model__resolution="2k",
            **LIKE_A_CATALOGUE,
        ),
        "look": node("PreviewImage", (40, 770), (360, 260), "The first frame"),
        "last": node(
            "StoryreelKeyframe",
            (440, 80),
            (360, 580),
            "How it ends",
            prompt=f"The same bottle as in the picture, {BOTTLE}: it stands on a pale stone in the morning sun, a "
            "sprig of lavender beside it, bright and fresh",
            model="gemini-3.1-flash-image",
            model__resolution="2k",
            **LIKE_A_CATALOGUE,
        ),
        "glance": node("PreviewImage", (440, 770), (360, 260), "The last frame"),
        "clip": node(
            "StoryreelKling",
            (880, 80),
            (400, 500),
            model="kling-3.0",
            model__mode="frames",
            model__mode__duration=5,
            model__mode__resolution="1080p",
            prompt="The lid lifts, light streams in, the bottle rises out of its box and comes to stand on the stone",
            camera="slow push in",
            sound="a soft wooden click, a rising shimmer, birds",
            door="kling",
            max_cost=1.5,
        ),
        "note": note(
            (880, 690),
            (400, 340),
            "## A product, from its first frame to its last\n\n"
            "Two pictures are drawn: the second gets the first as a **reference**, so that it is the same bottle. "
            "**Kling** finds the way from one to the other. Then the last picture stands for a moment.\n\n"
            "For your own product put *Load Image* in the place of the first picture, or connect a photo to both as "
            "*reference*. Veo goes as well: it has the same mode *frames*.\n\n"
            "Draw until both are right (raise *take*: cents each), and let Kling run then.\n\n" + REHEARSE,
        ),
        "pack": node(
            "StoryreelAnimaticClip",
            (1360, 80),
            (340, 310),
            "The last picture stands",
            clip_action="slow zoom in",
            duration=2.5,
            width=1920,
            height=1080,
        ),
        "join": node(
            "StoryreelJoinClips",
            (1360, 510),
            (340, 240),
            transition="crossfade",
            transition_duration=0.5,
            each="",
        ),
        "settings": node("StoryreelFilmSettings", (1360, 830), (340, 150), preset__quality="high"),
        "film": node(
            "StoryreelRenderFilm", (1780, 80), (480, 560), filename_prefix="storyreel/product_first_last"
        ),
        "record": node("PreviewAny", (1780, 720), (480, 310), "What the clip cost, and whose it is"),
    },
    "links": [
        "first.image -> look.images",
        "first.image -> last.model.reference_1",
        "last.image -> glance.images",
        "first.image -> clip.model.mode.first_frame",
        "last.image -> clip.model.mode.last_frame",
        "last.image -> pack.image",
        "clip.video -> join.clips.clip0",
        "pack.video -> join.clips.clip1",
        "join.timeline -> film.timeline",
        "settings.settings -> film.settings",
        "clip.record -> record.source",
    ],
    "groups": [
        group("1 · Draw the first and the last frame", (20, 0, 800, 1050), WRITE),
        group("2 · Film the way between them", (860, 0, 440, 1050), SHOOT),
        group("3 · Join", (1340, 0, 380, 1050), WRITE),
        group("4 · Render", (1760, 0, 520, 1050), RENDER),
    ],
}

STORIES: dict[str, Graph] = {
    "character_chain": CHARACTER_CHAIN,
    "product_first_last": PRODUCT,
    "three_doors": THREE_DOORS,
}
