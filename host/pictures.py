"""IMAGE values and 8-bit pixels, without torch; both hosts use it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..studio.errors import BadInput


def to_unit(pixels: np.ndarray) -> np.ndarray:
    """uint8 [H, W, C] or [B, H, W, C] as float32 [B, H, W, C], 0 to 1."""
    batch = pixels[None] if pixels.ndim == 3 else pixels
    return np.divide(batch, 255, dtype=np.float32)


def to_pixels(image: Any) -> np.ndarray:
    """An IMAGE value (torch tensor or array, [B, H, W, C] or [H, W, C], 0 to 1) as uint8 RGB [B, H, W, 3].

    Grey is repeated into three channels; a fourth channel (opacity) is dropped, as ComfyUI's video nodes do.
    Raises BadInput for anything of another shape.
    """
    if hasattr(image, "cpu"):
        image = image.detach().cpu().float().numpy()
    batch = np.asarray(image)
    batch = batch[None] if batch.ndim == 3 else batch
    if batch.ndim != 4 or batch.shape[-1] not in (1, 3, 4):
        raise BadInput(f"{batch.shape} is not the shape of an image", "[batch, height, width, 3]")
    if batch.dtype != np.uint8:
        batch = np.rint(np.clip(np.nan_to_num(batch.astype(np.float32)), 0, 1) * 255).astype(np.uint8)
    return np.repeat(batch, 3, axis=-1) if batch.shape[-1] == 1 else batch[..., :3]
