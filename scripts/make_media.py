"""Makes the pictures and sounds of the examples from code alone: no camera, no licence, always the same.

    python scripts/make_media.py            writes workflows/storyboards/media

Six pictures tell a day, dawn to night (1600x1067); `calm.ogg` is 24 s of music, `shore.ogg` 16 s of sea.
"""

from __future__ import annotations

import sys
from pathlib import Path

import av
import numpy as np
from media.day import PICTURES, finished
from media.sounds import RATE, SOUNDS
from numpy.typing import NDArray
from PIL import Image


def write_picture(path: Path, pixels: NDArray[np.uint8]) -> None:
    Image.fromarray(pixels).save(path, quality=80, optimize=True, progressive=True)


def write_sound(path: Path, samples: NDArray[np.floating]) -> None:
    """Ogg Opus without a date or a serial number drawn by lot: the same sound gives the same bytes."""
    with av.open(str(path), "w", format="ogg", options={"fflags": "+bitexact"}) as target:
        stream = target.add_stream("libopus", rate=RATE, layout="stereo", options={"flags": "+bitexact"})
        stream.bit_rate = 96_000
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples, np.float32), format="fltp", layout="stereo"
        )
        frame.sample_rate = RATE
        target.mux(stream.encode(frame))
        target.mux(stream.encode(None))


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (name, paint) in enumerate(PICTURES.items()):
        write_picture(folder / name, finished(paint(), seed))
        print(folder / name)
    for name, play in SOUNDS.items():
        write_sound(folder / name, play())
        print(folder / name)


if __name__ == "__main__":
    default = Path(__file__).resolve().parents[1] / "workflows" / "storyboards" / "media"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
