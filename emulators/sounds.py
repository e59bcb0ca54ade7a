"""What finished jobs deliver that is only heard: speech whose words can be found again, and a plain loop of chords.

Speech is a row of hums, one a syllable, with silence between the words; where each begins follows from the text alone:

    0.10 s of silence; then each word, after the gap that the one before leaves
    a word is 0.12 s for each of its syllables: 0.10 s of hum and 0.02 s of a weak one; signs that stand alone are no
        word, only their gap
    the gap is 0.05 s; after a comma, semicolon, colon or dash 0.13 s; after . ! ? … 0.30 s
    0.20 s of silence; all of it the shorter, the faster it is said

Its syllables are groups of vowels, one for each figure and each wide character (of Chinese, Japanese, Korean), and at
least one.
"""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from ..studio.media.probe import opened
from ..studio.media.wav import wav
from .jobs import Ask

RATE = 24_000
"""Of speech, samples a second."""
LEAD, SYLLABLE, HUM, TAIL = 0.10, 0.12, 0.10, 0.20
GAP, COMMA, STOP = 0.05, 0.13, 0.30
_VOWELS = re.compile(r"[aeiouyаеёиоуыэюяєіїαειηουω]+")
_LOOP = 150
"""MP3 frames of the loop: four chords in 3.9 s."""
_FRAME = 1152
_MUSIC_RATE = 44_100
_STEPS = ((0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14))
"""Of the chords' notes above the root, in semitones."""


def make(ask: Ask, name: str) -> bytes:
    """WAV of a speech, MP3 of a music. `name` is the job's, written into the file: no two are the same."""
    mark = hashlib.sha256(name.encode()).digest()
    if ask.kind == "music":
        tag = b"TAG" + f"rehearsal {mark.hex()[:16]}".encode()
        return music(ask.seconds, hashlib.sha256(ask.prompt.encode()).digest()[0] % 12) + tag.ljust(
            128, b"\0"
        )
    samples = spoken(ask.script, ask.voice, ask.speed).copy()
    samples[-256:] = np.unpackbits(np.frombuffer(mark, np.uint8))  # of the weakest that there is
    return wav(samples.tobytes(), RATE)


def onsets(text: str, speed: float = 1.0) -> list[tuple[str, float, float]]:
    """Each word with when it begins and ends, in seconds."""
    return _laid(text, speed)[0]


def seconds_of(text: str, speed: float = 1.0) -> float:
    """How long the whole speech is."""
    return _laid(text, speed)[1]


def spoken(text: str, voice: str, speed: float = 1.0) -> NDArray[np.int16]:
    """Samples at RATE."""
    words, whole = _laid(text, speed)
    made = np.zeros(round(whole * RATE), np.int16)
    hum = _hum(110 + 110 * hashlib.sha256(voice.encode()).digest()[0] / 255, SYLLABLE / speed)
    for _, start, end in words:
        for number in range(round((end - start) * speed / SYLLABLE)):
            first = round((start + number * SYLLABLE / speed) * RATE)
            made[first : first + len(hum)] = hum[: len(made) - first]
    return made


def _laid(text: str, speed: float) -> tuple[list[tuple[str, float, float]], float]:
    words, now, gap = [], LEAD, 0.0
    for each in text.split():
        now += gap
        gap = STOP if re.search(r"[.!?…。！？][\W_]*$", each) else COMMA if re.search(r"\W$", each) else GAP
        count = _syllables(each)
        if count:
            words.append((each, now / speed, (now + count * SYLLABLE) / speed))
            now += count * SYLLABLE
    return words, (now + TAIL) / speed


def _syllables(word: str) -> int:
    letters = [letter for letter in word.lower() if letter.isalnum()]
    apart = sum(letter.isdigit() or unicodedata.east_asian_width(letter) in "WF" for letter in letters)
    return max(apart + len(_VOWELS.findall(word.lower())), bool(letters))


@lru_cache(maxsize=64)
def _hum(pitch: float, length: float) -> NDArray[np.int16]:
    """One syllable of a voice, weak at its end."""
    count, loud = round(length * RATE), round(length * RATE * HUM / SYLLABLE)
    time = np.arange(count) / RATE
    wave = sum(np.sin(2 * np.pi * pitch * part * time) / part for part in range(1, 7))
    shape = np.where(np.arange(count) < loud, 1.0, 0.25)
    ramp = round(0.005 * RATE)
    shape[:ramp] *= np.linspace(0, 1, ramp)
    shape[-ramp:] *= np.linspace(1, 0, ramp)
    return (6000 * wave * shape).astype(np.int16)


@lru_cache(maxsize=16)
def music(seconds: float, key: int) -> bytes:
    """Chords as MP3, in stereo. It costs one loop's encoding, whatever its length."""
    file = io.BytesIO()
    loop = _chords(key)
    with av.open(file, "w", format="mp3") as container:
        stream = container.add_stream(
            "libmp3lame", rate=_MUSIC_RATE, layout="stereo", bit_rate=96_000, options={"reservoir": "0"}
        )
        packets: list[bytes] = []
        for number in range(2):
            frame = av.AudioFrame.from_ndarray(loop, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = _MUSIC_RATE, number * loop.shape[1]
            packets += [bytes(packet) for packet in stream.encode(frame)]
        packets += [bytes(packet) for packet in stream.encode(None)]
        container.start_encoding()
        for number in range(-int(-seconds * _MUSIC_RATE // _FRAME)):
            # The first loop begins in silence; what follows it is like what follows each.
            packet = av.Packet(packets[number if number < _LOOP else _LOOP + number % _LOOP])
            packet.stream, packet.time_base = stream, Fraction(1, _MUSIC_RATE)
            packet.pts = packet.dts = number * _FRAME
            packet.duration = _FRAME
            container.mux(packet)
    return file.getvalue()


def _chords(key: int) -> NDArray[np.float32]:
    count = _LOOP * _FRAME // len(_STEPS)
    time = np.arange(count) / _MUSIC_RATE
    shape = np.minimum(1, np.minimum(time / 0.02, (time[-1] - time) / 0.1)) * np.exp(-time)
    made = []
    for notes in _STEPS:
        pitches = [130.81 * 2 ** ((key + note) / 12) for note in notes]
        made.append(0.12 * shape * sum(np.sin(2 * np.pi * pitch * time) for pitch in pitches))
    wave = np.concatenate(made).astype(np.float32)
    return np.stack([wave, wave])


def as_wav(path: Path) -> bytes:
    """A sound file as WAV at 48 kHz, in stereo."""
    with opened(path) as container:
        resampler = av.AudioResampler("s16", "stereo", 48_000)
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        frames += resampler.resample(None)
    return wav(b"".join(frame.to_ndarray().tobytes() for frame in frames), 48_000, 2)


def as_mp3(path: Path) -> bytes:
    """A sound file as MP3."""
    file = io.BytesIO()
    with opened(path) as container, av.open(file, "w", format="mp3") as written:
        stream = written.add_stream("libmp3lame", rate=RATE, layout="mono")
        for frame in container.decode(audio=0):
            frame.pts = None
            written.mux(stream.encode(frame))
        written.mux(stream.encode(None))
    return file.getvalue()
