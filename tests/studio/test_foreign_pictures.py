"""Pictures of other people's films: colours, half pictures, transparency, HDR; measured against another decoder's."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from storyreel.studio.media.decode import ClipReader, shown
from storyreel.studio.media.fit import Graph, fitting, upright_rgb
from storyreel.studio.media.frames import extract_frame
from storyreel.studio.media.hdr import to_sdr
from storyreel.studio.media.planes import planes_of
from storyreel.studio.media.probe import probe
from storyreel.studio.media.rgb import ToFilm
from storyreel.studio.render.clip_edits import trim
from storyreel.studio.render.plan import plan
from storyreel.studio.timeline.settings import FilmSettings
from storyreel.studio.timeline.timeline import Timeline, TimelineClip

SIZE = "128x72"
BARS = f"smptebars=s={SIZE}:r=24:d=0.25"
PRECISE = "flags=bicubic+accurate_rnd+full_chroma_int"
FORMATS = ("yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le")
MATRICES = {"bt601": "smpte170m", "bt709": "bt709", "bt2020": "bt2020nc", "untagged": "unknown"}
KINDS = [*itertools.product(FORMATS, MATRICES, ("tv", "pc"))]


def notes_of(path: Path) -> tuple[str, ...]:
    settings = FilmSettings.model_validate({"width": 128, "height": 72, "fps": 24})
    return plan(Timeline(clips=(TimelineClip(path=str(path)),)), settings).notes


def reference(ffmpeg, path: Path, matrix: str, levels: str, extra: str = "") -> np.ndarray:
    chain = f"{extra}scale=in_color_matrix={matrix}:in_range={levels}:out_range=pc:{PRECISE},format=rgb24"
    done = ffmpeg("-i", path, "-frames:v", 1, "-vf", chain, "-f", "rawvideo", "-")
    return np.frombuffer(done.stdout, np.uint8).reshape(72, 128, 3).astype(int)


@pytest.mark.slow
@pytest.mark.parametrize(("pix_fmt", "matrix", "levels"), KINDS)
def test_colours_are_those_of_another_decoder(ffmpeg, tmp_path: Path, pix_fmt: str, matrix: str, levels: str):
    path = tmp_path / "bars.mkv"
    stored = "bt601" if matrix == "untagged" else matrix
    source = (
        f"{BARS},format=rgb24,scale=out_color_matrix={stored}:out_range={levels}:{PRECISE},format={pix_fmt}"
    )
    tags = f"setparams=colorspace={MATRICES[matrix]}:range={levels}"
    ffmpeg("-f", "lavfi", "-i", f"{source},{tags}", "-c:v", "ffv1", "-color_range", levels, path)
    info = probe(path)
    assert (info.matrix, info.full_range) == (stored, levels == "pc")
    found = extract_frame(path, "first").astype(int)
    difference = np.abs(found - reference(ffmpeg, path, stored, levels))
    assert difference.max() <= 2
    assert difference.mean() < 0.5


def test_eight_ways_through_a_film_change_no_colour_by_more_than_a_level() -> None:
    colours = [(200, 40, 40), (40, 200, 40), (40, 40, 200), (128, 128, 128), (250, 250, 5), (17, 99, 180)]
    picture = np.repeat(np.repeat(np.array(colours, np.uint8)[None], 32, 1), 72, 0)
    first = picture.astype(int)
    to_film = ToFilm(192, 72)
    for _ in range(8):
        frame = to_film(picture)
        yuv = planes_of(frame)
        assert (frame.format.name, yuv[0].dtype) == ("yuv420p", np.uint8)
        picture = _back(frame)
    middles = picture[36, 16::32].astype(int) - first[36, 16::32]
    assert np.abs(middles).max() <= 2
    assert np.abs(middles).mean() <= 1


def _back(frame) -> np.ndarray:
    """As a decoder that isn't ours has it: bt.709's matrix in floating point."""
    y, u, v = (plane.astype(float) for plane in planes_of(frame))
    y, u, v = (y - 16) / 219, *((p.repeat(2, 0).repeat(2, 1) - 128) / 224 for p in (u, v))
    rgb = np.stack([y + 1.5748 * v, y - 0.187324 * u - 0.468124 * v, y + 1.8556 * u], axis=-1)
    return np.rint(np.clip(rgb * 255, 0, 255)).astype(np.uint8)


@pytest.mark.parametrize("order", ["tff", "bff"])
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p", "yuv422p10le"])
def test_half_pictures_become_whole_ones_and_it_is_noted(
    ffmpeg, tmp_path: Path, order: str, pix_fmt: str
) -> None:
    path = tmp_path / "half.mkv"
    # A bright square that moves 8 pixels from one half picture to the next.
    moving = "color=black:s=192x72:r=48:d=1[b];color=white:s=24x40:r=48:d=1[w];[b][w]overlay=x=n*3:y=16"
    ffmpeg(
        *(
            "-f",
            "lavfi",
            "-i",
            f"{moving},format={pix_fmt},tinterlace=interleave_{'top' if order == 'tff' else 'bottom'}",
        ),
        *("-c:v", "ffv1", "-vf", f"setfield={order}", "-field_order", "tt" if order == "tff" else "bb", path),
    )
    info = probe(path)
    assert info.interlaced
    frames = []
    with ClipReader(info, fitting(info, (192, 72), "cover"), [n / info.fps for n in range(20)]) as reader:
        frames = [planes_of(frame)[0].astype(int).copy() for frame in reader]
    assert len(frames) == 20
    for now in frames[2:18]:
        assert combing(now) < combing(raw(ffmpeg, path)) / 4
    assert any("interlaced" in note for note in notes_of(path))


def test_half_pictures_that_come_later_become_whole_ones_too(ffmpeg, tmp_path: Path) -> None:
    """As recordings of television are: what comes before them is progressive."""
    moving = "color=black:s=192x72:r=48:d=1[b];color=white:s=24x40:r=48:d=1[w];[b][w]overlay=x=n*3:y=16"
    coded = ("-c:v", "mpeg2video", "-q:v", 2, "-pix_fmt", "yuv420p")
    whole, half, path = (tmp_path / name for name in ("whole.mpg", "half.mpg", "both.mpg"))
    ffmpeg("-f", "lavfi", "-i", f"{moving},fps=24", *coded, whole)
    woven = f"{moving},format=yuv420p,tinterlace=interleave_top"
    ffmpeg("-f", "lavfi", "-i", woven, *coded, "-flags", "+ildct+ilme", half)
    path.write_bytes(whole.read_bytes() + half.read_bytes())
    info = probe(path)
    assert not info.interlaced and info.frames == 48
    out = tmp_path / "film.mp4"
    film = trim(path, Fraction(0), None, out)
    assert any("interlaced" in note for note in film.notes)
    with av.open(str(out)) as container:
        lumas = [frame.to_ndarray(format="gray").astype(int) for frame in container.decode(video=0)]
    assert len(lumas) == 48
    woven_there = raw(ffmpeg, half)
    assert all(combing(luma) < combing(woven_there) / 4 for luma in lumas[26:46])


def raw(ffmpeg, path: Path) -> np.ndarray:
    done = ffmpeg("-i", path, "-vf", "select=eq(n\\,8),format=gray", "-frames:v", 1, "-f", "rawvideo", "-")
    return np.frombuffer(done.stdout, np.uint8).reshape(72, 192).astype(int)


def combing(luma: np.ndarray) -> float:
    """How much each line differs from both its neighbours in the same direction, inside the square."""
    inner = luma[22:50]
    above, below = inner[1:-1] - inner[:-2], inner[1:-1] - inner[2:]
    return float(np.where(above * below > 0, np.minimum(abs(above), abs(below)), 0).mean())


def test_a_progressive_film_is_left_alone(numbered) -> None:
    info = probe(numbered("plain.mkv"))
    assert not (info.interlaced or info.alpha or info.hdr or info.ground)
    assert notes_of(info.path) == ()


ALPHA = [
    ("vp9.webm", "yuva420p", ("-c:v", "libvpx-vp9", "-auto-alt-ref", 0, "-crf", 4, "-b:v", 0)),
    ("vp8.webm", "yuva420p", ("-c:v", "libvpx", "-auto-alt-ref", 0, "-b:v", "2M")),
    ("prores.mov", "yuva444p10le", ("-c:v", "prores_ks", "-profile:v", "4444")),
    ("animation.mov", "argb", ("-c:v", "qtrle")),
    ("png.mov", "rgba", ("-c:v", "png")),
    ("ffv1.mkv", "yuva420p", ("-c:v", "ffv1")),
    ("moving.apng", "rgba", ("-c:v", "apng")),
    ("moving.gif", "rgba", ("-vf", "split[a][b];[a]palettegen[p];[b][p]paletteuse")),
]


@pytest.mark.parametrize(("name", "pix_fmt", "words"), ALPHA)
def test_what_is_transparent_lies_on_black(ffmpeg, tmp_path: Path, name: str, pix_fmt: str, words) -> None:
    path = tmp_path / name
    clear = "geq=r=200:g=40:b=40:a='if(lt(X,64),255,0)'"
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        f"color=red:s={SIZE}:r=24:d=0.5,format=rgba,{clear},format={pix_fmt}",
        *words,
        path,
    )
    info = probe(path)
    assert info.alpha
    picture = extract_frame(path, "first").astype(int)
    assert np.abs(picture[:, :56] - (200, 40, 40)).max() <= 6
    assert picture[:, 72:].max() <= 6
    with ClipReader(info, fitting(info, (128, 72), "cover"), [0 / info.fps]) as reader:
        luma = planes_of(next(reader))[0]
    assert luma[:, 72:].max() <= 20
    assert luma[:, :56].min() >= 60
    assert any("transparent in parts" in note for note in notes_of(path))


def test_a_drawing_that_the_ground_hides_is_noted(ffmpeg, tmp_path: Path) -> None:
    path = tmp_path / "black.mov"
    drawn = "geq=r=0:g=0:b=0:a='if(lt(X,64),255,0)'"
    ffmpeg("-f", "lavfi", "-i", f"color=black:s={SIZE}:r=24:d=0.5,format=rgba,{drawn}", "-c:v", "qtrle", path)
    (note,) = notes_of(path)
    assert "nothing of it shows" in note


@pytest.mark.parametrize(("curve", "tag"), [("PQ", "smpte2084"), ("HLG", "arib-std-b67")])
@pytest.mark.parametrize("level", [0.1, 0.3, 0.5, 0.58, 0.75, 1.0])
def test_hdr_is_tone_mapped_as_the_formula_says(
    ffmpeg, tmp_path: Path, curve: str, tag: str, level: float
) -> None:
    path = tmp_path / "hdr.mkv"
    stored = round(64 + 876 * level)
    source = f"color=gray:s={SIZE}:r=24:d=0.25,format=yuv420p10le,geq=lum={stored}:cb=512:cr=512"
    tags = f"setparams=colorspace=bt2020nc:color_primaries=bt2020:color_trc={tag}:range=tv"
    ffmpeg("-f", "lavfi", "-i", f"{source},{tags}", "-c:v", "ffv1", path)
    wanted = 255 * to_sdr(np.full(3, (stored - 64) / 876), curve)[0]
    assert np.abs(extract_frame(path, "first") - wanted).max() <= 1.5
    assert any(f"HDR ({curve})" in note for note in notes_of(path))


def test_hdr_keeps_black_greys_order_and_hue() -> None:
    for curve in ("PQ", "HLG"):
        greys = to_sdr(np.linspace(0, 1, 64)[:, None].repeat(3, 1), curve)
        assert greys[0].max() == 0
        assert (np.diff(greys[:, 0]) >= -1e-9).all()
        assert np.abs(greys - greys[:, :1]).max() < 2e-3
    white = to_sdr(np.full(3, 0.5807), "PQ")[0]  # 203 cd/m², the white of titles
    assert 0.7 < white < 0.95


def test_as_stored_hdr_keeps_its_values_for_comfyuis_nodes(ffmpeg, tmp_path: Path) -> None:
    path = tmp_path / "pq.mkv"
    tags = "setparams=colorspace=bt2020nc:color_primaries=bt2020:color_trc=smpte2084:range=tv"
    source = f"color=gray:s={SIZE}:r=24:d=0.25,format=yuv420p10le,geq=lum=502:cb=512:cr=512"
    ffmpeg("-f", "lavfi", "-i", f"{source},{tags}", "-c:v", "ffv1", path)
    info = probe(path)
    frame = next(shown(info, [0 / info.fps]))
    found = Graph(info, upright_rgb(info, info.size, as_stored=True))(frame).to_ndarray()
    assert np.abs(found.astype(int) - 128).max() <= 1
