"""The local files that a workflow needs: found beside it, sent to the server, and named there as the server
knows them.

A file that a workflow names is looked for in the workflow's own folder, and nowhere outside of it; one that
isn't there may be the server's own. A file that a person types (`--set 5.image=photo.jpg`) is looked for from
where they stand. Storyboards inside a workflow name files too.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ...studio.errors import BadInput, Fault
from ...studio.paths import reached
from ...studio.store.url_inputs import is_url
from ...studio.storyboard.video_fields import PREVIOUS
from ..comfy.client.api import UPLOADS, ComfyClient, sha256
from ..comfy.client.file_names import Names
from ..comfy.client.refusal import place_of
from ..comfy.graph.sockets import values_of
from ..display.events import Tell, silent
from .upload_folders import ELSEWHERE, folder_faults, heard_tracks, local_folders


class Input(NamedTuple):
    """A file that was sent, as the run record keeps it."""

    name: str
    """As the server knows it."""
    sha256: str
    bytes: int
    source: Path

    def to_plain(self) -> dict[str, Any]:
        return {"name": self.name, "sha256": self.sha256, "bytes": self.bytes, "from": str(self.source)}


@dataclass
class Post:
    """Sends files to a server, each content once."""

    client: ComfyClient
    tell: Tell = silent

    def __post_init__(self) -> None:
        self.sent: dict[str, Input] = {}
        self._called: dict[str, str] = {}

    @property
    def names(self) -> Names:
        """What a person calls that was sent."""
        return Names(self._called)

    def __call__(self, path: Path, called: Path | None = None) -> str:
        """The name that the server gives the file. `called` is the path to record, if `path` is a copy."""
        digest = sha256(path)
        if digest not in self.sent:
            size = path.stat().st_size
            self.tell({"event": "uploading", "name": (called or path).name, "bytes": size})
            self.sent[digest] = Input(self.client.upload(path, digest), digest, size, called or path)
            self._called[self.sent[digest].name] = (called or path).name
        return self.sent[digest].name

    def folder(self, files: Mapping[str, Path], path: Path) -> str:
        """The name that the server gives a folder in which files have these names; here it is at `path`."""
        digests = {name: sha256(path) for name, path in sorted(files.items())}
        listed = hashlib.sha256(json.dumps(digests).encode()).hexdigest()[:16]
        for name, digest in digests.items():
            file, called = files[name], f"{UPLOADS}/{listed}/{name}"
            if called not in self.sent:
                size = file.stat().st_size
                self.tell({"event": "uploading", "name": file.name, "bytes": size})
                self.sent[called] = Input(self.client.upload(file, digest, called), digest, size, file)
                self._called[called] = file.name
        self._called[f"{UPLOADS}/{listed}"] = path.name
        return f"{UPLOADS}/{listed}"


def send_graph(
    graph: Mapping[str, Any],
    object_info: Mapping[str, Any],
    folder: Path,
    post: Post,
    typed: Collection[tuple[str, str]] = (),
) -> dict[str, Any]:
    """A copy of the graph in which every local file has been sent and is named as the server knows it.

    `typed` holds the (node, input) whose file a person named. Raises BadInput with a fault per file that is
    neither here nor on the server, before anything is sent.
    """
    graph = copy.deepcopy(dict(graph))
    faults = file_faults(graph, object_info, folder, post.client.has, typed)
    faults += folder_faults(graph, object_info, folder)
    if faults:
        raise BadInput("the workflow needs files that aren't there", faults=faults)
    for node, name, value, _ in _files(graph, object_info):
        path = _local(value, folder, (node, name) in typed)
        if path and graph[node]["class_type"] == "StoryreelLoadStoryboard":
            graph[node]["inputs"][name] = _storyboard_file(path, post)
        elif path:
            graph[node]["inputs"][name] = post(path)
    for node, name, path, files in local_folders(graph, object_info, folder):
        graph[node]["inputs"][name] = post.folder(files, path)
    for node, text in storyboard_texts(graph):
        graph[node]["inputs"]["text"] = _storyboard_text(text, folder, post)
    return graph


def file_faults(
    graph: Mapping[str, Any],
    object_info: Mapping[str, Any],
    folder: Path,
    on_server: Callable[[str], bool] = lambda name: False,
    typed: Collection[tuple[str, str]] = (),
) -> list[Fault]:
    """A fault per file that a node names and that is neither in `folder` nor on the server."""
    faults = []
    for node, name, value, choices in _files(graph, object_info):
        place = place_of(graph, node, name)
        try:
            found = _local(value, folder, (node, name) in typed)
        except BadInput as error:
            faults.append(Fault(place, error.message, error.hint))
            continue
        if not found and value not in choices and not ELSEWHERE.search(value) and not on_server(value):
            message = f"there is no file {value!r} beside the workflow, nor in the server's input folder"
            faults.append(Fault(place, message, f"put it into {folder}"))
    return faults


def storyboard_files_of(
    graph: Mapping[str, Any], object_info: Mapping[str, Any], folder: Path
) -> list[tuple[str, Path]]:
    """Node and path of every storyboard file in `folder` that a Load Storyboard node names."""
    found = []
    for node, name, value, _ in _files(graph, object_info):
        if graph[node]["class_type"] == "StoryreelLoadStoryboard":
            with contextlib.suppress(BadInput):  # a name that leaves the folder is a fault of its own
                path = _local(value, folder, False)
                if name == "file" and path:
                    found.append((node, path))
    return found


def storyboard_texts(graph: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Node and text of every storyboard that is written into the workflow."""
    return [
        (node, entry["inputs"]["text"])
        for node, entry in graph.items()
        if entry["class_type"] == "StoryreelStoryboard"
        and isinstance(entry.get("inputs", {}).get("text"), str)
    ]


def send_storyboard(
    plain: Mapping[str, Any],
    folder: Path,
    send: Callable[[Path], str],
    send_folder: Callable[[Mapping[str, Path], Path], str] | None = None,
) -> dict[str, Any]:
    """A copy of the storyboard in which every file that is in `folder` is named as `send` names it; the folder of the
    music too, of which `send_folder` gets the tracks that are heard, and nothing else of what may be a library."""
    plain = copy.deepcopy(dict(plain))
    for entry, key in _named(plain):
        path = _local(entry[key], folder, False)
        if path:
            entry[key] = send(path)
    tracks = plain.get("music_folder")
    if isinstance(tracks, str) and _is_file(tracks) and (path := reached(folder, tracks)).is_dir():
        if send_folder is None:
            plain["music_folder"] = send(path)
        else:
            with heard_tracks(path, plain) as files:
                plain["music_folder"] = send_folder(files, path)
    return plain


def storyboard_files(plain: Mapping[str, Any]) -> list[str]:
    """Every file that a storyboard names."""
    return [entry[key] for entry, key in _named(plain)]


def _named(plain: Any) -> Iterator[tuple[Any, Any]]:
    """Container and key of every file's name; what lies at a URL is fetched where the film is made."""
    from ...studio.planning.input_files import LOOKS

    for entry in (plain, *(plain.get("scenes") or ())):
        for key in LOOKS if isinstance(entry, dict) else ():
            value = entry.get(key)
            if isinstance(value, list):
                yield from ((value, number) for number, name in enumerate(value) if _is_file(name))
                heard = (each for each in value if isinstance(each, dict))
                yield from ((each, "sound") for each in heard if _is_file(each.get("sound")))
            elif _is_file(value) and not (key == "extend" and value == PREVIOUS):
                yield entry, key


def _is_file(name: Any) -> bool:
    return isinstance(name, str) and not is_url(name)


def _files(
    graph: Mapping[str, Any], object_info: Mapping[str, Any]
) -> Iterator[tuple[str, str, str, tuple[Any, ...]]]:
    """Node, input, value and known choices of every input that names a file."""
    return values_of(graph, object_info, lambda socket: socket.takes_file)


_INPUT_MARK = re.compile(r" ?\[input\]$")
"""ComfyUI writes it behind a file of its input folder, where the others are marked too."""


def _local(name: str, folder: Path, typed: bool) -> Path | None:
    """The local file of that name, if there is one. Raises BadInput if the name leaves the folder."""
    if not typed:
        name = _INPUT_MARK.sub("", name)
    if ELSEWHERE.search(name):
        return None
    if typed:
        path = Path(name).expanduser()
        if path.is_dir():
            raise BadInput(f"{name!r} is a folder", "name a file")
        if path.is_file():
            return path.resolve()
        if path.is_absolute():
            raise BadInput(f"there is no file {name}")
    path = reached(folder, name)
    return path if path.is_file() else None


def _storyboard_file(path: Path, post: Post) -> str:
    """Sends a storyboard file and the files that it names; on the server they lie side by side."""
    from ...studio.storyboard.parser import read

    plain = read(path).to_plain()
    sent = send_storyboard(
        plain,
        path.parent,
        lambda each: post(each).rpartition("/")[2],
        lambda files, path: post.folder(files, path).rpartition("/")[2],
    )
    with tempfile.TemporaryDirectory() as scratch:
        rewritten = Path(scratch, path.with_suffix(".json").name)
        rewritten.write_text(json.dumps(sent, ensure_ascii=False, indent=1), encoding="utf-8")
        return post(rewritten, called=path)


def _storyboard_text(text: str, folder: Path, post: Post) -> str:
    """The text with its files sent and renamed; the same text where none of them is here."""
    from ...studio.storyboard.parser import parse

    try:
        plain = parse(text).to_plain()
    except BadInput:
        return text  # the server's own check names every fault, with the node
    if not (
        plain.get("music_folder") or any(_local(name, folder, False) for name in storyboard_files(plain))
    ):
        return text
    return json.dumps(send_storyboard(plain, folder, post, post.folder), ensure_ascii=False, indent=1)
