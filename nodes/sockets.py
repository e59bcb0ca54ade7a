"""What travels between nodes besides ComfyUI's own types: plain JSON data, so that any engine may keep it.

STORYREEL_STORYBOARD      {"storyboard": what was written, "folder": where the files that it names are}
STORYREEL_TIMELINE        Timeline.to_plain()
STORYREEL_FILM_SETTINGS   FilmSettings as JSON
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import host
from ..host import io
from ..studio.errors import StoryreelError

Storyboard = io.Custom("STORYREEL_STORYBOARD")
Timeline = io.Custom("STORYREEL_TIMELINE")
FilmSettings = io.Custom("STORYREEL_FILM_SETTINGS")


def verdict(check: Callable[..., Any], *args: Any) -> bool | str:
    """What `validate_inputs` returns: True if `check` finds nothing to complain of, else its sentences."""
    try:
        check(*args)
    except StoryreelError as error:
        return str(error)
    return True


def picture_file(image: Any) -> str:
    """An IMAGE of one picture as a file, for those who read files. Raises BadInput for several."""
    from PIL import Image

    from ..studio.errors import BadInput

    batch = host.pixels(image)
    if len(batch) != 1:
        raise BadInput(
            f"a clip is made of one picture, and {len(batch)} came", "pick one, or make a clip of each"
        )
    path = host.temp_path("picture", ".png")
    Image.fromarray(batch[0]).save(path, compress_level=1)
    return str(path)
