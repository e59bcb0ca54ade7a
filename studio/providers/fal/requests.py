"""What a request to fal holds. What a model is called there and how its fields are named is data; none is known here.

A row's `wire`, in catalogue/fal.json:

    endpoints   for each mode its path, or {resolution: path} where each has one of its own
    fields      what a body holds, {field: value}: under "all", and under a mode what is other in it; null leaves it out
    sources     sizes of the clips that it extends; any where nothing is said
    pictures    what pictures must be like, where something is said: types (image/png), shortest side in pixels, widest
                (how many times the other side the longer one may be)

A value is sent as it is, but for words with a dollar sign, which `_value` knows:

    _value({"duration": "${seconds}s", "seconds": "$seconds"}, shot, can, storage)
    # {'duration': '8s', 'seconds': 8}
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from ...errors import Fault, MediaError
from ...media.filetype import JPEG, PNG, WEBP
from ..capability import Capability, bought, phrase
from ..contract import Missed, Refused
from ..http import MEGABYTE, Wire
from ..media_inputs import Medium, clip, picture, pictures_of, size_of
from ..shot import Shot

DATA_URI = 3 * MEGABYTE
"""Characters. What is longer is uploaded: fal takes it in a request too, and advises against it."""
MOST_PICTURE = 8 * MEGABYTE


def path_of(shot: Shot, can: Capability) -> str:
    """/owner/app/image-to-video"""
    path = can.wire["endpoints"][shot.mode]
    return f"/{path[shot.resolution] if isinstance(path, dict) else path}"


def body_of(shot: Shot, can: Capability, storage: Wire) -> dict[str, Any]:
    """With the media that it brings along, those that are large uploaded. Raises MediaError, Refused."""
    fields = {**can.wire["fields"]["all"], **can.wire["fields"].get(shot.mode, {})}
    if "$unwanted" not in fields.values():  # it goes into the prompt then
        can = can.model_copy(update={"negative_prompt": False})
    filled = _value({name: value for name, value in fields.items() if value is not None}, shot, can, storage)
    return {name: value for name, value in filled.items() if value != ""}


def picture_faults(shot: Shot, can: Capability) -> list[Fault]:
    """What keeps pictures from being taken: their shape and size."""
    rules = can.wire.get("pictures", {})
    least, widest = rules.get("shortest", 0), rules.get("widest", 0)
    found = []
    for field, name in pictures_of(shot):
        size = size_of(name)
        said = f"{Path(name).name} is {size[0]}x{size[1]}" if size else ""
        if size and min(size) < least:
            cure = "give a larger picture"
            found.append(Fault(field, f"{said}: no side may be under {least} pixels for {can.name}", cure))
        elif size and widest and max(size) > widest * min(size):
            cure = f"crop it; {can.name} takes no such picture"
            found.append(Fault(field, f"{said}: one side is more than {widest} times the other", cure))
    return found


def source_faults(shot: Shot, can: Capability) -> list[Fault]:
    """What keeps a clip from being extended: its size."""
    sizes = can.wire.get("sources")
    if not shot.video or not sizes:
        return []
    from ...media.probe import probe

    try:
        wide, high = probe(shot.video).size
    except MediaError as error:
        return [Fault("video", error.message, error.hint)]
    if f"{wide}x{high}" in sizes:
        return []
    said = f"{Path(shot.video).name} is {wide}x{high}, and {can.name} goes on from {', '.join(sizes)}"
    return [Fault("video", said, "convert it, or choose another model")]


def _value(value: Any, shot: Shot, can: Capability, storage: Wire) -> Any:
    """What is sent where a row says `value`."""
    if isinstance(value, dict):
        return {name: _value(each, shot, can, storage) for name, each in value.items()}
    if isinstance(value, list):
        return [_value(each, shot, can, storage) for each in value]
    seconds = int(bought(shot, can) or 0)
    match value:
        case "$prompt":
            return phrase(shot, can)
        case "$unwanted":
            return shot.negative_prompt.strip()
        case "$seconds":
            return seconds
        case "$resolution":
            return shot.resolution
        case "$ratio":
            return shot.aspect_ratio
        case "$audio":
            return shot.audio is not False
        case "$seed":
            return shot.seed % 2**31
        case "$image":
            return _picture(shot.image or "", can, storage)
        case "$last_frame":
            return _picture(shot.last_frame or "", can, storage)
        case "$references":
            return [_picture(name, can, storage) for name in shot.references]
        case "$video":
            return _uri(clip(shot.video or ""), storage)
    return value.replace("${seconds}", str(seconds)) if isinstance(value, str) else value


def _picture(name: str, can: Capability, storage: Wire) -> str:
    takes = can.wire.get("pictures", {}).get("types", (JPEG, PNG, WEBP))
    return _uri(picture(name, tuple(takes), MOST_PICTURE), storage)


def _uri(medium: Medium, storage: Wire) -> str:
    """The thing itself, or the address at which it was put."""
    if len(medium.data) * 4 / 3 + 64 < DATA_URI:
        return medium.data_uri
    name = f"{uuid.uuid4().hex[:12]}.{medium.type.rpartition('/')[2]}"
    about = {"file_name": name, "content_type": medium.type}
    begun = storage.prepare("POST", "/storage/upload/initiate?storage_type=gcs", json_body=about)
    try:
        place = begun.object()
        link, uri = str(place["upload_url"]), str(place["file_url"])
    except (Missed, KeyError):
        raise Refused("busy", "fal offers no place for an upload") from None
    headers = {"Content-Type": medium.type}
    storage.prepare("PUT", link, keyed=False, headers=headers, content=medium.data)
    return uri
