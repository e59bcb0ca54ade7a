"""Stand-ins for the nodes of pictures: load, save, preview, an empty one, and two batches made one."""

from __future__ import annotations

from typing import Any

from ....host import input_file, io, output_path, run, ui
from ....studio.errors import BadInput, MediaError
from .shape import Node, file_mark, media_names, missing, old_info

SIDE = 16384
MOST_FRAMES = 4096
"""Of one picture, and together they have as many pixels as a single one may: they are all in memory at once."""
PREFIX_TIP = (
    "The prefix for the file to save. This may include formatting information such as %date:yyyy-MM-dd% or "
    "%Empty Latent Image.width% to include values from nodes."
)
HIDDEN = {"prompt": "PROMPT", "extra_pnginfo": "EXTRA_PNGINFO"}


class LoadImage(Node):
    @classmethod
    def define_schema(cls) -> io.Schema:
        names = media_names("image")
        return io.Schema(
            node_id="LoadImage",
            display_name="Load Image",
            category="image",
            inputs=[io.Combo.Input("image", options=names, upload=io.UploadType.image)],
            outputs=[io.Image.Output(), io.Mask.Output()],
        )

    @classmethod
    def GET_NODE_INFO_V1(cls) -> dict[str, Any]:
        input = {"required": {"image": [media_names("image"), {"image_upload": True}]}}
        return old_info(super().GET_NODE_INFO_V1(), input)

    @classmethod
    def validate_inputs(cls, image: str) -> bool | str:
        return missing(image, "image")

    @classmethod
    def fingerprint_inputs(cls, image: str) -> str:
        return file_mark(image)

    @classmethod
    async def execute(cls, image: str) -> io.NodeOutput:
        return io.NodeOutput(*await run(_loaded, image))


def _loaded(name: str) -> tuple[Any, Any]:
    """IMAGE and MASK (1 where the picture is transparent) of every frame that has the first one's size."""
    import numpy as np
    from PIL import ImageOps, ImageSequence

    from ....host.pictures import to_unit
    from ....studio.media.image import MOST_PIXELS, opened

    path = input_file(name)
    images, masks = [], []
    with opened(path) as file:
        for number, frame in enumerate(ImageSequence.Iterator(file)):
            if number >= MOST_FRAMES or number * file.width * file.height > MOST_PIXELS:
                raise MediaError(
                    f"{path.name} is too long: more than {number} frames of {file.width}x{file.height}",
                    "make it a video, and use Load Video",
                )
            upright = ImageOps.exif_transpose(frame)
            if upright.mode in ("I", "I;16", "F"):
                upright = upright.point(lambda value: value * (1 / 255)).convert("L")
            colour = np.asarray(upright.convert("RGB"))
            if images and colour.shape != images[0].shape:
                continue
            images.append(colour)
            seen_through = "A" in upright.getbands() or "transparency" in upright.info
            opacity = (
                np.asarray(upright.convert("RGBA").getchannel("A"), np.float32) if seen_through else None
            )
            masks.append(None if opacity is None else 1 - opacity / 255)
            if file.format == "MPO":  # a camera's side pictures, not frames
                break
    # Where nothing is transparent ComfyUI has a small mask; beside others it must be as large as they are.
    size = images[0].shape[:2] if any(mask is not None for mask in masks) else (64, 64)
    opaque = np.zeros(size, np.float32)
    return to_unit(np.stack(images)), np.stack([opaque if mask is None else mask for mask in masks])


class _Saved:
    """What saving and previewing share: PNG files with the workflow in them."""

    hidden: Any

    @classmethod
    def _files(cls, images: Any, path_of: Any, level: int) -> dict[str, Any]:
        from ....host.standalone.values import save_png

        results = []
        for image in images:
            path, result = path_of(image)
            save_png(image, path, cls.hidden, level)
            results.append(result)
        return {"images": results}


class SaveImage(_Saved, Node):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="SaveImage",
            display_name="Save Image",
            category="image",
            description="Saves the input images to your ComfyUI output directory.",
            inputs=[io.Image.Input("images"), io.String.Input("filename_prefix", default="ComfyUI")],
            is_output_node=True,
        )

    @classmethod
    def GET_NODE_INFO_V1(cls) -> dict[str, Any]:
        required = {
            "images": ["IMAGE", {"tooltip": "The images to save."}],
            "filename_prefix": ["STRING", {"default": "ComfyUI", "tooltip": PREFIX_TIP}],
        }
        return old_info(super().GET_NODE_INFO_V1(), {"required": required, "hidden": HIDDEN})

    @classmethod
    async def execute(cls, images: Any, filename_prefix: str) -> io.NodeOutput:
        def path_of(image: Any) -> tuple[Any, Any]:
            return output_path(filename_prefix, ".png", image.shape[1], image.shape[0])

        return io.NodeOutput(ui=await run(cls._files, images, path_of, 4))


class PreviewImage(Node):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PreviewImage",
            display_name="Preview Image",
            category="image",
            description="Saves the input images to your ComfyUI output directory.",
            inputs=[io.Image.Input("images")],
            is_output_node=True,
        )

    @classmethod
    def GET_NODE_INFO_V1(cls) -> dict[str, Any]:
        return old_info(super().GET_NODE_INFO_V1(), {"required": {"images": ["IMAGE"]}, "hidden": HIDDEN})

    @classmethod
    async def execute(cls, images: Any) -> io.NodeOutput:
        preview = await run(ui.PreviewImage, images, cls=cls)
        return io.NodeOutput(ui={"images": preview.values})


class EmptyImage(Node):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="EmptyImage",
            display_name="EmptyImage",
            category="image",
            inputs=[
                io.Int.Input("width", default=512, min=1, max=SIDE, step=1),
                io.Int.Input("height", default=512, min=1, max=SIDE, step=1),
                io.Int.Input("batch_size", default=1, min=1, max=4096),
                io.Int.Input(
                    "color", default=0, min=0, max=0xFFFFFF, step=1, extra_dict={"display": "color"}
                ),
            ],
            outputs=[io.Image.Output()],
        )

    @classmethod
    def GET_NODE_INFO_V1(cls) -> dict[str, Any]:
        info = super().GET_NODE_INFO_V1()
        info["input"]["required"]["color"][1] = {
            "default": 0,
            "min": 0,
            "max": 0xFFFFFF,
            "step": 1,
            "display": "color",
        }
        return old_info(info, info["input"])

    @classmethod
    def execute(cls, width: int, height: int, batch_size: int, color: int) -> io.NodeOutput:
        import numpy as np

        rgb = np.array([color >> 16 & 255, color >> 8 & 255, color & 255], dtype=np.float32) / 255
        return io.NodeOutput(np.tile(rgb, (batch_size, height, width, 1)))


class ImageBatch(Node):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ImageBatch",
            display_name="Batch Images",
            category="image",
            inputs=[io.Image.Input("image1"), io.Image.Input("image2")],
            outputs=[io.Image.Output()],
        )

    @classmethod
    def GET_NODE_INFO_V1(cls) -> dict[str, Any]:
        inputs = {"required": {"image1": ["IMAGE"], "image2": ["IMAGE"]}}
        return old_info(super().GET_NODE_INFO_V1(), inputs) | {"deprecated": True}

    @classmethod
    def execute(cls, image1: Any, image2: Any) -> io.NodeOutput:
        import numpy as np

        if image1.shape[1:] != image2.shape[1:]:
            sizes = " and ".join(f"{image.shape[2]}x{image.shape[1]}" for image in (image1, image2))
            raise BadInput(
                f"images of {sizes} can't be one batch here",
                "make them the same size; ComfyUI's own node would scale the second",
            )
        return io.NodeOutput(np.concatenate([image1, image2]))


NODES = (LoadImage, SaveImage, PreviewImage, EmptyImage, ImageBatch)
