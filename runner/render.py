"""`storyreel render`: a storyboard becomes a workflow, the workflow runs, and the film comes here.

There is no second way of rendering: the same three nodes run on the embedded engine and on a ComfyUI.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ..studio.errors import BadInput, Fault, Interrupted, OutputError, ServerError, StoryreelError
from . import document
from .client.api import ComfyClient, OutputFile
from .client.follow import PATIENT, Patience
from .connect import connected
from .convert import to_api
from .graph.layout import to_ui
from .inputs import Post, send_storyboard
from .run import drop_files, point_to_log, record_failure, submit
from .runs import RunRecord, new_run_folder
from .screen.events import Tell, silent
from .script import Script

FILM_NODE = "3"


@dataclass(frozen=True)
class Rendered:
    """The film, its scenes, and what was done differently from what was asked."""

    film: Mapping[str, Any]
    scenes: tuple[Mapping[str, Any], ...]
    warnings: tuple[str, ...]
    losses: tuple[str, ...]
    """Those of the warnings that say that something asked for is missing or replaced."""
    seconds: float
    record: Path
    title: str = ""
    bytes: int = 0
    timings: Mapping[str, Any] = field(default_factory=dict)

    def to_plain(self) -> dict[str, Any]:
        """The last line of `--json`."""
        return {
            "ok": True,
            "film": dict(self.film),
            "scenes": [dict(scene) for scene in self.scenes],
            "warnings": list(self.warnings),
            "error": None,
            "record": str(self.record),
        }


class Target(NamedTuple):
    """Where things go. Checked before anything is made."""

    film: Path
    workflow: Path | None = None

    @classmethod
    def of(cls, storyboard: Path, film: Path | None, workflow: Path | None, make: bool = True) -> Target:
        """Makes the folders, if `make`. Without `film` it is the storyboard's name, here.

        Raises BadInput, OutputError.
        """
        film = film or Path(f"{storyboard.stem}.mp4")
        if film.is_dir():
            film = film / f"{storyboard.stem}.mp4"
        if film.suffix.lower() != ".mp4":
            raise BadInput(f"{film} is not an .mp4, and films are", f"use -o {film.with_suffix('.mp4')}")
        for path in (film, workflow):
            if path and path.resolve() == storyboard.resolve():
                raise BadInput(f"{path} is the storyboard itself", "name another file")
        if workflow and workflow.is_dir():
            workflow = workflow / f"{storyboard.stem}.workflow.json"
        try:
            for path in (film, workflow):
                if path and make:
                    path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{error.filename} can't be made: {error.strerror}") from None
        return cls(film, workflow)


def render(
    script: Script,
    target: Target,
    *,
    server: str | None = None,
    tell: Tell = silent,
    show_graph: Any = silent,
    patience: Patience = PATIENT,
) -> Rendered:
    """Makes the film of a checked storyboard.

    Raises BadInput (nothing was run), RunFailed, ServerError, OutputError, Interrupted; what was at the
    target before is still there then.
    """
    for warning in script.warnings:
        tell({"event": "warning", "message": warning})
    place = new_run_folder()
    record = RunRecord(place, workflow=str(script.path.resolve()))
    record.write()
    try:
        with connected(server, place) as client:
            info = client.object_info()
            _has_our_nodes(info, client)
            post = Post(client, tell)
            plain = send_storyboard(script.board.to_plain(), script.folder, post)
            workflow = to_ui(storyboard_graph(plain, info, script.path.stem), info, title=script.title)
            if target.workflow:
                names = plain if server else _named_from(script, target.workflow.resolve().parent, tell)
                save_workflow(target.workflow, names, info, script)
            graph = to_api(workflow, info)
            inputs = [each.to_plain() for each in post.sent.values()]
            finished = submit(
                client,
                graph,
                record,
                workflow=workflow,
                tell=tell,
                show_graph=show_graph,
                patience=patience,
                inputs=inputs,
            )
            output = finished.outputs.get(FILM_NODE) or {}
            reported = (output.get("storyreel") or [{}])[0]
            files = [file for file in finished.files() if file.node == FILM_NODE]
            if not files or not reported.get("frames"):
                raise ServerError(
                    f"{client.url} finished without a film", "is its Storyreel of the same version?"
                )
            size = _fetch(client, files[0], target.film, reported, tell)
            scenes = scenes_of(reported, client if server else None)
    except BaseException as error:
        record_failure(record, error)
        point_to_log(error, place)
        if isinstance(error, Interrupted | KeyboardInterrupt):
            drop_files(place)
        raise
    film = {"path": str(target.film.resolve())} | {
        key: reported[key] for key in ("duration", "width", "height", "fps", "frames")
    }
    record.done([files[0]._asdict() | film], finished.timings, cached=list(finished.cached))
    if server is None:
        shutil.rmtree(place / "output", ignore_errors=True)  # it is at the target now
    notes = list(dict.fromkeys([*script.warnings, *_notes(reported)]))
    return Rendered(
        film=film,
        scenes=tuple(scenes),
        warnings=tuple(notes),
        losses=tuple(script.losses),
        seconds=finished.seconds,
        record=record.path,
        title=script.title,
        bytes=size,
        timings=finished.timings,
    )


def storyboard_graph(plain: Mapping[str, Any], object_info: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The workflow of a storyboard, in API format: the storyboard's text, Shoot Storyboard, Render Film."""
    prefix = re.sub(r"[^\w-]+", "_", name).strip("_")[:60] or "film"
    nodes: dict[str, tuple[str, dict[str, Any]]] = {
        "1": ("StoryreelStoryboard", {"text": json.dumps(plain, ensure_ascii=False, indent=1)}),
        "2": ("StoryreelShoot", {"storyboard": ["1", 0]}),
        FILM_NODE: (
            "StoryreelRenderFilm",
            {"timeline": ["2", 0], "filename_prefix": f"storyreel/{prefix}", "settings": ["2", 1]},
        ),
    }
    return {
        node: {
            "class_type": class_type,
            "inputs": inputs,
            "_meta": {"title": object_info[class_type].get("display_name") or class_type},
        }
        for node, (class_type, inputs) in nodes.items()
    }


def save_workflow(
    path: Path, plain: Mapping[str, Any], object_info: Mapping[str, Any], script: Script
) -> None:
    """Writes the storyboard's workflow for the canvas, whole or not at all."""
    workflow = to_ui(storyboard_graph(plain, object_info, script.path.stem), object_info, title=script.title)
    partial = path.with_name(f".{path.name}.part")
    try:
        partial.write_text(json.dumps(workflow, ensure_ascii=False, indent=1), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise OutputError(f"{path} can't be written: {error.strerror or error}") from None
    finally:
        partial.unlink(missing_ok=True)


def _named_from(script: Script, folder: Path, tell: Tell) -> dict[str, Any]:
    """The storyboard with its files named from `folder`, where the workflow will be, if below it."""
    outside = []

    def name(path: Path) -> str:
        if folder not in path.parents:
            outside.append(path.name)
            return path.relative_to(script.folder).as_posix()
        return path.relative_to(folder).as_posix()

    plain = send_storyboard(script.board.to_plain(), script.folder, name)
    if outside:
        names = ", ".join(outside)
        message = f"the saved workflow names files of {script.folder}: put it there to run it ({names})"
        tell({"event": "warning", "message": message})
    return plain


def scenes_of(reported: Mapping[str, Any], client: ComfyClient | None) -> list[dict[str, Any]]:
    """The scenes as the result lists them. A clip is its path, or its URL where the server is another's."""
    scenes = []
    for marker in reported.get("markers") or []:
        about = marker.get("about") or {}
        clip = about.get("clip")
        if clip and client:
            clip = _clip_url(client, str(clip))
        scenes.append(
            {
                "index": marker.get("index"),
                "start": marker.get("start"),
                "end": marker.get("end"),
                "prompt": about.get("prompt", ""),
                "provider": about.get("provider"),
                "clip": clip,
                "cost": about.get("cost"),
            }
        )
    return scenes


def _notes(reported: Mapping[str, Any]) -> list[str]:
    """What was done differently: in the takes, each with its scene, and in the film."""
    takes = [
        f"scenes[{marker['index']}].{note}"
        for marker in reported.get("markers") or []
        for note in (marker.get("about") or {}).get("notes") or []
    ]
    return [*takes, *(reported.get("notes") or [])]


def _clip_url(client: ComfyClient, path: str) -> str | None:
    """Where the server shows a file of its temp folder; None if it doesn't."""
    found = re.search(r"[/\\]temp[/\\]((?:[^/\\]+[/\\])*)([^/\\]+)$", path)
    if not found:
        return None
    return client.view_url(OutputFile("", found[2], found[1].replace("\\", "/").rstrip("/"), "temp"))


def _has_our_nodes(object_info: Mapping[str, Any], client: ComfyClient) -> None:
    missing = [
        Fault("", f"there is no node {name!r}")
        for name in ("StoryreelStoryboard", "StoryreelShoot", "StoryreelRenderFilm")
        if name not in object_info
    ]
    if missing:
        hint = (
            "install Storyreel there (ComfyUI-Manager, or this folder in custom_nodes), or leave --server out"
        )
        raise BadInput(f"{client.url} does not have Storyreel's nodes", hint, missing)


def _fetch(
    client: ComfyClient, file: OutputFile, target: Path, reported: Mapping[str, Any], tell: Tell
) -> int:
    """Brings the film here. If it can't be written, the error says where the film is instead."""
    try:
        size = client.fetch(file, target)
    except StoryreelError as error:
        where = reported.get("path") or client.view_url(file)
        error.hint = f"the film itself is done: {where}"
        raise
    tell({"event": "fetched", "path": str(target), "bytes": size})
    return size


def read_script(path: Path, provider: str | None = None, quality: str | None = None) -> Script:
    """The storyboard at `path`, checked whole. Raises BadInput with every fault."""
    from .script import checked

    return checked(document.storyboard(path), provider, quality)
