"""The example sounds: a quiet piece for felt piano, and the sea. Float32 [2, n]; both loop without a seam."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
RATE = 48000


def hall(dry: Array, seed: int, length: float, wet: float) -> Array:
    """Reverb. What rings past the end comes back at the start: that is why the loop has no seam."""
    n = dry.shape[1]
    time = np.arange(n) / RATE
    echo = (
        np.random.default_rng(seed).normal(0, 1, (2, n))
        * np.exp(-time * 6.9 / length)
        * (1 - np.exp(-time * 90))
    )
    spectrum = np.fft.rfft(echo) / (1 + (np.fft.rfftfreq(n, 1 / RATE) / 2600) ** 2)
    ring = np.fft.irfft(np.fft.rfft(dry) * spectrum, n)
    return (dry + wet * ring * np.abs(dry).max() / np.abs(ring).max()).astype(np.float32)


def music() -> Array:
    """Eight bars of felt piano over a soft pad, C G Am F: 24 seconds, [2, n], ready to loop."""
    beat, bars = 0.75, 8
    n = int(beat * 4 * bars * RATE)
    sound = np.zeros((2, n))

    def play(note: float, start: float, length: float, loud: float, where: float, soft: bool) -> None:
        """One note (MIDI number) added at a beat, wrapping round the end; `where` is 0 left to 1 right."""
        time = np.arange(int(length * RATE)) / RATE
        pitch = 440 * 2 ** ((note - 69) / 12)
        if soft:
            swell = np.sin(np.pi * time / length) ** 1.2
            voices = [
                np.sin(2 * np.pi * pitch * (1 + d) * time + i)
                for i, d in enumerate((-0.0018, 0.0013, 0.0027))
            ]
            tone = swell * (sum(voices) + 0.25 * np.sin(4 * np.pi * pitch * time))
        else:
            partials = [(1, 1.0, 1.5), (2, 0.42, 2.4), (3, 0.16, 3.4), (4, 0.07, 4.6), (6, 0.02, 7.0)]
            tone = sum(
                a * np.sin(2 * np.pi * pitch * k * (1 + 0.0002 * k * k) * time) * np.exp(-time * d)
                for k, a, d in partials
            )
            tone = tone * (1 - np.exp(-time * 260)) * np.minimum(1, (length - time) / 0.05)
        places = (int(start * beat * RATE) + np.arange(len(time))) % n
        for channel, side in enumerate((1 - where, where)):
            sound[channel, places] += loud * np.sqrt(side) * tone

    chords = [(48, (60, 64, 67, 74)), (43, (59, 62, 67, 74)), (45, (60, 64, 69, 76)), (41, (60, 65, 69, 76))]
    melody = [(0, 79), (3, 76), (4, 74), (7, 71), (8, 72), (10.5, 76), (12, 74), (15, 72)]
    melody += [
        (16, 79),
        (18, 81),
        (19, 79),
        (20, 74),
        (23, 76),
        (24, 72),
        (26.5, 71),
        (28, 69),
        (30, 67),
        (31, 72),
    ]
    for bar in range(bars):
        bass, tones = chords[bar % 4]
        play(bass - 12, bar * 4, 5 * beat, 0.10, 0.5, True)
        play(bass, bar * 4, 3.5, 0.34, 0.45, False)
        for i, tone in enumerate(tones[:3]):
            play(tone, bar * 4 - 0.5, 5 * beat, 0.035, 0.25 + 0.25 * i, True)
        for eighth, tone in enumerate([0, 1, 2, 3, 2, 1, 2, 1]):
            lift = 0.24 if eighth % 4 == 0 else 0.17
            play(tones[tone], bar * 4 + eighth / 2 + 0.012 * (eighth % 2), 2.6, lift, 0.3 + 0.1 * tone, False)
    for start, note in melody:
        play(note, start, 3.2, 0.25, 0.6, False)
    sound = hall(sound.astype(np.float32), 7, 2.6, 0.32)
    return sound * np.float32(0.7 / np.abs(sound).max())


def sea() -> Array:
    """Waves that come and go on a beach: 16 seconds, [2, n], ready to loop."""
    n = 16 * RATE
    pitch, time = np.fft.rfftfreq(n, 1 / RATE), np.arange(n) / n
    sound = np.zeros((2, n))
    for channel in range(2):
        for seed, low, high, start, turns in (
            (1, 60, 420, 0.0, 2),
            (2, 250, 1500, 0.07, 2),
            (3, 900, 6500, 0.12, 2),
            (4, 80, 900, 0.55, 3),
        ):
            hiss = np.fft.rfft(np.random.default_rng(10 * seed + channel).normal(0, 1, n))
            band = hiss * np.exp(
                -((np.log(np.maximum(pitch, 1) / np.sqrt(low * high)) / np.log(high / low)) ** 2) * 2.5
            )
            noise = np.fft.irfft(band / np.maximum(pitch, 20) ** 0.35, n)
            turn = (time * turns - start - 0.02 * channel) % 1
            wave = np.where(
                turn < 0.32,
                np.sin(turn / 0.32 * np.pi / 2) ** 3,
                np.cos((turn - 0.32) / 0.68 * np.pi / 2) ** 2,
            )
            sound[channel] += noise / np.abs(noise).std() * (0.16 + wave) * (0.5 if seed in (3, 4) else 0.8)
    sound = hall(sound.astype(np.float32), 9, 1.2, 0.1)
    return sound * np.float32(0.6 / np.abs(sound).max())


SOUNDS = {"calm.ogg": music, "shore.ogg": sea}
