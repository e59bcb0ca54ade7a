"""The example storyboards and media that come with the pack: with them every template runs anywhere."""

from __future__ import annotations

from pathlib import Path

from ..studio.errors import BadInput, did_you_mean

STORYBOARDS = Path(__file__).parents[1] / "workflows" / "storyboards"
MARK = " [examples]"
PICTURES = f"media{MARK}"
"""The folder of the example pictures."""


def storyboards() -> list[str]:
    """Their names as the Load Storyboard node lists them: "photo_story.json [examples]"."""
    files = STORYBOARDS.glob("*.json")
    return [file.name + MARK for file in sorted(files) if not file.name.endswith(".schema.json")]


def storyboard(name: str) -> Path:
    """The example storyboard that Load Storyboard lists as `name`. Raises BadInput for any other."""
    if name not in storyboards():
        raise BadInput(f"{name!r} is not one of the example storyboards", did_you_mean(name, storyboards()))
    return STORYBOARDS / name.removesuffix(MARK)


def pictures() -> list[str]:
    return sorted(file.name for file in (STORYBOARDS / "media").glob("*.jpg"))


def picture_folder(name: str) -> Path:
    """The example pictures as one folder, numbered by their names. Raises BadInput for any other name."""
    if name != PICTURES:
        raise BadInput(f"{name!r} is not one of the example folders", f"use {PICTURES!r}")
    return STORYBOARDS / "media"


def sounds() -> list[str]:
    return sorted(file.name for file in (STORYBOARDS / "media").glob("*.ogg"))


def medium(name: str, known: list[str]) -> Path:
    """The bundled picture or sound of that name. Raises BadInput for any other."""
    if name not in known:
        raise BadInput(f"{name!r} is not one of the example files", did_you_mean(name, known))
    return STORYBOARDS / "media" / name
