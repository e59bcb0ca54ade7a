"""`storyreel render`: a storyboard becomes a workflow, the workflow runs, and the film comes here.

There is no second way of rendering: the same three nodes run on the embedded engine and on a ComfyUI.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from ...studio.errors import BadInput, Fault, Interrupted, OutputError, RunFailed, ServerError, StoryreelError
from ...studio.paths import folder_of
from ..comfy.client.api import ComfyClient, OutputFile
from ..comfy.client.wait import PATIENT, Finished, Patience
from ..comfy.convert import to_api
from ..comfy.graph.layout import to_ui
from ..display.events import Tell, silent
from ..jobs import document
from ..jobs.connect import connected
from ..jobs.preflight import Script
from ..jobs.results import Rendered
from ..jobs.run_records import RunRecord, new_run_folder
from ..jobs.scene_results import failed_scenes, missing, said, say_what_next, scenes_of
from ..jobs.uploads import Post, send_storyboard
from .budget_events import tell_crossed, watched
from .run import drop_files, point_to_log, record_failure, submit

FILM_NODE = "3"
FILM_NODES = ("StoryreelStoryboard", "StoryreelShoot", "StoryreelRenderFilm")
GOES_ON = "what could be cancelled for nothing was; the rest goes on, and the same command again waits for it"
"""After an interruption while clips are bought."""


@dataclass(frozen=True)
class Terms:
    """What making a film may cost, and how it goes about it."""

    limit: Decimal = Decimal(0)
    """Dollars, agreed to; 0 uses only what is free."""
    retakes: tuple[int, ...] = ()
    """Scenes of which another take is bought."""
    gaps: bool = False
    """Whether the film is made without the scenes that fail."""
    priority: str = "normal"
    """high, normal or low: who goes first where several runs wait for one door."""
    rehearsal: bool = False
    """Whether the doors are emulators on this machine."""

    def widgets(self, token: str) -> dict[str, Any]:
        """What Shoot Storyboard is told; nothing where all is as it is without."""
        asked = {
            "max_cost": float(self.limit),
            "allow_gaps": self.gaps,
            "retakes": ",".join(f"{number}:{token}" for number in self.retakes),
            "priority": self.priority,
        }
        usual = {"max_cost": 0.0, "allow_gaps": False, "retakes": "", "priority": "normal"}
        return {name: value for name, value in asked.items() if value != usual[name]}


_LONGEST_NAME = 255


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
        for path in (film, workflow):
            if path and len(os.fsencode(path.name)) > _LONGEST_NAME:
                message = f"{path.name[:40]}… is a name of {len(os.fsencode(path.name))} bytes"
                raise BadInput(message, f"give one of {_LONGEST_NAME} or fewer, as file systems take them")
        if film.is_dir():
            film = film / f"{storyboard.stem}.mp4"
        if film.suffix.lower() != ".mp4":
            raise BadInput(f"{film} is not an .mp4, and films are", f"use -o {film.with_suffix('.mp4')}")
        for path in (film, workflow):
            if path and path.exists() and storyboard.exists() and path.samefile(storyboard):
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
    terms: Terms | None = None,
    server: str | None = None,
    tell: Tell = silent,
    show_graph: Any = silent,
    patience: Patience = PATIENT,
    on_failure: Callable[[dict[str, Any]], Any] = silent,
) -> Rendered:
    """Makes the film of a checked storyboard, on `terms` that somebody has agreed to. `on_failure` is told what became
    of the scenes where there is no film.

    Raises BadInput (nothing was run), RunFailed, ServerError, OutputError, Interrupted; what was at the
    target before is still there then.
    """
    terms = terms or Terms()
    run = Run(script, terms, server, tell, show_graph, patience, on_failure)
    with run.begun() as client:
        info = client.object_info()
        has_our_nodes(info, client, FILM_NODES)
        plain, post = run.sent(client)
        drawn = storyboard_graph(plain, info, script.path.stem, terms.widgets(run.place.name))
        if target.workflow:
            names = plain if server else _named_from(script, target.workflow.resolve().parent, tell)
            save_workflow(target.workflow, names, info, script)
        finished = run.finished(client, drawn, info, post)
        reported, file = run.reported(client, finished, FILM_NODE, "frames", "a film")
        size = _fetch(client, file, target.film, reported, tell)
        captions = {
            path.suffix[1:]: str(path.resolve())
            for path in _fetch_captions(client, finished, target.film, reported, tell)
        }
        scenes = scenes_of(reported, client if server else None)
        film = {"path": str(target.film.resolve())} | {
            key: reported[key] for key in ("duration", "width", "height", "fps", "frames")
        }
        film |= {"captions": captions} if captions else {}
        run.keep(file, film, finished)
    alerts = tell_crossed(run.budgets, tell)
    losses = [*script.losses, *map(script.named, [*said(reported, "losses"), *missing(scenes)])]
    notes: list[str] = [
        *map(script.named, said(reported, "notes")),
        *losses,
        *(reported.get("notes") or []),
        *alerts,
    ]
    return Rendered(
        film=film,
        scenes=tuple(scenes),
        warnings=tuple(dict.fromkeys([*script.warnings, *notes])),
        losses=tuple(losses),
        seconds=finished.seconds,
        record=run.record.path,
        title=script.title,
        bytes=size,
        timings=finished.timings,
        spent=Decimal(str((reported.get("about") or {}).get("spent") or 0)),
        rehearsal=terms.rehearsal,
    )


class Run:
    """One run of a storyboard's workflow: its folder, its record, and what is said when it fails."""

    def __init__(
        self,
        script: Script,
        terms: Terms,
        server: str | None,
        tell: Tell,
        show_graph: Any,
        patience: Patience,
        on_failure: Callable[[dict[str, Any]], Any] = silent,
    ) -> None:
        for warning in script.warnings:
            tell({"event": "warning", "message": warning})
        self.script, self.terms, self.server, self.tell = script, terms, server, tell
        self.budgets = watched(script)
        self.place = new_run_folder()
        self.record = RunRecord(self.place, workflow=str(script.path.resolve()), rehearsal=terms.rehearsal)
        self.record.write()
        self._show_graph, self._patience, self._on_failure = show_graph, patience, on_failure

    @contextmanager
    def begun(self) -> Iterator[ComfyClient]:
        """The engine, while it is needed; what goes wrong is recorded, and said to a person."""
        try:
            with connected(self.server, self.place) as client:
                yield client
        except BaseException as error:
            record_failure(self.record, error)
            if isinstance(error, RunFailed):
                tell_crossed(self.budgets, self.tell)
                say_what_next(error, self.script)
                self._on_failure({"scenes": failed_scenes(self.script, error)})
            point_to_log(error, self.place)
            if isinstance(error, Interrupted | KeyboardInterrupt):
                drop_files(self.place)
                if any(row.bought is not None for row in self.script.rows):
                    raise Interrupted(hint=GOES_ON) from None
            raise

    def sent(self, client: ComfyClient) -> tuple[dict[str, Any], Post]:
        """The storyboard with its files on the server."""
        post = Post(client, self.tell)
        plain = send_storyboard(self.script.board.to_plain(), self.script.folder, post, post.folder)
        if self.terms.rehearsal:
            plain["title"] = f"REHEARSAL · {self.script.title}"
        return plain, post

    def finished(
        self, client: ComfyClient, drawn: Mapping[str, Any], info: Mapping[str, Any], post: Post
    ) -> Finished:
        workflow = to_ui(drawn, info, title=self.script.title)
        return submit(
            client,
            to_api(workflow, dict(info)),
            self.record,
            workflow=workflow,
            tell=self.tell,
            show_graph=self._show_graph,
            patience=self._patience,
            post=post,
        )

    def reported(
        self, client: ComfyClient, finished: Finished, node: str, key: str, what: str
    ) -> tuple[Mapping[str, Any], OutputFile]:
        """What the last node says of its work, and its file. Raises ServerError where it has made nothing."""
        output = finished.outputs.get(node) or {}
        reported = (output.get("storyreel") or [{}])[0]
        files = [file for file in finished.files() if file.node == node]
        if not files or not reported.get(key):
            raise ServerError(
                f"{client.url} finished without {what}", "is its Storyreel of the same version?"
            )
        return reported, files[0]

    def keep(self, file: OutputFile, about: Mapping[str, Any], finished: Finished) -> None:
        """Closes the record; what was fetched isn't kept twice."""
        self.record.done([file._asdict() | dict(about)], finished.timings, cached=list(finished.cached))
        if self.server is None:
            shutil.rmtree(self.place / "output", ignore_errors=True)


def storyboard_graph(
    plain: Mapping[str, Any],
    object_info: Mapping[str, Any],
    name: str,
    shooting: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The workflow of a storyboard, in API format: the storyboard's text, Shoot Storyboard, Render Film.

    `shooting` holds Shoot Storyboard's widgets where they aren't as usual.
    """
    prefix = re.sub(r"[^\w-]+", "_", name).strip("_")[:60] or "film"
    return graph_of(
        {
            "1": ("StoryreelStoryboard", {"text": json.dumps(plain, ensure_ascii=False, indent=1)}),
            "2": ("StoryreelShoot", {"storyboard": ["1", 0], **(shooting or {})}),
            FILM_NODE: (
                "StoryreelRenderFilm",
                {"timeline": ["2", 0], "filename_prefix": f"storyreel/{prefix}", "settings": ["2", 1]},
            ),
        },
        object_info,
    )


def graph_of(
    nodes: Mapping[str, tuple[str, Mapping[str, Any]]], object_info: Mapping[str, Any]
) -> dict[str, Any]:
    """API format of nodes by their ids, each a class and its inputs."""
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
    """Writes the storyboard's workflow for the canvas, whole or not at all. It spends nothing by itself: whoever opens
    it raises max_cost, or has the clips already."""
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
    outside, opened = [], []
    home = script.folder.resolve()

    def name(path: Path) -> str:
        if folder in path.parents:
            return path.relative_to(folder).as_posix()
        if home in path.parents:
            outside.append(path.name)
            return path.relative_to(home).as_posix()
        opened.append(folder_of(path))
        return path.as_posix()

    plain = send_storyboard(script.board.to_plain(), script.folder, name)
    if outside:
        names = ", ".join(outside)
        message = f"the saved workflow names files of {script.folder}: put it there to run it ({names})"
        tell({"event": "warning", "message": message})
    if opened:
        flags = " ".join(f"--files {shlex.quote(str(each))}" for each in dict.fromkeys(opened))
        message = f"the saved workflow names files of opened folders: run it with {flags}"
        tell({"event": "warning", "message": message})
    return plain


def has_our_nodes(object_info: Mapping[str, Any], client: ComfyClient, names: Sequence[str]) -> None:
    """Raises BadInput for a server without these nodes."""
    missing = [Fault("", f"there is no node {name!r}") for name in names if name not in object_info]
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


def _fetch_captions(
    client: ComfyClient, finished: Finished, target: Path, reported: Mapping[str, Any], tell: Tell
) -> list[Path]:
    """Brings the captions beside the film, under its name."""
    found = []
    for file in finished.captions(FILM_NODE):
        path = target.with_suffix(Path(file.filename).suffix.lower())
        _fetch(client, file, path, reported, tell)
        found.append(path)
    return found


def read_script(
    path: Path,
    provider: str | None = None,
    quality: str | None = None,
    retakes: tuple[int, ...] = (),
    *,
    dry: bool = False,
    server: str | None = None,
    pictures: Path | None = None,
) -> Script:
    """The storyboard at `path`, checked whole. Raises BadInput with every fault; a `dry` one keeps them, and asks for
    no key. A `server` has keys of its own; `pictures` is the folder of a narrated sequence's."""
    from ..jobs.load import checked, surveyed

    found = document.storyboard(path)
    script = (surveyed if dry else checked)(found, provider, quality, server is not None, pictures)
    return script.with_retakes(retakes)
