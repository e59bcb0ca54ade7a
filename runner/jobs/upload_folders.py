"""The folders that a workflow's nodes name: looked for beside the workflow, and sent to the server as they are.

Unlike a single file, what is in a folder keeps its name: by its number a picture belongs to its scene.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...studio.errors import BadInput, Fault
from ...studio.paths import reached
from ..comfy.client.refusal import place_of
from ..comfy.graph.sockets import values_of

SEQUENCE = "StoryreelNarratedSequence"
ELSEWHERE = re.compile(r" ?\[(input|output|temp|examples)\]$")
"""`shot.png [output]` names a file that the server has itself."""
MOST = 1000
"""Files of one folder."""


def folder_faults(graph: Mapping[str, Any], object_info: Mapping[str, Any], folder: Path) -> list[Fault]:
    """What is wrong with the folders that nodes name: one that is neither in `folder` nor the server's; of a narrated
    sequence whose pictures are here, all that is wrong with it."""
    faults = []
    for node, name, value, choices in _named(graph, object_info):
        place = place_of(graph, node, name)
        try:
            path = _local(value, folder)
        except BadInput as error:
            faults.append(Fault(place, error.message, error.hint))
            continue
        if path is not None:
            faults += _sequence_faults(graph, node, path)
        elif value not in choices:
            message = f"there is no folder {value!r} beside the workflow, nor in the server's input folder"
            faults.append(Fault(place, message, f"put it into {folder}"))
    return faults


def local_folders(
    graph: Mapping[str, Any], object_info: Mapping[str, Any], folder: Path
) -> Iterator[tuple[str, str, Path, dict[str, Path]]]:
    """Node, input, path and files, by the names that they shall have on the server, of every folder that is here."""
    for node, name, value, _ in _named(graph, object_info):
        path = _local(value, folder)
        if path is not None:
            files = _pictures(path) if graph[node]["class_type"] == SEQUENCE else sounds_in(path)
            yield node, name, path, files


def _named(
    graph: Mapping[str, Any], object_info: Mapping[str, Any]
) -> Iterator[tuple[str, str, str, tuple[Any, ...]]]:
    """Node, input, value and known choices of every input that names a folder."""
    return values_of(graph, object_info, lambda socket: socket.takes_folder)


def _local(name: str, folder: Path) -> Path | None:
    if ELSEWHERE.search(name):
        return None
    path = reached(folder, name)
    return path if path.is_dir() else None


def _sequence_faults(graph: Mapping[str, Any], node: str, pictures: Path) -> list[Fault]:
    entry = graph[node]
    request = entry["inputs"].get("request")
    if entry["class_type"] != SEQUENCE or not isinstance(request, str):
        return []
    from ...studio.planning.narrated_sequence import read

    try:
        read(request, pictures)
    except BadInput as error:
        place = place_of(graph, node, "request")
        found = error.faults or (Fault("", error.message, error.hint),)
        return [Fault(f"{place} {fault.place}".strip(), fault.message, fault.cure) for fault in found]
    return []


def _pictures(folder: Path) -> dict[str, Path]:
    """Those whose number no other has, under plain names: servers differ in which letters they take."""
    from ...studio.storyboard.numbered_files import found_in

    return {
        f"{number}{Path(names[0]).suffix.lower()}": path
        for number, names in found_in(folder).numbered.items()
        if len(names) == 1 and (path := _reachable(folder, names[0]))
    }


def _reachable(folder: Path, name: str) -> Path | None:
    """A link that leads out of the folder is no file of it."""
    try:
        return reached(folder, name)
    except BadInput:
        return None


def sounds_in(folder: Path) -> dict[str, Path]:
    """A folder of music, with the folders in it: where a track lies may tell its mood. Raises BadInput for too many."""
    found: dict[str, Path] = {}
    for place, below, names in os.walk(folder):
        below[:] = sorted(name for name in below if not name.startswith("."))
        for path in (Path(place, name) for name in sorted(names) if not name.startswith(".")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and path.suffix.lower() not in _SILENT and _reachable(folder, name):
                found[re.sub(r'["\\\x00-\x1f]', "-", name)] = path
        if len(found) > MOST:
            raise BadInput(f"{folder} holds more than {MOST:,} files", "give the folder of the music alone")
    return found


_SILENT = {".txt", ".md", ".jpg", ".jpeg", ".png", ".webp", ".gif", ".pdf", ".csv", ".mp4", ".mov", ".zip"}
"""Endings of what tells nothing of music, nor sounds."""


@contextmanager
def heard_tracks(folder: Path, plain: Mapping[str, Any]) -> Iterator[dict[str, Path]]:
    """The tracks that a storyboard takes from its folder of music, and an index that says what they are for. Raises
    BadInput."""
    from ...studio.music.library import library
    from ...studio.planning.music_sections import sections
    from ...studio.storyboard.model import Storyboard

    board, found = Storyboard.model_validate(plain), library(folder)
    moods: dict[str, list[str]] = {}
    for mood in dict.fromkeys(section.mood for section in sections(board)):
        track = found.draw(mood, board.seed)
        if track is not None:
            moods.setdefault(track.name, []).append(mood)
    tracks = {track.name: track for track in found.tracks if track.name in moods}
    names = {name: f"{number}{tracks[name].path.suffix}" for number, name in enumerate(sorted(tracks))}
    listed = {}
    for name, called in names.items():
        entry = tracks[name].entry
        times = {key: getattr(entry, key) for key in ("bpm", "start", "loop_start", "loop_end")}
        said = {key: str(value) for key, value in times.items() if value is not None}
        listed[called] = {"moods": moods[name], "title": tracks[name].title, **said}
    with tempfile.TemporaryDirectory() as scratch:
        index = Path(scratch, "music.json")
        index.write_text(json.dumps(listed, ensure_ascii=False), encoding="utf-8")
        yield {"music.json": index, **{called: tracks[name].path for name, called in names.items()}}
