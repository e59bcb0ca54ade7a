"""What a clip of Stable Video Diffusion takes, counted where there is no graphics card: the real network's layers run
on tensors that have sizes and no numbers. benchmarks/svd.py measures it.

    python benchmarks/svd_count.py

svd-xt, 25 frames, fp16; gigabytes beside the 4.2 of all weights (2.8 of them those of the layers that take the steps):

| size     | a step: TFLOP | GB  | its layers in turns | decoding 1 frame: GB | 2   | 4   | 8   | 25   |
|----------|---------------|-----|---------------------|----------------------|-----|-----|-----|------|
| 1024x576 | 160           | 9.3 | 6.0                 | 1.1                  | 2.3 | 4.5 | 9.0 | 28.1 |
| 768x448  | 86            | 6.0 | 4.1                 | 0.7                  | 1.3 | 2.6 | 5.3 | 16.4 |
| 704x384  | 66            | 5.1 | 3.6                 | 0.5                  | 1.0 | 2.1 | 4.1 | 12.9 |

So a clip of 25 steps at 1024x576 takes about 4.2 PFLOP: hours on a processor. All of it fits into 14 GB; with what
isn't at work in the computer's own memory (`offload`), into 9, and at 768x448 into 7; what the driver takes comes on
top.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import torch
from diffusers import AutoencoderKLTemporalDecoder, UNetSpatioTemporalConditionModel
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter
from torch.utils.flop_counter import FlopCounterMode

SIZES = ((1024, 576), (768, 448), (704, 384))
FRAMES = 25
CHUNKS = (1, 2, 4, 8, 25)


class Living(TorchDispatchMode):
    """The most bytes of tensors that lived at once, of those that were made meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.most = 0
        self._known: set[int] = set()

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = function(*args, **(kwargs or {}))
        for tensor in tree_iter(made):
            if isinstance(tensor, torch.Tensor):
                self._add(tensor.untyped_storage())
        return made

    def _add(self, storage: Any) -> None:
        key, size = storage._cdata, storage.nbytes()
        if key in self._known:
            return
        self._known.add(key)
        self.now += size
        self.most = max(self.most, self.now)
        weakref.finalize(storage, self._gone, key, size)

    def _gone(self, key: int, size: int) -> None:
        self._known.discard(key)
        self.now -= size


def counted(work: Callable[[], Any]) -> tuple[float, float]:
    """Gigabytes and TFLOP."""
    with Living() as living:
        work()
    # What attention takes is only counted where it is written out, and then it would take more memory.
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as flops:
        work()
    return living.most / 2**30, flops.get_total_flops() / 1e12


def main() -> None:
    torch.set_default_dtype(torch.half)
    with FakeTensorMode(allow_non_fake_inputs=True), torch.no_grad():
        unet = UNetSpatioTemporalConditionModel(sample_size=96, num_frames=FRAMES).eval()
        vae = AutoencoderKLTemporalDecoder(
            block_out_channels=(128, 256, 512, 512),
            down_block_types=("DownEncoderBlock2D",) * 4,
            layers_per_block=2,
        ).eval()

        def step(width: int, height: int) -> None:
            unet(
                torch.empty(2, FRAMES, 8, height // 8, width // 8),
                torch.empty(()),
                encoder_hidden_states=torch.empty(2, 1, 1024),
                added_time_ids=torch.empty(2, 3),
            )

        rows = {}
        for size in SIZES:
            gigabytes, flops = counted(lambda size=size: step(*size))
            decoding = [
                counted(
                    lambda n=n, size=size: vae.decode(
                        torch.empty(n, 4, size[1] // 8, size[0] // 8), num_frames=n
                    )
                )[0]
                for n in CHUNKS
            ]
            rows[size] = [flops, gigabytes, decoding]
        unet.enable_forward_chunking()
        for size, (flops, gigabytes, decoding) in rows.items():
            chunked, _ = counted(lambda size=size: step(*size))
            cells = [f"{flops:.0f}", *(f"{each:.1f}" for each in (gigabytes, chunked, *decoding))]
            print(f"| {size[0]}x{size[1]} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
