"""An animated WebP as a film that FFmpeg reads: its own decoder knows only WebP's still pictures.

    film = film_of(Path("dance.webp"))
    if film: av.open(str(film.path))

Its pictures, as Pillow puts them together, in Apple's lossless Animation codec in a temporary MOV: at their own
moments, with their transparency. Other animations (GIF, APNG) are read by FFmpeg itself.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import MediaError
from .image import opened as picture_opened

_HEAD = 21
_MOVES = 0x02
_MOST = 1_000_000_000
"""Pixels of all its pictures: 1085 of 1280x720. They lie uncompressed on the disk at worst, in 4 bytes each."""
_MOST_PICTURES = 20_000
_SHORTEST, _INSTEAD = 10, 100
"""Milliseconds: browsers show a picture that is to be shown no longer than this for a tenth of a second."""
_EVERY = 12
"""Pictures from one that stands for itself to the next: from there a reader can begin."""
_KEPT = 8
_LOCK = threading.Lock()


class Film:
    """A temporary file, which is gone when no one holds this any more."""

    def __init__(self) -> None:
        handle, name = mkstemp(prefix="storyreel-", suffix=".mov")
        os.close(handle)
        self.path = Path(name)
        weakref.finalize(self, _remove, self.path)


def film_of(source: Path | BinaryIO) -> Film | None:
    """The film of an animated WebP, to be held as long as its file is read; None for all else.

    Raises MediaError for one that is damaged or too long, OSError for a file that can't be read.
    """
    if not _is_animated(source):
        return None
    if not isinstance(source, Path):
        return _converted(source)
    stat = source.stat()
    with _LOCK:  # a clip is probed, measured and read, often at once: it is converted once
        return _kept(source.absolute(), stat.st_mtime_ns, stat.st_size)


def _is_animated(source: Path | BinaryIO) -> bool:
    if isinstance(source, Path):
        with source.open("rb") as file:
            head = file.read(_HEAD)
    else:
        place = source.tell()
        head = source.read(_HEAD)
        source.seek(place)
    return head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and bool(head[20:] and head[20] & _MOVES)


@lru_cache(maxsize=_KEPT)
def _kept(path: Path, changed: int, length: int) -> Film:
    return _converted(path)


def _converted(source: Path | BinaryIO) -> Film:
    film = Film()
    with av.open(str(film.path), "w", format="mov") as output:
        stream, at = None, 0
        for pixels, lasting in _pictures(source):
            height, width, channels = pixels.shape
            if stream is None:
                stream = output.add_stream("qtrle", rate=1000)
                stream.width, stream.height = width, height
                stream.pix_fmt = "argb" if channels == 4 else "rgb24"
                stream.gop_size = _EVERY
            kind = "rgba" if channels == 4 else "rgb24"
            frame = av.VideoFrame.from_ndarray(pixels, format=kind).reformat(format=stream.pix_fmt)
            frame.pts, frame.time_base, frame.duration = at, Fraction(1, 1000), lasting
            for packet in stream.encode(frame):
                packet.duration = lasting  # else the last one has none
                output.mux(packet)
            at += lasting
        if stream is not None:
            output.mux(stream.encode(None))
    return film


def _pictures(source: Path | BinaryIO) -> Iterator[tuple[NDArray[np.uint8], int]]:
    """uint8 [H,W,3], or [H,W,4] if parts are transparent, and the milliseconds for which it is shown."""
    name = source.name if isinstance(source, Path) else "the animation"
    with picture_opened(source) as image:
        count = getattr(image, "n_frames", 1)
        if count > _MOST_PICTURES or count * image.width * image.height > _MOST:
            raise MediaError(
                f"{name} is too long for an animated WebP: {count} pictures of {image.width}x{image.height}",
                "convert it to MP4",
            )
        for number in range(count):
            image.seek(number)
            image.load()
            lasting = int(image.info.get("duration", 0))
            yield _array(image), lasting if lasting > _SHORTEST else _INSTEAD


def _array(image: Image.Image) -> NDArray[np.uint8]:
    return np.ascontiguousarray(image if image.mode in ("RGB", "RGBA") else image.convert("RGBA"))


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
