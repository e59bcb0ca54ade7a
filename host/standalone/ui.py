"""The `ui` that nodes import when no ComfyUI is around: what the canvas shows of a node that has run."""

from __future__ import annotations

import uuid
from typing import Any

from ..files import next_path
from .context import folders
from .types import FolderType


class SavedResult(dict):
    """A file in one of the engine's folders, as /view finds it."""

    def __init__(self, filename: str, subfolder: str, type: FolderType) -> None:
        super().__init__(filename=filename, subfolder=subfolder, type=type.value)

    @property
    def filename(self) -> str:
        return self["filename"]

    @property
    def subfolder(self) -> str:
        return self["subfolder"]

    @property
    def type(self) -> FolderType:
        return FolderType(self["type"])


class SavedImages:
    def __init__(self, results: list[SavedResult], is_animated: bool = False) -> None:
        self.results = results
        self.is_animated = is_animated

    def as_dict(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"images": self.results}
        return shown | {"animated": (True,)} if self.is_animated else shown


class SavedAudios:
    def __init__(self, results: list[SavedResult]) -> None:
        self.results = results

    def as_dict(self) -> dict[str, Any]:
        return {"audio": self.results}


class PreviewVideo:
    def __init__(self, values: list[SavedResult], **_: Any) -> None:
        self.values = values

    def as_dict(self) -> dict[str, Any]:
        return {"images": self.values, "animated": (True,)}


class PreviewImage:
    """Saves a batch of images into the temp folder to be looked at."""

    def __init__(self, image: Any, animated: bool = False, cls: Any = None, **_: Any) -> None:
        self.values = []
        self.animated = animated
        stem = f"preview_{uuid.uuid4().hex[:8]}"
        for one in image:
            path, subfolder = next_path(folders().temp, stem, ".png")
            from .values import save_png

            save_png(one, path, hidden=getattr(cls, "hidden", None), compress_level=1)
            self.values.append(SavedResult(path.name, subfolder, FolderType.temp))

    def as_dict(self) -> dict[str, Any]:
        return {"images": self.values, "animated": (self.animated,)}


class PreviewAudio:
    """Saves a batch of sounds into the temp folder to be listened to."""

    def __init__(self, audio: Any, cls: Any = None, **_: Any) -> None:
        self.values = []
        stem = f"preview_{uuid.uuid4().hex[:8]}"
        for waveform in audio["waveform"]:
            path, subfolder = next_path(folders().temp, stem, ".flac")
            from .values import save_flac

            save_flac(waveform, audio["sample_rate"], path, hidden=getattr(cls, "hidden", None))
            self.values.append(SavedResult(path.name, subfolder, FolderType.temp))

    def as_dict(self) -> dict[str, Any]:
        return {"audio": self.values}


class PreviewText:
    def __init__(self, value: str, **_: Any) -> None:
        self.value = value

    def as_dict(self) -> dict[str, Any]:
        return {"text": (self.value,)}


def __getattr__(name: str) -> None:
    raise AttributeError(f"ui.{name} is not available headless; host/standalone/ui.py has what there is")
