"""What travels between nodes besides ComfyUI's own types: JSON data, in a type that no JSON makes.

STORYREEL_BOARD      {"storyboard": what was written, "folder": where the files that it names are}
STORYREEL_TIMELINE   Timeline.to_plain()
STORYREEL_SETTINGS   FilmSettings as JSON

No type has the name of a node: some clients, such as ComfyScript, make a class of each, StoryreelStoryboard of both
StoryreelStoryboard and STORYREEL_STORYBOARD, as the first was called up to 0.4. The inputs take the former names too,
so that a subgraph which was saved with these can still be wired.

A workflow may hold any value where a wire belongs, and an engine hands it on. So a node takes only what a node of ours
has made, and looks at the paths in it once more.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import host
from ..host import files, io
from ..studio.errors import BadInput, StoryreelError

if TYPE_CHECKING:
    from ..studio.storyboard.model import Storyboard as Board
    from ..studio.timeline.settings import FilmSettings as Settings
    from ..studio.timeline.timeline import Timeline as Film

Storyboard = io.Custom("STORYREEL_BOARD")
StoryboardInput = io.Custom("STORYREEL_BOARD,STORYREEL_STORYBOARD").Input
Timeline = io.Custom("STORYREEL_TIMELINE")
FilmSettings = io.Custom("STORYREEL_SETTINGS")
FilmSettingsInput = io.Custom("STORYREEL_SETTINGS,STORYREEL_FILM_SETTINGS").Input


class StoryboardWire(dict[str, Any]):
    """What a Storyboard socket carries."""


class TimelineWire(dict[str, Any]):
    """What a Timeline socket carries."""


class SettingsWire(dict[str, Any]):
    """What a FilmSettings socket carries."""


def storyboard_of(value: Any) -> tuple[Board, Path]:
    """The storyboard that came by a wire, and its folder. Raises BadInput for anything else."""
    from ..studio.storyboard.parser import from_plain

    wire = _wire(value, StoryboardWire, "storyboard")
    return from_plain(wire["storyboard"]), _known(wire["folder"])


def timeline_of(value: Any) -> Film:
    """The timeline that came by a wire. Raises BadInput for anything else, and for files of other folders."""
    from ..studio.timeline.timeline import Timeline as Film

    made = Film.from_plain(_wire(value, TimelineWire, "timeline"))
    for each in (*made.clips, *made.audio):
        _known(each.path)
    if made.caption_look and made.caption_look.font:
        _known(made.caption_look.font)
    return made


def settings_of(value: Any) -> Settings:
    """The settings that came by a wire. Raises BadInput for anything else."""
    from ..studio.timeline.settings import FilmSettings as Settings

    return Settings.model_validate(_wire(value, SettingsWire, "settings"))


def only_wired(**values: Any) -> bool | str:
    """For `validate_inputs`, where what comes by a wire isn't known yet and is None: what is written in its place is
    refused."""
    written = [name for name, value in values.items() if value is not None]
    return f"{written[0]} comes by a wire only; connect it" if written else True


def _wire(value: Any, kind: type[dict[str, Any]], name: str) -> dict[str, Any]:
    if not isinstance(value, kind):
        raise BadInput(f"{name} is no {name} of a Storyreel node", "connect it to a node that makes one")
    return value


def _known(path: str) -> Path:
    """The path. Raises BadInput, which doesn't name it, if it is in none of the folders that workflows may read."""
    folders = (host.input_folder(), host.output_folder(), host.temp_folder())
    if not files.readable(Path(path), folders):
        raise BadInput(
            "a file on this wire is outside of the folders that workflows may read",
            "put it into the input folder",
        )
    return Path(path)


def verdict(check: Callable[..., Any], *args: Any) -> bool | str:
    """What `validate_inputs` returns: True if `check` finds nothing to complain of, else its sentences."""
    try:
        check(*args)
    except StoryreelError as error:
        return str(error)
    return True


def in_a_row(grown: dict[str, Any]) -> list[Any]:
    """What came by the sockets of a growing input of a node that takes lists, in the order of the sockets; a list, such
    as Shoot's `clips`, takes its place among the others. Sockets without a wire are left out."""
    return [each for came in grown.values() if came is not None for each in came if each is not None]


def one_of(name: str, came: Any) -> Any:
    """The one value that a node which takes lists was given for a widget; before it runs, when ComfyUI asks whether it
    can, what isn't a list too. Raises BadInput for several."""
    if not isinstance(came, list):
        return came
    if len(came) != 1:
        raise BadInput(
            f"{name} got {len(came)} values, and there is one {name} for all", "connect one value, or none"
        )
    return came[0]


def picture_file(image: Any) -> str:
    """An IMAGE of one picture as a file, for those who read files. Raises BadInput for several."""
    from PIL import Image

    batch = host.pixels(image)
    if len(batch) != 1:
        raise BadInput(
            f"a clip is made of one picture, and {len(batch)} came", "pick one, or make a clip of each"
        )
    path = host.temp_path("picture", ".png")
    Image.fromarray(batch[0]).save(path, compress_level=1)
    return str(path)
