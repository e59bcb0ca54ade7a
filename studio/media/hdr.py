"""HDR brightness and colours brought to those of an ordinary screen: PQ and HLG in bt.2020 to bt.709.

As a table for libavfilter's lut3d, since PyAV's FFmpeg has no zscale. HLG is shown as on its reference screen of
1000 cd/m² (BT.2100); what is brighter than that in PQ is as white as it gets. The range is compressed as BT.2390
says (section 5.4, EETF), to 203 cd/m², the white of an SDR picture beside HDR ones (BT.2408).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

_NODES = 49
"""Along each side of the table: between them lut3d interpolates, by less than a level's error."""
_BRIGHTEST, _WHITE = 1000.0, 203.0
"""cd/m²: of what is shown, and what becomes of it."""
_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
_A, _B, _C = 0.17883277, 0.28466892, 0.55991073
_LUMA = np.array([0.2627, 0.6780, 0.0593])
_TO_BT709 = np.array(
    [[1.660491, -0.587641, -0.072850], [-0.124550, 1.132900, -0.008349], [-0.018151, -0.100579, 1.118730]]
)


def to_sdr(values: Values, curve: str) -> Values:
    """bt.709 R'G'B' of HDR's, [..., 3], 0 to 1 both; `curve` is PQ or HLG.

    >>> to_sdr(np.array([0.0, 0.0, 0.0]), "PQ").tolist(), to_sdr(np.array([1.0, 1.0, 1.0]), "HLG").round(3).tolist()
    ([0.0, 0.0, 0.0], [1.0, 1.0, 1.0])
    """
    light = _hlg(values) if curve == "HLG" else _pq(values)
    peak = light.max(axis=-1, keepdims=True)
    # By the brightest of the three, so that no colour changes its hue by being cut off.
    light = light * (_compressed(peak) / np.maximum(peak, 1e-6))
    linear = np.clip(light @ _TO_BT709.T / _WHITE, 0, 1)
    return linear ** (1 / 2.4)


@contextmanager
def table(curve: str) -> Iterator[Path]:
    """to_sdr() as a .cube file, which is there inside the block."""
    steps = np.linspace(0, 1, _NODES)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")  # red changes fastest
    rows = to_sdr(np.stack([red, green, blue], axis=-1).reshape(-1, 3), curve)
    with TemporaryDirectory(prefix="storyreel-") as folder:
        path = Path(folder) / "table.cube"
        lines = "\n".join(f"{red:.6f} {green:.6f} {blue:.6f}" for red, green, blue in rows)
        path.write_text(f"LUT_3D_SIZE {_NODES}\n{lines}\n", "ascii")
        yield path


def _pq(values: Values) -> Values:
    """cd/m² of PQ's values (SMPTE ST 2084)."""
    power = np.clip(values, 0, 1) ** (1 / _M2)
    return 10000 * (np.maximum(power - _C1, 0) / (_C2 - _C3 * power)) ** (1 / _M1)


def _in_pq(light: Values) -> Values:
    power = (np.clip(light, 0, 10000) / 10000) ** _M1
    return ((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2


def _hlg(values: Values) -> Values:
    """cd/m² of HLG's values on a screen of 1000 cd/m², whose gamma is 1.2 (BT.2100)."""
    scene = np.where(values <= 0.5, values**2 / 3, (np.exp((values - _C) / _A) + _B) / 12)
    return _BRIGHTEST * (scene @ _LUMA)[..., None] ** 0.2 * scene


def _compressed(light: Values) -> Values:
    black, brightest, white = (float(_in_pq(np.array(level))) for level in (0, _BRIGHTEST, _WHITE))
    part = np.minimum((_in_pq(light) - black) / (brightest - black), 1)
    most = (white - black) / (brightest - black)
    knee = 1.5 * most - 0.5
    t = np.maximum(part - knee, 0) / (1 - knee)
    bent = (
        (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (-2 * t**3 + 3 * t**2) * most
    )
    return _pq(np.where(part < knee, part, bent) * (brightest - black) + black)
