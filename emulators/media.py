"""What comes with requests: pictures and clips are decoded, as the services do, before a job is taken on."""

from __future__ import annotations

import base64
import binascii
import io
import re
from typing import NamedTuple

from .checks import Issue, Place

KINDS = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
}


class Picture(NamedTuple):
    type: str
    """As its bytes say: image/png."""
    width: int
    height: int


class Clip(NamedTuple):
    width: int
    height: int
    seconds: float
    fps: float
    sound: bool


def unbase64(text: str) -> bytes | None:
    """The bytes; None where it is no base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def data_uri(uri: str) -> tuple[str, bytes] | None:
    """Type and bytes of a base64 data URI; None where it is none."""
    found = re.match(r"data:([\w.+-]+/[\w.+-]+);base64,", uri)
    data = unbase64(uri[found.end() :]) if found else None
    return (found[1], data) if found and data is not None else None


def picture_of(data: bytes) -> Picture | None:
    """None where the bytes are no picture that can be decoded to its last line."""
    from ..studio.errors import MediaError
    from ..studio.media.image import opened

    try:
        with opened(io.BytesIO(data)) as image:
            image.load()
            return Picture(KINDS.get(image.format or "", "image/other"), *image.size)
    except MediaError:
        return None


def clip_of(data: bytes) -> Clip | None:
    """None where the bytes are no clip whose first frame can be decoded."""
    from ..studio.media.probe import opened

    try:
        with opened(io.BytesIO(data)) as container:
            if "pipe" in container.format.name or "image" in container.format.name:  # a still
                return None
            video = container.streams.video[0]
            frame = next(container.decode(video))
            length = float(video.duration * video.time_base) if video.duration and video.time_base else 0.0
            if not length and container.duration:
                length = container.duration / 1_000_000
            rate = float(video.average_rate or 0)
            return Clip(frame.width, frame.height, length, rate, bool(container.streams.audio))
    except Exception:  # av raises many kinds
        return None


def framed(short: int, picture: bytes | None) -> tuple[int, int]:
    """Width and height, even, of a clip in the shape of a picture; `short` is the smaller one. Without one, 16:9."""
    seen = picture_of(picture) if picture else None
    ratio = seen.width / seen.height if seen else 16 / 9
    wide, high = (short * ratio, short) if ratio >= 1 else (short, short / ratio)
    return round(wide / 2) * 2, round(high / 2) * 2


def picture_issue(data: bytes | None, claimed: str, allowed: tuple[str, ...], path: Place) -> Issue | None:
    """What is wrong with a picture that a request brought; None if nothing is."""
    if claimed not in allowed:
        return Issue(
            path, "custom", f"Unsupported mime type {claimed!r}; expected one of {', '.join(allowed)}"
        )
    picture = picture_of(data) if data else None
    if picture is None:
        return Issue(path, "custom", "Unable to process input image: it can't be decoded")
    if picture.type != claimed:
        return Issue(path, "custom", f"The image is {picture.type}, not {claimed}")
    return None
