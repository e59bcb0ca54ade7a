"""The local files that a workflow would send, decoded before any of them leaves: what is called a picture and isn't one
stays here, be it a mistake or a workflow that asks for other things than pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from ...studio.errors import BadInput, Fault, StoryreelError
from ..comfy.client.refusal import place_of
from ..comfy.graph.sockets import Socket, values_of
from .uploads import _local, storyboard_files_of, storyboard_texts

KINDS = {
    "image_upload": "image",
    "animated_image_upload": "image",
    "video_upload": "video",
    "audio_upload": "music",
}
"""What a canvas says that an input takes, and the storyboard's key for a file of that kind."""


def unlike(
    graph: Mapping[str, Any],
    object_info: Mapping[str, Any],
    folder: Path,
    typed: Collection[tuple[str, str]] = (),
) -> list[Fault]:
    """A fault per local file that isn't what its place takes. `typed` holds the (node, input) whose file a person
    named."""
    faults = []
    for flag, key in KINDS.items():
        for node, name, value, _ in values_of(graph, object_info, _takes(flag)):
            faults += _fault(place_of(graph, node, name), key, value, folder, (node, name) in typed)
    for node, board, place in _boards(graph, object_info, folder):
        for key, name in _named(board):
            faults += _fault(f"{place_of(graph, node)}, {key}", key, name, place, False)
    return faults


def _takes(flag: str) -> Callable[[Socket], bool]:
    return lambda socket: bool(socket.options.get(flag))


def _fault(place: str, key: str, name: str, folder: Path, typed: bool) -> list[Fault]:
    from ...studio.planning.input_files import LOOKS

    try:
        path = _local(name, folder, typed)
        if path is not None:
            look: Callable[[Path], None] = LOOKS[key]
            look(path)
    except StoryreelError as error:
        return [Fault(place, error.message, error.hint)]
    return []


def _boards(
    graph: Mapping[str, Any], object_info: Mapping[str, Any], folder: Path
) -> Iterator[tuple[str, dict[str, Any], Path]]:
    """Node, content and folder of every storyboard; one that can't be read is the server's to refuse."""
    from ...studio.storyboard.parser import parse, read

    readings: list[tuple[str, Callable[[], Any], Path]] = [
        (node, lambda path=path: read(path), path.parent)
        for node, path in storyboard_files_of(graph, object_info, folder)
    ]
    readings += [(node, lambda text=text: parse(text), folder) for node, text in storyboard_texts(graph)]
    for node, reading, place in readings:
        try:
            yield node, reading().to_plain(), place
        except BadInput:
            continue


def _named(plain: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    from ...studio.planning.input_files import LOOKS
    from ...studio.store.url_inputs import is_url

    for entry in (plain, *(plain.get("scenes") or ())):
        for key in LOOKS if isinstance(entry, dict) else ():
            value = entry.get(key)
            for each in value if isinstance(value, list) else [value]:
                name = each.get("sound") if isinstance(each, dict) else each
                if isinstance(name, str) and not is_url(name):
                    yield key, name
