"""The example workflow of Stable Video Diffusion: a picture begins to move, on this machine."""

from __future__ import annotations

from graph_parts import RENDER, SHOOT, WRITE, Graph, group, node, note

FROM_A_KEYFRAME: Graph = {
    "nodes": {
        "picture": node("StoryreelSamplePicture", (40, 80), (360, 300), "The keyframe", name="05_dusk.jpg"),
        "note": note(
            (40, 460),
            (360, 420),
            "## A picture begins to move, for nothing\n\n"
            "**Stable Video Diffusion** films on from the picture, on the machine that runs the workflow. It reads no "
            "words: *motion bucket* says how much moves, *noise* how far the clip may go from the picture.\n\n"
            "It needs a graphics card, `pip install 'storyreel[svd]'` and the model's weights, which "
            "`storyreel svd fetch` downloads once: `storyreel providers` says what is missing.\n\n"
            "Put *Load Image* in the sample's place for your own picture, or a *Keyframe* that a model draws. The clip "
            "is kept: the same values give the same one at once; raise *take* for another.",
        ),
        "svd": node("StoryreelSVD", (480, 80), (400, 460)),
        "record": node("PreviewAny", (480, 620), (400, 260), "What was made"),
        "save": node("SaveVideo", (960, 80), (560, 500), filename_prefix="storyreel/svd_from_a_keyframe"),
    },
    "links": ["picture.image -> svd.image", "svd.video -> save.video", "svd.record -> record.source"],
    "groups": [
        group("1 · A picture", (20, 0, 400, 900), WRITE),
        group("2 · Film it", (460, 0, 440, 900), SHOOT),
        group("3 · Save", (940, 0, 600, 900), RENDER),
    ],
}

SVD: dict[str, Graph] = {"svd_from_a_keyframe": FROM_A_KEYFRAME}
