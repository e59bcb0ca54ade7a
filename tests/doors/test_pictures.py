"""Pictures, as each door has them drawn: every size and shape of every row, with what they are drawn after, at the
price that was named before.
"""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from storyreel.emulators import Emulator
from storyreel.emulators.context import trimmed
from storyreel.emulators.encode import hue_of
from storyreel.emulators.jobs import Ask
from storyreel.emulators.stills import colour_of
from storyreel.studio.providers import provider
from storyreel.studio.providers.capability import Capability
from storyreel.studio.providers.contract import (
    Expired,
    Missed,
    NoAnswer,
    Operation,
    Refused,
    State,
    Status,
    answered,
)
from storyreel.studio.providers.faults import faults
from storyreel.studio.providers.google import interactions
from storyreel.studio.providers.models import catalogue
from storyreel.studio.providers.pricing import price
from storyreel.studio.providers.shot import Shot

from .conftest import Media, ended, shot_for
from .service import Service, answer

ROWS = [can for can in catalogue() if "picture" in can.modes and can.provider != "fal"]
RATIOS = sorted({ratio for can in ROWS for ratio in can.modes["picture"].ratios} | {"2:1"})
SIZES = ("512", "1k", "2k", "4k", "720p")
every_row = pytest.mark.parametrize("can", ROWS, ids=lambda can: f"{can.provider}-{can.model}")


def row(door: str, model: str = "gemini-2.5-flash-image") -> Capability:
    return next(can for can in ROWS if (can.provider, can.model) == (door, model))


def drawing(can: Capability, media: Media, count: int | None = None, **changed: Any) -> Shot:
    """A shot of a picture after so many others; after as few as the model asks for, if it isn't said."""
    count = can.modes["picture"].needs_references if count is None else count
    return shot_for(can, "picture", media, **{"references": (media.picture,) * count, **changed})


def made(can: Capability, shot: Shot, path: Path) -> Path:
    """The picture, however it gets here."""
    door = provider(can.provider)
    operation = door.submit(shot, can, "attempt-1")
    if answered(operation):
        path.write_bytes(operation.goods or b"")
        return path
    status = ended(door, operation)
    assert status.state is State.DONE, status.message
    return door.fetch(operation, status, path).path


@every_row
def test_what_the_row_allows_arrives_and_costs_what_was_said(
    can: Capability, media: Media, emulator: Emulator
) -> None:
    """With no reference, one, and as many as it takes; the rest never leaves."""
    door, mode = provider(can.provider), can.modes["picture"]
    before = emulator.record()
    jobs, refused = len(before["jobs"]), len(before["refused"])
    expected: list[Decimal | None] = []
    for ratio, size in product(RATIOS, SIZES):
        shot = drawing(can, media, aspect_ratio=ratio, resolution=size)
        allowed = ratio in mode.ratios and size in mode.resolutions
        assert (faults(shot, can) == []) is allowed
        if allowed:
            door.submit(shot, can, "")
            expected.append(price(shot, can))
        else:
            with pytest.raises(Refused, match="makes no"):
                door.submit(shot, can, "")
    for count in {min(1, mode.references), mode.references}:
        shot = drawing(can, media, count)
        door.submit(shot, can, "")
        expected.append(price(shot, can))
    record = emulator.record()
    assert len(record["refused"]) == refused, record["refused"][-1]
    billed = [Decimal(job["price"]) for job in record["jobs"][jobs:]]
    assert billed == expected and len(billed) >= len(mode.ratios) * len(mode.resolutions)


@every_row
def test_the_picture_is_the_prompt_s_and_has_the_vendor_s_size(
    can: Capability, media: Media, emulator: Emulator, tmp_path: Path
) -> None:
    shot = drawing(can, media, aspect_ratio="16:9")
    with Image.open(made(can, shot, tmp_path / "a.png")) as image:
        assert image.format == "PNG" and abs(image.width / image.height / (16 / 9) - 1) < 0.04
        assert image.width >= 1280
        seed = 7 if can.seed else None
        hue = hue_of(Ask("A street at dawn", 1, 1, 1, False, seed))
        assert image.convert("RGB").getpixel((5, 5)) == colour_of(hue)


@every_row
def test_what_it_is_drawn_after_arrives_as_it_is_and_in_order(
    can: Capability, media: Media, emulator: Emulator, tmp_path: Path
) -> None:
    most = min(3, can.modes["picture"].references)
    if not most:
        pytest.skip("it takes none")
    names = [tmp_path / f"{number}.png" for number in range(most)]
    for number, name in enumerate(names):
        Image.effect_noise((640, 400 + 60 * number), 50).convert("RGB").save(name)
    shot = drawing(can, media, references=tuple(map(str, names)))
    provider(can.provider).submit(shot, can, "")
    [*_, job] = emulator.record()["jobs"]
    sent = [base64.b64encode(name.read_bytes()).decode() for name in names]
    if can.provider == "runway":
        sent = [f"data:image/png;base64,{text}" for text in sent]
    assert _media_in(job["body"]) == [trimmed({"data": text})["data"] for text in sent]
    assert "A street at dawn" in _words_in(job["body"])
    if can.provider == "runway":
        assert [each["tag"] for each in job["body"]["referenceImages"]] == [
            f"picture{number}" for number in range(1, most + 1)
        ]


def _texts(body: Any) -> list[str]:
    """Every text in a recorded body, in order; media stand there by length and hash."""
    if isinstance(body, dict):
        return [text for value in body.values() for text in _texts(value)]
    if isinstance(body, list):
        return [text for value in body for text in _texts(value)]
    return [body] if isinstance(body, str) else []


def _media_in(body: Any) -> list[str]:
    return [text for text in _texts(body) if "characters, sha256" in text]


def _words_in(body: Any) -> list[str]:
    return [text for text in _texts(body) if "characters, sha256" not in text]


@every_row
def test_too_many_and_too_few_never_leave(can: Capability, media: Media, emulator: Emulator) -> None:
    mode = can.modes["picture"]
    jobs = len(emulator.record()["jobs"])
    wrong = [drawing(can, media, mode.references + 1)]
    if mode.needs_references:
        wrong.append(drawing(can, media, mode.needs_references - 1))
    wrong += [drawing(can, media, prompt=" "), drawing(can, media, audio=True)]
    for shot in wrong:
        assert all(fault.message and fault.cure for fault in faults(shot, can))
        with pytest.raises(Refused) as caught:
            provider(can.provider).submit(shot, can, "")
        assert caught.value.kind == "invalid"
    assert len(emulator.record()["jobs"]) == jobs


def test_a_reference_that_runway_wouldn_t_take_is_a_fault(
    media: Media, emulator: Emulator, tmp_path: Path
) -> None:
    Image.new("RGB", (900, 300)).save(tmp_path / "wide.png")
    can = row("runway")
    shot = drawing(can, media, references=(str(tmp_path / "wide.png"),))
    [fault] = provider("runway").check(shot, can)
    assert fault.place == "references" and "900x300" in fault.message and "crop it" in fault.cure


def test_clips_models_draw_nothing_and_picture_models_film_nothing(media: Media) -> None:
    veo = next(can for can in catalogue() if can.model == "veo-3.1")
    [fault] = faults(drawing(row("google"), media), veo)
    assert (
        "veo-3.1 through vertex makes no picture" in fault.message and fault.cure == "ask a model that draws"
    )
    [fault] = faults(shot_for(veo, "text", media), row("google"))
    assert "makes no clip" in fault.message and "only pictures" in fault.message


def test_the_same_picture_models_behind_all_three_doors() -> None:
    doors = {can.provider for can in ROWS if can.model == "gemini-2.5-flash-image"}
    assert doors >= {"google", "vertex", "runway"}
    for can in ROWS:
        assert {other.rank for other in catalogue() if other.model == can.model} == {can.rank}


# Verdicts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", ["google", "runway"])
def test_a_blocked_picture_is_a_verdict(door: str, media: Media, emulator: Emulator) -> None:
    emulator.misbehave({"what": "empty", "door": door})
    can = row(door)
    operation = provider(door).submit(drawing(can, media), can, "")
    status = ended(provider(door), operation)
    assert status.state is State.BLOCKED and status.message
    [*_, job] = emulator.record()["jobs"]
    assert (Decimal(job["billed"]) > 0) is provider(door).bills_moderated
    assert status.charge == Decimal(job["billed"])


@pytest.mark.parametrize(
    ("model", "options", "said"),
    [
        ("gemini-3.1-flash-image", {}, "IMAGE_SAFETY"),
        ("gemini-3.1-flash-image", {"code": "IMAGE_PROHIBITED_CONTENT"}, "IMAGE_PROHIBITED_CONTENT"),
        ("gemini-3.1-flash-image", {"code": "prompt"}, "PROHIBITED_CONTENT"),
    ],
)
def test_vertex_s_answer_without_a_picture_is_one(
    model: str, options: dict[str, str], said: str, media: Media, emulator: Emulator
) -> None:
    """There is no job left, and nothing is owed for it."""
    emulator.misbehave({"what": "empty", "door": "vertex", **options})
    can = row("vertex", model)
    with pytest.raises(Refused, match=said) as caught:
        provider("vertex").submit(drawing(can, media), can, "")
    assert caught.value.kind == "blocked"
    [*_, job] = emulator.record()["jobs"]
    assert job["state"] == "blocked" and Decimal(job["billed"]) == 0


def test_vertex_draws_nothing_for_another_reason(media: Media, emulator: Emulator) -> None:
    can = row("vertex")
    for what in ({"what": "failed", "failure": "out of paint"}, {"what": "unknown_state"}):
        emulator.misbehave({"door": "vertex", **what})
        with pytest.raises(Refused, match="without a picture") as caught:
            provider("vertex").submit(drawing(can, media), can, "")
        assert caught.value.kind == "invalid"


# What comes with the answer ------------------------------------------------------------------------------------


def test_what_came_with_the_answer_can_t_be_asked_for(
    media: Media, emulator: Emulator, tmp_path: Path
) -> None:
    can, door = row("vertex"), provider("vertex")
    operations = [door.submit(drawing(can, media), can, "attempt-1") for _ in range(2)]
    assert all(answered(operation) and operation.goods for operation in operations)
    assert len({operation.id for operation in operations}) == 2
    assert door.poll(operations[0]) == Status(State.DONE, 1.0)
    with pytest.raises(Expired, match="keeps none"):
        door.fetch(operations[0], Status(State.DONE), tmp_path / "a.png")
    assert {job["ours"] for job in emulator.record()["jobs"][-2:]} == {"attempt-1"}


def _vertex_says(told: Any, monkeypatch: pytest.MonkeyPatch, media: Media, model: str) -> Operation:
    can = row("vertex", model)
    with Service(lambda _: answer(200, json.dumps(told).encode())) as service:
        monkeypatch.setenv("STORYREEL_VERTEX_BASE_URL", service.url)
        return provider("vertex").submit(drawing(can, media), can, "")


def _says(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "candidates": [{"content": {"role": "model", "parts": list(parts)}, "finishReason": "STOP"}],
        **more,
    }


WEB = {"mimeType": "image/png", "data": base64.urlsafe_b64encode(b"\xff\xfe picture").decode()}
INLINE = {"mimeType": "image/png", "data": base64.b64encode(b"a picture").decode()}
DRAFT = {"mimeType": "image/png", "data": base64.b64encode(b"a draft").decode()}


@pytest.mark.parametrize(
    "told",
    [
        _says({"inlineData": INLINE}),
        _says({"inline_data": {"mime_type": "image/png", "data": INLINE["data"]}}),
        _says({"thought": True, "inlineData": DRAFT}, {"text": "There."}, {"inlineData": INLINE}),
        _says({"inlineData": INLINE}, {"thought": True, "inlineData": DRAFT}),
        _says({"inlineData": INLINE}, responseId="r-1", promptFeedback={}),
    ],
)
def test_both_spellings_and_no_thoughts(
    told: Any, monkeypatch: pytest.MonkeyPatch, media: Media, emulator: Emulator
) -> None:
    operation = _vertex_says(told, monkeypatch, media, "gemini-3-pro-image")
    assert operation.goods == b"a picture"
    assert ("responseId" in told) is (operation.id == "answered/r-1")


@pytest.mark.parametrize(
    ("told", "kind", "said"),
    [
        (_says({"text": "I'd rather not."}), "invalid", "I'd rather not."),
        (_says({"thought": True, "inlineData": DRAFT}), "invalid", "without a picture"),
        ({"candidates": [{"finishReason": "SAFETY"}]}, "blocked", "SAFETY"),
        ({"candidates": [{"finishReason": "NO_IMAGE", "finishMessage": "none"}]}, "invalid", "NO_IMAGE none"),
        ({"candidates": [{"finishReason": "MAX_TOKENS"}]}, "invalid", "MAX_TOKENS"),
        ({"promptFeedback": {"blockReason": "OTHER"}}, "invalid", "OTHER"),
        ({"promptFeedback": {"blockReason": "BLOCKLIST"}}, "blocked", "BLOCKLIST"),
    ],
)
def test_reasons(
    told: Any, kind: str, said: str, monkeypatch: pytest.MonkeyPatch, media: Media, emulator: Emulator
) -> None:
    with pytest.raises(Refused, match=said) as caught:
        _vertex_says(told, monkeypatch, media, "gemini-3-pro-image")
    assert caught.value.kind == kind


@pytest.mark.parametrize("told", [{}, {"usageMetadata": {}}, {"candidates": "none"}])
def test_an_answer_that_says_neither_leaves_it_open(
    told: Any, monkeypatch: pytest.MonkeyPatch, media: Media, emulator: Emulator
) -> None:
    with pytest.raises(NoAnswer):
        _vertex_says(told, monkeypatch, media, "gemini-3-pro-image")


def test_what_is_no_base64_is_kept_as_it_came(
    monkeypatch: pytest.MonkeyPatch, media: Media, emulator: Emulator
) -> None:
    """It was made, and it is billed: that it is damaged is found when it is decoded."""
    told = _says({"inlineData": {"mimeType": "image/png", "data": "*"}})
    assert _vertex_says(told, monkeypatch, media, "gemini-3-pro-image").goods == b"*"


def test_the_web_s_alphabet_too(monkeypatch: pytest.MonkeyPatch, media: Media, emulator: Emulator) -> None:
    told = _says({"inlineData": WEB})
    operation = _vertex_says(told, monkeypatch, media, "gemini-3-pro-image")
    assert "_" in WEB["data"] and operation.goods == b"\xff\xfe picture"


def test_a_large_answer_and_a_slow_one(
    monkeypatch: pytest.MonkeyPatch, media: Media, emulator: Emulator, impatient: None
) -> None:
    """A picture may have more bytes, and take longer, than other answers may."""
    large = base64.b64encode(bytes(20 << 20)).decode()
    told = _says({"inlineData": {"mimeType": "image/png", "data": large}})
    assert len(_vertex_says(told, monkeypatch, media, "gemini-3-pro-image").goods or b"") == 20 << 20
    monkeypatch.setenv("STORYREEL_VERTEX_BASE_URL", emulator.environment["STORYREEL_VERTEX_BASE_URL"])
    emulator.misbehave({"what": "slow", "door": "vertex", "seconds": 1.2})
    can = row("vertex")
    assert provider("vertex").submit(drawing(can, media), can, "").goods
    emulator.misbehave({"what": "hang", "door": "vertex"})
    with pytest.raises(NoAnswer, match="no answer came in time"):
        provider("vertex").submit(drawing(can, media), can, "")


# Through google ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["data", "uri"])
def test_google_s_picture_inside_the_answer_or_as_a_file(
    way: str, monkeypatch: pytest.MonkeyPatch, media: Media, emulator: Emulator, tmp_path: Path
) -> None:
    def serve(request: Any) -> bytes:
        if ":download" in request.path:
            return answer(200, b"a picture", Content_Type="image/png")
        held = base64.b64encode(b"a picture").decode() if way == "data" else "files/abc:download?alt=media"
        held = held if way == "data" else f"{service.url}/v1/{held}"
        content = [{"type": "image", "mime_type": "image/png", way: held}]
        steps = [{"type": "thought"}, {"type": "model_output", "content": content}]
        return answer(200, json.dumps({"id": "v1_a", "status": "completed", "steps": steps}).encode())

    with Service(serve) as service:
        monkeypatch.setenv("STORYREEL_GOOGLE_BASE_URL", service.url)
        door, operation = provider("google"), Operation("google", "v1_a")
        status = door.poll(operation)
        assert status.state is State.DONE and status.charge is None, "the list price counts"
        door.fetch(operation, status, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == b"a picture"


def test_tokens_are_counted_where_the_row_has_a_price_for_them(media: Media, emulator: Emulator) -> None:
    can = row("google", "gemini-3.1-flash-image")
    priced = can.model_copy(update={"token_prices": {"image": Decimal(60)}})
    operation = provider("google").submit(drawing(can, media, resolution="2k"), can, "")
    assert ended(provider("google"), operation).charge is None
    told = {"model": can.id, "usage": {"output_tokens_by_modality": [{"modality": "image", "tokens": 1680}]}}
    charge = interactions.charge_of(told, (priced,))
    assert (
        interactions.charge_of(told, (can,)) is None
        and interactions.charge_of({"model": can.id}, (priced,)) is None
    )
    assert charge == Decimal("0.1008") == can.prices["2k"], "1680 tokens"


def test_a_page_in_place_of_a_picture(media: Media, emulator: Emulator, tmp_path: Path) -> None:
    can = row("runway")
    operation = provider("runway").submit(drawing(can, media), can, "")
    status = ended(provider("runway"), operation)
    emulator.misbehave({"what": "expired", "door": "*"})
    with pytest.raises(Missed, match="doesn't open"):
        provider("runway").fetch(operation, status, tmp_path / "a.png")


def test_the_bodies_of_many_references_stay_within_google_s_limit(
    media: Media, emulator: Emulator, tmp_path: Path
) -> None:
    """14 pictures of 7 MB each would be more than a request may hold: they are packed smaller."""
    for number in range(14):
        Image.effect_noise((1500, 1400), 90 + number).convert("RGB").save(
            tmp_path / f"{number}.png", compress_level=1
        )
    names = tuple(str(tmp_path / f"{number}.png") for number in range(14))
    can = row("google", "gemini-3-pro-image")
    provider("google").submit(drawing(can, media, references=names), can, "")
    [*_, job] = emulator.record()["jobs"]
    assert len(_media_in(job["body"])) == 14


def test_what_isn_t_wanted_is_said_in_the_prompt(media: Media, emulator: Emulator) -> None:
    can = row("google", "gemini-3.1-flash-image")
    shot = drawing(can, media, style="film noir", camera="low angle", negative_prompt="people", sound="rain")
    provider("google").submit(shot, can, "")
    [*_, job] = emulator.record()["jobs"]
    said = "A street at dawn\nCamera: low angle\nStyle: film noir\nAvoid: people"
    assert said in _words_in(job["body"])


def test_a_picture_has_no_length() -> None:
    for can in ROWS:
        mode = can.modes["picture"]
        assert mode.shortest == mode.longest == Fraction(1) and not mode.durations
