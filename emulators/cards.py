"""Clips to be looked at in a rehearsal, and clips made from the clip that a request brought.

A rehearsal shows the scene's prompt on a title card, or the given first frame with the camera moving in on it
(on its way to the last frame, where there is one). A band at the foot says REHEARSAL and how far it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from PIL import Image, ImageDraw

from ..studio.media import fonts, image
from ..studio.media.planes import Planes, planes_of
from ..studio.media.probe import opened
from ..studio.providers.animatic import title_card as cards
from ..studio.providers.animatic.pan_zoom import OVERSAMPLING, Still
from ..studio.storyboard import camera_moves
from . import encode
from .jobs import Ask
from .makes import OURS, Make

BAND = 0.09
"""The band's height, of the frame's shorter side."""
THUMB = 0.16
"""A reference's height, of the frame's shorter side."""
HUM = 0.01
"""How loud a rehearsal's tone is: there, and not in the way."""


def card(ask: Ask, media: Path) -> bytes:
    """The clip of a request without a source."""
    count = OURS.frames(ask.seconds)
    frames = _marked(_pictures(ask, media, count), ask, count)
    sound = _tone(0, count, HUM) if ask.sound else None
    if ask.speech:
        sound = _sound_of(media / ask.speech, count)
    return encode.write(frames, ask.width, ask.height, sound)


def from_source(ask: Ask, look: str, media: Path, make: Make) -> bytes:
    """A clip that continues or changes the source.

    A continuation is the source's last `keep` seconds and then the added ones; a change is as long as the
    source. In plain looks what is new is one colour.
    """
    assert ask.source is not None
    source = media / ask.source
    make = OURS if look == "card" else make
    kept = max(1, round(ask.keep * make.fps)) if ask.extends else 0
    added = make.frames(ask.seconds)
    if look != "card":
        hue = encode.hue_of(ask)
        if not ask.extends:
            return encode.plain(ask.width, ask.height, added, ask.sound, hue, make)
        colour = encode.flat(ask.width, ask.height, hue)
        frames = _then(_frames_of(source, ask, kept, make), (colour for _ in range(added)))
    elif ask.extends:
        frames = _then(
            _frames_of(source, ask, kept, make), _marked(_going_on(source, ask, media, added), ask, added)
        )
    else:
        frames = _marked(_frames_of(source, ask, added, make), ask, added)
    sound = None
    if ask.sound:
        old = _sound_of(source, kept if ask.extends else added, make)
        first, last = (make.samples(count) for count in (kept, kept + added))
        new = encode.tone(first, last - old.shape[1], HUM if look == "card" else encode.LOUDNESS)
        sound = np.concatenate([old, new], axis=1) if ask.extends else old
    return encode.write(frames, ask.width, ask.height, sound, make)


def _pictures(ask: Ask, media: Path, count: int) -> Iterator[Planes]:
    if ask.first is None:
        shown = _title(ask, media)
        yield from (shown for _ in range(count))
        return
    first, last = (_moving(media / digest, ask) if digest else None for digest in (ask.first, ask.last))
    assert first is not None
    for number in range(count):
        p = number / max(1, count - 1)
        seen = first.frame(p)
        if last is not None and p > 0.3:
            share = min(1.0, (p - 0.3) / 0.6)
            seen = tuple(
                cv2.addWeighted(a, 1 - share, b, share, 0)
                for a, b in zip(seen, last.frame(1 - p), strict=True)
            )
        yield seen  # type: ignore[misc]


def _moving(path: Path, ask: Ask) -> Still:
    """The picture, filling the frame, with the camera coming slowly nearer."""
    pixels = image.read(path)
    size, whole = (ask.width, ask.height), (pixels.shape[1], pixels.shape[0])
    moves = camera_moves.path(camera_moves.parse("slow zoom in"), whole, size, Fraction(str(ask.seconds)))
    enough = OVERSAMPLING * size[0] / min(moves.start.width, moves.end.width)
    if enough < 1:  # larger than it will be seen
        whole = (round(whole[0] * enough), round(whole[1] * enough))
        pixels = cv2.resize(pixels, whole, interpolation=cv2.INTER_AREA)
        moves = camera_moves.path(camera_moves.parse("slow zoom in"), whole, size, Fraction(str(ask.seconds)))
    return Still(np.ascontiguousarray(pixels, np.uint8), moves, size)


def _going_on(source: Path, ask: Ask, media: Path, count: int) -> Iterator[Planes]:
    """From the source's last frame over to a card with what is asked for now."""
    last = next(_frames_of(source, ask, 1, OURS))
    last = tuple(np.array(plane) for plane in last)
    shown = _title(ask, media)
    fade = min(OURS.fps, max(1, count // 3))
    for number in range(count):
        share = min(1.0, number / fade)
        yield tuple(  # type: ignore[misc]
            cv2.addWeighted(a, 1 - share, b, share, 0) for a, b in zip(last, shown, strict=True)
        )


def _title(ask: Ask, media: Path) -> Planes:
    """The prompt on a card, with the reference pictures in a row above the band."""
    size = (ask.width, ask.height)
    short = min(size)
    free = ask.height - short * (BAND + (THUMB if ask.references else 0))
    within = camera_moves.Box(0, 0, ask.width, free)
    pixels = cards.draw(ask.prompt.strip() or "(no prompt)", size, ask.seed or 0, within=within).pixels
    foot, x = ask.height - round(short * (BAND + 0.02)), round(short * 0.03)
    for digest in ask.references:
        found = image.read(media / digest)
        height = round(short * THUMB)
        width = min(round(height * found.shape[1] / found.shape[0]), ask.width - 2 * x)
        if x + width > ask.width:
            break
        small = cv2.resize(found, (width, height), interpolation=cv2.INTER_AREA)
        pixels[foot - height : foot, x : x + width] = small
        x += width + round(short * 0.02)
    return Still(pixels, camera_moves.path((), size, size, Fraction(1)), size).frame(0)


def _frames_of(source: Path, ask: Ask, count: int, make: Make) -> Iterator[Planes]:
    """The source's last `count` frames at the make's rate, scaled to the frame; its last one over if they are few."""
    seen, given = None, 0
    with opened(source) as container:
        video = container.streams.video[0]
        for seen in _scaled(container, video, ask, count, make.fps):
            if given < count:
                given += 1
                yield planes_of(seen)
        assert seen is not None
        for _ in range(count - given):
            yield planes_of(seen)


def _scaled(container: Any, video: Any, ask: Ask, count: int, fps: int) -> Iterator[av.VideoFrame]:
    rate = float(video.average_rate or fps)
    total = video.frames or round(float(video.duration * video.time_base) * rate)
    skip = max(0, round(total / rate * fps) - count)
    made = 0
    for number, frame in enumerate(container.decode(video)):
        ends = (number + 1) * fps / rate
        for here in range(made, max(made, round(ends))):
            if here >= skip:
                yield frame.reformat(ask.width, ask.height, "yuv420p")
        made = max(made, round(ends))


def _sound_of(source: Path, count: int, make: Make = OURS) -> np.ndarray:
    """The sound under the source's last `count` frames, float32 [2, n] at the make's rate; silence where it has
    none."""
    want = count * make.rate // make.fps
    heard = [np.zeros((2, 0), np.float32)]
    with opened(source) as container:
        if container.streams.audio:
            resampler = av.AudioResampler("fltp", "stereo", make.rate)
            for frame in container.decode(container.streams.audio[0]):
                heard += [part.to_ndarray() for part in resampler.resample(frame)]
    sound = np.concatenate(heard, axis=1).astype(np.float32)[:, -want:]
    return np.pad(sound, ((0, 0), (0, want - sound.shape[1])))


def _tone(first: int, count: int, loudness: float) -> np.ndarray:
    samples = OURS.rate // OURS.fps
    return encode.tone(first * samples, count * samples, loudness)


def _then(first: Iterator[Planes], second: Iterator[Planes]) -> Iterator[Planes]:
    yield from first
    yield from second


def _marked(frames: Iterator[Planes], ask: Ask, count: int) -> Iterator[Planes]:
    """The frames with the band at their foot; a line in it grows with time."""
    height = max(16, round(min(ask.width, ask.height) * BAND)) // 2 * 2
    text = f"REHEARSAL · {ask.seconds:g} s · {ask.width}×{ask.height}"
    band = Image.new("L", (ask.width, height), 30)
    face = fonts.load(None, height * 0.56)
    ImageDraw.Draw(band).text((ask.width / 2, height * 0.46), text, fill=215, font=face, anchor="mm")
    luma = np.asarray(band)
    thick = max(2, height // 12)
    for number, planes in enumerate(frames):
        y, u, v = (np.array(plane) for plane in planes)
        y[-height:] = luma
        y[-thick:, : round(ask.width * (number + 1) / count)] = 180
        u[-height // 2 :] = v[-height // 2 :] = 128
        yield y, u, v
