"""The model itself, through diffusers: the one file that imports torch. What it takes of a card is counted by
benchmarks/svd_count.py and measured by benchmarks/svd.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch  # pyright: ignore[reportMissingImports]
from diffusers import StableVideoDiffusionPipeline  # pyright: ignore[reportMissingImports]
from diffusers.utils import logging as diffusers_logging  # pyright: ignore[reportMissingImports]
from PIL import Image
from transformers.utils import logging as transformers_logging  # pyright: ignore[reportMissingImports]

from ...config import Svd as Settings
from ...errors import ProviderError
from .model import Go, Pixels

_GIGABYTE = 1024**3
_ROOM = 16
"""Gigabytes that have to be free for all parts of the model to stay on the card: 4.2 of weights in fp16, and 9.3 that a
step of svd-xt takes at 1024x576; with a step's layers taken in turns 6.0."""
_A_FRAME = 1.2
"""Gigabytes that decoding one frame of 1024x576 takes."""
_CPU = "cpu"


def load(folder: Path, settings: Settings) -> Film:
    """The pipeline in a folder, on the device that the settings mean. Raises ProviderError."""
    device = _device(settings.device)
    half = settings.precision == "fp16" or (settings.precision == "auto" and device != _CPU)
    names = [path.name for path in (folder / "unet").iterdir() if path.suffix == ".safetensors"]
    small = [name for name in names if ".fp16." in name]
    variant = "fp16" if small and (half or len(small) == len(names)) else None
    try:
        with _no_bars():
            pipe = StableVideoDiffusionPipeline.from_pretrained(
                str(folder),
                dtype=torch.float16 if half else torch.float32,
                variant=variant,
                local_files_only=True,
                use_safetensors=True,  # a pickle could run what it likes
                trust_remote_code=False,
            )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        cure = "fetch them again: `storyreel svd fetch`"
        raise ProviderError(f"svd's weights in {folder} can't be loaded: {_line(error)}", cure) from error
    return Film(pipe, device, settings.offload)


class Film:
    """A loaded pipeline. `offload` None leaves only the part at work on the card where its memory is small."""

    def __init__(self, pipe: Any, device: str, offload: bool | None = None) -> None:
        self.frames = int(pipe.unet.config.num_frames)
        self._pipe, self._device = pipe, device
        pipe.set_progress_bar_config(disable=True)
        self.offloads = device == "cuda" and (_free() < _ROOM if offload is None else offload)
        try:
            if self.offloads:
                pipe.enable_model_cpu_offload(device=device)
                # Its layers take the frames one after the other: a little slower, and gigabytes less.
                pipe.unet.enable_forward_chunking()
            else:
                pipe.to(device)
        except RuntimeError as error:
            raise explained(error) from error
        kind = "fp16" if pipe.unet.dtype == torch.float16 else "fp32"
        name = (
            torch.cuda.get_device_name()
            if device == "cuda"
            else {"mps": "Metal"}.get(device, "the processor")
        )
        self.place = f"{name}, {kind}"

    def film(self, go: Go, step: Callable[[int], None]) -> Iterator[Pixels]:
        height, width = go.picture.shape[:2]
        try:
            latents = self._denoised(go, step)
            at_once = go.settings.decode_chunk or self._fits(width * height)
            for first in range(0, len(latents), at_once):
                yield from self._decoded(latents[first : first + at_once])
        except (RuntimeError, MemoryError) as error:
            raise explained(error) from error
        finally:
            self._pipe.maybe_free_model_hooks()

    def _denoised(self, go: Go, step: Callable[[int], None]) -> Any:
        def told(pipe: Any, number: int, time: Any, values: dict[str, Any]) -> dict[str, Any]:
            step(number + 1)
            return {}

        settings = go.settings
        made = self._pipe(
            Image.fromarray(go.picture),
            height=go.picture.shape[0],
            width=go.picture.shape[1],
            num_frames=self.frames,
            num_inference_steps=settings.steps,
            fps=settings.fps,
            motion_bucket_id=settings.motion_bucket,
            noise_aug_strength=settings.noise,
            # The processor's numbers: the same on every card.
            generator=torch.Generator(_CPU).manual_seed(go.seed),
            output_type="latent",
            callback_on_step_end=told,
        ).frames[0]
        if not bool(torch.isfinite(made).all()):
            raise ProviderError(
                "svd made no picture: its numbers overflowed",
                'set precision = "fp32" under [svd] in config.toml',
            )
        return made

    def _decoded(self, latents: Any) -> Iterator[Pixels]:
        """Frames of latents [n,4,h,w], all at once."""
        vae = self._pipe.vae
        with torch.no_grad():
            seen = vae.decode(latents / vae.config.scaling_factor, num_frames=len(latents)).sample
            pixels = ((seen.float() / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
            return iter(pixels.permute(0, 2, 3, 1).cpu().numpy())

    def _fits(self, area: int) -> int:
        """How many frames can be decoded at once."""
        if self._device == _CPU:
            return 1
        each = _A_FRAME * area / (1024 * 576)
        free = _free() if self._device == "cuda" else 8.0
        return min(max(int(free * 0.8 / each), 1), 8)


def give_back() -> None:
    """What is free of the card's memory is others' again: torch keeps it."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def explained(error: BaseException) -> ProviderError:
    """What is said of an error of torch's."""
    said = str(error).lower()
    if isinstance(error, MemoryError) or "out of memory" in said or "allocate memory" in said:
        return ProviderError(
            "svd ran out of memory",
            "under [svd] in config.toml, or at the node: decode_chunk = 1, offload = true, or a smaller size such as "
            '"768x448"; and end what else uses the graphics card',
        )
    return ProviderError(f"svd failed: {_line(error)}", "this may be a bug; please report it")


def _device(wanted: str) -> str:
    """Raises ProviderError where torch has no such device."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), _CPU: True}
    if wanted == "auto":
        wanted = next((name for name in ("cuda", "mps") if there[name]), "")
    if not there.get(wanted):
        raise ProviderError(
            f"svd finds no graphics card that torch {torch.__version__} can use",
            "install the torch that fits it (pytorch.org/get-started says which); or, if there are hours to spend, set "
            'device = "cpu" under [svd] in config.toml',
        )
    return wanted


@contextmanager
def _no_bars() -> Iterator[None]:
    """The libraries draw progress bars across whatever is on the terminal."""
    theirs = [
        logging for logging in (diffusers_logging, transformers_logging) if logging.is_progress_bar_enabled()
    ]
    for logging in theirs:
        logging.disable_progress_bar()
    try:
        yield
    finally:
        for logging in theirs:
            logging.enable_progress_bar()


def _free() -> float:
    """Gigabytes of the card's memory."""
    free = torch.cuda.mem_get_info()[0] + torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
    return free / _GIGABYTE


def _line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
