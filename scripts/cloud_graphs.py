"""The example workflows of the cloud: Veo's modes, and four uses in finance. `graphs.py` has the others."""

from __future__ import annotations

from typing import Any

from graph_parts import NOTE, RENDER, SHOOT, WRITE, Graph, group, node, note

CLIP = (40, 80)
WIDE = (460, 80)

BOUGHT = (
    "**Run buys the clip**, once: its price stands at the node's corner. Afterwards the same values give the "
    "same clip "
    "for nothing; raise *take* for another one.\n\n"
    "It needs a key: `storyreel providers` says which, and how to get it. To try it without one, start ComfyUI "
    "with the "
    "environment that `storyreel emulate` prints."
)


def veo(pos: tuple[int, int], height: int, title: str = "", **widgets: Any) -> dict[str, Any]:
    return node("StoryreelVeo", pos, (400, height), title, **widgets)


def one_clip(text: str, name: str, pictures: dict[str, str], **widgets: Any) -> Graph:
    """Pictures into a Veo node, and its clip into a file."""
    left = 400 if pictures else 0
    nodes: dict[str, Any] = {
        "veo": veo((40 + left, 80), 520, **widgets),
        "note": note((40 + left, 660), (400, 270), f"{text}\n\n{BOUGHT}"),
        "save": node("SaveVideo", (500 + left, 80), (560, 500), filename_prefix=f"storyreel/{name}"),
        "record": node("PreviewAny", (500 + left, 660), (560, 270), "What it cost, and whose it is"),
    }
    links = ["veo.video -> save.video", "veo.record -> record.source"]
    groups = [
        group("Veo", (20 + left, 0, 440, 950), SHOOT),
        group("Save", (480 + left, 0, 600, 950), RENDER),
    ]
    for number, (socket, picture) in enumerate(pictures.items()):
        nodes[socket] = node("StoryreelSamplePicture", (40, 80 + 290 * number), (320, 250), name=picture)
        links.append(f"{socket}.image -> veo.mode.{socket}")
    if pictures:
        groups.append(group("Pictures (or: Load Image)", (20, 0, 360, 950), WRITE))
    return {"nodes": nodes, "links": links, "groups": groups}


IMAGE_TO_VIDEO = one_clip(
    "## A picture begins to move\n\nThe clip starts with exactly this picture. Say what *happens*: what is to "
    "be seen is "
    "in the picture already. Put *Load Image* in the sample's place for your own.",
    "veo_image_to_video",
    {"first_frame": "04_golden_hour.jpg"},
    mode="image",
    prompt="The camels walk on along the ridge, sand drifts over the dunes in the wind, the sun sinks a little",
    mode__duration=8,
    camera="slow dolly in",
    sound="wind over sand, distant bells",
    max_cost=4.0,
)

FIRST_AND_LAST_FRAME = one_clip(
    "## From one picture to another\n\nThe clip starts with the first picture and ends with the second; Veo "
    "finds the way "
    "between them. Both should have the same shape.",
    "veo_first_and_last_frame",
    {"first_frame": "01_dawn.jpg", "last_frame": "06_night.jpg"},
    mode="frames",
    prompt="From a lake at dawn to a winter night under northern lights, in one shot: the year turns, snow falls",
    camera="slow rise over the water",
    sound="morning birds that give way to silence and wind",
    max_cost=4.0,
)

REFERENCES = one_clip(
    "## Things that are to be seen\n\nOne to three pictures of a person, a product, a place or a style. Veo "
    "makes a new "
    "scene with them: they are not its first frame. With references a clip has 8 seconds.",
    "veo_references",
    {"reference_1": "02_morning.jpg", "reference_2": "03_noon.jpg", "reference_3": "05_dusk.jpg"},
    mode="references",
    prompt="A sailing boat like this lies off a green coast with a farmhouse, and dusk falls as in the last picture",
    style="documentary, natural light",
    sound="water against the hull, a distant gull",
    max_cost=4.0,
)

EXTENSION: Graph = {
    "nodes": {
        "veo": veo(
            (40, 80),
            560,
            "The beginning",
            prompt="A woman opens the door of her new bakery at dawn and switches on the light",
            mode__duration=8,
            sound="a door, a light switch, soft piano",
            model="veo-3.1-fast",
            max_cost=1.0,
        ),
        "first": node(
            "StoryreelExtendVideo",
            (500, 80),
            (400, 560),
            "And then",
            model="veo-3.1-fast",
            prompt="She ties her apron and puts the first loaves into the oven",
            sound="soft piano goes on, the oven's door",
            max_cost=1.0,
        ),
        "second": node(
            "StoryreelExtendVideo",
            (960, 80),
            (400, 560),
            "And then",
            model="veo-3.1-fast",
            prompt="The first customer comes in; she smiles and hands over a warm loaf",
            sound="the doorbell, soft piano comes to its end",
            max_cost=1.0,
        ),
        "note": note(
            (500, 700),
            (860, 240),
            "## One shot of 22 seconds\n\nVeo makes 8 seconds at once. **Extend Video** goes on from where a "
            "video ends "
            "and gives back all of it: 8 + 7 + 7 seconds. Each prompt says what happens *next*.\n\n" + BOUGHT,
        ),
        "save": node("SaveVideo", (1420, 80), (520, 480), filename_prefix="storyreel/veo_extension"),
    },
    "links": ["veo.video -> first.video", "first.video -> second.video", "second.video -> save.video"],
    "groups": [
        group("1 · Begin", (20, 0, 440, 960), WRITE),
        group("2 · Go on, as often as you like", (480, 0, 900, 960), SHOOT),
        group("3 · Save", (1400, 0, 560, 960), RENDER),
    ],
}

GOAL_REACHED = one_clip(
    "## A savings goal is reached\n\nEight seconds for the moment when somebody has made it: retirement, a house, a "
    "first car. Put the goal into the prompt, or connect it from your own node.",
    "goal_reached",
    {},
    prompt="A couple in their sixties step out of their front door with two suitcases, look at each other and "
    "laugh; on "
    "the wall behind them a calendar with the last day circled; morning sun. They have reached their retirement goal",
    mode__resolution="1080p",
    camera="slow push in, then a gentle crane up",
    style="cinematic, warm, optimistic, natural skin tones",
    sound="inspiring music that rises, a laugh, birds",
    negative_prompt="text, logos, brand names",
    max_cost=4.0,
)

PORTFOLIO_REPORT = one_clip(
    "## A portfolio's year\n\nA backdrop for figures: the clip shows growth without showing numbers, so that "
    "your own can "
    "be laid over it. Models write figures badly; keep them out of the prompt.",
    "portfolio_report",
    {},
    prompt="Rows of glass columns grow out of a dark table at different heights, light runs along them from left to "
    "right; the last ones stand highest; abstract, elegant, like a bar chart made of light",
    mode__resolution="1080p",
    camera="smooth pan from left to right across the columns",
    style="corporate, precise, dark blue and gold",
    sound="a calm electronic pulse",
    negative_prompt="text, numbers, letters, logos, faces",
    max_cost=4.0,
)

VERTICAL_TIP = one_clip(
    "## A tip for a phone\n\nUpright, short, quick: 4 seconds by the fast model. Raise *take* until the opening "
    "is right, "
    "then set *model* to `veo-3.1` for the one that goes out.",
    "vertical_tip",
    {},
    prompt="Close up of a hand that drops a coin into a glass jar on a kitchen table; the jar is suddenly half full; "
    "bright, playful, made to be seen on a phone",
    model="veo-3.1-fast",
    mode__duration=4,
    mode__aspect_ratio="9:16",
    camera="fast whip in, then still",
    style="modern, saturated, social media",
    sound="upbeat music, a coin, a pop",
    negative_prompt="text, logos",
    max_cost=1.0,
)

INTEREST = """title: Compound interest, simply
provider: auto
model: veo-3.1-fast
quality: standard
transition: crossfade
style: paper cut-out animation, soft light, friendly colours
negative_prompt: text, numbers, logos
audio: a calm voice over soft piano
scenes:
  - prompt: A child plants a single coin in a flower pot on a windowsill and waters it
    duration: 4
    audio: 'A calm voice: "Put a little aside, and leave it alone." Soft piano'
  - prompt: The coin sprouts; a small tree grows, and its leaves are coins. Some fall into the pot and sprout as well
    duration: 6
    audio: 'The voice: "It earns a little. And then what it earned earns, too." Soft piano'
  - prompt: Seasons pass over the windowsill, the tree fills the window; the child, grown up now, smiles at it
    duration: 6
    audio: 'The voice: "Time does the work." Soft piano, it ends'
"""

EXPLAINER: Graph = {
    "nodes": {
        "board": node("StoryreelStoryboard", (40, 80), (460, 560), text=INTEREST),
        "estimate": node("StoryreelEstimate", (560, 80), (400, 70)),
        "table": node("PreviewAny", (560, 210), (400, 220), "What it will cost"),
        "guard": node("StoryreelBudgetGuard", (560, 490), (400, 90), cap=3.0),
        "note": note(
            (560, 640),
            (400, 300),
            "## An explainer of three scenes\n\n**Estimate** prices the storyboard scene by scene; it spends "
            "nothing and "
            "needs no key. **Budget Guard** lets it through only within its cap. **Shoot Storyboard** may spend "
            "what its "
            "*max cost* says, and makes the scenes side by side.\n\nRun again after a mistake or a crash: what "
            "was bought "
            "is there, and only what is missing is bought.",
        ),
        "shoot": node("StoryreelShoot", (1020, 80), (360, 180), max_cost=3.0),
        "report": node("PreviewAny", (1020, 340), (360, 300), "What was made"),
        "film": node("StoryreelRenderFilm", (1440, 80), (520, 580), filename_prefix="storyreel/explainer"),
    },
    "links": [
        "board.storyboard -> estimate.storyboard",
        "estimate.table -> table.source",
        "board.storyboard -> guard.storyboard",
        "guard.storyboard -> shoot.storyboard",
        "shoot.report -> report.source",
        "shoot.timeline -> film.timeline",
        "shoot.settings -> film.settings",
    ],
    "groups": [
        group("1 · Write", (20, 0, 500, 960), WRITE),
        group("2 · What will it cost?", (540, 0, 440, 960), NOTE),
        group("3 · Shoot", (1000, 0, 400, 960), SHOOT),
        group("4 · Render", (1420, 0, 560, 960), RENDER),
    ],
}

TALKING: Graph = {
    "nodes": {
        "lists": node(
            "StoryreelHeyGenLists",
            (40, 80),
            (380, 110),
            "Who can talk",
            list="voices",
            search="",
            language="English",
        ),
        "who": node("PreviewAny", (40, 270), (380, 260), "The id first"),
        "note": note(
            (40, 610),
            (380, 420),
            "## Somebody introduces the film\n\nA title, and then an avatar who says the **script**: its clip gets "
            "as long as that takes. Both ids are those of HeyGen's own examples: take others out of the list, or out "
            "of `storyreel heygen avatars`.\n\n**Yourself:** set *model* to `heygen-photo-iv` and connect a picture; "
            "connect a sound to *speech*, and it is said in place of the script.\n\n" + BOUGHT,
        ),
        "avatar": node(
            "StoryreelHeyGen",
            (500, 80),
            (420, 560),
            script="Hello! In the next minute we look at three ideas that changed how we work.",
            model__avatar="Abigail_expressive_2024112501",
            voice="1bd001e7e50f421d891986aad5158bc8",
            max_cost=2.0,
        ),
        "record": node("PreviewAny", (500, 720), (420, 310), "What it cost, and whose it is"),
        "title": node(
            "StoryreelAnimaticClip",
            (980, 80),
            (380, 340),
            "The title",
            prompt="Three ideas that changed how we work",
            clip_action="slow zoom in",
            duration=3.0,
            width=1280,
            height=720,
            fps=25.0,
        ),
        "join": node(
            "StoryreelJoinClips",
            (980, 500),
            (380, 240),
            transition="crossfade",
            transition_duration=0.8,
            each="",
        ),
        "settings": node("StoryreelFilmSettings", (1440, 80), (420, 150), preset__quality="standard"),
        "film": node(
            "StoryreelRenderFilm",
            (1440, 330),
            (520, 560),
            filename_prefix="storyreel/talking_avatar_intro",
        ),
    },
    "links": [
        "lists.text -> who.source",
        "avatar.record -> record.source",
        "title.video -> join.clips.clip0",
        "avatar.video -> join.clips.clip1",
        "join.timeline -> film.timeline",
        "settings.settings -> film.settings",
    ],
    "groups": [
        group("1 · Who?", (20, 0, 420, 1060), WRITE),
        group("2 · Say it", (480, 0, 460, 1060), SHOOT),
        group("3 · A title, and join", (960, 0, 420, 1060), WRITE),
        group("4 · Render", (1420, 0, 560, 1060), RENDER),
    ],
}

CLOUD: dict[str, Graph] = {
    "veo_image_to_video": IMAGE_TO_VIDEO,
    "veo_first_and_last_frame": FIRST_AND_LAST_FRAME,
    "veo_references": REFERENCES,
    "veo_extension": EXTENSION,
    "goal_reached": GOAL_REACHED,
    "portfolio_report": PORTFOLIO_REPORT,
    "explainer": EXPLAINER,
    "vertical_tip": VERTICAL_TIP,
    "talking_avatar_intro": TALKING,
}
