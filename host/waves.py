"""Sound files to arrays and back, whole; both hosts use it where a node's socket is AUDIO.

Arrays are float32 [channels, samples], full scale 1.0.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.error import FFmpegError

from ..studio.errors import BadInput, MediaError, OutputError
from ..studio.media.packets import sounds
from ..studio.media.probe import opened, sound_of

_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
_CHUNK = 48000


def read_sound(path: Path) -> tuple[np.ndarray, int]:
    """The sound of a file: float32 [channels, samples] and the sample rate.

    What is damaged is silent. Raises MediaError if it has none or none that can be decoded.
    """
    with opened(path) as container:
        stream = sound_of(container)
        if stream is None:
            raise MediaError(f"{path.name} has no sound that can be decoded")
        rate = int(stream.rate or 0)
        channels = stream.layout.nb_channels
        # Packed, here and below: PyAV reads past the eighth plane of planar sound.
        resampler = av.AudioResampler(format="flt", layout=stream.layout, rate=rate)
        parts = [
            part.to_ndarray()
            for frame in itertools.chain(sounds(container, stream), [None])
            for part in resampler.resample(frame)
        ]
    if not parts:
        raise MediaError(f"{path.name} holds no sound that can be decoded")
    return np.ascontiguousarray(np.concatenate(parts, axis=1).reshape(-1, channels).T), rate


def write_sound(waveform: Any, sample_rate: int, path: Path, codec: str = "pcm_f32le", **tags: str) -> None:
    """Writes float32 [channels, samples] as 32-bit float WAV, or with codec="flac" as 24-bit FLAC.

    Raises BadInput for a shape or channel count that no file holds, OutputError if it can't be written.
    """
    samples = np.asarray(waveform, dtype=np.float32)
    if samples.ndim != 2 or samples.shape[0] not in _LAYOUTS:
        raise BadInput(
            f"a sound of shape {samples.shape} can't be written", "1 to 8 channels, [channels, samples]"
        )
    layout = _LAYOUTS[samples.shape[0]]
    wav = codec == "pcm_f32le"
    try:
        with av.open(
            str(path), "w", format="wav" if wav else "flac", options={"rf64": "auto"} if wav else {}
        ) as container:
            container.metadata.update(tags)
            stream: Any = container.add_stream(codec, rate=sample_rate)
            stream.layout = layout
            if not wav:
                stream.format = "s32"
                stream.options = {"strict": "experimental"}
            for start in range(0, samples.shape[1], _CHUNK):
                packed = np.ascontiguousarray(samples[:, start : start + _CHUNK].T).reshape(1, -1)
                frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
                frame.sample_rate = sample_rate
                frame.pts = start
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    except (FFmpegError, OSError) as error:
        path.unlink(missing_ok=True)
        raise OutputError(f"{path.name} can't be written: {error}") from error


def one_sound(audio: Any) -> tuple[np.ndarray, int]:
    """The samples and the rate of an AUDIO value that holds one sound. Raises BadInput for several."""
    waveform = audio["waveform"]
    if hasattr(waveform, "cpu"):
        waveform = waveform.detach().cpu().float().numpy()
    waveform = np.asarray(waveform, dtype=np.float32)
    if waveform.ndim == 3 and waveform.shape[0] == 1:
        waveform = waveform[0]
    if waveform.ndim != 2:
        raise BadInput(f"this audio is a batch of {len(waveform)} sounds", "connect one of them")
    return waveform, int(audio["sample_rate"])
