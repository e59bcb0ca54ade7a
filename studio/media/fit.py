"""How a clip's picture becomes the film's: turned, cropped, scaled, converted. A value, before anything runs.

fitting(probe("phone.mov"), (1280, 720), "cover").reasons
# ('turned by 90°', 'cropped to 1080x608', 'scaled 1080x608 → 1280x720')
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

import av
import av.filter
import cv2
import numpy as np

from .hdr import table
from .probe import ClipInfo

Box = tuple[int, int, int, int]
"""x, y, width, height in pixels of the upright picture with square pixels."""

_TURNS = {90: ["transpose=clock"], 180: ["vflip", "hflip"], 270: ["transpose=cclock"]}
SCALER = "flags=bicubic+accurate_rnd+full_chroma_int"
_DEEP = ("p9", "p10", "p12", "p14", "p16", "p010", "p016", "48", "64")
_FROM_RGB = "scale={}:{}:" + SCALER + ":in_range=pc:out_color_matrix=bt709:out_range=tv"
_DEINTERLACED = "deinterlaced"
"""Done by the decoder's side, not in this chain: it takes the frames before and after."""
_ON_BLACK = "onblack"
"""Not a filter of FFmpeg's: its premultiply rounds down, and in 16 bits leaves out the ends of some lines."""
_SPACES = {"rgb": 0, "bt709": 1, "fcc": 4, "bt601": 6, "smpte240m": 7, "bt2020": 9}


class Fitting(NamedTuple):
    filters: str
    """A libavfilter chain; empty where the clip's frames are the film's frames as they are."""
    reasons: tuple[str, ...]
    """What is done and why, for a person."""


def fitting(info: ClipInfo, size: tuple[int, int], fit: str, crop: Box | None = None) -> Fitting:
    """The chain from the decoder's frames to yuv420p bt.709 of `size`.

    `cover` fills the frame and cuts off what is outside it; `contain` shows everything and adds black bars.
    """
    filters = _uprighted(info)
    reasons = ["mirrored"] if info.mirrored else []
    reasons += [f"turned by {info.rotation}°"] if info.rotation else []
    turned = info.stored if info.rotation in (0, 180) else (info.stored[1], info.stored[0])
    box = _pixels(_region(info, size, fit, crop), info, turned, exact=crop is not None)
    widened = (box[0] % 2 or box[1] % 2) and info.matrix != "rgb"
    if box != (0, 0, *turned):
        # Chroma has half the resolution: at odd places it could only be cut half a pixel off.
        filters += [f"format={_wide(info.pix_fmt, info.alpha)}"] if widened else []
        filters.append(f"crop={box[2]}:{box[3]}:{box[0]}:{box[1]}:exact=1")
        reasons.append(f"cropped to {box[2]}x{box[3]}")
    inner = _inner(box, info, turned, size) if fit == "contain" else size
    colours = _colours(info)
    if inner != box[2:]:
        reasons.append(f"scaled {box[2]}x{box[3]} → {inner[0]}x{inner[1]}")
    if info.alpha or info.hdr:
        filters += [*_grounded(info), *_toned(info, inner), _FROM_RGB.format(*inner), "format=yuv420p"]
    elif inner != box[2:] or widened or any(reason != _DEINTERLACED for reason in colours):
        filters += [_scale(info, inner, "bt709", "tv"), "format=yuv420p"]
    reasons += colours
    if inner != size:
        x, y = ((outside - inside) // 4 * 2 for outside, inside in zip(size, inner, strict=True))
        filters.append(f"pad={size[0]}:{size[1]}:{x}:{y}:black")
        reasons.append(f"bars around {inner[0]}x{inner[1]}")
    return Fitting(",".join(filters), tuple(reasons))


def upright_rgb(info: ClipInfo, size: tuple[int, int], as_stored: bool = False) -> str:
    """The chain from the decoder's frames to upright rgb24 of `size`.

    If `as_stored`, what is transparent shows the colour under it, and HDR its values, as ComfyUI's nodes have them.
    """
    turns = _uprighted(info)
    if as_stored or not (info.alpha or info.hdr):
        return ",".join([*turns, _scale(info, size, None, "pc"), "format=rgb24"])
    return ",".join([*turns, *_grounded(info), *_toned(info, size), "format=rgb24"])


def _uprighted(info: ClipInfo) -> list[str]:
    return [*(["hflip"] if info.mirrored else []), *_TURNS.get(info.rotation, ())]


class Graph:
    """A running chain: one frame in, one frame out."""

    def __init__(self, info: ClipInfo, filters: str) -> None:
        self._info = info
        self._filters = filters
        self._graph: av.filter.Graph | None = None
        self._before: Graph | None = None
        self._after: Graph | None = None
        self._space = _SPACES[info.matrix]
        self._range = 2 if info.full_range or info.matrix == "rgb" else 1

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        if not self._filters:
            return frame
        before, _, after = self._filters.partition(f",{_ON_BLACK},")
        if after:
            self._before = self._before or Graph(self._info, before)
            self._after = self._after or Graph(replace(self._info, matrix="rgb"), after)
            return self._after(_on_black(self._before(frame)))
        # What the file doesn't say was guessed by probe; from here on the frames say it too.
        frame.colorspace, frame.color_range = self._space, self._range
        graph = self._graph = self._graph or self._build(frame)
        graph.vpush(frame)
        return graph.vpull()

    def _build(self, frame: av.VideoFrame) -> av.filter.Graph:
        graph = av.filter.Graph()
        last = graph.add(
            "buffer",
            video_size=f"{frame.width}x{frame.height}",
            pix_fmt=frame.format.name,
            time_base=str(frame.time_base),
            pixel_aspect="1/1",
            colorspace=str(self._space),
            range=str(self._range),
        )
        for step in self._filters.split(","):
            name, _, options = step.partition("=")
            if name == "lut3d":
                with table(options) as path:
                    following = graph.add(name, file=str(path), interp="tetrahedral")
            else:
                following = graph.add(name, options or None)
            last.link_to(following)
            last = following
        last.link_to(graph.add("buffersink"))
        graph.configure()
        return graph


def _on_black(frame: av.VideoFrame) -> av.VideoFrame:
    """rgba as rgb24."""
    pixels = frame.to_ndarray()
    opacity = cv2.cvtColor(pixels[..., 3], cv2.COLOR_GRAY2RGB)
    lit = cv2.multiply(np.ascontiguousarray(pixels[..., :3]), opacity, scale=1 / 255)
    flat = av.VideoFrame.from_ndarray(lit, format="rgb24")  # type: ignore[arg-type]
    flat.pts, flat.time_base = frame.pts, frame.time_base
    return flat


def _grounded(info: ClipInfo) -> list[str]:
    """From the decoder's frames, if they have transparency, to opaque RGB on black."""
    if not info.alpha:
        return []
    return [_scale(info, None, None, "pc"), "format=rgba", _ON_BLACK]


def _toned(info: ClipInfo, size: tuple[int, int]) -> list[str]:
    """Planar RGB of `size`, and of an ordinary screen's brightness."""
    scaled = f"scale={size[0]}:{size[1]}:{SCALER}" if info.alpha else _scale(info, size, None, "pc")
    return [scaled, "format=gbrp16le", f"lut3d={info.hdr}"] if info.hdr else [scaled, "format=gbrp"]


def _is_deep(pix_fmt: str) -> bool:
    return any(depth in pix_fmt for depth in _DEEP)


def _region(
    info: ClipInfo, size: tuple[int, int], fit: str, crop: Box | None
) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    """The part of the upright picture that is shown."""
    x, y, width, height = (Fraction(value) for value in crop or (0, 0, *info.size))
    if fit == "cover":
        shape = Fraction(*size)
        if width > height * shape:
            x, width = x + (width - height * shape) / 2, height * shape
        else:
            y, height = y + (height - width / shape) / 2, width / shape
    return x, y, width, height


def _pixels(
    region: tuple[Fraction, Fraction, Fraction, Fraction],
    info: ClipInfo,
    turned: tuple[int, int],
    exact: bool,
) -> Box:
    """The region in stored pixels, on whole pixels inside the picture; if not exact, from even ones on."""
    across, down = Fraction(turned[0], info.width), Fraction(turned[1], info.height)
    left, top = round(region[0] * across), round(region[1] * down)
    if not exact:
        left, top = left // 2 * 2, top // 2 * 2
    width = min(max(1, round(region[2] * across)), turned[0] - left)
    height = min(max(1, round(region[3] * down)), turned[1] - top)
    return left, top, width, height


def _wide(pix_fmt: str, alpha: bool) -> str:
    return ("yuva444p" if alpha else "yuv444p") + ("16le" if _is_deep(pix_fmt) else "")


def _inner(box: Box, info: ClipInfo, turned: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    """The size, even both ways, at which the whole region fits into the frame."""
    width = Fraction(box[2] * info.width, turned[0])
    height = Fraction(box[3] * info.height, turned[1])
    factor = min(size[0] / width, size[1] / height)
    inner = max(2, round(width * factor / 2) * 2), max(2, round(height * factor / 2) * 2)
    # Two pixels of bar are no bar but a rounding.
    return tuple(whole if whole - part <= 2 else part for whole, part in zip(size, inner, strict=True))  # type: ignore[return-value]


def _colours(info: ClipInfo) -> list[str]:
    reasons = []
    if info.interlaced:
        reasons.append(_DEINTERLACED)
    if info.alpha:
        reasons.append("what is transparent lies on black")
    if info.hdr:
        reasons.append(f"{info.hdr} tone-mapped to bt709")
    if info.pix_fmt not in ("yuv420p", "yuvj420p"):
        reasons.append(f"{info.pix_fmt} → yuv420p")
    if info.matrix not in ("bt709", "rgb") and not info.hdr:
        told = ", which the file doesn't say" if info.guessed else ""
        reasons.append(f"{info.matrix}{told} → bt709 colours")
    if info.full_range and info.matrix != "rgb":
        reasons.append("full → tv range")
    return reasons


def _scale(info: ClipInfo, size: tuple[int, int] | None, matrix: str | None, levels: str) -> str:
    options = [f"scale={size[0]}:{size[1]}" if size else "scale=iw:ih", SCALER]
    if info.matrix != "rgb":
        options += [f"in_color_matrix={info.matrix}", f"in_range={'pc' if info.full_range else 'tv'}"]
    if matrix:
        options.append(f"out_color_matrix={matrix}")
    return ":".join([*options, f"out_range={levels}"])
