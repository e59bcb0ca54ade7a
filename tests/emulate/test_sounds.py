"""The emulators' voices and music, spoken to in raw HTTP: what the real ones refuse is refused, and what they answer is
sound whose length and words follow from the text."""

from __future__ import annotations

import base64
import io
import struct
import wave
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import av
import httpx
import numpy as np
import pytest
from storyreel.emulators import Emulator
from storyreel.emulators.sounds import GAP, LEAD, STOP, SYLLABLE, TAIL, onsets, seconds_of, spoken

from .clients import Door, GoogleDoor, VertexDoor


class OpenAIDoor(Door):
    name = "openai"

    def keys(self, emulator: Emulator) -> dict[str, str]:
        return {"Authorization": f"Bearer {emulator.environment['OPENAI_API_KEY']}"}

    def say(self, text: str = "Hello.", **body: Any) -> httpx.Response:
        plain = {"model": "tts-1", "input": text, "voice": "alloy", "response_format": "wav"}
        return self.post("/v1/audio/speech", {k: v for k, v in (plain | body).items() if v is not None})


@pytest.fixture
def openai(emulator: Emulator) -> Iterator[OpenAIDoor]:
    with OpenAIDoor(emulator) as door:
        yield door


def voice(name: str = "Kore", **more: Any) -> dict[str, Any]:
    speech = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": name}}, **more}
    return {"responseModalities": ["AUDIO"], "speechConfig": speech}


def wanted(text: str = "Hello.", config: Any = None, **more: Any) -> dict[str, Any]:
    turn = {"role": "user", "parts": [{"text": text}]}
    return {"contents": [turn], "generationConfig": voice() if config is None else config, **more}


def generate(door: GoogleDoor, body: Any, model: str = "gemini-3.8-flash-tts") -> httpx.Response:
    return door.post(f"/v1beta/models/{model}:generateContent", body)


# OpenAI -------------------------------------------------------------------------------------------------------------


def test_openai_answers_with_a_wav_that_leaves_its_length_open(openai: OpenAIDoor) -> None:
    answer = openai.say("Hello there.")
    assert answer.status_code == 200 and answer.headers["content-type"] == "audio/wav"
    assert answer.content[4:8] == answer.content[40:44] == b"\xff\xff\xff\xff"
    assert struct.unpack("<HHI", answer.content[20:28]) == (1, 1, 24_000)
    assert (len(answer.content) - 44) // 2 == round(seconds_of("Hello there.") * 24_000)
    job = openai.job(answer.headers["x-request-id"])
    assert job["model"] == "tts-1" and Decimal(job["billed"]) == Decimal("0.00018"), "12 characters"


def test_openai_s_other_forms(openai: OpenAIDoor) -> None:
    pcm, mp3 = (openai.say("Hello there.", response_format=form) for form in ("pcm", "mp3"))
    assert len(pcm.content) == 2 * round(seconds_of("Hello there.") * 24_000)
    with av.open(io.BytesIO(mp3.content)) as container:
        assert container.streams.audio[0].codec_context.name in ("mp3", "mp3float")
        count = sum(frame.samples for frame in container.decode(audio=0))
    assert mp3.headers["content-type"] == "audio/mpeg"
    assert abs(count / 24_000 - seconds_of("Hello there.")) < 0.1
    assert openai.say(response_format="opus").status_code == 400


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"model": "tts-9"}, 404, "does not exist"),
        ({"voice": "marin"}, 400, "Supported values are: 'alloy'"),
        ({"voice": "Alloy"}, 400, "Invalid value: 'Alloy'"),
        ({"voice": None}, 400, "Required"),
        ({"input": ""}, 400, "at least 1"),
        ({"input": "x" * 4097}, 400, "at most 4096"),
        ({"speed": 4.1}, 400, "between 0.25 and 4.0"),
        ({"speed": "1"}, 400, "Expected number"),
        ({"instructions": "calm"}, 400, "do not work with tts-1"),
        ({"language": "en"}, 400, "Unrecognized key: language"),
        ({"response_format": "mp4"}, 400, "Invalid enum value"),
        ({"stream_format": "sse"}, 400, "do not work"),
    ],
)
def test_what_openai_refuses(openai: OpenAIDoor, body: dict[str, Any], status: int, said: str) -> None:
    jobs = len(openai.emulator.record()["jobs"])
    answer = openai.say(**body)
    assert answer.status_code == status and said in answer.json()["error"]["message"]
    assert len(openai.emulator.record()["jobs"]) == jobs


def test_openai_s_key(openai: OpenAIDoor) -> None:
    for header in ({"Authorization": ""}, {"Authorization": "Bearer sk-no"}, {"Authorization": "Basic x"}):
        answer = openai.post("/v1/audio/speech", {}, headers=header)
        assert answer.status_code == 401 and answer.json()["error"]["type"] == "invalid_request_error"


def test_speed_is_heeded_by_the_old_models_alone(openai: OpenAIDoor) -> None:
    lengths = {
        model: [len(openai.say("Hello there.", model=model, speed=speed).content) for speed in (1, 2)]
        for model in ("tts-1", "gpt-4o-mini-tts")
    }
    assert abs(lengths["tts-1"][0] - 2 * lengths["tts-1"][1]) < 100
    assert lengths["gpt-4o-mini-tts"][0] == lengths["gpt-4o-mini-tts"][1]


# Google -------------------------------------------------------------------------------------------------------------


def test_gemini_s_samples_have_no_header(google: GoogleDoor) -> None:
    told = generate(google, wanted("Hello there.", voice(languageCode="en-US"))).json()
    [part] = told["candidates"][0]["content"]["parts"]
    assert part["inlineData"]["mimeType"] == "audio/L16;codec=pcm;rate=24000"
    samples = np.frombuffer(base64.b64decode(part["inlineData"]["data"]), "<i2")
    assert np.abs(samples.astype(int) - spoken("Hello there.", "Kore")).max() <= 1, "but for the job's mark"
    [tokens] = told["usageMetadata"]["candidatesTokensDetails"]
    assert tokens["modality"] == "AUDIO" and tokens["tokenCount"] == round(
        seconds_of("Hello there.") * 25 + 0.5
    )


@pytest.mark.parametrize("model", ["lyria-3-clip-preview", "lyria-3.5"])
def test_lyria_says_what_it_sings_before_the_mp3(google: GoogleDoor, model: str) -> None:
    body = wanted("Calm. Length: 12 seconds.", {"responseModalities": ["AUDIO", "TEXT"]})
    words, sound = generate(google, body, model).json()["candidates"][0]["content"]["parts"]
    assert words["text"] and sound["inlineData"]["mimeType"] == "audio/mpeg"
    with av.open(io.BytesIO(base64.b64decode(sound["inlineData"]["data"]))) as container:
        stream = container.streams.audio[0]
        count = sum(frame.samples for frame in container.decode(stream))
        assert stream.rate == 44_100 and stream.layout.name == "stereo"
    assert abs(count / 44_100 - (30 if "clip" in model else 12)) < 0.05


def test_lyria_2_answers_with_a_wav(vertex: VertexDoor) -> None:
    body = {"instances": [{"prompt": "calm", "negative_prompt": "drums", "seed": 3}], "parameters": {}}
    [made] = vertex.post(vertex.path("predict", "lyria-002"), body).json()["predictions"]
    with wave.open(io.BytesIO(base64.b64decode(made["audioContent"]))) as sound:
        assert (
            made["mimeType"] == "audio/wav" and sound.getframerate() == 48_000 and sound.getnchannels() == 2
        )
        assert abs(sound.getnframes() / 48_000 - 30) < 0.05


@pytest.mark.parametrize(
    ("body", "model", "status", "said"),
    [
        (wanted(config=voice("kore")), "gemini-3.8-flash-tts", 400, "Voice name kore is not supported"),
        (wanted(config=voice("alloy")), "gemini-3.8-flash-tts", 400, "is not supported"),
        (wanted(config=voice(languageCode="German!")), "gemini-3.8-flash-tts", 400, "Unsupported language"),
        (wanted(config=voice(speed=2)), "gemini-3.8-flash-tts", 400, "Unrecognized key: speed"),
        (wanted(config={**voice(), "responseModalities": ["TEXT"]}), "gemini-3.8-flash-tts", 400, "only supports"),
        (wanted("x" * 8193), "gemini-3.8-flash-tts", 400, "exceeds the maximum number of tokens"),
        (wanted(labels={"a": "b"}), "gemini-3.8-flash-tts", 400, "Unrecognized key: labels"),
        (wanted(""), "gemini-3.8-flash-tts", 400, "at least 1"),
        (wanted(), "gemini-2.5-flash-preview-tts", 404, "no longer available"),
        (wanted(), "gemini-3.1-flash-image", 404, "is not found"),
        (wanted(), "lyria-3.5", 400, "speechConfig"),
        (wanted(config={"responseModalities": ["TEXT"]}), "lyria-3.5", 400, "must hold AUDIO"),
    ],
)  # fmt: skip
def test_what_google_refuses(google: GoogleDoor, body: Any, model: str, status: int, said: str) -> None:
    jobs = len(google.emulator.record()["jobs"])
    answer = generate(google, body, model)
    assert answer.status_code == status and said in answer.json()["error"]["message"]
    assert len(google.emulator.record()["jobs"]) == jobs


def test_google_s_key_and_vertex_s_place(google: GoogleDoor, vertex: VertexDoor) -> None:
    url = f"{google.base}/v1/models/gemini-3.8-flash-tts:generateContent"
    assert httpx.post(url, json=wanted(), verify=False).status_code == 403
    path = vertex.path("generateContent", "gemini-3.8-flash-tts")
    assert vertex.post(path, wanted()).status_code == 404, "it is at the location global only"
    assert vertex.post(path.replace("us-central1", "global"), wanted(labels={"a": "b"})).status_code == 200
    for bad in ({"prompt": "x", "mood": "calm"}, {"negative_prompt": "x"}, {"prompt": "x", "seed": -1}):
        answer = vertex.post(vertex.path("predict", "lyria-002"), {"instances": [bad]})
        assert answer.status_code == 400, bad
    both = {"instances": [{"prompt": "x", "seed": 1}], "parameters": {"sample_count": 1}}
    assert "cannot be used together" in vertex.post(vertex.path("predict", "lyria-002"), both).text


# The rule of the words ----------------------------------------------------------------------------------------------


def test_where_words_are() -> None:
    assert [word for word, _, _ in onsets("One, two — 33!")] == ["One,", "two", "33!"]
    (_, first, end), (_, second, _) = onsets("Hello you.")
    assert (first, round(end - first, 6), round(second - end, 6)) == (LEAD, 2 * SYLLABLE, GAP)
    (_, _, end), (_, after, last) = onsets("Go. On")
    assert round(after - end, 6) == STOP and round(seconds_of("Go. On") - last, 6) == TAIL
    half = [(word, start / 2, end / 2) for word, start, end in onsets("Hello, you.")]
    assert onsets("Hello, you.", 2.0) == half and seconds_of("") == LEAD + TAIL
    assert (onsets("東京は")[0][2] - LEAD) / SYLLABLE == pytest.approx(3), "a syllable a character"


def test_voices_are_told_apart_and_say_the_same_each_time() -> None:
    assert np.array_equal(spoken("Hello.", "alloy"), spoken("Hello.", "alloy"))
    assert not np.array_equal(spoken("Hello.", "alloy"), spoken("Hello.", "echo"))
