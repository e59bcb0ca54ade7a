"""A clip from one picture: a model makes its frames in goes, and each goes into the file as it comes.

A go makes 14 or 25 frames. A longer clip begins again with the last frame of the go before; that frame is there once.
The file has the rate at which the model was told to film, so that no frame is invented: in a film each is shown for as
long as it lasts.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from ...errors import ProviderError
from ...media import image
from ...media.encode import FilmWriter
from ...media.rgb import ToFilm
from ...progress import UNWATCHED, Watch
from ...timeline.settings import FilmSettings
from ..shot import Shot
from .model import Go, Model, Pixels
from .options import goes_for, settings_of, size_of

_WORDS = ("prompt", "clip_action", "camera", "style", "negative_prompt")
_DENOISING = 0.9
"""The share of a go's time that its steps take; the rest is decoding."""


class Filmed(NamedTuple):
    frames: int
    size: tuple[int, int]
    notes: tuple[str, ...]
    """What was done differently from what was asked."""


def film(shot: Shot, area: int, frames: int, model: Model, path: Path, watch: Watch = UNWATCHED) -> Filmed:
    """Films so many frames from the shot's picture into `path`, on about `area` pixels.

    Raises MediaError for what is no picture, OutputError where the file can't be written, ProviderError where the
    model fails, Interrupted.
    """
    settings = settings_of(shot)
    pixels = image.read(Path(shot.image or ""))
    size = frame_size(shot, pixels, area)
    begins = fitted(pixels, size, shot.fit)
    goes = goes_for(frames, model.frames)
    written = {"width": size[0], "height": size[1], "fps": Fraction(settings.fps), "crf": shot.crf}
    with FilmWriter(path, FilmSettings.model_validate(written), audio=False) as clip:
        for number in range(goes):
            part = watch.part(number / goes, (number + 1) / goes)
            name = f"part {number + 1} of {goes}, " if goes > 1 else ""
            go = Go(begins, (shot.seed + number) % 2**64, settings)
            begins = _film(go, model, clip, part, name, frames, bool(number))
    if clip.frames != frames:
        raise ProviderError(
            f"svd made {clip.frames} frames instead of {frames}", "this is a bug; please report it"
        )
    notes = []
    if goes > 1:
        notes.append(f"duration: made in {goes} parts, each from the last frame of the one before")
    unread = [key for key in _WORDS if getattr(shot, key).strip()]
    if unread:
        notes.append(
            f"{unread[0]}: svd films the picture as it sees fit and reads no words: {', '.join(unread)}"
        )
    return Filmed(frames, size, tuple(notes))


def _film(
    go: Go, model: Model, clip: FilmWriter, watch: Watch, name: str, frames: int, again: bool
) -> Pixels:
    """One go into the file, up to so many frames in all; `again` leaves out its first, which is there already. Returns
    the last frame."""
    steps = go.settings.steps
    watch.check()
    watch.tell(0.0, f"{name}step 1 of {steps} on {model.place}")

    def step(done: int) -> None:
        watch.check()
        more = f"step {done + 1} of {steps} on {model.place}" if done < steps else "decoding"
        watch.tell(_DENOISING * done / steps, name + more)

    last = go.picture
    in_film = ToFilm(last.shape[1], last.shape[0])
    for number, frame in enumerate(model.film(go, step)):
        watch.check()
        if frame.shape != go.picture.shape or frame.dtype != np.uint8:
            raise ProviderError(f"svd made a frame of {frame.shape}", "this is a bug; please report it")
        if not (again and number == 0) and clip.frames < frames:
            clip.write(in_film(frame))
        last = frame
        watch.tell(_DENOISING + (1 - _DENOISING) * (number + 1) / model.frames, f"{name}decoding")
    return last


def frame_size(shot: Shot, pixels: Pixels, area: int) -> tuple[int, int]:
    """The clip's width and height: as they are named; else of the film's shape, or of the picture's where all of it is
    to be seen."""
    named = settings_of(shot).size
    if named:
        width, height = (int(side) for side in named.split("x"))
        return width, height
    height, width = pixels.shape[:2] if shot.fit == "contain" else (shot.height, shot.width)
    return size_of(Fraction(width, height), area)


def fitted(pixels: Pixels, size: tuple[int, int], fit: str) -> Pixels:
    """The picture as a frame of this size: cut at its edges, or, with `contain`, all of it between black bars."""
    height, width = pixels.shape[:2]
    scales = size[0] / width, size[1] / height
    scale = min(scales) if fit == "contain" else max(scales)
    inner = max(1, round(width * scale)), max(1, round(height * scale))
    resized = cv2.resize(pixels, inner, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    across, down = size[0] - inner[0], size[1] - inner[1]
    if fit == "contain":
        edges = (down // 2, down - down // 2, across // 2, across - across // 2)
        return np.asarray(cv2.copyMakeBorder(resized, *edges, cv2.BORDER_CONSTANT, value=(0, 0, 0)), np.uint8)
    left, top = -across // 2, -down // 2
    return np.ascontiguousarray(resized[top : top + size[1], left : left + size[0]], np.uint8)
