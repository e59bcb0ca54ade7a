"""ComfyUI's door handle. Keep it free of imports: pip, pytest and ComfyUI all execute this file."""

WEB_DIRECTORY = "./web"


async def comfy_entrypoint():
    from .nodes import StoryreelExtension

    return StoryreelExtension()
