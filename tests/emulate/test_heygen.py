"""HeyGen: what it makes, measured, what it refuses in its own error shape, and its lists."""

from __future__ import annotations

import base64
import io
import time
import wave
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from storyreel.emulators import Emulator
from storyreel.emulators.clips import make
from storyreel.emulators.heygen_people import LOOKS, VOICES
from storyreel.emulators.jobs import Ask

from .clients import Door, Seen, decoded, fetch, picture

SAID = "Good morning, everybody."


def speech(seconds: float, rate: int = 16000) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        tone = 12000 * np.sin(np.arange(round(seconds * rate)) * 0.3)
        sound.writeframes(tone.astype(np.int16).tobytes())
    return file.getvalue()


def inline(data: bytes, type: str = "image/png") -> dict[str, str]:
    return {"type": "base64", "media_type": type, "data": base64.b64encode(data).decode()}


class HeyGenDoor(Door):
    name = "heygen"

    def keys(self, emulator: Emulator) -> dict[str, str]:
        return {"X-Api-Key": emulator.environment["HEYGEN_API_KEY"]}

    def submit(self, **body: Any) -> httpx.Response:
        plain = {
            "type": "avatar",
            "avatar_id": "abigail_office",
            "script": SAID,
            "voice_id": "v_en_ada",
        } | body
        return self.post("/v3/videos", {key: v for key, v in plain.items() if v is not None})

    def photo(self, **body: Any) -> httpx.Response:
        return self.submit(type="image", avatar_id=None, **{"image": inline(picture())} | body)

    def upload(self, data: bytes, **more: Any) -> httpx.Response:
        return self.client.post(f"{self.base}/v3/assets", files={"file": ("a", data)}, **more)

    def asset(self, data: bytes) -> str:
        return self.upload(data).json()["data"]["asset_id"]

    def video(self, id: str) -> dict[str, Any]:
        return self.get(f"/v3/videos/{id}").json()["data"]

    def ended(self, id: str) -> dict[str, Any]:
        for _ in range(400):
            video = self.video(id)
            if video["status"] in ("completed", "failed"):
                return video
            time.sleep(0.01)
        raise AssertionError("the video never ended")

    def made(self, answer: httpx.Response) -> tuple[dict[str, Any], Seen]:
        assert answer.status_code == 200, answer.text
        video = self.ended(answer.json()["data"]["video_id"])
        return video, decoded(fetch(video["video_url"]).content)


@pytest.fixture
def heygen(emulator: Emulator) -> Iterator[HeyGenDoor]:
    with HeyGenDoor(emulator) as door:
        yield door


@pytest.mark.parametrize(
    ("body", "size", "seconds", "dollars"),
    [
        ({}, (1280, 720), 2.125, 0.0805),
        ({"resolution": "1080p", "aspect_ratio": "9:16"}, (1080, 1920), 2.125, 0.0805),
        ({"aspect_ratio": "4:5"}, (720, 900), 2.125, 0.0805),
        ({"aspect_ratio": "1:1", "voice_id": "v_zh_lin"}, (720, 720), 5.25, 0.0805),
        ({"avatar_id": "ivo_drawn", "engine": {"type": "avatar_iii"}}, (1280, 720), 2.125, 0.0433),
        ({"engine": {"type": "avatar_iii"}}, (1280, 720), 2.125, 0.0167),
        ({"voice_id": None, "avatar_id": "bruno_suit"}, (1280, 720), 2.0, 0.0805),
        ({"avatar_id": "ivo_drawn", "motion_prompt": "He waves"}, (1280, 720), 2.125, 0.05),
        ({"voice_settings": {"speed": 0.5}}, (1280, 720), 3.75, 0.0805),
        ({"script": 'Wait. <break time="1.5s"/> Now.'}, (1280, 720), 2.625, 0.0805),
        ({"avatar_id": "0" * 32, "voice_id": "f" * 32}, (1280, 720), 2.125, 0.0805),
    ],
)
def test_an_avatar_is_as_long_as_what_it_says(
    heygen: HeyGenDoor, body: dict[str, Any], size: tuple[int, int], seconds: float, dollars: float
) -> None:
    video, clip = heygen.made(heygen.submit(**body))
    assert clip.size == size and clip.lasts(seconds) and clip.samples > 0
    assert video["duration"] == seconds
    assert float(heygen.job(video["id"])["billed"]) == pytest.approx(dollars * seconds, abs=1e-6)


def test_a_photo(heygen: HeyGenDoor) -> None:
    for image in (inline(picture()), {"type": "asset_id", "asset_id": heygen.asset(picture(kind="JPEG"))}):
        video, clip = heygen.made(heygen.photo(image=image))
        assert (clip.size, video["duration"]) == ((1280, 720), 2.125)
        assert float(heygen.job(video["id"])["billed"]) == pytest.approx(0.05 * 2.125)


def test_a_sound(heygen: HeyGenDoor) -> None:
    asset = heygen.asset(speech(2.5))
    video, clip = heygen.made(heygen.submit(script=None, voice_id=None, audio_asset_id=asset))
    assert video["duration"] == 2.5 and clip.lasts(2.5)


def test_a_rehearsal_says_who_says_what_and_sounds_as_it_is_told(tmp_path: Any) -> None:
    """Two who say different things look different; a sound is heard."""
    (tmp_path / "loud").write_bytes(speech(1.0))
    cards = [
        decoded(make(Ask(words, 1.0, 320, 180, True, speech=sound), "a", "card", tmp_path))
        for words, sound in (("Abigail\nHello", None), ("Bruno\nHello", None), ("Abigail, 1 s", "loud"))
    ]
    assert np.abs(cards[0].frames[0].astype(int) - cards[1].frames[0]).mean() > 0.5
    assert cards[2].loudness > 10 * cards[0].loudness


REFUSED: dict[str, tuple[dict[str, Any], int, str, str]] = {
    "unknown key": ({"dimension": {"width": 1}}, 400, "dimension", "Extra inputs are not permitted"),
    "unknown key inside": ({"voice_settings": {"tone": 1}}, 400, "tone", "Extra inputs"),
    "no type": ({"type": None}, 400, "type", "does not match any of"),
    "a type that is made elsewhere": ({"type": "studio"}, 400, "type", "does not match"),
    "no avatar": ({"avatar_id": None}, 400, "avatar_id", "Field required"),
    "avatar as number": ({"avatar_id": 7}, 400, "avatar_id", "Expected string"),
    "unknown avatar": ({"avatar_id": "nobody"}, 404, "avatar_id", "not found"),
    "unknown voice": ({"voice_id": "nobody"}, 404, "voice_id", "not found"),
    "nothing to say": ({"script": None}, 400, "script", "exactly one"),
    "script and sound": ({"audio_asset_id": "x"}, 400, "script", "exactly one"),
    "empty script": ({"script": ""}, 400, "script", "at least 1"),
    "blank script": ({"script": "  "}, 400, "script", "empty"),
    "5001 characters": ({"script": "x" * 5001}, 400, "script", "at most 5000"),
    "no such sound": ({"script": None, "audio_asset_id": "x"}, 404, "audio_asset_id", "not available"),
    "ratio": ({"aspect_ratio": "21:9"}, 400, "aspect_ratio", "Invalid enum value"),
    "resolution": ({"resolution": "480p"}, 400, "resolution", "Invalid enum value"),
    "speed": ({"voice_settings": {"speed": 2}}, 400, "voice_settings.speed", "between"),
    "engine": ({"engine": {"type": "avatar_vi"}}, 400, "engine.type", "Invalid enum value"),
    "engine as text": ({"engine": "avatar_iv"}, 400, "engine", "Expected object"),
    "an engine that the look hasn't": (
        {"avatar_id": "dora_desk", "engine": {"type": "avatar_iii"}}, 400, "engine", "supported",
    ),
    "motion of an avatar": ({"motion_prompt": "waves"}, 400, "motion_prompt", "not supported"),
    "4k": ({"resolution": "4k"}, 400, "resolution", ""),
    "an image beside": ({"image": inline(picture())}, 400, "image", "Extra inputs"),
}  # fmt: skip
CODES = {
    "avatar_id": "avatar_not_found",
    "voice_id": "voice_not_found",
    "audio_asset_id": "asset_not_available",
}


@pytest.mark.parametrize(("body", "status", "param", "words"), REFUSED.values(), ids=REFUSED)
def test_refused(
    heygen: HeyGenDoor, emulator: Emulator, body: dict[str, Any], status: int, param: str, words: str
) -> None:
    jobs = len(emulator.record()["jobs"])
    answer = heygen.submit(**body)
    error = answer.json()["error"]
    assert answer.status_code == status and words in error["message"] and error["param"] == param
    assert error["code"] == (CODES[param] if status == 404 else "invalid_parameter")
    assert error["doc_url"].endswith(error["code"].replace("_", "-"))
    assert len(emulator.record()["jobs"]) == jobs


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"voice_id": None}, "voice_id is required"),
        ({"image": None}, "Field required"),
        ({"image": "abc"}, "Expected object"),
        ({"image": inline(b"no picture")}, "can't be decoded"),
        ({"image": inline(picture(), "image/jpeg")}, "image/png, not image/jpeg"),
        ({"image": inline(picture(kind="WEBP"), "image/webp")}, "Unsupported mime type"),
        ({"image": inline(picture(2100, 40))}, "larger than 2K"),
        ({"image": {"type": "asset_id", "asset_id": "x"}}, "not available"),
        ({"image": {"type": "url", "url": "https://example.com/a.png"}}, "can't be fetched by an emulator"),
        ({"engine": {"type": "avatar_iv"}}, "Extra inputs"),
    ],
)
def test_a_photo_that_is_refused(heygen: HeyGenDoor, body: dict[str, Any], words: str) -> None:
    answer = heygen.photo(**body)
    assert answer.status_code in (400, 404) and words in answer.json()["error"]["message"]


def test_who_comes_in(heygen: HeyGenDoor) -> None:
    for headers in (
        {},
        {"X-Api-Key": "sk-wrong"},
        {"Authorization": f"Bearer {heygen.headers['X-Api-Key']}"},
    ):
        for path in ("/v3/videos/abc", "/v3/videos", "/v3/voices", "/v3/avatars/looks", "/v3/users/me"):
            answer = fetch(heygen.base + path, headers=headers)
            assert answer.status_code == 401 and answer.json()["error"]["code"] == "unauthorized"


def test_links_are_fresh_elsewhere_and_die(heygen: HeyGenDoor, emulator: Emulator) -> None:
    emulator.misbehave({"door": "heygen", "what": "expires", "seconds": 1})
    video, _ = heygen.made(heygen.submit())
    old = video["video_url"]
    assert not old.startswith(emulator.url) and heygen.headers["X-Api-Key"] not in old
    time.sleep(1.1)
    assert fetch(old).status_code == 403
    assert fetch(heygen.video(video["id"])["video_url"]).status_code == 200


def test_titles_are_searched(heygen: HeyGenDoor) -> None:
    ids = [
        heygen.submit(title=title).json()["data"]["video_id"]
        for title in ("Zebra one", "zebra two", "Horse", None)
    ]
    found = heygen.get("/v3/videos?title=ZEBRA").json()
    assert [video["id"] for video in found["data"]] == [ids[1], ids[0]], "the newest first"
    assert found["has_more"] is False and found["next_token"] is None
    assert heygen.get("/v3/videos?title=zebra+one").json()["data"][0]["title"] == "Zebra one"
    assert heygen.video(ids[3])["title"] == "Untitled Video"
    assert heygen.client.delete(f"{heygen.base}/v3/videos/{ids[0]}").json() == {
        "data": {"id": ids[0], "deleted": True}
    }
    assert heygen.get(f"/v3/videos/{ids[0]}").status_code == 404
    assert len(heygen.get("/v3/videos?title=zebra").json()["data"]) == 1
    told = heygen.get(f"/v3/videos/statuses?video_ids={ids[1]},{ids[0]},x").json()["data"]
    assert [each["status"] for each in told][1:] == ["not_found", "not_found"]
    assert told[0]["status"] in ("queued", "processing", "completed")
    assert heygen.get("/v3/videos/statuses").status_code == 400


@pytest.mark.parametrize(
    ("path", "key", "all"), [("avatars/looks", "id", LOOKS), ("voices", "voice_id", VOICES)]
)
def test_pages(heygen: HeyGenDoor, path: str, key: str, all: Any) -> None:
    seen, token = [], ""
    for _ in range(10):
        page = heygen.get(f"/v3/{path}?limit=5{token}").json()
        seen += [each[key] for each in page["data"]]
        if not page["has_more"]:
            break
        token = f"&token={page['next_token']}"
    assert seen == [each.id for each in all if getattr(each, "type", "public") == "public"]
    for bad in ("limit=0", "limit=1000", "limit=x", "token=5.abc", "page=2"):
        assert heygen.get(f"/v3/{path}?{bad}").status_code == 400, bad


def test_voices_are_filtered(heygen: HeyGenDoor) -> None:
    german = heygen.get("/v3/voices?language=German").json()["data"]
    assert [voice["name"] for voice in german] == ["Anna", "Bernd - Ruhig", "Clara"]
    assert [voice["voice_id"] for voice in heygen.get("/v3/voices?type=private").json()["data"]] == [
        "v_my_own"
    ]
    assert heygen.get("/v3/voices?type=own").status_code == 400


@pytest.mark.parametrize(
    ("data", "status", "type"),
    [
        (picture(), 200, "image/png"),
        (picture(kind="JPEG"), 200, "image/jpeg"),
        (speech(0.2), 200, "audio/wav"),
        (picture(kind="WEBP"), 400, ""),
        (b"words", 400, ""),
        (b"RIFF0000WAVEnothing", 400, ""),
        (b"\0" * (32 * 1024 * 1024 + 1), 413, ""),
    ],
    ids=["png", "jpeg", "wav", "webp", "words", "no wav", "too much"],
)
def test_assets(heygen: HeyGenDoor, data: bytes, status: int, type: str) -> None:
    answer = heygen.upload(data)
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["data"]["mime_type"] == type and answer.json()["data"]["size_bytes"] == len(data)


def test_an_asset_is_a_form(heygen: HeyGenDoor) -> None:
    assert heygen.post("/v3/assets", {"file": "x"}).status_code == 400
    assert heygen.client.post(f"{heygen.base}/v3/assets", files={"picture": b"x"}).status_code == 400


def test_how_it_fails(heygen: HeyGenDoor, emulator: Emulator) -> None:
    for what, code in (("empty", "content_moderation"), ("failed", "render_failed")):
        emulator.misbehave({"door": "heygen", "what": what})
        video = heygen.ended(heygen.submit().json()["data"]["video_id"])
        assert video["status"] == "failed" and video["failure_code"] == code and video["failure_message"]
        assert heygen.job(video["id"])["billed"] == "0"


def test_the_wallet(heygen: HeyGenDoor) -> None:
    before = heygen.get("/v3/users/me").json()["data"]["wallet"]["remaining_balance"]
    video, _ = heygen.made(heygen.submit())
    after = heygen.get("/v3/users/me").json()["data"]["wallet"]["remaining_balance"]
    assert before - after == pytest.approx(float(heygen.job(video["id"])["billed"]), abs=1e-6)
