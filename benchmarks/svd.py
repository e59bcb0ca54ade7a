"""How long Stable Video Diffusion takes through its door, and how much of a card's memory.

    python benchmarks/svd.py                              # random weights of the real sizes: as quick, as large
    python benchmarks/svd.py --weights /models/svd-xt     # with real ones
    python benchmarks/svd.py --steps 5 --only whole       # a shorter look

Needs a graphics card. None was at hand when this was written, so that there are no seconds here yet: what a clip takes
was counted instead, by benchmarks/svd_count.py, and the thresholds in
studio/providers/svd/pipeline.py follow from that.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image
from storyreel.studio.errors import StoryreelError
from storyreel.studio.providers import provider
from storyreel.studio.providers.capability import rows
from storyreel.studio.providers.shot import Shot

XT = rows("svd")[0]


class Case(NamedTuple):
    name: str
    offload: bool = False
    chunk: int | None = None
    size: str = "1024x576"
    gigabytes: float = 0.0
    """What of the card may be used; 0 is all."""
    seconds: Fraction = Fraction(25, 7)


CASES = (
    Case("whole, decode_chunk 1", False, 1),
    Case("whole, decode_chunk 2", False, 2),
    Case("whole, decode_chunk 8", False, 8),
    Case("whole, decode_chunk 25", False, 25),
    Case("whole, as it comes", False),
    Case("offload, decode_chunk 1", True, 1),
    Case("offload, decode_chunk 2", True, 2),
    Case("offload, decode_chunk 8", True, 8),
    Case("offload, decode_chunk 25", True, 25),
    Case("whole 576x1024", False, 8, "576x1024"),
    Case("whole 768x448", False, 8, "768x448"),
    Case("offload 768x448, decode_chunk 1", True, 1, "768x448"),
    Case("whole, two parts (7 s)", False, 8, seconds=Fraction(7)),
    Case("a card of 4 GB", True, 1, gigabytes=4),
)


def built(folder: Path) -> None:
    """Saves a pipeline of the sizes of stable-video-diffusion-img2vid-xt, its weights random, in fp16."""
    import torch
    from diffusers import (
        AutoencoderKLTemporalDecoder,
        EulerDiscreteScheduler,
        StableVideoDiffusionPipeline,
        UNetSpatioTemporalConditionModel,
    )
    from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection

    torch.set_default_dtype(torch.float16)
    torch.manual_seed(0)
    eye = CLIPVisionConfig(
        hidden_size=1280,
        intermediate_size=5120,
        num_hidden_layers=32,
        num_attention_heads=16,
        patch_size=14,
        image_size=224,
        projection_dim=1024,
        hidden_act="gelu",
    )
    with torch.device("cuda"):
        unet = UNetSpatioTemporalConditionModel(sample_size=96, num_frames=25)  # the rest is the real one's
        vae = AutoencoderKLTemporalDecoder(
            block_out_channels=(128, 256, 512, 512),
            down_block_types=("DownEncoderBlock2D",) * 4,
            layers_per_block=2,
            sample_size=768,
        )
        encoder = CLIPVisionModelWithProjection(eye)
        for layer in (unet.conv_out, vae.quant_conv):  # untrained, they would overflow
            torch.nn.init.normal_(layer.weight, std=1e-3)
    scheduler = EulerDiscreteScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        use_karras_sigmas=True,
        timestep_spacing="leading",
        timestep_type="continuous",
        sigma_min=0.002,
        sigma_max=700.0,
        steps_offset=1,
    )
    pipe = StableVideoDiffusionPipeline(
        vae=vae.half().eval(),
        image_encoder=encoder.half().eval(),
        unet=unet.half().eval(),
        scheduler=scheduler,
        feature_extractor=CLIPImageProcessor(crop_size=224, size=224),
    )
    pipe.save_pretrained(folder, variant="fp16")
    torch.set_default_dtype(torch.float32)


def timed(case: Case, picture: Path, steps: int, folder: Path) -> dict[str, Any]:
    """One clip through the door: seconds from its asking to its file, and the most gigabytes of the card meanwhile."""
    import torch

    width, height = (int(side) for side in case.size.split("x"))
    told: dict[str, Any] = {"steps": steps, "size": case.size, "decode_chunk": case.chunk}
    shot = Shot(
        prompt="",
        image=str(picture),
        duration=case.seconds,
        width=width,
        height=height,
        fps=Fraction(7),
        knobs=tuple((key, value) for key, value in told.items() if value is not None),
    )
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(
        min(1.0, case.gigabytes * 2**30 / total) if case.gigabytes else 1.0
    )
    torch.cuda.reset_peak_memory_stats()
    door, began = provider("svd"), time.monotonic()
    operation = door.submit(shot, XT, case.name)
    said, loaded = "", None
    while not (status := door.poll(operation)).final:
        if loaded is None and "step" in status.message:
            loaded = time.monotonic() - began
        said = status.message
        time.sleep(0.01)
    took = time.monotonic() - began
    found = {
        "case": case.name,
        "loading": round(loaded or 0, 1),
        "seconds": round(took - (loaded or 0), 1),
        "gigabytes": round(torch.cuda.max_memory_allocated() / 2**30, 2),
        "reserved": round(torch.cuda.max_memory_reserved() / 2**30, 2),
    }
    try:
        found |= door.fetch(operation, status, folder / "clip.mp4").details
    except StoryreelError as error:
        found |= {"error": str(error), "last": said}
    torch.cuda.set_per_process_memory_fraction(1.0)
    return found


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--weights", type=Path)
    options.add_argument("--steps", type=int, default=25)
    options.add_argument("--only", default="", help="cases with these words in their names")
    asked = options.parse_args()
    import torch

    if not torch.cuda.is_available():
        print("this needs a graphics card that torch can use", file=sys.stderr)
        return 1
    print(torch.cuda.get_device_name(), "torch", torch.__version__)
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        weights = asked.weights or home / "stable-video-diffusion-img2vid-xt"
        os.environ |= {"STORYREEL_HOME": place, "STORYREEL_SVD_WEIGHTS": str(weights)}
        if asked.weights is None:
            began = time.monotonic()
            built(weights)
            size = sum(path.stat().st_size for path in weights.rglob("*") if path.is_file()) / 2**30
            print(f"built {size:.2f} GB of random weights in {time.monotonic() - began:.0f} s")
            torch.cuda.empty_cache()
        lacking = provider("svd").missing()
        if lacking:
            print("\n".join(lacking), file=sys.stderr)
            return 1
        noise = np.random.default_rng(0).integers(0, 255, (9, 16, 3), np.uint8)
        picture = home / "picture.png"
        Image.fromarray(noise).resize((1024, 576), Image.Resampling.BICUBIC).save(picture)
        offloads = None
        for case in CASES:
            if asked.only not in case.name:
                continue
            if case.offload is not offloads:  # the door loads the model anew
                offloads = case.offload
                (home / "config.toml").write_text(f"[svd]\noffload = {str(offloads).lower()}\n")
            print(json.dumps(timed(case, picture, asked.steps, home)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
