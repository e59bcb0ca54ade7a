"""What the stand-ins share: the older /object_info of ComfyUI's first nodes, and which files their combos
offer.
"""

from __future__ import annotations

import mimetypes
from typing import Any

from ....host import input_file, input_names, io
from ....studio.errors import BadInput

Node = io.ComfyNode

NEWER_KEYS = ("output_tooltips", "output_matchtypes", "deprecated", "experimental", "api_node")


def old_info(info: dict[str, Any], input: dict[str, Any]) -> dict[str, Any]:
    """The entry of a node that ComfyUI declares in its first style: its `input` as given, and without newer
    keys.
    """
    old = {key: value for key, value in info.items() if key not in NEWER_KEYS}
    return old | {"input": input, "input_order": {category: list(names) for category, names in input.items()}}


def media_names(*kinds: str) -> list[str]:
    """The files of the input folder whose names say that they are of one of the kinds (image, audio,
    video).
    """
    return [
        n for n in input_names(()) if (mimetypes.guess_type(n, strict=False)[0] or "").split("/")[0] in kinds
    ]


def missing(name: str, kind: str) -> bool | str:
    """What `validate_inputs` says of a file that the workflow names: True, or what is wrong."""
    try:
        input_file(name)
    except BadInput as error:
        return f"Invalid {kind} file: {error}"
    return True


def file_mark(name: str) -> str:
    """Changes when the file does: its place, size and time of change."""
    path = input_file(name)
    found = path.stat()
    return f"{path}:{found.st_size}:{found.st_mtime_ns}"
