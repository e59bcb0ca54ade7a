"""Music by itself: a bed as a sound file of exactly so many seconds, for those who lay it under something themselves.

alone(music_for("calm", Fraction(60)), Fraction(60), Path("calm.wav"))
"""

from __future__ import annotations

import math
import wave
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..errors import OutputError
from ..media.listen import SAMPLE_RATE
from ..media.sound import Level, Mixer
from ..progress import UNWATCHED, Watch
from ..render.audio import track_region
from ..timecode import frame_at
from .bed import Bed
from .join import track_of

_FULL = 32767


def alone(bed: Bed, seconds: Fraction, path: Path, watch: Watch = UNWATCHED) -> None:
    """Writes the bed, repeated on its bar lines or ended, as WAV: 48 kHz, stereo, 16 bits.

    Raises MediaError, OutputError, Interrupted.
    """
    samples = frame_at(seconds, Fraction(SAMPLE_RATE))
    region = track_region(track_of(bed, Fraction(0), seconds), samples)
    part = path.with_name(f".{path.name}.part")
    try:
        with Mixer([region], samples, Level(ceiling=math.inf)) as mixer, wave.open(str(part), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            for block in mixer.blocks():
                watch.check()
                file.writeframes(np.round(np.clip(block.T, -1, 1) * _FULL).astype("<i2").tobytes())
        part.replace(path)
    except OSError as error:
        raise OutputError(f"{path} can't be written: {error.strerror or error}", "make room there") from None
    finally:
        part.unlink(missing_ok=True)
