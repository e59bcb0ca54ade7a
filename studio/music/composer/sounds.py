"""The instruments, made from nothing: what sounds on (pads, strings) and what is struck and rings (piano, harp).

A sustained sound is a loop whose partials are as broad as an orchestra is out of tune, laid down in the spectrum with
random phases and turned into sound at once (P. Nasca's PADsynth). A struck one is a sum of partials that die away.
All are brought to the same loudness.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

RATE = 48000
Wave = NDArray[np.float32]

_LOUD = 0.06
"""The weighted level of every note."""
_LOOP = 3 << 16
_APART, _TOGETHER = 0.2, 0.55
"""Angles: how much each ear hears of the other's half; low notes are nearly the same in both."""
_KEPT = 10 << 20
"""Bytes of sound that a player remembers."""


class Held(NamedTuple):
    """Sounds for as long as it is held."""

    slope: float
    """By which power of its number a partial is weaker."""
    corner: float
    """Hz above which partials are weaker still."""
    spread: float
    """Cents over which a partial is spread."""
    attack: float
    """Seconds; so is the release."""
    release: float
    even: float = 1.0
    """How strong its even partials are."""
    stops: tuple[tuple[float, float], ...] = ((1, 1),)
    """Which pitches it sounds together, as ratios, and how strong each is."""
    formants: tuple[float, ...] = ()
    """Hz round which it is louder, as a voice is."""
    trembles: float = 0.0
    """Hz at which it is bowed to and fro."""


class Struck(NamedTuple):
    """Rings after it was struck or plucked."""

    partials: tuple[tuple[float, float], ...]
    """Ratio and strength of each; empty: harmonic."""
    slope: float
    corner: float
    rings: float
    """Seconds in which its lowest partial at 220 Hz dies away by 60 dB."""
    damping: float
    """How much sooner each further partial is gone."""
    attack: float = 0.004
    stiff: float = 0.0
    """How far its partials are from harmonic."""
    damped: float = 0.12
    """Seconds in which it is silent when let go; 0: it rings on."""
    beating: float = 0.0
    """Cents between its two strings."""


SOUNDS: dict[str, Held | Struck] = {
    "warm pad": Held(1.3, 1600, 28, 0.7, 1.1),
    "glass pad": Held(1.6, 2800, 12, 1.0, 1.6, 0.3, stops=((1, 1), (2, 0.45), (3, 0.2))),
    "slow strings": Held(0.85, 3200, 20, 0.4, 0.8),
    "low strings": Held(0.9, 1200, 16, 0.25, 0.7),
    "cello": Held(1.0, 1500, 9, 0.22, 0.5),
    "spiccato": Held(0.75, 3800, 16, 0.012, 0.16),
    "tremolo strings": Held(0.75, 4200, 22, 0.5, 0.6, trembles=9.0),
    "brass": Held(0.65, 1800, 9, 0.12, 0.4),
    "choir": Held(0.7, 2100, 26, 0.45, 0.9, formants=(620, 1050)),
    "low choir": Held(0.8, 1350, 30, 0.9, 1.3, formants=(420, 800)),
    "flute": Held(2.2, 3300, 8, 0.09, 0.25),
    "clarinet": Held(1.1, 2400, 6, 0.04, 0.12, even=0.12),
    "drone": Held(1.0, 420, 22, 1.2, 1.8, stops=((1, 1), (2, 0.5), (3, 0.2))),
    "sub bass": Held(2.4, 300, 4, 0.05, 0.3),
    "pulse": Held(0.9, 1200, 5, 0.01, 0.07),
    "saw pluck": Held(0.75, 5000, 9, 0.006, 0.14),
    "saw chords": Held(0.8, 4000, 14, 0.01, 0.25),
    "soft piano": Struck((), 1.35, 2800, 6.5, 0.30, 0.006, 0.0004, 0.3, 0.7),
    "felt piano": Struck((), 1.6, 2200, 4.5, 0.40, 0.009, 0.0004, 0.25, 0.9),
    "harp": Struck((), 1.2, 4000, 3.2, 0.45, 0.003, 0.0001, 0.0),
    "ukulele": Struck((), 0.95, 4800, 1.5, 0.35, 0.003, 0.0, 0.1),
    "muted guitar": Struck((), 0.95, 4500, 0.7, 0.40, 0.003, 0.0, 0.08),
    "pizzicato": Struck((), 1.15, 3600, 0.75, 0.55, 0.004, 0.0, 0.0),
    "round bass": Struck((), 1.2, 1000, 3.0, 0.35, 0.008, 0.0, 0.09),
    "marimba": Struck(((1, 1), (3.93, 0.22), (9.6, 0.05)), 0, 5000, 1.1, 1.2, 0.003, 0.0, 0.0),
    "glockenspiel": Struck(((1, 1), (2.76, 0.3), (5.4, 0.1)), 0, 7000, 5.0, 0.9, 0.002, 0.0, 0.0),
    "celesta": Struck(((1, 1), (2, 0.2), (4.02, 0.16), (6.9, 0.03)), 0, 6000, 4.5, 0.8, 0.003, 0.0, 0.0),
    "dark bell": Struck(
        ((0.5, 0.5), (1, 1), (1.19, 0.5), (1.5, 0.3), (2, 0.4), (2.66, 0.2), (4.1, 0.08)),
        *(0, 1500, 9.0, 0.25, 0.01, 0.0, 0.0),
    ),
}  # fmt: skip


class Player:
    """Plays notes; remembers the latest, up to 10 MB."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, int], Wave] = OrderedDict()
        self._bytes = 0

    def note(self, name: str, pitch: int, samples: int, turn: int = 0) -> Wave:
        """Float32 [2, n] that begins and ends in silence; n passes `samples` by as long as it takes to die away.
        `turn` is where in its loop a sustained one begins."""
        sound = SOUNDS[name]
        wave = self._wave(name, pitch)
        if isinstance(sound, Held):
            return _held(sound, wave, samples, turn, _APART if pitch > 50 else _TOGETHER)
        return _rung(sound, wave, samples)

    def _wave(self, name: str, pitch: int) -> Wave:
        found = self._known.get((name, pitch))
        if found is None:
            sound = SOUNDS[name]
            found = loop(name, sound, pitch) if isinstance(sound, Held) else rung(sound, pitch)
            self._known[name, pitch] = found
            self._bytes += found.nbytes
            while self._bytes > _KEPT and len(self._known) > 1:
                self._bytes -= self._known.popitem(last=False)[1].nbytes
        self._known.move_to_end((name, pitch))
        return found


def hertz(pitch: float) -> float:
    return 440.0 * 2 ** ((pitch - 69) / 12)


def loop(name: str, sound: Held, pitch: int) -> Wave:
    """Float32 [196608], four seconds, without a seam."""
    chance = np.random.default_rng([zlib.crc32(name.encode()), pitch])
    strength = np.zeros(_LOOP // 2 + 1)
    step = RATE / _LOOP
    for ratio, share in sound.stops:
        first = hertz(pitch) * ratio
        for number in range(1, int(min(60, 9000 / first)) + 1):
            at = first * number
            amount = share * number**-sound.slope / (1 + (at / sound.corner) ** 1.7)
            amount *= sound.even if number % 2 == 0 else 1
            if sound.formants:
                amount *= 0.25 + sum(np.exp(-(((at - f) / 160) ** 2)) for f in sound.formants)
            wide = max(step, at * (2 ** (sound.spread / 1200) - 1))
            low, high = int((at - 4 * wide) / step), int((at + 4 * wide) / step) + 2
            bins = np.arange(max(1, low), min(high, len(strength)))
            strength[bins] += amount / np.sqrt(wide) * np.exp(-(((bins * step - at) / wide) ** 2))
    sounding = np.flatnonzero(strength)
    spectrum = np.zeros(len(strength), np.complex128)
    spectrum[sounding] = strength[sounding] * np.exp(2j * np.pi * chance.random(len(sounding)))
    weighted = np.sqrt(2 * np.sum((strength[sounding] * heard(sounding * step)) ** 2)) / _LOOP
    return (np.fft.irfft(spectrum, _LOOP) * (_LOUD / weighted)).astype(np.float32)


def rung(sound: Struck, pitch: int) -> Wave:
    """Float32 [n]: struck and left alone, until it can't be heard."""
    first = hertz(pitch)
    partials = sound.partials or tuple(
        (n * np.sqrt(1 + sound.stiff * n * n), n**-sound.slope) for n in range(1, 17)
    )
    longest = sound.rings * (220 / first) ** 0.4
    rows: list[tuple[float, float, float]] = []
    for number, (ratio, strength) in enumerate(partials):
        at = first * ratio
        if at > 10000:
            break
        strength = strength / (1 + (at / sound.corner) ** 1.7)
        fades = longest / (1 + sound.damping * number)
        if sound.beating:
            apart = 2 ** (sound.beating / 2400)
            rows += [(at * apart, fades, strength / 2), (at / apart, fades * 0.8, strength / 2)]
        else:
            rows.append((at, fades, strength))
    samples = round(min(longest, 6.0) * RATE)
    wave = ringing(rows, samples)
    rise = round(sound.attack * RATE)
    wave[:rise] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(rise) / rise)
    fall = min(samples, RATE // 10)
    wave[-fall:] *= 0.5 + 0.5 * np.cos(np.pi * np.arange(fall) / fall)
    return (wave * (_LOUD / _loudness(wave))).astype(np.float32)


def ringing(rows: list[tuple[float, float, float]], samples: int) -> NDArray[np.float64]:
    """The sum of sines that die away: each is Hz, seconds to -60 dB, strength. A geometric row is the product of a
    coarse one and a fine one, so that few exponentials make many samples."""
    fine = 512
    hz, fades, strengths = (np.array(column)[:, None] for column in zip(*rows, strict=True))
    rate = (2j * np.pi * hz - np.log(1000) / fades) / RATE
    # Each begins at another point of its wave: all at the same would be a needle.
    begins = np.exp(2j * np.pi * np.random.default_rng(len(rows)).random((len(rows), 1)))
    inner = np.exp(rate * np.arange(fine))
    outer = begins * strengths * np.exp(rate * fine * np.arange(-(-samples // fine)))
    # Not a product of matrices: that would wake a thread for every processor, and round as their number has it.
    real, imaginary = (
        np.einsum("pk,pf->kf", *both) for both in ((outer.real, inner.real), (outer.imag, inner.imag))
    )
    return (real - imaginary).reshape(-1)[:samples]


def _held(sound: Held, wave: Wave, samples: int, turn: int, angle: float) -> Wave:
    rise, fall = round(sound.attack * RATE), round(sound.release * RATE)
    rise = min(rise, max(samples, 1))
    length = samples + fall
    # Each ear hears another place of the loop, and some of the other's: two halves of an orchestra.
    one, two = _from(wave, turn % _LOOP, length), _from(wave, (turn + _LOOP // 2) % _LOOP, length)
    own, others = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    note = np.stack((own * one + others * two, others * one + own * two))
    shape = np.ones(length, np.float32)
    shape[:rise] = _bow(rise)
    shape[samples:] *= _bow(fall)[::-1]
    if sound.trembles:
        shape *= 0.75 + 0.25 * np.cos(2 * np.pi * sound.trembles / RATE * np.arange(length, dtype=np.float32))
    return note * shape


def _rung(sound: Struck, wave: Wave, samples: int) -> Wave:
    if not sound.damped or len(wave) <= samples:
        return np.stack((wave, wave))
    fall = round(sound.damped * RATE)
    note = wave[: samples + fall].copy()
    fall = len(note) - samples
    note[samples:] *= _bow(fall)[::-1]
    return np.stack((note, note))


def _from(wave: Wave, first: int, length: int) -> Wave:
    turns = -(-(first + length) // len(wave))
    return (
        np.concatenate([wave] * turns)[first : first + length] if turns > 1 else wave[first : first + length]
    )


@lru_cache(maxsize=64)
def _bow(samples: int) -> Wave:
    """From silence to full without a corner."""
    return (0.5 - 0.5 * np.cos(np.pi * (np.arange(samples) + 0.5) / samples)).astype(np.float32)


def heard(hz: NDArray[Any]) -> NDArray[Any]:
    """How strongly an ear weighs a frequency: roughly BS.1770's K curve, as a gain."""
    low = hz**2 / (hz**2 + 60.0**2)
    return low * np.sqrt((1 + (hz / 1500) ** 4 * 1.58**2) / (1 + (hz / 1500) ** 4))


def _loudness(wave: NDArray[np.float64]) -> float:
    """Of the first half second, weighted."""
    part = wave[: RATE // 2]
    power = np.abs(np.fft.rfft(part, RATE // 2)) * heard(np.fft.rfftfreq(RATE // 2, 1 / RATE))
    return float(np.sqrt(2 * np.sum(power**2)) / (RATE // 2))
