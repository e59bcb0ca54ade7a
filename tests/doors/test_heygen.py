"""HeyGen's own API: what goes out, how a video is found again, what it costs, and who is there to talk."""

from __future__ import annotations

import io
import json
import uuid
import wave
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from storyreel.emulators import Emulator
from storyreel.studio.ledger import open_ledger
from storyreel.studio.planning.model_choice import Wish
from storyreel.studio.production.shoot import Spend, take
from storyreel.studio.providers import provider
from storyreel.studio.providers.capability import bought, rows
from storyreel.studio.providers.contract import Missed, Operation, Refused, State
from storyreel.studio.providers.faults import faults
from storyreel.studio.providers.heygen.people import Avatar, Voice, language_named, matching
from storyreel.studio.providers.heygen.provider import HeyGen
from storyreel.studio.providers.pricing import estimate, price
from storyreel.studio.providers.shot import Shot

from .conftest import Media, ended, shot_for, submitted
from .service import Request, Service, answer

IV, PHOTO, III = rows("heygen")
SAID = "Good morning, everybody."


@pytest.fixture
def heygen(emulator: Emulator) -> HeyGen:
    door = provider("heygen")
    assert isinstance(door, HeyGen)
    return door


def sound(path: Path, seconds: float, rate: int = 16000) -> Path:
    """A WAV, or what its name says, with a tone of so many seconds."""
    tone = (8000 * np.sin(np.arange(int(seconds * rate)) * 0.2)).astype(np.int16)
    if path.suffix == ".wav":
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(tone.tobytes())
        return path
    with av.open(str(path), "w") as container:
        stream = container.add_stream({".mp3": "mp3", ".m4a": "aac"}[path.suffix], rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone[None], format="s16", layout="mono")
        frame.sample_rate = rate
        for part in av.AudioResampler("fltp", "mono", rate, 1024).resample(frame):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path


def body_of(emulator: Emulator) -> dict[str, Any]:
    return emulator.record()["jobs"][-1]["body"]


# What goes out -------------------------------------------------------------------------------------------------


def test_an_avatar(heygen: HeyGen, emulator: Emulator, media: Media) -> None:
    shot = shot_for(IV, "avatar", media, resolution="1080p", aspect_ratio="4:5")
    heygen.submit(shot, IV, "attempt-7")
    assert body_of(emulator) == {
        "type": "avatar",
        "title": f"attempt-7 heygen-avatar-iv 1080p {SAID}",
        "avatar_id": "abigail_office",
        "engine": {"type": "avatar_iv"},
        "script": SAID,
        "voice_id": "v_en_ada",
        "aspect_ratio": "4:5",
        "resolution": "1080p",
    }


def test_a_portrait(heygen: HeyGen, emulator: Emulator, media: Media, tmp_path: Path) -> None:
    """A small picture goes along, a large one is scaled to 2048 pixels, and uploaded if it is still large."""
    submitted(heygen, media, mode="portrait", prompt="She nods")
    body = body_of(emulator)
    assert body["type"] == "image" and body["motion_prompt"] == "She nods" and "engine" not in body
    assert body["image"]["type"] == "base64" and body["image"]["media_type"] == "image/png"
    uploads = len(files(emulator))
    noise = np.random.default_rng(1).integers(0, 255, (1300, 2100, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "large.png", compress_level=1)
    submitted(heygen, media, mode="portrait", image=str(tmp_path / "large.png"), prompt="")
    assert body_of(emulator)["image"]["type"] == "asset_id" and "motion_prompt" not in body_of(emulator)
    assert len(files(emulator)) == uploads + 1


def files(emulator: Emulator) -> list[dict[str, Any]]:
    return [event for event in emulator._record.events if event["event"] == "file"]


@pytest.mark.parametrize(
    ("name", "type"), [("a.wav", "audio/wav"), ("a.mp3", "audio/mpeg"), ("a.m4a", "audio/wav")]
)
def test_a_sound_is_uploaded_and_lasts_as_long(
    heygen: HeyGen, emulator: Emulator, media: Media, tmp_path: Path, name: str, type: str
) -> None:
    """What HeyGen doesn't take is made a WAV."""
    path = sound(tmp_path / name, 2.6)
    operation = submitted(heygen, media, mode="avatar", script="", voice="", speech=str(path))
    body = body_of(emulator)
    assert not {"script", "voice_id"} & set(body) and files(emulator)[-1]["type"] == type
    status = ended(heygen, operation)
    assert status.charge is not None and Decimal("0.20") < status.charge < Decimal("0.23")
    heygen.fetch(operation, status, tmp_path / "clip.mp4")
    with av.open(str(tmp_path / "clip.mp4")) as clip:
        assert 2.5 < float(clip.duration or 0) / av.time_base < 2.9 and clip.streams.audio


@pytest.mark.parametrize(
    ("what", "kind"), [("500", "busy"), ("429", "rate"), ("reset_before", "unreachable")]
)
def test_an_upload_that_fails_owes_nothing(
    heygen: HeyGen, emulator: Emulator, media: Media, tmp_path: Path, what: str, kind: str
) -> None:
    jobs = len(emulator.record()["jobs"])
    emulator.misbehave({"door": "heygen", "at": "upload", "what": what})
    with pytest.raises(Refused) as caught:
        submitted(heygen, media, script="", voice="", speech=str(sound(tmp_path / "a.wav", 1)))
    assert caught.value.kind == kind and len(emulator.record()["jobs"]) == jobs


def test_the_third_engine(heygen: HeyGen, emulator: Emulator, media: Media) -> None:
    submitted(heygen, media, model="heygen-avatar-iii")
    assert body_of(emulator)["engine"] == {"type": "avatar_iii"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"avatar": "nobody"}, "404: avatar_id: Avatar nobody not found"),
        ({"voice": "nobody"}, "404: voice_id: Voice nobody not found"),
        ({"avatar": "dora_desk", "model": "heygen-avatar-iii"}, "400: engine: dora_desk does not support avatar_iii"),
        ({"script": "   "}, "narration: is empty"),
        ({"script": "a " * 2600}, "narration: 5200 characters, and heygen reads 5000"),
        ({"voice": ""}, "voice: heygen-avatar-iv through heygen needs one"),
        ({"speech": "/nowhere/a.wav"}, "speech: stands beside narration"),
        ({"speech": "/nowhere/a.wav", "script": ""}, "speech: a.wav holds no sound that can be read"),
        ({"aspect_ratio": "21:9"}, "use 16:9, 9:16, 4:5, 5:4 or 1:1"),
    ],
)  # fmt: skip
def test_what_is_refused(
    heygen: HeyGen, emulator: Emulator, media: Media, changed: dict[str, Any], said: str
) -> None:
    jobs = len(emulator.record()["jobs"])
    with pytest.raises(Refused) as caught:
        submitted(heygen, media, mode="avatar", **changed)
    assert caught.value.kind == "invalid" and said in str(caught.value)
    assert len(emulator.record()["jobs"]) == jobs


def test_a_portrait_of_nobody(heygen: HeyGen, media: Media) -> None:
    (fault,) = heygen.check(shot_for(PHOTO, "portrait", media, image=None), PHOTO)
    assert str(fault) == "image: heygen needs a picture of the one who talks; give image, or name an avatar"


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (402, "insufficient_credit", "no_money"),
        (400, "insufficient_credit", "no_money"),
        (429, "rate_limit_exceeded", "rate"),
        (429, "quota_exceeded", "quota"),
        (403, "forbidden", "auth"),
        (404, "avatar_not_found", "invalid"),
        (400, "invalid_parameter", "invalid"),
        (413, "payload_too_large", "invalid"),
    ],
)
def test_its_codes(
    heygen: HeyGen, media: Media, monkeypatch: pytest.MonkeyPatch, status: int, code: str, kind: str
) -> None:
    said = json.dumps({"error": {"code": code, "message": "No", "doc_url": "https://example.com"}}).encode()
    with Service(lambda _: answer(status, said, Retry_After="9")) as service:
        monkeypatch.setenv("STORYREEL_HEYGEN_BASE_URL", service.url)
        with pytest.raises(Refused) as caught:
            submitted(heygen, media)
    assert (caught.value.kind, caught.value.retry_after) == (kind, 9)


# Standing and costs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "state", "words"),
    [
        ({"status": "waiting"}, State.QUEUED, ""),
        ({"status": "pending"}, State.QUEUED, ""),
        ({"status": "processing"}, State.RUNNING, ""),
        ({"status": "failed", "failure_code": "render_failed", "failure_message": "No"}, State.FAILED, "No (render"),
        ({"status": "failed"}, State.FAILED, "it failed"),
        ({"status": "failed", "failure_code": "moderation_rejected"}, State.BLOCKED, "moderation_rejected"),
        ({"status": "failed", "failure_message": "It violates our policy"}, State.BLOCKED, "policy"),
        ({"status": "completed"}, None, "no link"),
        ({"status": "completed", "video_url": "https://x/y.mp4"}, State.DONE, ""),
        ({"status": "drafting"}, None, "'drafting'"),
        ({}, None, "None"),
    ],
)  # fmt: skip
def test_how_it_stands(
    heygen: HeyGen, monkeypatch: pytest.MonkeyPatch, data: dict[str, Any], state: State | None, words: str
) -> None:
    body = json.dumps({"data": {"id": "abc", **data}}).encode()
    with Service(lambda _: answer(200, body)) as service:
        monkeypatch.setenv("STORYREEL_HEYGEN_BASE_URL", service.url)
        if state is None:
            with pytest.raises(Missed, match=words):
                heygen.poll(Operation("heygen", "abc"))
            return
        status = heygen.poll(Operation("heygen", "abc"))
    assert status.state is state and words in status.message
    assert status.charge == (0 if state in (State.FAILED, State.BLOCKED) else None)


@pytest.mark.parametrize(
    ("title", "seconds", "charge"),
    [
        ("a heygen-avatar-iv 720p Hello there", 10, "0.805"),
        ("a heygen-avatar-iv 1080p Hello", 10.5, "0.84525"),
        ("a heygen-photo-iv 1080p", 2, "0.1"),
        ("a heygen-avatar-iii 1080p Hello", 3, "0.1299"),
        ("My holiday", 3, None),
        ("a heygen-avatar-iv 8k Hello", 3, None),
        ("a heygen-avatar-iv 4k Hello", 3, None),
        ("a heygen-avatar-iv 720p Hello", None, None),
        (None, 3, None),
    ],
)
def test_the_charge_is_the_seconds_at_the_price_that_the_title_names(
    heygen: HeyGen,
    monkeypatch: pytest.MonkeyPatch,
    title: str | None,
    seconds: float | None,
    charge: str | None,
) -> None:
    video = {
        "id": "abc",
        "status": "completed",
        "video_url": "https://x",
        "title": title,
        "duration": seconds,
    }
    with Service(lambda _: answer(200, json.dumps({"data": video}).encode())) as service:
        monkeypatch.setenv("STORYREEL_HEYGEN_BASE_URL", service.url)
        told = heygen.poll(Operation("heygen", "abc")).charge
    assert told == (None if charge is None else Decimal(charge))


def test_the_charge_is_the_bill(heygen: HeyGen, emulator: Emulator, media: Media) -> None:
    """For each row and size; and what is reserved isn't passed."""
    for can in (IV, PHOTO, III):
        for resolution in can.prices:
            mode = next(iter(can.modes))
            shot = shot_for(can, mode, media, resolution=resolution)
            status = ended(heygen, heygen.submit(shot, can, uuid.uuid4().hex))
            job = emulator.record()["jobs"][-1]
            assert status.charge is not None and status.charge <= estimate(shot, can).cost
            # of the third engine an avatar that was filmed costs less, and HeyGen doesn't say which it was
            counted = Decimal("0.0167") / Decimal("0.0433") if can is III else Decimal(1)
            assert abs(status.charge * counted - Decimal(job["billed"])) < Decimal("0.00001")


def test_stopping_sends_nothing(heygen: HeyGen, emulator: Emulator, media: Media) -> None:
    """Nobody says that deleting a video saves its charge: it is waited for, or found by the next run."""
    operation = submitted(heygen, media)
    events = emulator.record()["requests"]
    heygen.cancel(operation)
    assert heygen.cancel_is_free == frozenset() and emulator.record()["requests"] == events
    assert ended(heygen, operation).state is State.DONE


# Finding -------------------------------------------------------------------------------------------------------


def test_a_video_is_found_by_our_id(heygen: HeyGen, emulator: Emulator, media: Media) -> None:
    shot = shot_for(IV, "avatar", media)
    made = [heygen.submit(shot, IV, name) for name in ("abc", "abcd", "xabc")]
    assert [heygen.find(name) for name in ("abc", "abcd", "xabc")] == made
    assert heygen.find("ab") is None and heygen.find("Good") is None


def test_among_many_pages(heygen: HeyGen, emulator: Emulator, media: Media) -> None:
    shot = shot_for(IV, "avatar", media)
    first = heygen.submit(shot, IV, "needle")
    for number in range(70):
        heygen.submit(shot, IV, f"needle{number}")
    assert heygen.find("needle") == first


def test_a_request_carries_a_key_that_nothing_relies_on(
    heygen: HeyGen, media: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ComfyUI's own node sends such a key. HeyGen documents none for videos: a lost request isn't sent again by it."""
    told = {"data": {"video_id": "abc", "status": "waiting"}}
    with Service(lambda _: answer(200, json.dumps(told).encode())) as service:
        monkeypatch.setenv("STORYREEL_HEYGEN_BASE_URL", service.url)
        for ours in ("ours", "other", ""):
            heygen.submit(shot_for(IV, "avatar", media), IV, ours)
    keys = [request.headers.get("idempotency-key") for request in service.seen]
    assert keys == ["ours", "other", None] and not heygen.one_per_id(IV)


def test_of_several_the_oldest(heygen: HeyGen, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later one is a copy that somebody made of it."""
    found = [
        {"id": "late", "title": "abc heygen-avatar-iv", "created_at": 30},
        {"id": "ours", "title": "abc heygen-avatar-iv", "created_at": 10},
        {"id": "other", "title": "abcd heygen-avatar-iv", "created_at": 1},
    ]
    with Service(lambda _: answer(200, json.dumps({"data": found, "has_more": False}).encode())) as service:
        monkeypatch.setenv("STORYREEL_HEYGEN_BASE_URL", service.url)
        assert heygen.find("abc") == Operation("heygen", "ours")
    assert "title=abc" in service.seen[0].path and service.seen[0].headers["x-api-key"]


@pytest.mark.parametrize(
    "page",
    [
        {"data": None, "has_more": False},
        {"data": [], "has_more": True},
        {"data": [], "has_more": True, "next_token": "same"},
    ],
)
def test_a_list_that_is_none_says_nothing(
    heygen: HeyGen, monkeypatch: pytest.MonkeyPatch, page: dict[str, Any]
) -> None:
    """Only a whole list without it says that there is no such video."""
    with Service(lambda _: answer(200, json.dumps(page).encode())) as service:
        monkeypatch.setenv("STORYREEL_HEYGEN_BASE_URL", service.url)
        with pytest.raises(Missed, match="list"):
            heygen.find("abc")


LOST = [
    *({"what": what} for what in ("reset", "no_id", "truncated", "html_200")),
    *({"what": what, "accepted": True} for what in ("500", "502", "504")),
]


@pytest.mark.parametrize("rule", LOST, ids=lambda rule: rule["what"])
def test_a_lost_answer_ends_with_the_clip(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: dict[str, Any]
) -> None:
    """One job, nothing unknown, and the charge is the bill."""
    made, jobs, attempts = _bought(emulator, tmp_path, monkeypatch, rule)
    assert made.path.stat().st_size > 1000
    assert len(jobs) == 1 and made.cost == Decimal(jobs[0]["billed"])
    assert [(each.state.value, each.operation) for each in attempts] == [("stored", jobs[0]["id"])]


def _bought(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: dict[str, Any]
) -> tuple[Any, list[dict[str, Any]], Any]:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.toml").write_text(
        "[doors.heygen]\npoll_seconds = 0.05\nsettle_seconds = 0.3\n[retries]\nwaits = [0.05]\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("STORYREEL_HOME", str(tmp_path / "home"))
    before = len(emulator.record()["jobs"])
    emulator.misbehave({"door": "heygen", "at": "submit", "times": 1, **rule})
    shot = Shot(
        duration=Fraction(1), width=1280, height=720, fps=Fraction(24),
        avatar="bruno_suit", voice="v_en_brian", script="The figures are in.",
    )  # fmt: skip
    made = take(shot, Wish("heygen", None), tmp_path / "clip.mp4", None, Spend(limit=Decimal(5)))
    with open_ledger() as ledger:
        attempts = ledger.list()
    return made, emulator.record()["jobs"][before:], attempts


# How long, how much --------------------------------------------------------------------------------------------


def test_what_is_reserved_is_what_a_slow_voice_takes(media: Media) -> None:
    shot = shot_for(IV, "avatar", media)
    assert bought(shot, IV) == Fraction(7, 2) and price(shot, IV) == Decimal("0.281750")
    assert estimate(shot, IV).why == "3.5 s at $0.0805"
    for script, seconds in (
        ("One.", 2),
        ("One. Two. Three.", 3.5),
        ("x" * 110, 11),
        ("2026", 3),
        ('Wait. <break time="2s"/> Now.', 5),
        ("大家早上好。", 3),
    ):
        assert bought(shot.model_copy(update={"script": script}), IV) == Fraction(str(seconds)), script


def test_a_sound_is_as_long_as_it_is(media: Media, tmp_path: Path) -> None:
    speech = str(sound(tmp_path / "a.wav", 7.2))
    shot = shot_for(IV, "avatar", media, script="", voice="", speech=speech)
    assert bought(shot, IV) == Fraction(15, 2) and faults(shot, IV) == []


def test_too_much_to_say(media: Media) -> None:
    (fault,) = faults(shot_for(IV, "avatar", media, script="word " * 2000), IV)
    assert fault.place == "narration" and "talks for up to 600 s" in fault.message


# Who can talk --------------------------------------------------------------------------------------------------


def test_avatars_and_voices(heygen: HeyGen, emulator: Emulator) -> None:
    avatars, voices = heygen.avatars(), heygen.voices()
    assert len(avatars) == 12 and len(voices) == 20
    assert avatars[0] == Avatar(
        "abigail_office", "Abigail in the office", "female", "studio_avatar", "v_en_ada",
        "https://files.heygen.invalid/abigail_office.jpg",
    )  # fmt: skip
    assert voices[0].id == "v_my_own", "the account's own come first"
    assert {each.language for each in heygen.voices("German")} == {"German"}


def test_a_list_of_many_pages(heygen: HeyGen, monkeypatch: pytest.MonkeyPatch) -> None:
    def page(request: Request) -> bytes:
        first = "token=" not in request.path
        looks = [
            {"id": "a" if first else "b", "name": "A", "status": None},
            {"id": "c", "status": "processing"},
        ]
        return answer(200, json.dumps({"data": looks, "has_more": first, "next_token": "t2"}).encode())

    with Service(page) as service:
        monkeypatch.setenv("STORYREEL_HEYGEN_BASE_URL", service.url)
        assert [each.id for each in heygen.avatars()] == ["a", "b"], "one that isn't ready is none"
    assert [("token=t2" in request.path) for request in service.seen] == [False, True]


def test_looking_for_somebody() -> None:
    voices = [Voice("1", "Anna", "German", "female"), Voice("2", "Bernd - Ruhig", "German", "male")]
    assert matching(voices, "ruhig bernd") == voices[1:] and matching(voices, "", "de") == voices
    assert matching(voices, "anna", "english") == []
    assert [language_named(word) for word in ("de", "de-AT", "german", "swahili", "")] == [
        "German", "German", "German", "Swahili", "",
    ]  # fmt: skip


def test_its_wav_is_one(tmp_path: Path) -> None:
    from storyreel.studio.providers.speech_length import spoken

    medium = spoken(sound(tmp_path / "a.m4a", 1.5), 1 << 20)
    with wave.open(io.BytesIO(medium.data)) as file:
        assert (file.getnchannels(), file.getframerate()) == (1, 24000)
        assert abs(file.getnframes() / 24000 - 1.5) < 0.1
