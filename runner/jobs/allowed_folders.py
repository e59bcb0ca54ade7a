"""The folders that a storyboard or a workflow may name files in beside its own: those of --files, those of [files]
folders in config.toml, and those that a person says yes to."""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...studio.errors import BadInput
from ...studio.paths import folder_of, open_also, opened, outside

PermitGraph = Callable[[Mapping[str, Any], Mapping[str, Any], Path, Collection[tuple[str, str]]], None]
"""Given a graph, what is known of its nodes, the workflow's file and the (node, input) that a person typed."""
Ask = Callable[[str], bool] | None


def refuse_outside(
    graph: Mapping[str, Any], info: Mapping[str, Any], path: Path, typed: Collection[tuple[str, str]]
) -> None:
    """Opens nothing."""


class Permit:
    """Asks a person once for every folder that a file of theirs reaches for; without one to ask nothing is opened, and
    the check says which flag would."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask

    def storyboard(self, path: Path, pictures: Path | None = None) -> None:
        from . import document
        from .load import Source

        with contextlib.suppress(
            BadInput
        ):  # whatever is wrong with the file is told by those who make something of it
            source = Source.of(document.storyboard(path), pictures)
            if source.draft.storyboard is not None:
                plain = source.draft.storyboard.to_plain()
                self._put(path, [(source.folder, name) for name in _names(plain)])

    def graph(
        self,
        graph: Mapping[str, Any],
        info: Mapping[str, Any],
        path: Path,
        typed: Collection[tuple[str, str]] = (),
    ) -> None:
        home = path.resolve().parent
        if self._put(path, [(home, name) for name in _named(graph, info, typed)]):
            self._put(path, list(_named_within(graph, info, home)))

    def _put(self, path: Path, names: list[tuple[Path, str]]) -> bool:
        """Whether all of them can be read now."""
        wanted: dict[Path, str] = {}
        for home, name in names:
            found = outside(home, name)
            if found is not None:
                wanted.setdefault(folder_of(found), os.path.relpath(folder_of(found), home))
        wanted = {each: shown for each, shown in wanted.items() if not wanted.keys() & set(each.parents)}
        if not wanted:
            return True
        if self.ask is None or any(_is_wide(each) or not each.is_dir() for each in wanted):
            return False
        listed = " and ".join(f"{shown} ({each})" for each, shown in sorted(wanted.items()))
        flags = " ".join(f"--files {shlex.quote(str(each))}" for each in sorted(wanted))
        question = (
            f"{path.name} uses files in {listed}: may it?\n"
            f"(For this run; {flags} says yes beforehand, [files] folders in config.toml for good.)"
        )
        if not self.ask(question):
            return False
        open_also(*wanted)
        return True


@contextlib.contextmanager
def opening(folders: Sequence[str] | None, warn: Callable[[str], None], ask: Ask) -> Iterator[Permit]:
    """The folders that are open for one command. Raises BadInput for one that there isn't."""
    with opened(*_flagged(folders or (), warn), *_configured()):
        yield Permit(ask)


def _flagged(folders: Sequence[str], warn: Callable[[str], None]) -> Iterator[Path]:
    for each in folders:
        if not each.strip():
            raise BadInput("--files names a folder, and nothing is given", "--files . is the one you are in")
        folder = _expanded(Path(each))
        if not folder.is_dir():
            fault = "is a file" if folder.exists() else "isn't there"
            cure = f"give its folder: --files {shlex.quote(str(folder.parent))}" if folder.exists() else ""
            raise BadInput(f"--files names a folder, and {each} {fault}", cure or "look at how it is written")
        if _is_wide(folder.resolve()):
            warn(f"--files {each} opens all of {folder.resolve()} to what the file names")
        yield folder


def _configured() -> Iterator[Path]:
    """A folder that isn't there now is passed over: it may lie on a disk that comes and goes."""
    from ...studio.config import FILE, config

    for each in config().files.folders:
        folder = _expanded(each)
        if not folder.is_absolute():
            raise BadInput(f"[files] folders in {FILE}: {each} is relative", "write it from / or ~ on")
        if _is_wide(folder.resolve()):
            cure = "name the folders below it; --files opens it for one command"
            raise BadInput(f"[files] folders in {FILE}: {each} would open nearly everything for good", cure)
        if folder.is_dir():
            yield folder


def _expanded(folder: Path) -> Path:
    try:
        return folder.expanduser()
    except RuntimeError:  # ~name, and there is no such user
        return folder


def _is_wide(folder: Path) -> bool:
    """The root of the disk, a person's home, or what that lies in."""
    with contextlib.suppress(RuntimeError):
        home = Path.home().resolve()
        return folder in (home, *home.parents)
    return folder == Path(folder.anchor)


def _names(plain: Mapping[str, Any]) -> Iterator[str]:
    """Every file and folder that a storyboard names."""
    from .uploads import storyboard_files

    yield from storyboard_files(plain)
    if isinstance(plain.get("music_folder"), str):
        yield plain["music_folder"]


def _named(
    graph: Mapping[str, Any], info: Mapping[str, Any], typed: Collection[tuple[str, str]]
) -> Iterator[str]:
    """Those that nodes name, and the storyboards that are written into them."""
    from ...studio.storyboard.parser import parse
    from ..comfy.graph.sockets import values_of
    from .upload_folders import ELSEWHERE
    from .uploads import storyboard_texts

    for node, name, value, _ in values_of(graph, info, lambda each: each.takes_file or each.takes_folder):
        if (node, name) not in typed and not ELSEWHERE.search(value):
            yield value
    for _, text in storyboard_texts(graph):
        with contextlib.suppress(BadInput):
            yield from _names(parse(text).to_plain())


def _named_within(
    graph: Mapping[str, Any], info: Mapping[str, Any], home: Path
) -> Iterator[tuple[Path, str]]:
    """Those of the storyboards' files that nodes name, each with the folder that it lies in."""
    from ...studio.storyboard.parser import read
    from .uploads import storyboard_files_of

    for _, file in storyboard_files_of(graph, info, home):
        with contextlib.suppress(BadInput):
            yield from ((file.parent, name) for name in _names(read(file).to_plain()))
