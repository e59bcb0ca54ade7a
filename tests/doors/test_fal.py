"""fal's queue: what goes out for each kind of model, how a request is asked about again, and what its endings mean."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from storyreel.emulators import Emulator
from storyreel.emulators.encode import plain
from storyreel.studio.errors import ProviderError
from storyreel.studio.media.probe import probe
from storyreel.studio.providers import provider
from storyreel.studio.providers.capability import Capability, rows
from storyreel.studio.providers.contract import Missed, NoAnswer, Operation, Provider, Refused, State
from storyreel.studio.providers.fal.provider import STORAGE, VENDOR
from storyreel.studio.providers.pricing import price

from .conftest import Media, ended, shot_for, submitted
from .service import Request, Service, answer

KINDS = [(can, mode) for can in rows("fal") for mode in can.modes]
ID = "0a1b2c3d-0000-4000-8000-000000000001"
OPERATION = Operation("fal", f"owner/app/requests/{ID}")


@pytest.fixture
def fal(emulator: Emulator) -> Provider:
    return provider("fal")


def row(model: str) -> Capability:
    return next(can for can in rows("fal") if can.model == model)


def body_of(emulator: Emulator) -> dict[str, Any]:
    return emulator.record()["jobs"][-1]["body"]


# What goes out -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("can", "mode"), KINDS, ids=lambda value: getattr(value, "model", value))
def test_every_kind_of_every_model_arrives_and_comes_back(
    fal: Provider, emulator: Emulator, media: Media, tmp_path: Path, can: Capability, mode: str
) -> None:
    shot = shot_for(can, mode, media, negative_prompt="rain")
    operation = fal.submit(shot, can, "")
    status = ended(fal, operation)
    assert status.state is State.DONE
    take = fal.fetch(operation, status, tmp_path / "clip.mp4")
    whole = shot.duration + (2 if mode == "extend" else 0)
    assert abs(probe(take.path).duration - whole) < 0.05
    (job,) = [job for job in emulator.record()["jobs"] if job["id"] == operation.id]
    assert Decimal(job["billed"]) == price(shot, can), "as estimated"
    assert "rain" in json.dumps(job["body"]), "in a field of its own, or in the prompt"


def test_the_words_of_a_row(fal: Provider, emulator: Emulator, media: Media) -> None:
    """Only those that requests.py knows; endpoints for each mode, and for each resolution where they differ."""
    words = {"$prompt", "$unwanted", "$seconds", "$resolution", "$ratio", "$audio", "$seed"}
    words |= {"$image", "$last_frame", "$references", "$video"}
    for can in rows("fal"):
        assert set(can.wire) <= {"endpoints", "fields", "sources", "pictures"}
        assert set(can.wire["endpoints"]) == set(can.modes) >= set(can.wire["fields"]) - {"all"}
        for mode, path in can.wire["endpoints"].items():
            assert not isinstance(path, dict) or set(path) == set(can.modes[mode].resolutions)
        said = set(re.findall(r"\"(\$\w+)\"", json.dumps(can.wire["fields"])))
        assert said <= words and "$" not in re.sub(r'"\$\w+"|\$\{seconds\}', "", json.dumps(can.wire))
        assert "$seed" not in said or can.seed
        assert ("$unwanted" in said) is can.negative_prompt and ("$audio" in said) is (can.audio == "switch")


def test_seconds_as_each_model_writes_them(fal: Provider, emulator: Emulator, media: Media) -> None:
    for model, mode, written in (
        ("veo-3.1", "text", "4s"),
        ("kling-3.0", "text", "3"),
        ("gemini-omni-1.1", "text", 3),
        ("pika-2.2", "image", 5),
    ):
        submitted(fal, media, model, mode)
        assert body_of(emulator)["duration"] == written
    submitted(fal, media, "pika-2.2", "frames", duration=7, last_frame=media.tall)
    body = body_of(emulator)
    assert len(set(body["image_urls"])) == 2 and body["transitions"] == [{"duration": 7}]


def test_a_request_to_the_last_word(fal: Provider, emulator: Emulator, media: Media) -> None:
    submitted(
        fal, media, "veo-3.1-fast", negative_prompt="rain", camera="slow pan", audio=False, seed=2**40 + 5
    )
    assert body_of(emulator) == {
        "prompt": "A street at dawn\nCamera: slow pan",
        "negative_prompt": "rain",
        "aspect_ratio": "16:9",
        "duration": "4s",
        "resolution": "720p",
        "generate_audio": False,
        "seed": 5,
        "auto_fix": False,
    }
    submitted(fal, media, "veo-3.1", "references", negative_prompt="rain")
    body = body_of(emulator)
    assert body["prompt"] == "A street at dawn\nAvoid: rain" and not {
        "seed",
        "negative_prompt",
        "auto_fix",
    } & set(body)


def test_another_endpoint_for_another_size(fal: Provider, emulator: Emulator, media: Media) -> None:
    paths = {}
    for resolution in ("720p", "1080p", "4k"):
        submitted(fal, media, "kling-3.0", resolution=resolution)
        paths[resolution] = emulator.record()["jobs"][-1]["model"]
        assert "resolution" not in body_of(emulator)
    assert [path.split("/")[-2] for path in paths.values()] == ["standard", "pro", "4k"]


def test_it_is_run_once(media: Media, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    with Service(lambda _: answer(503, b'{"detail": "no runner is free"}')) as service:
        monkeypatch.setenv("STORYREEL_FAL_BASE_URL", service.url)
        with pytest.raises(Refused):
            submitted(provider("fal"), media)
    (request,) = service.seen
    assert request.path == "/fal-ai/veo3.1" and request.method == "POST"
    assert request.headers["authorization"] == f"Key {emulator.environment['FAL_KEY']}"
    assert request.headers["x-fal-no-retry"] == "1" and request.headers["x-fal-disable-fallbacks"] == "true"
    assert "x-fal-request-timeout" not in request.headers, "who waits keeps the place"


def test_where_fal_is(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (VENDOR, STORAGE) == ("https://queue.fal.run", "https://rest.fal.ai")
    monkeypatch.delenv("STORYREEL_FAL_BASE_URL")
    assert provider("fal").base_url() == VENDOR


# Media ---------------------------------------------------------------------------------------------------------


def test_what_is_large_is_uploaded(fal: Provider, emulator: Emulator, media: Media, tmp_path: Path) -> None:
    leaks = len(emulator.record()["leaks"])
    noise = tmp_path / "noise.png"
    Image.effect_noise((1600, 1600), 90).convert("RGB").save(noise, compress_level=0)
    assert ended(fal, submitted(fal, media, mode="image", image=str(noise))).state is State.DONE
    assert body_of(emulator)["image_url"].startswith("https://v3.fal.media/files/")
    big = tmp_path / "big.mp4"
    size = 4 << 20
    big.write_bytes(Path(media.clip).read_bytes() + size.to_bytes(4, "big") + b"free" + bytes(size - 8))
    assert ended(fal, submitted(fal, media, mode="extend", video=str(big))).state is State.DONE
    assert body_of(emulator)["video_url"].endswith(".mp4")
    assert len(emulator.record()["leaks"]) == leaks, "the key stays at home"


@pytest.mark.parametrize("what", ["500", "503", "429", "reset", "hang", "404", "html_200", "truncated"])
def test_an_upload_that_goes_wrong_costs_nothing(
    fal: Provider, emulator: Emulator, media: Media, tmp_path: Path, impatient: None, what: str
) -> None:
    noise = tmp_path / "noise.png"
    Image.effect_noise((1600, 1600), 90).convert("RGB").save(noise, compress_level=0)
    jobs = len(emulator.record()["jobs"])
    for nth in (1, 2):
        emulator.misbehave({"door": "fal", "at": "upload", "what": what, "nth": nth})
        if nth == 2 and what in ("html_200", "truncated"):
            continue  # what an upload is answered with matters to nobody
        with pytest.raises(Refused):
            submitted(fal, media, mode="image", image=str(noise))
    assert len(emulator.record()["jobs"]) == jobs, "nothing was asked for"


def test_clips_that_can_t_be_extended(
    fal: Provider, emulator: Emulator, media: Media, tmp_path: Path
) -> None:
    small, text = tmp_path / "small.mp4", tmp_path / "text.mp4"
    small.write_bytes(plain(640, 360, 24, False, 7))
    text.write_text("no clip")
    for file, words in (
        (small, "small.mp4 is 640x360, and veo-3.1 through fal goes on from"),
        (text, "taken"),
    ):
        (fault,) = fal.check(shot_for(row("veo-3.1"), "extend", media, video=str(file)), row("veo-3.1"))
        assert fault.place == "video" and words in fault.message and fault.cure
        with pytest.raises(Refused, match="video"):
            submitted(fal, media, mode="extend", video=str(file))
    (tmp_path / "tall.mp4").write_bytes(plain(720, 1280, 48, False, 7))
    tall = {"video": str(tmp_path / "tall.mp4"), "aspect_ratio": "9:16"}
    assert ended(fal, submitted(fal, media, mode="extend", **tall)).state is State.DONE


def test_pictures_that_a_model_does_not_take(fal: Provider, emulator: Emulator, tmp_path: Path) -> None:
    for size, words in (
        ((299, 400), "no side may be under 300"),
        ((1000, 300), "more than 2.5 times the other"),
    ):
        Image.new("RGB", size).save(tmp_path / "picture.png")
        here = Media(*[str(tmp_path / "picture.png")] * 3)
        for mode, fields in (("image", ["image"]), ("frames", ["image", "last_frame"])):
            found = fal.check(shot_for(row("kling-3.0"), mode, here), row("kling-3.0"))
            assert [fault.place for fault in found] == fields and words in found[0].message and found[0].cure
        assert fal.check(shot_for(row("pika-2.2"), "image", here), row("pika-2.2")) == []
    Image.new("RGB", (640, 360), "red").save(tmp_path / "picture.webp")
    webp = Media(*[str(tmp_path / "picture.webp")] * 3)
    assert ended(fal, submitted(fal, webp, "kling-3.0-turbo", "image")).state is State.DONE, "as a PNG"


# Asking again --------------------------------------------------------------------------------------------------


def test_the_id_is_all_that_is_needed(
    fal: Provider, emulator: Emulator, media: Media, tmp_path: Path
) -> None:
    """The sub-path is dropped from fal's addresses, and a new process knows the id alone."""
    operation = submitted(fal, media, mode="image")
    assert re.fullmatch(r"fal-ai/veo3\.1/requests/[0-9a-f-]{36}", operation.id)
    provider.cache_clear()
    anew = provider("fal")
    assert anew is not fal
    status = ended(anew, Operation("fal", operation.id))
    anew.fetch(operation, status, tmp_path / "clip.mp4")
    assert probe(tmp_path / "clip.mp4").duration == 4


def test_an_id_from_the_dashboard(fal: Provider, emulator: Emulator) -> None:
    before = emulator.record()["requests"]
    for id in (ID, f"requests/{ID}", f"owner/requests/{ID}", f"owner/app/{ID}", f"a/../b/requests/{ID}"):
        with pytest.raises(ProviderError, match=f"'{re.escape(id)}' is no request of fal's") as caught:
            fal.poll(Operation("fal", id))
        assert "owner/app/requests/ID" in str(caught.value)
    assert emulator.record()["requests"] == before


def told(service: Service, **changed: Any) -> bytes:
    base = f"{service.url}/fal-ai/veo3.1/requests/{ID}"
    plain = {
        "request_id": ID,
        "response_url": base,
        "status_url": f"{base}/status",
        "cancel_url": f"{base}/cancel",
        "queue_position": 0,
    }
    return answer(200, json.dumps(plain | changed).encode(), Content_Type="application/json")


@pytest.mark.parametrize("name", ["response_url", "status_url", "cancel_url"])
def test_an_address_elsewhere_gets_no_key(
    media: Media, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What the request is called is told: somebody may find it in the dashboard."""
    with Service(lambda _: answer(200)) as thief:
        foreign = {name: f"http://localhost:{thief.port}/fal-ai/veo3.1/requests/{ID}"}
        with Service(lambda _: told(service, **foreign)) as service:
            monkeypatch.setenv("STORYREEL_FAL_BASE_URL", service.url)
            with pytest.raises(NoAnswer, match=f"{ID}, and points to localhost:.*no business"):
                submitted(provider("fal"), media)
    assert len(service.seen) == 1 and not thief.seen


@pytest.mark.parametrize(
    ("changed", "id"),
    [
        ({}, f"fal-ai/veo3.1/requests/{ID}"),
        ({"status_url": None, "cancel_url": None}, f"fal-ai/veo3.1/requests/{ID}"),
        (
            {"response_url": f"/fal-ai/veo3.1/image-to-video/requests/{ID}"},
            f"fal-ai/veo3.1/image-to-video/requests/{ID}",
        ),
        ({"response_url": f"/fal-ai/veo3.1/requests/{ID}/response"}, f"fal-ai/veo3.1/requests/{ID}"),
        ({"response_url": f"/elsewhere/{ID}"}, None),
        ({"response_url": f"/fal-ai/../requests/{ID}"}, None),
        ({"response_url": None}, None),
        ({"request_id": "another-one"}, None),
        ({"request_id": 7}, None),
    ],
)
def test_what_the_answer_says(
    media: Media, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], id: str | None
) -> None:
    def serve(_: Request) -> bytes:
        link = changed.get("response_url")
        return told(service, **changed | ({"response_url": service.url + link} if link else {}))

    with Service(serve) as service:
        monkeypatch.setenv("STORYREEL_FAL_BASE_URL", service.url)
        if id is None:
            with pytest.raises(NoAnswer, match="fal accepted it"):
                submitted(provider("fal"), media)
        else:
            assert submitted(provider("fal"), media).id == id


# Endings -------------------------------------------------------------------------------------------------------

POLICY = [{"loc": ["body", "prompt"], "msg": "Flagged by a checker", "type": "content_policy_violation"}]
ENDINGS: list[tuple[dict[str, Any], tuple[int, Any, dict[str, Any]], State | None, str]] = [
    ({"status": "IN_QUEUE", "queue_position": 3}, (0, None, {}), State.QUEUED, "3 before it"),
    ({"status": "IN_PROGRESS", "logs": None}, (0, None, {}), State.RUNNING, ""),
    ({"status": "completed"}, (0, None, {}), None, "'completed'"),
    ({"status": "COMPLETED"}, (200, {"video": {"url": "https://x/y.mp4"}}, {}), State.DONE, ""),
    ({"status": "COMPLETED"}, (200, {"video": None}, {}), None, "no link"),
    ({"status": "COMPLETED"}, (200, {"images": []}, {}), None, "no link"),
    ({"status": "COMPLETED"}, (422, {"detail": POLICY}, {}), State.BLOCKED, "body.prompt: Flagged"),
    ({"status": "COMPLETED"}, (422, {"detail": "No such voice"}, {}), State.FAILED, "No such voice"),
    ({"status": "COMPLETED"}, (400, {"detail": "Request is still in progress"}, {}), None, "in progress"),
    (
        {"status": "COMPLETED"},
        (400, {"detail": "Odd"}, {"X-Fal-Error-Type": "bad_request"}),
        State.FAILED,
        "Odd",
    ),
    ({"status": "COMPLETED"}, (404, {"detail": "Not found"}, {}), State.GONE, "Not found"),
    ({"status": "COMPLETED"}, (410, {}, {}), State.GONE, "410"),
    ({"status": "COMPLETED"}, (500, {"detail": "Oops"}, {}), None, "500"),
    ({"status": "COMPLETED"}, (503, {}, {}), None, "503"),
    (
        {"status": "COMPLETED"},
        (504, {"detail": "Timed out"}, {"X-Fal-Error-Type": "request_timeout"}),
        State.FAILED,
        "Timed out (request_timeout)",
    ),
    (
        {"status": "COMPLETED", "error": "Runner died", "error_type": "runner_disconnected"},
        (502, None, {}),
        State.FAILED,
        "Runner died (runner_disconnected)",
    ),
    (
        {"status": "COMPLETED", "error": "Oh no"},
        (200, {"video": {"url": "https://x/y"}}, {}),
        State.FAILED,
        "Oh no",
    ),
    (
        {"status": "COMPLETED", "error": "Invalid status code: 422"},
        (422, {"detail": POLICY}, {}),
        State.BLOCKED,
        "Fl",
    ),
    (
        {"status": "COMPLETED", "error": "Cancelled", "error_type": "client_cancelled"},
        (499, {"detail": "Cancelled"}, {}),
        State.CANCELLED,
        "Cancelled",
    ),
]


@pytest.mark.parametrize(("status", "result", "state", "words"), ENDINGS)
def test_completed_is_not_success(
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    status: dict[str, Any],
    result: tuple[int, Any, dict[str, Any]],
    state: State | None,
    words: str,
) -> None:
    """None: no verdict yet. What failed costs nothing."""

    def serve(request: Request) -> bytes:
        if request.path.endswith("/status"):
            return answer(202, json.dumps(status).encode())
        code, plain, headers = result
        return answer(
            code, json.dumps(plain).encode(), **{k.replace("-", "_"): v for k, v in headers.items()}
        )

    with Service(serve) as service:
        monkeypatch.setenv("STORYREEL_FAL_BASE_URL", service.url)
        if state is None:
            with pytest.raises(Missed, match=re.escape(words)):
                provider("fal").poll(OPERATION)
            return
        found = provider("fal").poll(OPERATION)
    assert found.state is state and words in found.message
    assert found.charge == (0 if state in (State.FAILED, State.BLOCKED, State.CANCELLED) else None)


REFUSALS = [
    (
        403,
        "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.",
        "no_money",
    ),
    (403, "This key has no access to the model", "auth"),
    (401, "Authentication is required to access this application.", "auth"),
    (404, "Application 'veo3' not found", "invalid"),
    (422, [{"loc": ["body", "duration"], "msg": "Input should be '4s'", "type": "literal_error"}], "invalid"),
    (422, POLICY, "blocked"),
    (429, "Too many requests", "rate"),
]


@pytest.mark.parametrize(("status", "detail", "kind"), REFUSALS)
def test_refusals(
    media: Media, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, status: int, detail: Any, kind: str
) -> None:
    body = json.dumps({"detail": detail}).encode()
    with Service(lambda _: answer(status, body, Content_Type="application/json")) as service:
        monkeypatch.setenv("STORYREEL_FAL_BASE_URL", service.url)
        with pytest.raises(Refused) as caught:
            submitted(provider("fal"), media)
    assert caught.value.kind == kind
    said = detail if isinstance(detail, str) else f"{'.'.join(detail[0]['loc'])}: {detail[0]['msg']}"
    assert caught.value.message == f"fal refused it with {status}: {said}"


def test_cancelling(media: Media, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that waits is out of the queue; one that runs may not listen, and is billed then."""
    with Emulator(queue=0.4, work=0.4) as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        fal = provider("fal")
        waits, runs = submitted(fal, media), submitted(fal, media)
        assert fal.poll(waits).state is State.QUEUED in fal.cancel_is_free
        fal.cancel(waits)
        assert fal.poll(waits).state is State.CANCELLED
        fal.cancel(waits)
        while fal.poll(runs).state is State.QUEUED:
            pass
        fal.cancel(runs)
        assert ended(fal, runs).state is State.DONE
        fal.cancel(runs)
        billed = [Decimal(job["billed"]) for job in emulator.record()["jobs"]]
        assert billed == [0, Decimal("1.60")]
