"""The cloud's nodes against the emulated services: what they offer, refuse, order, pay, and give back."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from storyreel.host.standalone.context import Running, executing
from storyreel.nodes import NODES, model_widgets
from storyreel.nodes.cloud import VEO, AutoVideo, ExtendVideo, GeminiOmni, Kling, Pika, Runway, Veo
from storyreel.studio.errors import BadInput, Interrupted, OverBudget
from storyreel.studio.providers.models import catalogue

PAID = [Veo, GeminiOmni, Kling, Pika, Runway, ExtendVideo, AutoVideo]
TEXT = {"mode": "text", "duration": 4, "resolution": "720p", "aspect_ratio": "16:9"}
MODEL = "gemini-omni-1.2"


def picture(grey: float = 0.4, size: tuple[int, int] = (72, 128)) -> np.ndarray:
    return np.full((1, *size, 3), grey, np.float32)


def jobs(cloud: Any) -> list[dict[str, Any]]:
    return cloud.record()["jobs"]


def veo(execute: Any, mode: dict[str, Any] = TEXT, **said: Any) -> tuple[Any, dict[str, Any]]:
    video, record = execute(
        Veo, **{"prompt": "A bakery at dawn", "model": "veo-3.1", "door": "auto", "mode": mode, **said}
    )
    return video, json.loads(record)


def settings(inputs: list[Any]) -> Iterator[dict[str, Any]]:
    """The values that widgets have from the start, for every choice of every dynamic combo."""
    plain = {each.id: each.default for each in inputs if hasattr(each, "default")}
    plain |= {each.id: each.options[0] for each in inputs if plain.get(each.id, "") is None}
    dynamic = [
        each for each in inputs if hasattr(each, "options") and hasattr((each.options or [0])[0], "inputs")
    ]
    ways = [
        [{each.id: option.key} | inner for option in each.options for inner in settings(option.inputs)]
        for each in dynamic
    ]
    for chosen in itertools.product(*ways):
        yield plain | {each.id: values for each, values in zip(dynamic, chosen, strict=True)}


@pytest.mark.parametrize("node", PAID)
def test_whatever_is_chosen_can_be_made_as_it_stands(node: Any) -> None:
    tried = list(settings(node.GET_SCHEMA().inputs))
    assert len(tried) >= (4 if node is not AutoVideo else 1)
    for values in tried:
        assert node.validate_inputs(**values) is True, values


def test_every_model_and_mode_of_the_catalogue_is_on_the_canvas() -> None:
    offered = set()
    for node, values in [(each, values) for each in PAID for values in settings(each.GET_SCHEMA().inputs)]:
        model, mode = values.get("model"), values.get("mode")
        if isinstance(model, dict):
            model, mode = model["model"], "extend" if node is ExtendVideo else model_widgets.mode_of(model)
        mode = mode["mode"] if isinstance(mode, dict) else mode
        offered |= {(model, mode)}
    paid = [can for can in catalogue() if not can.free]
    known = {(can.model, mode) for can in paid for mode in set(can.modes) - model_widgets.APART}
    # The model is a plain combo there: from the start it is set to the first.
    others = {(model, mode) for model in VEO[1:] for mode in ("text", "image", "frames", "references")}
    assert known <= offered | others


def test_no_widget_takes_a_key_and_nobody_has_to_sign_in() -> None:
    for node in NODES:
        info = node.GET_NODE_INFO_V1()
        assert info["api_node"] is False
        assert not [
            word for word in ("api_key", "token", "secret", "password") if word in json.dumps(info["input"])
        ]


def test_all_that_is_wrong_is_said_at_once() -> None:
    wrong = {**TEXT, "resolution": "1080p"}
    with pytest.raises(BadInput) as refused:
        Veo.validate_inputs(prompt=" ", model="veo-3.1", mode=wrong, door="vertex", take=1)
    assert str(refused.value).splitlines() == [
        "prompt: is empty, and veo-3.1 through vertex needs one; say what is to be seen",
        "duration: veo-3.1 makes 1080p only at 8 s; set duration to 8 or resolution to 720p",
    ]


@pytest.mark.parametrize(
    ("node", "values", "said"),
    [
        (Veo, {"mode": {**TEXT, "duration": 5}}, "mode.duration: 5 is not one of 4, 6, 8"),
        (Veo, {"take": 0}, "take: 0 is not between 1 and 999"),
        (Veo, {"max_cost": -1.0}, "max_cost: -1 is not between 0 and 10000"),
        (Veo, {"mode": "words"}, "mode: 'words' is not one of text, image, frames, references"),
        (Veo, {"model": "veo-9"}, "model: 'veo-9' is not one of veo-3.1, veo-3.1-fast"),
        (Veo, {"door": "runway", "mode": {**TEXT, "mode": "references", "duration": 8}}, "from reference pictures"),
        (GeminiOmni, {"model": {"model": MODEL, "mode": TEXT}, "door": "runway"}, "can't be reached through runway"),
        (GeminiOmni, {"model": {"model": MODEL, "mode": {**TEXT, "duration": 60}}}, "60 is not between"),
        (Runway, {"model": {"model": "gen4.5", "mode": TEXT}, "prompt": "x" * 2000}, "shorten it by"),
        (AutoVideo, {"models": "veo-3.1 gen99"}, "models: 'gen99' is not a model"),
        (AutoVideo, {"models": "gen4.5", "audio": True}, "silent clips"),
    ],
)  # fmt: skip
def test_what_cant_be_made_is_refused(node: Any, values: dict[str, Any], said: str) -> None:
    given = {"prompt": "A bakery", "mode": TEXT, "model": "veo-3.1", "door": "auto", **values}
    if node is AutoVideo:
        del given["model"], given["door"]
    with pytest.raises(BadInput, match=said.replace(".", r"\.")):
        node.validate_inputs(**given)


def test_what_comes_by_a_wire_is_checked_when_it_is_there() -> None:
    wired = {
        "mode": "references",
        "reference_1": None,
        "reference_2": None,
        "duration": None,
        "resolution": "720p",
    }
    assert (
        Veo.validate_inputs(prompt=None, model=None, mode={**wired, "aspect_ratio": None}, door="auto")
        is True
    )
    assert (
        ExtendVideo.validate_inputs(video=None, prompt=None, model={"model": "veo-3.1", "duration": None})
        is True
    )


def test_veo_makes_what_is_asked(cloud: Any, execute: Any, look: Any) -> None:
    video, record = veo(
        execute, {**TEXT, "aspect_ratio": "9:16"}, sound="a door bell", camera="slow dolly in", seed=7
    )
    seen = look(video)
    assert (seen.size, seen.frames, seen.fps) == ((720, 1280), 96, 24)
    assert np.abs(seen.sound).max() > 0.01
    (job,) = jobs(cloud)
    (asked,) = job["body"]["instances"]
    assert asked["prompt"].splitlines() == ["A bakery at dawn", "Camera: slow dolly in", "Sound: a door bell"]
    assert (
        job["body"]["parameters"]["aspectRatio"] == "9:16"
        and job["body"]["parameters"]["generateAudio"] is True
    )
    assert (record["model"], record["door"], record["cost"], record["seconds"]) == (
        "veo-3.1",
        "vertex",
        1.6,
        4,
    )
    assert record["operation"] == job["id"] and record["rehearsal"] and not record["reused"]


@pytest.mark.parametrize(
    ("mode", "sent"),
    [
        ({"mode": "image", "first_frame": picture()}, {"image"}),
        ({"mode": "frames", "first_frame": picture(), "last_frame": picture(0.9)}, {"image", "lastFrame"}),
        (
            {
                "mode": "references",
                "reference_1": picture(),
                "reference_2": None,
                "reference_3": picture(0.9),
            },
            {"referenceImages"},
        ),
    ],
    ids=lambda value: value.get("mode") if isinstance(value, dict) else "",
)
def test_veo_takes_pictures(
    cloud: Any, execute: Any, look: Any, mode: dict[str, Any], sent: set[str]
) -> None:
    video, _ = veo(execute, {**TEXT, "duration": 8, **mode})
    assert look(video).frames == 192
    (asked,) = jobs(cloud)[0]["body"]["instances"]
    assert set(asked) == {"prompt", *sent}
    assert len(asked.get("referenceImages", [0, 0])) == 2


def test_a_clip_is_paid_for_once(cloud: Any, execute: Any, look: Any) -> None:
    first, record = veo(execute)
    again, kept = veo(execute)
    assert len(jobs(cloud)) == 1 and kept["reused"] and kept["cost"] == record["cost"]
    assert np.array_equal(look(first).luma, look(again).luma)
    _, other = veo(execute, take=2)
    assert len(jobs(cloud)) == 2 and other["key"] != record["key"] and not other["reused"]
    _, back = veo(execute, take=1)
    assert len(jobs(cloud)) == 2 and back["key"] == record["key"]


def test_nothing_is_sent_above_the_cap(cloud: Any, execute: Any) -> None:
    with pytest.raises(OverBudget, match=r"\$1\.60") as refused:
        veo(execute, max_cost=1.0)
    assert "cheaper" in str(refused.value) and jobs(cloud) == []


def test_the_door_that_is_named_is_used(cloud: Any, execute: Any, look: Any) -> None:
    video, record = veo(execute, door="runway")
    assert (record["door"], look(video).frames) == ("runway", 96)
    assert [job["door"] for job in jobs(cloud)] == ["runway"]


def test_gemini_omni_makes_clips_with_sound(cloud: Any, execute: Any, look: Any) -> None:
    mode = {
        **TEXT,
        "mode": "references",
        "duration": 5,
        "reference_1": picture(),
        "reference_4": picture(0.9),
    }
    model = {"model": MODEL, "mode": mode}
    video, record = execute(GeminiOmni, prompt="A market", model=model, door="auto", negative_prompt="text")
    assert look(video).frames == 120 and np.abs(look(video).sound).max() > 0.01
    assert json.loads(record)["door"] == "vertex", "the first of the providers that have it"
    assert "Avoid: text" in json.dumps(jobs(cloud)[0]["body"])


@pytest.mark.parametrize(
    ("model", "frames"),
    [
        ({"model": "gen4.5", "mode": {**TEXT, "duration": 3}}, 73),
        ({"model": "gen4-turbo", **TEXT, "first_frame": picture()}, 97),
    ],
    ids=["gen4.5", "gen4-turbo"],
)
def test_runway_makes_silent_clips(
    cloud: Any, execute: Any, look: Any, model: dict[str, Any], frames: int
) -> None:
    model = {key: value for key, value in model.items() if key != "mode" or isinstance(value, dict)}
    video, record = execute(Runway, prompt="A market", model=model)
    assert (look(video).frames, look(video).size, look(video).sound.size) == (frames, (1280, 720), 0)
    assert json.loads(record)["door"] == "runway" and len(jobs(cloud)) == 1


@pytest.mark.parametrize(
    ("model", "door", "seen_as"),
    [
        ({"model": "kling-3.0", "mode": {**TEXT, "duration": 3}, "audio": False}, "kling", (72, False)),
        ({"model": "kling-3.0", "mode": {**TEXT, "duration": 3}, "audio": True}, "fal", (72, True)),
        ({"model": "kling-3.0", "mode": {**TEXT, "duration": 3}}, "runway", (72, True)),
        ({"model": "kling-2.5-turbo", "mode": {**TEXT, "duration": 5}}, "auto", (120, False)),
    ],
    ids=["kling", "fal", "runway", "auto"],
)
def test_kling_makes_clips_through_each_door(
    cloud: Any, execute: Any, look: Any, model: dict[str, Any], door: str, seen_as: tuple[int, bool]
) -> None:
    video, record = execute(Kling, prompt="A market", model=model, door=door, sound="voices")
    frames, sounds = seen_as
    assert abs(look(video).frames / look(video).fps - frames / 24) < 0.1
    assert bool(look(video).sound.size and np.abs(look(video).sound).max() > 0.01) is sounds
    assert json.loads(record)["door"] == (door if door != "auto" else "kling") and len(jobs(cloud)) == 1


@pytest.mark.parametrize("model", ["pika-2.5", "pika-2.2"])
def test_pika_goes_from_one_picture_to_another(cloud: Any, execute: Any, look: Any, model: str) -> None:
    ends = {"first_frame": picture(0.2, (720, 1280)), "last_frame": picture(0.9, (720, 1280))}
    mode = {"mode": "frames", "duration": 6, "resolution": "720p", **ends}
    video, record = execute(
        Pika, prompt="The light comes on", model={"model": model, "mode": mode}, door="auto"
    )
    assert abs(look(video).frames / look(video).fps - 6) < 0.1
    assert json.loads(record)["door"] == {"pika-2.5": "pika", "pika-2.2": "fal"}[model]
    assert len(jobs(cloud)) == 1


def test_a_door_is_listed_only_where_it_can_do_it() -> None:
    listed = next(each for each in ExtendVideo.GET_SCHEMA().inputs if each.id == "door").options
    able = {can.provider for can in catalogue() if "extend" in can.modes}
    assert set(listed) == {"auto", *able} and "kling" not in listed


def test_clips_are_made_by_those_who_make_clips() -> None:
    """Neither those who draw nor those who talk are asked for a clip of what is to be seen."""
    others = {can.model for can in catalogue() if set(can.modes) <= model_widgets.APART}
    assert others and not others & set(model_widgets.models())


def test_no_node_has_more_sockets_than_one_sees() -> None:
    for node in PAID:
        for values in settings(node.GET_SCHEMA().inputs):
            assert len([name for name in str(values).split() if name.startswith("'reference_")]) <= 9


def test_runway_changes_a_clip_and_keeps_its_length(cloud: Any, execute: Any, look: Any, clip: Any) -> None:
    source = clip("street", 120, frames=72, size=(640, 360))
    video, record = execute(Runway, prompt="Make it rain", model={"model": "aleph2", "video": source})
    assert abs(look(video).frames / look(video).fps - 3) < 0.1
    assert json.loads(record)["cost"] == pytest.approx(0.84)


@pytest.mark.parametrize("model", model_widgets.models("extend"))
def test_extend_gives_back_the_whole_video(
    cloud: Any, execute: Any, look: Any, clip: Any, model: str
) -> None:
    source = clip("before", lambda n: 60 + n, frames=96, size=(1280, 720), tone=440)
    widgets = next(s for s in settings(ExtendVideo.GET_SCHEMA().inputs) if s["model"]["model"] == model)[
        "model"
    ]
    video, record = execute(ExtendVideo, video=source, prompt="She leaves", model=widgets, door="auto")
    seen, before = look(video), look(source)
    assert abs(float(seen.frames / seen.fps) - 4 - widgets["duration"]) < 0.1
    assert np.abs(seen.greys[:90] - before.greys[:90]).max() < 6, "it begins with what came in"
    assert seen.sound.shape[1] / seen.sound_rate == pytest.approx(4 + widgets["duration"], abs=0.1)
    assert len(jobs(cloud)) == 1 and json.loads(record)["seconds"] == pytest.approx(
        4 + widgets["duration"], abs=0.1
    )


@pytest.mark.parametrize("seconds", [0.5, 31])
def test_a_video_of_a_wrong_length_is_not_sent(cloud: Any, execute: Any, clip: Any, seconds: float) -> None:
    source = clip("before", 90, frames=int(24 * seconds), size=(1280, 720))
    model = {"model": "veo-3.1", "duration": 7, "resolution": "720p", "aspect_ratio": "16:9"}
    with pytest.raises(BadInput, match=r"veo-3\.1 through vertex extends clips of at"):
        execute(ExtendVideo, video=source, prompt="She leaves", model=model, door="auto")
    assert jobs(cloud) == []


def auto(execute: Any, policy: str = "best", **said: Any) -> dict[str, Any]:
    _, record = execute(AutoVideo, prompt="A market", policy=policy, mode={**TEXT, "duration": 4}, **said)
    return json.loads(record)


def test_auto_asks_whom_the_policy_says(cloud: Any, execute: Any) -> None:
    assert auto(execute)["model"] == catalogue()[0].model
    cheapest = auto(execute, "cheapest")
    prices = {can.model: can.prices.get("720p") for can in catalogue() if "text" in can.modes}
    assert cheapest["model"] == min(prices, key=lambda model: prices[model] or 99)
    assert auto(execute, models="gen4.5")["model"] == "gen4.5"
    assert auto(execute, models="gen4.5, veo-3.1-fast", audio=True)["model"] == "veo-3.1-fast"


def test_auto_passes_over_what_is_too_dear(cloud: Any, execute: Any) -> None:
    record = auto(execute, max_cost=1.0)
    assert record["model"] != "veo-3.1" and record["cost"] <= 1.0
    assert "instead of" in " ".join(record["notes"])


def test_fastest_is_who_was_fastest_here(cloud: Any, execute: Any) -> None:
    auto(execute, models="gen4.5")
    record = auto(execute, "fastest")
    assert record["model"] == "gen4.5", "nobody else has made a clip here yet"


def test_auto_never_makes_an_animatic(place: Any, execute: Any) -> None:
    for models in ("", "gen4.5"):
        with pytest.raises(BadInput, match="no door is ready") as refused:
            auto(execute, models=models)
        assert "RUNWAY" in str(refused.value)


class Told:
    """What the engine is told while a node runs."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.stop = threading.Event()

    def run(self, node: Any, **inputs: Any) -> Any:
        with executing(Running(text=self.lines.append, cancelled=self.stop.is_set)):
            return asyncio.run(node.execute(**inputs)).result


def test_the_services_own_progress_is_shown(cloud: Any, place: Any) -> None:
    cloud.misbehave({"what": "late", "door": "runway", "seconds": 0.5})
    told = Told()
    told.run(Runway, prompt="A market", model={"model": "gen4.5", "mode": TEXT})
    assert [line for line in told.lines if re.fullmatch(r"gen4\.5 through runway: running \d\d?%", line)], (
        told.lines
    )
    assert told.lines[-1] == "gen4.5 through runway, $0.48; a rehearsal"


def test_stopping_loses_nothing(cloud: Any, place: Any, execute: Any) -> None:
    """Vertex can't be told to stop: the job goes on, and the next run has its clip."""
    cloud.misbehave({"what": "late", "door": "vertex", "seconds": 2.0})
    told = Told()
    threading.Timer(0.8, told.stop.set).start()
    with pytest.raises(Interrupted):
        told.run(Veo, prompt="A bakery at dawn", model="veo-3.1", mode=TEXT, door="auto")
    _, record = veo(execute)
    assert len(jobs(cloud)) == 1 and record["cost"] == 1.6


def test_the_prices_on_the_canvas_are_the_catalogues(docs: Any, repo: Path) -> None:
    assert (repo / "web" / "prices.json").read_text(encoding="utf-8") == docs.prices(), (
        "run scripts/make_node_docs.py"
    )
    rows = json.loads((repo / "web" / "prices.json").read_text(encoding="utf-8"))["rows"]
    assert [(row["provider"], row["model"]) for row in rows] == [
        (can.provider, can.model) for can in catalogue()
    ]
    for row, can in zip(rows, catalogue(), strict=True):
        assert row["prices"] == {name: float(price) for name, price in can.prices.items()}
        assert {mode: each["durations"] for mode, each in row["modes"].items()} == {
            mode: sorted(float(length) for length in each.durations) for mode, each in can.modes.items()
        }
