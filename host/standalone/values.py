"""What travels through VIDEO and AUDIO sockets when no ComfyUI is around: files, opened only when asked.

They answer to the methods and keys that ComfyUI's own values have, so that a node needs to know one kind.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ...studio.errors import BadInput, MediaError, OutputError
from ...studio.media.clock import steady
from ...studio.media.probe import left_out, opened, picture_of, probe, sound_of
from ...studio.media.stamps import stamped
from ...studio.media.timing import lacks_times
from ..pictures import to_pixels
from ..waves import one_sound, read_sound, write_sound
from .components import Components, components


class FileAudio(Mapping[str, Any]):
    """AUDIO in a file. `["waveform"]` decodes it: float32 [1, channels, samples]; nothing does until then."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __getitem__(self, key: str) -> Any:
        if key == "sample_rate":
            with opened(self.path) as container:
                sound = sound_of(container)
                if sound is None:
                    raise MediaError(f"{self.path.name} has no sound that can be decoded")
                return int(sound.rate or 0)
        if key == "waveform":
            return read_sound(self.path)[0][None]
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(("waveform", "sample_rate"))

    def __len__(self) -> int:
        return 2

    def __repr__(self) -> str:
        return f"FileAudio({str(self.path)!r})"


class FileVideo:
    """VIDEO in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"FileVideo({str(self.path)!r})"

    def get_stream_source(self) -> str:
        return str(self.path)

    def get_dimensions(self) -> tuple[int, int]:
        """Width and height as they are stored, in pixels."""
        with opened(self.path) as container:
            stream = _picture(container, self.path)
            return stream.width, stream.height

    def get_duration(self) -> float:
        """Seconds."""
        with opened(self.path) as container:
            if container.duration is not None:
                return container.duration / 1_000_000
        return float(probe(self.path).duration)

    def get_frame_count(self) -> int:
        with opened(self.path) as container:
            stated = _picture(container, self.path).frames
        return stated or probe(self.path).frames or 0

    def get_frame_rate(self) -> Fraction:
        with opened(self.path) as container:
            return Fraction(_picture(container, self.path).average_rate or 1)

    def get_container_format(self) -> str:
        with opened(self.path) as container:
            return container.format.name

    def get_components(self) -> Components:
        """Every frame as an array: as much memory as width × height × 12 bytes × frames."""
        return components(self.path)

    def save_to(
        self,
        path: str | os.PathLike[str],
        format: str = "auto",
        codec: str = "auto",
        metadata: dict | None = None,
    ) -> tuple[str, ...]:
        """Copies picture and sound into a new file without re-encoding; tags, chapters and `metadata` too.

        Returns what couldn't be copied, for a person.

        Raises BadInput if the file isn't of that format or codec, OutputError if it can't be written.
        """
        target = Path(path)
        with opened(self.path) as source:
            stream = _picture(source, self.path)
            if format != "auto" and format not in source.format.name.split(","):
                raise BadInput(f"{self.path.name} is {source.format.name}, not {format}", "save it as auto")
            if codec != "auto" and codec != stream.codec_context.name:
                raise BadInput(
                    f"{self.path.name} is {stream.codec_context.name}, not {codec}", "save it as auto"
                )
            partial = target.with_name(f".{uuid.uuid4().hex[:8]}_{target.name}")
            try:
                _copy(self.path, source, stream, partial, metadata or {})
                partial.replace(target)
            except (FFmpegError, OSError) as error:
                raise OutputError(f"{target} can't be written: {error}") from error
            finally:
                partial.unlink(missing_ok=True)
            return tuple(left_out(self.path, source))


def encode_components(images: Any, audio: Any, frame_rate: Fraction, path: Path) -> FileVideo:
    """Encodes images (an IMAGE value) and sound (an AUDIO value or None, as long as they are) into an MP4."""
    from ...studio.media.encode import FilmWriter
    from ...studio.media.rgb import ToFilm
    from ...studio.timeline.settings import FilmSettings

    pixels = to_pixels(images)
    height, width = pixels.shape[1:3]
    if width % 2 or height % 2:
        raise BadInput(f"a video of {width}x{height} can't be encoded", "width and height must be even")
    settings = FilmSettings.model_validate({"width": width, "height": height, "fps": frame_rate, "crf": 16})
    in_film = ToFilm(width, height)
    with FilmWriter(path, settings, audio=audio is not None) as writer:
        for picture in pixels:
            writer.write(in_film(picture))
        if audio is not None:
            writer.write_audio(_stereo_48k(audio, round(len(pixels) / frame_rate * 48000)))
    return FileVideo(path)


def save_png(image: Any, path: Path, hidden: Any = None, compress_level: int = 4) -> None:
    """Writes one image, float [H, W, 1, 3 or 4], as PNG, with the workflow in its text as ComfyUI puts it."""
    pixels = np.clip(np.asarray(image, dtype=np.float32) * 255, 0, 255).astype(np.uint8)
    tags = PngInfo()
    for key, value in workflow_tags(hidden).items():
        tags.add_text(key, value)
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    picture.save(path, pnginfo=tags, compress_level=compress_level)


def save_flac(waveform: Any, sample_rate: int, path: Path, hidden: Any = None) -> None:
    """Writes one sound, float [channels, samples], as FLAC with the workflow in its tags."""
    write_sound(waveform, sample_rate, path, "flac", **workflow_tags(hidden))


def workflow_tags(hidden: Any) -> dict[str, str]:
    """The graph that made a file, as the tags that ComfyUI reads when the file is dropped onto its canvas."""
    tags = {"prompt": json.dumps(hidden.prompt)} if getattr(hidden, "prompt", None) else {}
    extra = getattr(hidden, "extra_pnginfo", None) or {}
    return tags | {key: json.dumps(value) for key, value in extra.items()}


def _picture(container: Any, path: Path) -> Any:
    picture = picture_of(container)
    if picture is None:
        raise MediaError(f"{path.name} has no picture")
    return picture


def _copy(file: Path, source: Any, picture: Any, path: Path, metadata: dict[str, Any]) -> None:
    # use_metadata_tags keeps tags that mp4 doesn't know by itself, the workflow among them.
    options = {"movflags": "use_metadata_tags+faststart"}
    extra = {} if path.suffix in (".mp4", ".mov", ".m4v") else {"format": source.format.name.split(",")[0]}
    with av.open(str(path), "w", options=options, **extra) as output:
        output.metadata.update(source.metadata)
        for key, value in metadata.items():
            output.metadata[key] = value if isinstance(value, str) else json.dumps(value)
        try:
            copies = {
                stream.index: output.add_stream_from_template(stream, opaque=True)
                for stream in source.streams
                # A track that nothing here decodes can't be described to the new file either.
                if stream.type in ("video", "audio", "subtitle") and stream.codec_context is not None
            }
        except ValueError:  # PyAV's word for a codec that the container has no place for
            what = f"{file.name} can't be copied into {path.suffix[1:].upper()} as it is"
            raise BadInput(what, "trim or join it first: that encodes it") from None
        if hasattr(source, "chapters"):
            output.set_chapters(source.chapters())
        packets = stamped(probe(file), source, picture) if lacks_times(source) else steady(source)
        for packet in packets:
            if packet.dts is not None and packet.stream.index in copies:
                packet.stream = copies[packet.stream.index]
                output.mux(packet)


def _stereo_48k(audio: Any, length: int) -> np.ndarray:
    waveform, rate = one_sound(audio)
    layout = {1: "mono", 2: "stereo", 6: "5.1"}.get(waveform.shape[0])
    if layout is None:
        raise BadInput(f"a sound of {waveform.shape[0]} channels can't go into a video", "1, 2 or 6 channels")
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(waveform), format="fltp", layout=layout)
    frame.sample_rate = rate
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=48000)
    parts = [part.to_ndarray() for part in (*resampler.resample(frame), *resampler.resample(None))]
    sound = np.concatenate(parts, axis=1)[:, :length]
    return np.pad(sound, ((0, 0), (0, max(0, length - sound.shape[1]))))
