"""Files of every container, codec and kind of sound, made here by ffmpeg: read as ffmpeg itself decodes them.

The picture's luma tells the frame's number; a white corner is top left, a black one top right. In the sound, short
tones begin with the frames of TONES. So count, order, orientation, sync and level are measured.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image, features
from storyreel.host.standalone.values import FileVideo
from storyreel.studio.errors import MediaError
from storyreel.studio.media.damage import Losses
from storyreel.studio.media.decode import ClipReader, last_frame, moments
from storyreel.studio.media.fit import fitting
from storyreel.studio.media.listen import SAMPLE_RATE, Silenced, decoded
from storyreel.studio.media.planes import planes_of
from storyreel.studio.media.probe import ClipInfo, probe, sound_length
from storyreel.studio.render.clip_edits import trim
from storyreel.studio.render.film import render
from storyreel.studio.render.replace_audio import sync_audio
from storyreel.studio.timeline.settings import FilmSettings
from storyreel.studio.timeline.timeline import Timeline, TimelineClip

RATE, FRAMES = 25, 40
TONES = (10, 20, 30)
WIDTH, HEIGHT = 96, 64
STEP = 5

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-qp", 4)
BFRAMES = ("-c:v", "libx264", "-preset", "veryfast", "-qp", 4, "-bf", 3, "-g", 12)
MPEG4 = ("-c:v", "mpeg4", "-q:v", 2)
MPEG2 = ("-c:v", "mpeg2video", "-q:v", 2, "-bf", 2)
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:qp=8:bframes=3")
VP8 = ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", 8, "-b:v", "2M", "-auto-alt-ref", 1)
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", 8, "-b:v", "2M")
AV1 = ("-c:v", "libsvtav1", "-preset", 12, "-crf", 20)
MJPEG = ("-c:v", "mjpeg", "-q:v", 2, "-pix_fmt", "yuvj420p")
PRORES = ("-c:v", "prores_ks", "-profile:v", 0)
THEORA = ("-c:v", "libtheora", "-q:v", 8)

AAC = ("-c:a", "aac")
MP3 = ("-c:a", "libmp3lame")
OPUS = ("-c:a", "libopus")
VORBIS = ("-c:a", "libvorbis")
PCM = ("-c:a", "pcm_s16le")
AC3 = ("-c:a", "ac3")
FLAC = ("-c:a", "flac")
MP2 = ("-c:a", "mp2")
MUTE = ("-an",)


class Source(NamedTuple):
    picture: Path
    sound: Path


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, ffmpeg: Any) -> Source:
    folder = tmp_path_factory.mktemp("source")
    raw, wave = folder / "picture.raw", folder / "sound.raw"
    number = np.arange(FRAMES)[:, None, None]
    luma = np.broadcast_to(20 + STEP * number, (FRAMES, HEIGHT, WIDTH)).astype(np.uint8)
    luma[:, :16, :16], luma[:, :16, -16:] = 235, 16
    grey = np.full((FRAMES, HEIGHT * WIDTH // 2), 128, np.uint8)
    raw.write_bytes(np.concatenate((luma.reshape(FRAMES, -1), grey), axis=1).tobytes())
    time = np.arange(FRAMES * SAMPLE_RATE // RATE) / SAMPLE_RATE
    tone = np.sin(time * 2 * np.pi * 1000) * 0.4
    on = sum((time >= frame / RATE) & (time < frame / RATE + 0.1) for frame in TONES)
    (tone * on).astype(np.float32).tofile(wave)
    picture, sound = folder / "picture.mkv", folder / "sound.wav"
    size = ("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{WIDTH}x{HEIGHT}", "-r", RATE)
    tags = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
    ffmpeg(*size, "-i", raw, "-vf", tags, "-c:v", "ffv1", picture)
    ffmpeg("-f", "f32le", "-ar", SAMPLE_RATE, "-ac", 1, "-i", wave, "-c:a", "pcm_s16le", sound)
    return Source(picture, sound)


@pytest.fixture
def foreign(source: Source, tmp_path: Path, ffmpeg: Any) -> Callable[..., Path]:
    """Makes a file of the source: `foreign("a.mkv", *VP9, *OPUS)`."""

    def make(name: str, *words: object, before: Sequence[object] = ()) -> Path:
        path = tmp_path / name
        ffmpeg(*before, "-i", source.picture, "-i", source.sound, *words, path)
        return path

    return make


def tell(frame: Any) -> int:
    """The number of a frame in yuv420p."""
    luma = planes_of(frame)[0]
    middle, centre = luma.shape[0] // 2, luma.shape[1] // 2
    return round((float(luma[middle : middle + 8, centre - 4 : centre + 4].mean()) - 20) / STEP)


def numbers(info: ClipInfo, start: int = 0, end: int = FRAMES, losses: Losses | None = None) -> list[int]:
    """What is on screen from frame `start` to frame `end`, as a film of that rate and size has it."""
    how = fitting(info, (WIDTH, HEIGHT), "cover")
    times = [Fraction(number, RATE) for number in range(start, end)]
    with ClipReader(info, how, times, Fraction(1, RATE)) as reader:
        found = [tell(frame) for frame in reader]
    if losses is not None:
        losses.take(reader.losses)
    return found


def corners(info: ClipInfo) -> str:
    """What is seen at top left, top right, bottom left and bottom right: white, black or grey."""
    how = fitting(info, info.size, "cover")
    with ClipReader(info, how, [Fraction(20, RATE)]) as reader:
        luma = planes_of(next(reader))[0]
    found = (luma[2:12, 2:6], luma[2:12, -6:-2], luma[-12:-2, 2:6], luma[-12:-2, -6:-2])
    return "".join("w" if part.mean() > 200 else "b" if part.mean() < 50 else "g" for part in found)


def heard(path: Path, start: Fraction | None, silenced: Silenced | None = None) -> np.ndarray:
    return np.concatenate(list(decoded(path, start, silenced)), axis=1)


def onsets(samples: np.ndarray) -> list[float]:
    """Seconds at which a tone begins."""
    loud = np.abs(samples).max(axis=0) > 0.12 * np.abs(samples).max()
    places = np.flatnonzero(loud)
    begins = [place for number, place in enumerate(places) if not number or place - places[number - 1] > 6000]
    return [place / SAMPLE_RATE for place in begins]


def decibels(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.square(samples.astype(np.float64)).mean()))


def assert_in_sync(info: ClipInfo, path: Path, begun: int = 0, tones: Sequence[int] = TONES) -> None:
    """The tones begin with their frames, give or take one, also when the file is entered in the middle."""
    for start in (begun, begun + 15):
        found = onsets(heard(path, info.origin + Fraction(start - begun, RATE))) if start < tones[-1] else []
        right = [(tone - start) / RATE for tone in tones if tone >= start]
        assert len(found) == len(right), (found, right)
        assert all(abs(a - b) <= 1 / RATE for a, b in zip(found, right, strict=True)), (found, right)


def assert_as_ffmpeg(path: Path, ffmpeg: Any, channels: int = 1, within: float = 0.5) -> None:
    """ffmpeg's own decoding has as many frames, in that order, and sound as loud."""
    scaled = f"scale={WIDTH}:{HEIGHT}:out_range=tv,format=yuv420p"
    raw = ffmpeg(
        "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-vf", scaled, "-f", "rawvideo", "-"
    )
    frames = np.frombuffer(raw.stdout, np.uint8).reshape(-1, HEIGHT * 3 // 2, WIDTH)
    theirs = [round((float(frame[24:40, 24:40].mean()) - 20) / STEP) for frame in frames]
    info = probe(path)
    assert numbers(info) == theirs == list(range(FRAMES))
    if info.has_audio:
        # One channel is as loud on both sides; several are brought to two, as ffmpeg does.
        raw = ffmpeg("-i", path, "-map", "0:a:0", "-ar", SAMPLE_RATE, "-ac", channels, "-f", "f32le", "-")
        theirs_level = decibels(np.frombuffer(raw.stdout, np.float32))
        assert abs(decibels(heard(path, None)) - theirs_level) < within


PLAIN: dict[str, tuple[str, tuple[object, ...]]] = {
    "mp4 h264 with b-frames, aac": ("a.mp4", (*BFRAMES, *AAC)),
    "avi h264 with b-frames, mp3": ("a.avi", (*BFRAMES, *MP3)),
    "mpg mpeg2 with b-frames, mp2": ("a.mpg", (*MPEG2, *MP2)),
    "raw h264": ("a.h264", (*BFRAMES, *MUTE)),
    "webm vp9, opus": ("a.webm", (*VP9, *OPUS)),
    "ts h264, aac": ("a.ts", (*BFRAMES, *AAC)),
    "mkv h264, flac": ("a.mkv", (*BFRAMES, *FLAC)),
    "mp4 h264 without b-frames, mp3": ("a.mp4", (*X264, *MP3)),
    "mp4 hevc, ac3": ("a.mp4", (*HEVC, *AC3)),
    "mp4 mpeg4 with b-frames, aac": ("a.mp4", (*MPEG4, "-bf", 2, *AAC)),
    "mp4 mpeg2, mp3": ("a.mp4", (*MPEG2, *MP3)),
    "mp4 av1, opus": ("a.mp4", (*AV1, *OPUS)),
    "mp4 vp9, flac": ("a.mp4", (*VP9, *FLAC)),
    "mp4 mjpeg, aac": ("a.mp4", (*MJPEG, *AAC)),
    "mp4 in fragments": ("a.mp4", (*BFRAMES, *AAC, "-movflags", "frag_keyframe+empty_moov")),
    "mp4 in fragments, with a default base": (
        "a.mp4",
        (*BFRAMES, *AAC, "-movflags", "frag_keyframe+default_base_moof", "-frag_duration", 300000),
    ),
    "mp4 with its index first": ("a.mp4", (*BFRAMES, *AAC, "-movflags", "+faststart")),
    "mp4 10 bits": ("a.mp4", (*BFRAMES, "-pix_fmt", "yuv420p10le", *AAC)),
    "mp4 open groups": ("a.mp4", (*BFRAMES, "-flags", "-cgop", *AAC)),
    "mp4 one group": ("a.mp4", (*BFRAMES, "-g", 250, *AAC)),
    "mp4 intra refresh": ("a.mp4", (*X264, "-x264-params", "intra-refresh=1:keyint=10", *AAC)),
    "mov h264, pcm": ("a.mov", (*BFRAMES, *PCM)),
    "mov prores, pcm 24": ("a.mov", (*PRORES, "-c:a", "pcm_s24le")),
    "mov mjpeg, alac": ("a.mov", (*MJPEG, "-c:a", "alac")),
    "mov qtrle, pcm big-endian": ("a.mov", ("-c:v", "qtrle", "-c:a", "pcm_s16be")),
    "mov png, float": ("a.mov", ("-c:v", "png", "-c:a", "pcm_f32le")),
    "mov dnxhr, pcm": (
        "a.mov",
        ("-vf", "scale=256:128", "-c:v", "dnxhd", "-profile:v", "dnxhr_lb", "-pix_fmt", "yuv422p", *PCM),
    ),
    "mkv hevc, opus": ("a.mkv", (*HEVC, *OPUS)),
    "mkv vp8, vorbis": ("a.mkv", (*VP8, *VORBIS)),
    "mkv mpeg2, ac3": ("a.mkv", (*MPEG2, *AC3)),
    "mkv mpeg4 with b-frames, mp3": ("a.mkv", (*MPEG4, "-bf", 2, *MP3)),
    "mkv theora, vorbis": ("a.mkv", (*THEORA, *VORBIS)),
    "mkv ffv1, pcm": ("a.mkv", ("-c:v", "ffv1", *PCM)),
    "mkv prores, flac": ("a.mkv", (*PRORES, *FLAC)),
    "mkv mjpeg, mp2": ("a.mkv", (*MJPEG, *MP2)),
    "mkv live": ("a.mkv", (*BFRAMES, *AAC, "-live", 1)),
    "webm vp8, vorbis": ("a.webm", (*VP8, *VORBIS)),
    "webm av1, opus": ("a.webm", (*AV1, *OPUS)),
    "webm live": ("a.webm", (*VP9, *OPUS, "-live", 1)),
    "avi mpeg4 with b-frames, mp3": ("a.avi", (*MPEG4, "-bf", 2, *MP3)),
    "avi mpeg4, pcm": ("a.avi", (*MPEG4, *PCM)),
    "avi xvid, ac3": ("a.avi", ("-c:v", "libxvid", "-q:v", 2, *AC3)),
    "avi msmpeg4, pcm": ("a.avi", ("-c:v", "msmpeg4v3", "-q:v", 2, *PCM)),
    "avi mjpeg, pcm": ("a.avi", (*MJPEG, *PCM)),
    "avi huffyuv, pcm": ("a.avi", ("-c:v", "huffyuv", "-pix_fmt", "yuv422p", *PCM)),
    "avi raw, pcm": ("a.avi", ("-c:v", "rawvideo", *PCM)),
    "mpg mpeg1 with b-frames, mp2": ("a.mpg", ("-c:v", "mpeg1video", "-q:v", 2, "-bf", 2, *MP2)),
    "mpg mpeg2, ac3": ("a.vob", (*MPEG2, "-f", "vob", *AC3)),
    "mpg without sound": ("a.mpg", (*MPEG2, *MUTE)),
    "ts mpeg2, mp2": ("a.ts", (*MPEG2, *MP2)),
    "ts hevc, ac3": ("a.ts", (*HEVC, *AC3)),
    "ts h264 late": ("a.ts", (*BFRAMES, *AAC, "-output_ts_offset", 95400)),
    "m2ts h264, ac3": ("a.m2ts", (*BFRAMES, *AC3)),
    "flv h264, aac": ("a.flv", (*BFRAMES, *AAC)),
    "flv flv1, mp3": ("a.flv", ("-c:v", "flv1", "-q:v", 2, *MP3, "-ar", 44100)),
    "3gp h263, aac": ("a.3gp", ("-vf", "scale=176:144", "-c:v", "h263", "-q:v", 2, *AAC, "-ar", 16000)),
    "3gp mpeg4, aac": ("a.3gp", (*MPEG4, *AAC)),
    "3g2 h264, aac": ("a.3g2", (*BFRAMES, *AAC)),
    "ogv theora, vorbis": ("a.ogv", (*THEORA, *VORBIS)),
    "ogv theora, flac": ("a.ogv", (*THEORA, "-c:a", "flac")),
    "wmv wmv2, wma2": ("a.wmv", ("-c:v", "wmv2", "-q:v", 2, "-c:a", "wmav2")),
    "wmv wmv1, wma1": ("a.wmv", ("-c:v", "wmv1", "-q:v", 2, "-c:a", "wmav1")),
    "wmv mpeg4, mp3": ("a.asf", ("-c:v", "msmpeg4v3", "-q:v", 2, *MP3)),
    "mxf mpeg2, pcm": ("a.mxf", (*MPEG2, *PCM)),
    "nut h264, pcm": ("a.nut", (*BFRAMES, *PCM)),
    "raw hevc": ("a.hevc", (*HEVC, *MUTE)),
    "raw h264 without b-frames": ("b.264", (*X264, "-f", "h264", *MUTE)),
    "raw mpeg4": ("a.m4v", (*MPEG4, "-bf", 2, "-f", "m4v", *MUTE)),
    "raw mpeg2": ("a.m2v", (*MPEG2, *MUTE)),
    "raw mjpeg": ("a.mjpeg", (*MJPEG, *MUTE)),
    "raw av1": ("a.obu", (*AV1, *MUTE)),
    "ivf vp9": ("a.ivf", (*VP9, *MUTE)),
    "y4m": ("a.y4m", ("-strict", -1, *MUTE)),
    "gif": ("a.gif", MUTE),
    "apng": ("a.apng", ("-f", "apng", *MUTE)),
}

ALWAYS = 7
"""So many of the first kinds run with the fast tests."""


def _kinds(table: dict[str, Any], always: int = ALWAYS) -> list[Any]:
    return [
        pytest.param(*row, id=name, marks=[pytest.mark.slow] if number >= always else [])
        for number, (name, row) in enumerate(table.items())
    ]


@pytest.mark.parametrize(("name", "words"), _kinds(PLAIN))
def test_any_container_and_codec(foreign, ffmpeg, name: str, words: tuple[object, ...]) -> None:
    path = foreign(name, *words)
    info = probe(path)
    assert (info.frames, info.fps, info.vfr) == (FRAMES, RATE, False)
    assert abs(info.duration - Fraction(FRAMES, RATE)) < Fraction(5, 1000)
    assert info.notes == ()
    assert numbers(info, 20, 30) == list(range(20, 30))
    if info.pix_fmt == "yuv420p":
        assert tell(last_frame(info)) == FRAMES - 1
    assert corners(info) == "wbgg"
    assert_as_ffmpeg(path, ffmpeg)
    if info.has_audio:
        assert_in_sync(info, path)
        assert abs(sound_length(path) - Fraction(FRAMES, RATE)) < Fraction(1, 8)


SOUNDS: dict[str, tuple[str, tuple[object, ...]]] = {
    "aac 5.1": ("s.mp4", (*AAC, "-ac", 6)),
    "mp3 stereo 44.1": ("s.mp4", (*MP3, "-ac", 2, "-ar", 44100)),
    "aac mono 8": ("s.mp4", (*AAC, "-ar", 8000)),
    "aac stereo 96": ("s.mp4", (*AAC, "-ac", 2, "-ar", 96000)),
    "aac mono 24": ("s.mp4", (*AAC, "-ar", 24000)),
    "aac stereo 22.05": ("s.mkv", (*AAC, "-ac", 2, "-ar", 22050)),
    "opus 5.1": ("s.webm", (*OPUS, "-ac", 6)),
    "opus mono 16": ("s.mkv", (*OPUS, "-ar", 16000)),
    "vorbis 5.1": ("s.mkv", (*VORBIS, "-ac", 6)),
    "vorbis mono 11.025": ("s.mkv", (*VORBIS, "-ar", 11025)),
    "ac3 5.1": ("s.ts", (*AC3, "-ac", 6)),
    "ac3 mono 32": ("s.mkv", (*AC3, "-ar", 32000)),
    "eac3 5.1": ("s.mp4", ("-c:a", "eac3", "-ac", 6)),
    "flac 5.1 at 96": ("s.mkv", (*FLAC, "-ac", 6, "-ar", 96000)),
    "flac mono 8": ("s.mkv", (*FLAC, "-ar", 8000)),
    "pcm u8 at 8": ("s.avi", ("-c:a", "pcm_u8", "-ar", 8000)),
    "pcm 24 5.1": ("s.mov", ("-c:a", "pcm_s24le", "-ac", 6)),
    "pcm float at 96": ("s.mov", ("-c:a", "pcm_f32le", "-ac", 2, "-ar", 96000)),
    "pcm double": ("s.mkv", ("-c:a", "pcm_f64le", "-ac", 2)),
    "mulaw 8": ("s.mov", ("-c:a", "pcm_mulaw", "-ar", 8000)),
    "adpcm 22.05": ("s.avi", ("-c:a", "adpcm_ms", "-ar", 22050)),
    "mp3 mono 16": ("s.mkv", (*MP3, "-ar", 16000)),
    "mp2 stereo 32": ("s.ts", (*MP2, "-ac", 2, "-ar", 32000)),
    "alac 5.1": ("s.mov", ("-c:a", "alac", "-ac", 6)),
    "wma2 stereo 44.1": ("s.wmv", ("-c:a", "wmav2", "-ac", 2, "-ar", 44100)),
    "aac latm": ("s.ts", (*AAC, "-mpegts_flags", "latm")),
}


@pytest.mark.parametrize(("name", "words"), _kinds(SOUNDS, 2))
def test_any_sound(foreign, ffmpeg, name: str, words: tuple[object, ...]) -> None:
    picture = MPEG4 if name.endswith((".avi", ".wmv")) else VP9 if name.endswith(".webm") else BFRAMES
    path = foreign(name, *picture, *words)
    info = probe(path)
    assert info.has_audio
    assert_in_sync(info, path)
    # In AC-3 the middle channel has a level of its own in the sum of two, by 1.5 dB lower than usual.
    assert_as_ffmpeg(path, ffmpeg, 2 if "-ac" in words else 1, 2 if "ac3" in str(words[1]) else 0.5)


ALONE: dict[str, tuple[str, tuple[object, ...]]] = {
    "mp3 of varying rate, without a head": ("m.mp3", (*MP3, "-q:a", 4, "-write_xing", 0)),
    "adts": ("m.aac", AAC),
    "wav": ("m.wav", PCM),
    "wav ima": ("m.wav", ("-c:a", "adpcm_ima_wav")),
    "flac": ("m.flac", FLAC),
    "ogg": ("m.ogg", VORBIS),
    "opus": ("m.opus", OPUS),
    "m4a": ("m.m4a", AAC),
    "aiff": ("m.aiff", ("-c:a", "pcm_s16be")),
    "caf": ("m.caf", PCM),
    "ac3": ("m.ac3", AC3),
    "wma": ("m.wma", ("-c:a", "wmav2")),
    "amr": ("m.amr", ("-c:a", "libopencore_amrnb", "-ar", 8000)),
    "au": ("m.au", ("-c:a", "pcm_s16be")),
    "wavpack": ("m.wv", ("-c:a", "wavpack")),
    "w64": ("m.w64", PCM),
    "mka": ("m.mka", OPUS),
    "dts": ("m.dts", ("-c:a", "dca", "-strict", -2)),
    "truehd": ("m.thd", ("-c:a", "truehd", "-strict", -2)),
    "voc": ("m.voc", PCM),
    "g722": ("m.g722", ("-c:a", "g722", "-ar", 16000)),
}


@pytest.mark.parametrize(("name", "words"), _kinds(ALONE, 2))
def test_any_sound_alone(foreign, ffmpeg, name: str, words: tuple[object, ...]) -> None:
    path = foreign(name, "-map", "1:a", *words)
    samples = heard(path, None)
    assert abs(sound_length(path) - Fraction(samples.shape[1], SAMPLE_RATE)) < Fraction(1, 10)
    raw = ffmpeg("-i", path, "-ar", SAMPLE_RATE, "-ac", 1, "-f", "f32le", "-").stdout
    theirs = np.frombuffer(raw, np.float32)
    assert abs(decibels(samples) - decibels(theirs)) < 0.5
    pairs = zip(onsets(samples), onsets(theirs[None]), strict=True)
    assert max(abs(ours - right) for ours, right in pairs) < 1 / RATE


TURNS = {1: "wbgg", 2: "bwgg", 3: "ggbw", 4: "ggwb", 5: "wgbg", 6: "gwgb", 7: "gbgw", 8: "bgwg"}
"""By the number that EXIF gives an orientation: where the corners are when the picture is seen rightly."""
MATRICES = {
    1: (1, 0, 0, 1),
    2: (-1, 0, 0, 1),
    3: (-1, 0, 0, -1),
    4: (1, 0, 0, -1),
    5: (0, 1, 1, 0),
    6: (0, 1, -1, 0),
    7: (0, -1, -1, 0),
    8: (0, -1, 1, 0),
}


def test_raw_mjpeg_whose_first_picture_looks_like_a_photo(ffmpeg, tmp_path: Path) -> None:
    """From some size on libavformat takes it for a single JPEG."""
    path = tmp_path / "camera.mjpeg"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=1", *MJPEG, path)
    info = probe(path)
    assert (info.size, info.fps, info.frames, info.duration) == ((640, 360), 25, 25, 1)
    assert len(list(moments(info))) == 25


@pytest.mark.parametrize("brand", ["avif", "heic"])
def test_a_still_in_front_of_the_film_is_its_cover(foreign, ffmpeg, tmp_path: Path, brand: str) -> None:
    """Animated AVIF and HEIC hold a still for who shows no films, in a track of its own."""
    film, still, path = foreign("a.mp4", *BFRAMES, *MUTE), tmp_path / "still.mp4", tmp_path / "both.mp4"
    ffmpeg("-f", "lavfi", "-i", f"color=red:s={WIDTH}x{HEIGHT}:r=1", *X264, "-frames:v", 1, still)
    maps = ("-map", 0, "-map", 1, "-c", "copy", "-disposition", "default", "-brand", brand)
    ffmpeg("-i", still, "-i", film, *maps, path)
    info = probe(path)
    assert info.frames == FRAMES and numbers(info) == list(range(FRAMES))


@pytest.mark.skipif(not features.check("avif"), reason="Pillow without AVIF")
def test_an_animated_avif_moves(tmp_path: Path) -> None:
    pictures = [Image.new("RGB", (WIDTH, HEIGHT), (shade, shade, shade)) for shade in (0, 80, 160, 240)]
    path = tmp_path / "a.avif"
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=100)
    info = probe(path)
    assert (info.frames, info.duration) == (4, Fraction(2, 5))


def write_matrix(path: Path, matrix: tuple[int, int, int, int]) -> None:
    """Puts a display matrix into the picture's track header of an MP4."""
    data = bytearray(path.read_bytes())
    place = data.index(b"tkhd") + 4 + 40
    a, b, c, d = (value << 16 for value in matrix)
    data[place : place + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)


@pytest.mark.parametrize("name", ["t.mp4", "t.mov"])
@pytest.mark.parametrize("turn", TURNS)
def test_all_eight_orientations(foreign, ffmpeg, turn: int, name: str) -> None:
    path = foreign(name, *X264, *MUTE)
    write_matrix(path, MATRICES[turn])
    info = probe(path)
    assert corners(info) == TURNS[turn]
    assert info.size == ((WIDTH, HEIGHT) if turn < 5 else (HEIGHT, WIDTH))
    size = f"{info.size[0]}x{info.size[1]}"
    raw = ffmpeg("-i", path, "-frames:v", 1, "-pix_fmt", "gray", "-f", "rawvideo", "-").stdout
    seen = np.frombuffer(raw, np.uint8).reshape(info.height, info.width)
    assert (seen[8, 8] > 200) == (TURNS[turn][0] == "w"), size


@pytest.mark.parametrize("name", ["r.mkv", "r.mp4"])
@pytest.mark.parametrize("words", [("-display_hflip",), ("-display_rotation", 90), ("-display_vflip",)])
def test_orientations_as_ffmpeg_writes_them(foreign, ffmpeg, tmp_path: Path, name: str, words) -> None:
    plain, turned = foreign("plain.mp4", *X264, *MUTE), tmp_path / name
    ffmpeg(*words, "-i", plain, "-c", "copy", turned)
    wanted = {"-display_hflip": "bwgg", "-display_vflip": "ggwb", "-display_rotation": "bgwg"}
    assert corners(probe(turned)) == wanted[str(words[0])]


SHAPES: dict[str, tuple[str, tuple[object, ...], tuple[int, int]]] = {
    "mp4 2:1": ("p.mp4", (*X264, "-vf", "setsar=2/1"), (2 * WIDTH, HEIGHT)),
    "mkv 16:15": ("p.mkv", (*X264, "-vf", "setsar=16/15"), (102, HEIGHT)),
    "avi 2:1": ("p.avi", (*MPEG4, "-vf", "setsar=2/1"), (2 * WIDTH, HEIGHT)),
    "mpg 4:3": ("p.mpg", (*MPEG2, "-aspect", "4:3"), (85, HEIGHT)),
    "webm 1:2": ("p.webm", (*VP9, "-vf", "setsar=1/2"), (WIDTH // 2, HEIGHT)),
    "ts 2:1": ("p.ts", (*X264, "-vf", "setsar=2/1"), (2 * WIDTH, HEIGHT)),
    "mov in the container only": ("p.mov", (*X264, "-aspect", "3:1"), (192, HEIGHT)),
}


@pytest.mark.parametrize(("name", "words", "size"), _kinds(SHAPES, 1))
def test_pixels_that_are_not_square(foreign, name: str, words: tuple, size: tuple[int, int]) -> None:
    info = probe(foreign(name, *words, *MUTE))
    assert info.size == size
    assert corners(info) == "wbgg"


@pytest.mark.parametrize(
    ("name", "words"),
    _kinds(
        {
            "mp4": ("v.mp4", BFRAMES),
            "mkv": ("v.mkv", BFRAMES),
            "webm": ("v.webm", VP9),
            "flv": ("v.flv", BFRAMES),
            "ts": ("v.ts", BFRAMES),
            "wmv": ("v.wmv", ("-c:v", "wmv2", "-q:v", 2)),
        },
        1,
    ),
)
def test_a_varying_rate(foreign, name: str, words: tuple[object, ...]) -> None:
    kept = [number for number in range(FRAMES) if number < 12 or number % 5 == 0 or number == FRAMES - 1]
    chosen = "+".join(f"eq(n,{number})" for number in kept)
    path = foreign(name, *words, "-vf", f"select='{chosen}'", "-fps_mode", "vfr")
    info = probe(path)
    assert info.vfr and info.frames == len(kept)
    assert numbers(info) == [max(one for one in kept if one <= n) for n in range(FRAMES)]
    assert_in_sync(info, path)


@pytest.mark.parametrize("name", ["s.mp4", "s.mov", "s.mkv", "s.ts"])
def test_an_edit_of_a_varying_rate_loses_no_frame_of_its_fast_part(
    foreign, tmp_path: Path, name: str
) -> None:
    """A screen that was recorded: something moves, then nothing for long, then again."""
    kept = [*range(10), 30, *range(32, FRAMES)]
    chosen = "+".join(f"eq(n,{number})" for number in kept)
    path = foreign(name, *BFRAMES, *MUTE, "-vf", f"select='{chosen}'", "-fps_mode", "vfr")
    film = trim(path, Fraction(0), None, tmp_path / "edit.mp4")
    assert (film.fps, film.frames) == (RATE, FRAMES)
    assert set(numbers(probe(film.path))) == set(kept)


@pytest.mark.parametrize(
    ("name", "words"),
    _kinds(
        {
            "mp4": ("o.mp4", (*BFRAMES, *AAC)),
            "mkv": ("o.mkv", (*BFRAMES, *AAC)),
            "mov": ("o.mov", (*BFRAMES, *PCM)),
            "ts": ("o.ts", (*BFRAMES, *AAC)),
            "mpg": ("o.mpg", (*MPEG2, *MP2)),
            "webm": ("o.webm", (*VP9, *OPUS)),
            "flv": ("o.flv", (*BFRAMES, *AAC)),
        },
        1,
    ),
)
@pytest.mark.parametrize("late", ["picture", "sound"])
def test_one_that_begins_later(source, ffmpeg, tmp_path: Path, late: str, name: str, words: tuple) -> None:
    """Picture or sound begins by 8 frames later than the other: they still belong together."""
    path = tmp_path / name
    offset = ("-itsoffset", 8 / RATE)
    first = (*(offset if late == "picture" else ()), "-i", source.picture)
    second = (*(offset if late == "sound" else ()), "-i", source.sound)
    ffmpeg(*first, *second, *words, "-fps_mode", "passthrough", path)
    info = probe(path)
    assert numbers(info) == list(range(FRAMES))
    moved = -8 if late == "picture" else 8
    assert_in_sync(info, path, tones=[tone + moved for tone in TONES])


@pytest.mark.parametrize("name", ["e.mp4", "e.mov"])
def test_an_edit_list_is_kept(foreign, ffmpeg, tmp_path: Path, name: str) -> None:
    """Cut without re-encoding: the file begins at a key frame, and its edit list hides what is before frame 20."""
    whole, path = foreign("whole.mp4", *BFRAMES, *AAC), tmp_path / name
    ffmpeg("-ss", 20 / RATE, "-i", whole, "-c", "copy", path)
    raw = ffmpeg(
        "-i", path, "-map", "0:v", "-fps_mode", "passthrough", "-pix_fmt", "yuv420p", "-f", "rawvideo", "-"
    )
    theirs = np.frombuffer(raw.stdout, np.uint8).reshape(-1, HEIGHT * 3 // 2, WIDTH)
    right = [round((float(frame[24:40, 24:40].mean()) - 20) / STEP) for frame in theirs]
    info = probe(path)
    assert right == list(range(20, FRAMES))
    assert numbers(info, 0, 20) == right
    assert info.duration == Fraction(20, RATE)
    assert_in_sync(info, path, 20)


def test_the_default_track_is_heard(source, ffmpeg, tmp_path: Path) -> None:
    silent = ("-f", "lavfi", "-i", f"anullsrc=d={FRAMES / RATE}")
    for name in ("d.mp4", "d.mkv"):
        path = tmp_path / name
        maps = ("-map", 1, "-map", 0, "-map", 2, "-disposition:a:0", 0, "-disposition:a:1", "default")
        ffmpeg(*silent, "-i", source.picture, "-i", source.sound, *maps, *X264, *AAC, path)
        assert_in_sync(probe(path), path)


def test_of_two_pictures_the_default_is_seen(source, ffmpeg, tmp_path: Path) -> None:
    path = tmp_path / "two.mkv"
    other = ("-f", "lavfi", "-i", "color=black:s=32x32:r=25:d=1")
    maps = ("-map", 0, "-map", 1, "-disposition:v:0", 0, "-disposition:v:1", "default")
    ffmpeg(*other, "-i", source.picture, *maps, *X264, path)
    assert numbers(probe(path)) == list(range(FRAMES))


def test_a_track_that_nothing_decodes_is_passed_over_with_a_note(source, ffmpeg, tmp_path: Path) -> None:
    path = tmp_path / "two.mkv"
    ffmpeg("-i", source.picture, "-i", source.sound, "-map", 0, "-map", 1, "-map", 1, *X264, *AAC, path)
    data = path.read_bytes()
    for kept in (True, False):
        path.write_bytes(data.replace(b"A_AAC", b"A_ZZZ", 1 if kept else 2))
        info = probe(path)
        assert info.has_audio is kept
        assert "nothing here decodes" in info.notes[0]
        assert ("track 2 is used" if kept else "it is silent") in info.notes[0]
        if kept:
            assert_in_sync(info, path)


DAMAGED: dict[str, tuple[str, tuple[object, ...]]] = {
    "mp4": ("x.mp4", (*BFRAMES, *AAC)),
    "ts": ("x.ts", (*BFRAMES, *AAC)),
    "avi": ("x.avi", (*MPEG4, *PCM)),
    "mkv": ("x.mkv", (*BFRAMES, *AC3)),
    "mpg": ("x.mpg", (*MPEG2, *MP2)),
    "flv": ("x.flv", (*BFRAMES, *AAC)),
    "webm": ("x.webm", (*VP8, *VORBIS)),
    "ogv": ("x.ogv", (*THEORA, *VORBIS)),
    "wmv": ("x.wmv", ("-c:v", "wmv2", "-q:v", 2, "-c:a", "wmav2")),
    "mov": ("x.mov", (*MJPEG, *AAC)),
    "raw": ("x.h264", (*BFRAMES, *MUTE)),
    "m2ts": ("x.m2ts", (*BFRAMES, *AC3)),
}


@pytest.mark.parametrize(("name", "words"), _kinds(DAMAGED, 2))
def test_what_is_damaged_is_read_on(foreign, name: str, words: tuple[object, ...]) -> None:
    """A stretch in the middle is overwritten: the frames before it stand, those from the end are right, in sync."""
    path = foreign(name, *words, "-g", 8)
    whole = probe(path)
    data = bytearray(path.read_bytes())
    middle, count = len(data) * 45 // 100, max(40, len(data) // 100)
    data[middle : middle + count] = bytes(range(7, 256, 13))[:1] * count
    path.write_bytes(data)
    info = probe(path)
    losses, silenced = Losses(), Silenced()
    there = min(FRAMES, round(info.duration * RATE))
    found = numbers(info, 0, there, losses)
    assert info.size == whole.size
    assert found[:10] == list(range(10))
    assert found == sorted(found)
    if (
        path.suffix in NUMBERED
    ):  # nothing tells when its frames are shown: those that are lost shift the others
        assert found[-1] == FRAMES - 1
    elif path.suffix != ".ogv":  # FFmpeg's demuxer ends there
        late = 2 if path.suffix == ".mpg" else 0  # only some of its frames have times
        behind = [place - number for place, number in enumerate(found)]
        assert all(abs(shift) <= late for shift in behind[-8:])
        assert whole.duration - info.duration <= Fraction(late + 1, RATE)
    if info.has_audio and path.suffix not in (*NUMBERED, ".ogv"):
        sound = heard(path, info.origin, silenced)
        assert abs(onsets(sound)[-1] - TONES[-1] / RATE) <= 1 / RATE
    if found != list(range(FRAMES)) and path.suffix not in (".h264", ".mpg"):  # these can't tell
        assert losses or info.notes


NUMBERED = (".avi", ".h264")
CUT: dict[str, tuple[str, tuple[object, ...], str]] = {
    "webm": ("c.webm", (*VP9, *OPUS), "refused"),
    "mp4": ("c.mp4", (*BFRAMES, *AAC, "-movflags", "+faststart"), "refused"),
    "mkv": ("c.mkv", (*BFRAMES, *AAC), "refused"),
    "avi": ("c.avi", (*MPEG4, *MP3), "refused"),
    "mov": ("c.mov", (*MJPEG, *PCM), "refused"),
    "flv": ("c.flv", (*BFRAMES, *AAC), "noted"),
    "wmv": ("c.wmv", ("-c:v", "wmv2", "-q:v", 2, "-c:a", "wmav2"), "refused"),
}


@pytest.mark.parametrize(("name", "words", "how"), _kinds(CUT, 2))
def test_what_is_cut_short_is_refused_or_noted(foreign, name: str, words: tuple, how: str) -> None:
    path = foreign(name, *words)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    if how == "refused":
        with pytest.raises(MediaError, match="cut short"):
            probe(path)
    else:
        info = probe(path)
        assert "is cut short: it ends at" in info.notes[0]
        there = int(info.duration * RATE)
        assert numbers(info, 0, there) == list(range(there))


def test_tags_that_are_not_utf_8(foreign) -> None:
    for name, words in (("u.mp4", AAC), ("u.mkv", AAC), ("u.avi", PCM)):
        path = foreign(name, *MPEG4, *words, "-metadata", "title=QQQQQQ")
        data = path.read_bytes()
        assert b"QQQQQQ" in data
        path.write_bytes(data.replace(b"QQQQQQ", b"\xe9\xff\xfe\xe8\xf6\xfc"))
        info = probe(path)
        assert numbers(info) == list(range(FRAMES))
        assert_in_sync(info, path)


@pytest.mark.parametrize("words", [BFRAMES, (*MPEG4, "-bf", 2)])
def test_packets_without_times_are_copied_in_the_order_of_their_pictures(
    foreign, tmp_path: Path, words: tuple[object, ...]
) -> None:
    path = foreign("k.avi", *words, *PCM)
    film = sync_audio(path, path, tmp_path / "film.mp4")
    assert film.frames == FRAMES
    info = probe(film.path)
    assert numbers(info) == list(range(FRAMES))
    assert_in_sync(info, film.path)


def test_a_copy_leaves_out_what_nothing_decodes_and_says_so(source, ffmpeg, tmp_path: Path) -> None:
    path, copy = tmp_path / "two.mkv", tmp_path / "copy.mp4"
    ffmpeg("-i", source.picture, "-i", source.sound, "-map", 0, "-map", 1, "-map", 1, *X264, *AAC, path)
    path.write_bytes(path.read_bytes().replace(b"A_AAC", b"A_ZZZ", 1))
    assert "nothing here decodes" in FileVideo(path).save_to(copy)[0]
    info = probe(copy)
    assert (numbers(info), info.notes) == (list(range(FRAMES)), ())
    assert_in_sync(info, copy)


def test_a_film_says_what_of_its_clips_is_lost(foreign, tmp_path: Path) -> None:
    path = foreign("lossy.ts", *BFRAMES, *AAC)
    data = path.read_bytes()
    packets = [data[place : place + 188] for place in range(0, len(data), 188)]
    kept = [packet for number, packet in enumerate(packets) if number not in (40, 70, 71)]
    path.write_bytes(b"".join(kept))
    settings = FilmSettings(width=WIDTH, height=HEIGHT, fps=Fraction(RATE))
    film = render(Timeline(clips=(TimelineClip(path=str(path)),)), settings, tmp_path / "film.mp4")
    assert film.frames == FRAMES
    assert any("damaged" in note and "lossy.ts" in note for note in film.notes)
    right = [tone / RATE for tone in TONES]
    assert all(
        min(abs(begin - tone) for tone in right) < 1 / RATE for begin in onsets(heard(film.path, None))
    )
