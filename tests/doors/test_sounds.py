"""Voices and music that are bought, as each door has them made: what the rows allow arrives and costs what was said,
the rest never leaves; and what comes is a file that can be played.
"""

from __future__ import annotations

import base64
import json
import math
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from storyreel.emulators import Emulator
from storyreel.emulators.sounds import onsets
from storyreel.studio.errors import MediaError
from storyreel.studio.media.wav import mended, missing, wav
from storyreel.studio.providers import SOUNDS_ONLY, provider
from storyreel.studio.providers.capability import SOUNDS, Capability, rows
from storyreel.studio.providers.contract import Expired, NoAnswer, Operation, Refused, State, Status, answered
from storyreel.studio.providers.faults import faults
from storyreel.studio.providers.models import catalogue
from storyreel.studio.providers.pricing import price, settled
from storyreel.studio.providers.shot import Shot
from storyreel.studio.store import vault

from .conftest import CLOUD, Media, shot_for
from .service import Request, Service, answer

ROWS = [can for can in catalogue() if set(can.modes) <= set(SOUNDS)]
SPEAKING = [can for can in ROWS if "speech" in can.modes]
TEXT = "Once upon a time, there was a king. He had 3 castles!"
every_row = pytest.mark.parametrize("can", ROWS, ids=lambda can: f"{can.provider}-{can.model}")
every_voice = pytest.mark.parametrize("can", SPEAKING, ids=lambda can: f"{can.provider}-{can.model}")


def row(door: str, model: str) -> Capability:
    return next(can for can in ROWS if (can.provider, can.model) == (door, model))


def sound(can: Capability, media: Media, **changed: Any) -> Shot:
    return shot_for(can, next(iter(can.modes)), media, **changed)


def bought_of(can: Capability, shot: Shot, path: Path) -> Path:
    """The file that came with the answer."""
    operation = provider(can.provider).submit(shot, can, "attempt-1")
    assert answered(operation) and operation.goods
    path.write_bytes(operation.goods)
    return path


def heard(path: Path) -> tuple[np.ndarray, int]:
    """Float samples of one channel, and their rate."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
        mono = [np.atleast_2d(frame.to_ndarray()).astype(float)[0] for frame in frames]
        samples = np.concatenate(mono)
        if not frames[0].format.is_planar:
            samples = samples[:: len(frames[0].layout.channels)]
        scale = 32768 if "s16" in frames[0].format.name else 1
        return samples / scale, frames[0].sample_rate


def test_doors_for_what_is_only_heard() -> None:
    only = {name for name in CLOUD if all(set(can.modes) <= set(SOUNDS) for can in rows(name))}
    assert only == set(SOUNDS_ONLY)


# What the rows allow, and what they don't --------------------------------------------------------------------------


def tries(can: Capability, media: Media) -> Iterator[Shot]:
    """Each voice, the longest script, the ends of what can be asked for."""
    if "music" in can.modes:
        for seconds in (1, 30, 45, 600):
            yield sound(can, media, duration=Fraction(seconds), negative_prompt="voices")
        return
    mode = can.modes["speech"]
    yield from (sound(can, media, voice=voice) for voice in mode.voices)
    longest = ("word " * mode.longest_script)[: mode.longest_script - 1] + "."
    if faults(sound(can, media, script=longest), can):  # it takes too many seconds
        longest = longest[: int(float(mode.longest) * 9)]
    yield sound(can, media, script=longest)
    for script in ("A", "7 7 7 — ... a, b; c: d!", "東京は、とても大きい町です。", "Привет, мир! " * 9):
        yield sound(can, media, script=script)
    yield sound(can, media, language="de-AT", style="calm" if mode.directed else "")
    yield from (sound(can, media, speed=speed) for speed in {mode.slowest, mode.fastest})


@every_row
def test_what_the_row_allows_arrives_and_costs_what_was_said(
    can: Capability, media: Media, emulator: Emulator
) -> None:
    door, before = provider(can.provider), emulator.record()
    shots = list(tries(can, media))
    assert [faults(shot, can) for shot in shots] == [[]] * len(shots)
    with ThreadPoolExecutor(8) as pool:  # each waits for its answer
        assert len({each.id for each in pool.map(lambda shot: door.submit(shot, can, ""), shots)}) == len(
            shots
        )
    record = emulator.record()
    jobs = record["jobs"][len(before["jobs"]) :]
    assert record["refused"] == before["refused"] and len(jobs) == len(shots)
    for shot in shots:
        asked = {"script": shot.script.strip(), "voice": shot.voice, "speed": shot.speed}
        job = next(job for job in jobs if asked.items() <= job["ask"].items())
        said, bill = price(shot, can), Decimal(job["billed"])
        assert said is not None
        if can.prices and "speech" in can.modes:  # by the second: reserved is rather too much than too little
            real = settled(shot, can, job["ask"]["seconds"])
            assert real is not None and abs(real - bill) <= Decimal("0.00001") and 0 < real <= said
        else:
            assert said == bill and settled(shot, can, 9.0) is None


NEVER: list[tuple[dict[str, Any], str]] = [
    ({"script": " \n"}, "narration: is empty, and {can} says something; say what"),
    ({"script": "x" * 9000}, "narration: 9000 characters, and {can} says {mode.longest_script} at once; shorten it by"),
    ({"voice": ""}, "voice: {can} needs one to say the narration; use one of {voices}"),
    ({"voice": "{first}x"}, "voice: '{first}x' is no voice of {can}; did you mean '{first}'?"),
    ({"voice": "{upper}"}, "voice: '{upper}' is no voice of {can}; did you mean '{first}'?"),
    ({"voice": "qqq"}, "voice: 'qqq' is no voice of {can}; use one of {voices}"),
    ({"language": "German!"}, "language: 'German!' is no language's tag; write it as BCP 47 has it: en, de-AT"),
    ({"speed": 4.5}, "voice_speed: {can} speaks"),
    ({"speed": 0.2}, "voice_speed: {can} speaks"),
]  # fmt: skip


@every_voice
@pytest.mark.parametrize(("given", "sentence"), NEVER, ids=[next(iter(given)) for given, _ in NEVER])
def test_the_rest_never_leaves(
    can: Capability, given: dict[str, Any], sentence: str, media: Media, emulator: Emulator
) -> None:
    mode, requests = can.modes["speech"], emulator.record()["requests"]
    words = {
        "can": can.name,
        "mode": mode,
        "first": mode.voices[0],
        "upper": mode.voices[0].swapcase(),
        "voices": ", ".join(mode.voices),
    }
    changed = {key: value.format(**words) if key == "voice" else value for key, value in given.items()}
    found = faults(sound(can, media, **changed), can)
    assert any(sentence.format(**words) in str(fault) for fault in found), found
    assert all(fault.cure for fault in found)
    with pytest.raises(Refused) as caught:
        provider(can.provider).submit(sound(can, media, **changed), can, "")
    assert caught.value.kind == "invalid" and emulator.record()["requests"] == requests


def test_what_only_some_can(media: Media) -> None:
    tts, mini = row("openai", "tts-1"), row("openai", "gpt-4o-mini-tts")
    gemini = row("google", "gemini-3.8-flash-tts")
    [slow] = faults(sound(mini, media, speed=0.9), mini)
    assert "only at its own speed" in slow.message and "set voice_speed to 1" in slow.cure
    [fast] = faults(sound(tts, media, speed=5), tts)
    assert "0.25 to 4 times" in fast.message and fast.cure == "set voice_speed to 4"
    [style] = faults(sound(tts, media, style="angry"), tts)
    assert style.place == "style" and not faults(sound(mini, media, style="angry"), mini)
    [voice] = faults(sound(tts, media, voice="marin"), tts)
    assert voice.place == "voice" and not faults(sound(mini, media, voice="marin"), mini)
    [tongue] = faults(sound(tts, media, language="tlh"), tts)
    assert "doesn't speak tlh" in tongue.message and not faults(sound(gemini, media, language="tlh"), gemini)
    [long] = faults(sound(gemini, media, script="Go. " * 1800), gemini)
    assert "takes about" in long.message and "655 s" in long.message


def test_what_is_heard_is_asked_of_nobody_who_makes_clips(media: Media) -> None:
    tts, veo = row("openai", "tts-1"), next(can for can in catalogue() if can.model == "veo-3.1")
    [fault] = faults(sound(tts, media), veo)
    assert (
        "makes no speech, only from words alone" in fault.message and fault.cure == "ask a model that speaks"
    )
    [fault] = faults(shot_for(veo, "text", media), tts)
    assert "tts-1 through openai makes no clip from words alone, only speech" in fault.message
    [fault] = faults(sound(row("google", "lyria-3.5"), media), tts)
    assert fault.message == "tts-1 through openai makes no music, only speech"


# What comes ---------------------------------------------------------------------------------------------------------


@every_voice
def test_every_word_is_where_the_text_puts_it(
    can: Capability, media: Media, emulator: Emulator, tmp_path: Path
) -> None:
    samples, rate = heard(bought_of(can, sound(can, media, script=TEXT), tmp_path / "a"))
    expected = onsets(TEXT)
    assert rate == 24_000 and [word for word, _, _ in expected] == TEXT.split()
    loud = np.abs(samples) > 0.01
    for _, start, end in expected:
        first, last = round(start * rate), round(end * rate)
        assert not loud[first - round(0.04 * rate) : first].any(), "silence before it"
        assert loud[first : first + round(0.01 * rate)].any(), "it begins at once"
        assert (
            not loud[last : last + round(0.04 * rate)].any() and loud[last - round(0.04 * rate) : last].any()
        )


def test_a_faster_voice_takes_less(media: Media, emulator: Emulator, tmp_path: Path) -> None:
    can = row("openai", "tts-1")
    usual = vault.measure(bought_of(can, sound(can, media, script=TEXT), tmp_path / "a"))
    twice = vault.measure(bought_of(can, sound(can, media, script=TEXT, speed=2), tmp_path / "b"))
    assert math.isclose(usual.duration, 2 * twice.duration, abs_tol=0.001)
    assert (usual.suffix, usual.audio, usual.width, usual.frames, usual.fps) == (".wav", True, 0, 0, 0.0)


@pytest.mark.parametrize(
    ("door", "model", "wanted", "comes"),
    [
        ("google", "lyria-3-clip", 12, 30),
        ("google", "lyria-3.5", 12, 30),
        ("google", "lyria-3.5", 45, 45),
        ("google", "lyria-3-pro", 600, 180),
        ("vertex", "lyria-2", 60, 30),
    ],
)
def test_music_lasts_as_long_as_was_asked_or_as_it_can(
    door: str, model: str, wanted: int, comes: int, media: Media, emulator: Emulator, tmp_path: Path
) -> None:
    can = row(door, model)
    path = bought_of(can, sound(can, media, duration=Fraction(wanted)), tmp_path / "a")
    facts = vault.measure(path)
    assert facts.suffix == (".wav" if model == "lyria-2" else ".mp3") and abs(facts.duration - comes) < 0.06
    samples, rate = heard(path)
    assert np.abs(samples[: 20 * rate].reshape(20, -1)).max(1).min() > 0.05, "it sounds all the time"


def test_what_came_with_the_answer_can_t_be_asked_for(
    media: Media, emulator: Emulator, tmp_path: Path
) -> None:
    for can in (row("openai", "tts-1"), row("google", "lyria-3-clip"), row("vertex", "gemini-3.8-flash-tts")):
        door = provider(can.provider)
        operations = [door.submit(sound(can, media), can, "attempt-1") for _ in range(2)]
        assert len({operation.id for operation in operations}) == 2
        assert door.poll(operations[0]) == Status(State.DONE, 1.0)
        with pytest.raises(Expired, match="keeps none"):
            door.fetch(operations[0], Status(State.DONE), tmp_path / "a")
    ours = [job["ours"] for job in emulator.record()["jobs"][-6:]]
    assert ours == ["attempt-1"] * 2 + [None] * 2 + ["attempt-1"] * 2, (
        "a Gemini key's way takes no id of ours"
    )


# Verdicts -----------------------------------------------------------------------------------------------------------


@every_row
def test_what_is_blocked_is_a_verdict_and_never_done(
    can: Capability, media: Media, emulator: Emulator
) -> None:
    emulator.misbehave({"what": "empty", "door": can.provider})
    with pytest.raises(Refused) as caught:
        provider(can.provider).submit(sound(can, media), can, "")
    assert caught.value.kind == "blocked", caught.value
    [*_, job] = emulator.record()["jobs"]
    assert job["state"] == "blocked" and Decimal(job["billed"]) == 0


def test_openai_s_empty_purse_is_no_haste(
    media: Media, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"error": {"message": "You exceeded your current quota.", "code": "insufficient_quota"}}
    with pytest.raises(Refused) as caught:
        _says("openai", "tts-1", answer(429, json.dumps(told).encode()), monkeypatch, media)
    assert caught.value.kind == "no_money"


def _says(door: str, model: str, reply: bytes, monkeypatch: pytest.MonkeyPatch, media: Media) -> Operation:
    can = row(door, model)
    with Service(lambda _: reply) as service:
        monkeypatch.setenv(f"STORYREEL_{door.upper()}_BASE_URL", service.url)
        return provider(door).submit(sound(can, media), can, "")


def _generated(*parts: dict[str, Any], finish: str = "STOP") -> bytes:
    told = {"candidates": [{"content": {"role": "model", "parts": list(parts)}, "finishReason": finish}]}
    return answer(200, json.dumps(told).encode())


def _inline(data: bytes, type: str) -> dict[str, Any]:
    return {"inlineData": {"mimeType": type, "data": base64.b64encode(data).decode()}}


PCM = struct.pack("<4h", 1, -2, 3, -4)


@pytest.mark.parametrize(
    ("parts", "rate", "channels", "samples"),
    [
        ([_inline(PCM, "audio/L16;codec=pcm;rate=16000")], 16000, 1, PCM),
        ([_inline(PCM, "audio/l16; rate=48000; channels=2")], 48000, 2, PCM),
        ([_inline(PCM, "audio/pcm")], 24000, 1, PCM),
        ([_inline(PCM, "audio/L16;rate=24000"), _inline(PCM, "audio/L16;rate=24000")], 24000, 1, PCM * 2),
        ([_inline(PCM + b"\1", "audio/L16;rate=24000")], 24000, 1, PCM),
        ([{"thought": True, **_inline(b"\0\0", "audio/L16;rate=1")}, _inline(PCM, "audio/L16;rate=8000")],
         8000, 1, PCM),
    ],
)  # fmt: skip
def test_samples_get_a_header(
    parts: list[dict[str, Any]],
    rate: int,
    channels: int,
    samples: bytes,
    monkeypatch: pytest.MonkeyPatch,
    media: Media,
    emulator: Emulator,
) -> None:
    operation = _says("google", "gemini-3.8-flash-tts", _generated(*parts), monkeypatch, media)
    assert operation.goods == wav(samples, rate, channels)


def test_half_a_speech_is_none(
    monkeypatch: pytest.MonkeyPatch, media: Media, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    """It is billed, and what can't be decoded is booked as paid."""
    for finish in ("MAX_TOKENS", "OTHER"):
        reply = _generated(_inline(PCM, "audio/L16;rate=24000"), finish=finish)
        assert _says("google", "gemini-3.8-flash-tts", reply, monkeypatch, media).goods == b""
        assert finish in caplog.text
    reply = _generated({"inlineData": {"mimeType": "audio/L16;rate=24000", "data": "*AAAA"}})
    assert _says("google", "gemini-3.8-flash-tts", reply, monkeypatch, media).goods == b"*AAAA"


def test_reasons(monkeypatch: pytest.MonkeyPatch, media: Media, emulator: Emulator) -> None:
    for reply, kind, said in (
        (_generated({"text": "I'd rather not."}), "invalid", "without a sound: I'd rather not."),
        (_generated(_inline(b"png", "image/png")), "invalid", "without a sound"),
        (_generated(finish="PROHIBITED_CONTENT"), "blocked", "PROHIBITED_CONTENT"),
    ):
        with pytest.raises(Refused, match=said) as caught:
            _says("google", "gemini-3.8-flash-tts", reply, monkeypatch, media)
        assert caught.value.kind == kind
    for told in ({}, {"candidates": "none"}):
        with pytest.raises(NoAnswer):
            _says("google", "lyria-3.5", answer(200, json.dumps(told).encode()), monkeypatch, media)
    with pytest.raises(Refused) as caught:
        _says("vertex", "lyria-2", answer(200, b'{"predictions": []}'), monkeypatch, media)
    assert caught.value.kind == "blocked"


def test_what_openai_answers_in_place_of_a_sound(
    monkeypatch: pytest.MonkeyPatch, media: Media, emulator: Emulator
) -> None:
    for reply in (
        answer(200, b"{}", Content_Type="application/json"),
        answer(200, b"<html>", Content_Type="text/html"),
        answer(200, b"RIFF", length=400, Content_Type="audio/wav"),
    ):
        with pytest.raises(NoAnswer):
            _says("openai", "tts-1", reply, monkeypatch, media)
    empty = _says("openai", "tts-1", answer(200, b"", Content_Type="audio/wav"), monkeypatch, media)
    assert empty.goods == b"", "it is billed; that it is nothing is found when it is decoded"


def test_what_openai_is_told(media: Media, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Request] = []

    def serve(request: Request) -> bytes:
        seen.append(request)
        return answer(200, wav(PCM, 24_000), Content_Type="audio/wav", x_request_id="req_1")

    with Service(serve) as service:
        monkeypatch.setenv("STORYREEL_OPENAI_BASE_URL", service.url)
        for model, more in (("tts-1", {"speed": 1.25}), ("gpt-4o-mini-tts", {"style": " warm "})):
            can = row("openai", model)
            shot = sound(can, media, script=" Good morning. ", language="en-GB", **more)
            assert provider("openai").submit(shot, can, "attempt-1").id == "answered/req_1"
    plain = {"input": "Good morning.", "voice": "alloy", "response_format": "wav"}
    assert [json.loads(each.body) for each in seen] == [
        {"model": "tts-1", **plain, "speed": 1.25},
        {"model": "gpt-4o-mini-tts", **plain, "instructions": "warm"},
    ]
    assert {each.path for each in seen} == {"/v1/audio/speech"}
    assert {each.headers["x-client-request-id"] for each in seen} == {"attempt-1"}
    assert seen[0].headers["authorization"] == f"Bearer {emulator.environment['OPENAI_API_KEY']}"


# Files --------------------------------------------------------------------------------------------------------------


def test_a_header_whose_sizes_were_left_open_is_mended() -> None:
    whole = wav(PCM * 100, 24_000)
    for size in (0xFFFFFFFF, 0):
        left = struct.pack("<I", size)
        assert mended(whole[:4] + left + whole[8:40] + left + whole[44:]) == whole
    assert mended(whole) == whole and mended(b"ID3 no WAV") == b"ID3 no WAV" and mended(b"") == b""
    assert missing(whole) == 0 and missing(whole[:-10]) == 10 and mended(whole[:-10]) == whole[:-10]


def test_the_vault_takes_no_sound_that_isn_t_whole(media: Media, emulator: Emulator, tmp_path: Path) -> None:
    speech, music = row("openai", "tts-1"), row("google", "lyria-3-clip")
    said = bought_of(speech, sound(speech, media, script=TEXT), tmp_path / "a").read_bytes()
    piece = bought_of(music, sound(music, media), tmp_path / "b").read_bytes()
    middle = len(piece) // 2
    spoiled = piece[:middle] + bytes(byte ^ 0x5A for byte in piece[middle : middle + 1000])
    spoiled += piece[middle + 1000 :]
    for bad in (b"", said[: len(said) // 2], said[:44], wav(b"\0\0" * 100, 24_000), piece[:middle], spoiled):
        (tmp_path / "bad").write_bytes(bad)
        with pytest.raises(MediaError):
            vault.measure(tmp_path / "bad")
