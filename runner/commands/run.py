"""`storyreel run`: any saved workflow, with values set from outside, on a ComfyUI or the embedded engine."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...studio.errors import BadInput, Fault, Interrupted, RunFailed, StoryreelError
from ..comfy.client.api import ComfyClient
from ..comfy.client.outputs import Fetched, fetch_all
from ..comfy.client.wait import PATIENT, Finished, Patience, execute
from ..comfy.convert import to_api
from ..comfy.graph.overrides import apply
from ..comfy.graph.verify import missing_classes, refuse_overgrown
from ..display.events import Tell, silent
from ..jobs import document
from ..jobs.allowed_folders import PermitGraph, refuse_outside
from ..jobs.connect import LOG, connected
from ..jobs.input_checks import unlike
from ..jobs.results import Ran
from ..jobs.run_records import RunRecord, new_run_folder
from ..jobs.uploads import Post, send_graph


def run(
    path: Path,
    sets: Sequence[str] = (),
    *,
    server: str | None = None,
    folder: Path = Path("output"),
    tell: Tell = silent,
    show_graph: Any = silent,
    patience: Patience = PATIENT,
    consent: Callable[[Mapping[str, Any], Mapping[str, Any]], None] = lambda graph, info: None,
    permit: PermitGraph = refuse_outside,
) -> Ran:
    """Runs the workflow at `path` and fetches everything it makes into `folder`. `consent` is given the graph and what
    is known of its nodes before anything is sent; it raises BadInput where nobody agrees to what they spend. `permit`
    opens further folders for the files that it names, where a person agrees.

    Raises BadInput (nothing was run), RunFailed, ServerError, OutputError, Interrupted; the run's record says
    the same.
    """
    found = document.workflow(path)
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is a file, and -o names a folder for the outputs")
    place = new_run_folder()
    record = RunRecord(place, workflow=str(path.resolve()))
    record.write()
    try:
        with connected(server, place) as client:
            info = client.object_info()
            graph = ready_graph(found.data, info, server)
            changed = apply(graph, sets, info)
            permit(changed.graph, info, path, changed.files)
            consent(changed.graph, info)
            if faults := unlike(changed.graph, info, path.resolve().parent, changed.files):
                raise BadInput(
                    "nothing was sent: the workflow's files are not what they should be", faults=faults
                )
            post = Post(client, tell)
            sent = send_graph(changed.graph, info, path.resolve().parent, post, changed.files)
            overrides = [override._asdict() for override in changed.overrides]
            finished = submit(
                client,
                sent,
                record,
                workflow=found.data if found.kind == "ui" else None,
                tell=tell,
                show_graph=show_graph,
                patience=patience,
                overrides=overrides,
                post=post,
            )
            fetched = fetch_all(client, finished.files(), folder, tell)
    except BaseException as error:
        record_failure(record, error)
        point_to_log(error, place)
        if isinstance(error, Interrupted | KeyboardInterrupt):
            drop_files(place)
        raise
    record.done([each.to_plain() for each in fetched], finished.timings, cached=list(finished.cached))
    if server is None:
        shutil.rmtree(place / "output", ignore_errors=True)  # everything in it is in `folder` now
    return Ran(
        outputs=tuple(fetched),
        texts=finished.texts(),
        films=tuple(films(finished, fetched)),
        cached=finished.cached,
        seconds=finished.seconds,
        graph=sent,
        record=record.path,
    )


def ready_graph(workflow: Any, object_info: Mapping[str, Any], server: str | None) -> dict[str, Any]:
    """The API-format graph of either format. Raises BadInput if the server lacks a node, naming every one."""
    graph, missing = read_graph(workflow, object_info, server)
    if missing:
        hint = "" if server else "give it to a ComfyUI that has them: --server http://127.0.0.1:8188"
        raise BadInput(f"{server or 'the built-in engine'} lacks nodes of this workflow", hint, missing)
    return refuse_overgrown(graph, object_info)


def read_graph(
    workflow: Any, object_info: Mapping[str, Any], server: str | None
) -> tuple[dict[str, Any], list[Fault]]:
    """The graph in API format, each node with the title a person knows it by, and what the server lacks."""
    missing: list[Fault] = []
    graph = to_api(workflow, dict(object_info), missing=missing)
    missing += missing_classes(graph, object_info)
    if not server:  # updating a ComfyUI that isn't there would not help
        missing = [
            replace(fault, message=fault.message.replace("this ComfyUI", "the built-in engine"), cure="")
            for fault in missing
        ]
    for entry in graph.values():
        known = object_info.get(entry["class_type"], {})
        shown = known.get("display_name") or entry["class_type"]
        entry.setdefault("_meta", {}).setdefault("title", shown)
    return graph, missing


def submit(
    client: ComfyClient,
    graph: Mapping[str, Any],
    record: RunRecord,
    *,
    workflow: Mapping[str, Any] | None,
    post: Post,
    tell: Tell,
    show_graph: Any,
    patience: Patience,
    **about: Any,
) -> Finished:
    """Runs a graph whose files are on the server, with the record written before it leaves. What the server says of
    the files that were sent is said with their names here."""
    import uuid

    prompt_id = str(uuid.uuid4())
    inputs, names = [each.to_plain() for each in post.sent.values()], post.names
    record.write(prompt_id=prompt_id, server=client.url, graph=dict(graph), inputs=inputs, **about)
    show_graph(graph)
    with names.named():
        finished = execute(
            client,
            graph,
            prompt_id=prompt_id,
            workflow=workflow,
            tell=names.told(tell),
            patience=patience,
        )
    return replace(finished, outputs=names.shown(finished.outputs))


def point_to_log(error: BaseException, place: Path) -> None:
    """Where a node failed with something that isn't a sentence for a person, the traceback may tell more."""
    log = place / LOG
    if isinstance(error, RunFailed) and not error.hint and log.exists() and log.stat().st_size:
        error.hint = f"the engine's log has the details: {log}"


def record_failure(record: RunRecord, error: BaseException) -> None:
    if isinstance(error, KeyboardInterrupt):
        error = Interrupted()
    if isinstance(error, StoryreelError):
        record.failed(error.to_plain())
    else:
        record.failed({"code": "internal", "message": f"{type(error).__name__}: {error}", "hint": ""})


def drop_files(place: Path) -> None:
    """A run that was stopped leaves its record and nothing else."""
    for part in ("input", "output", "temp"):
        shutil.rmtree(place / part, ignore_errors=True)


_FILM = {"duration", "width", "height", "fps", "frames"}
"""What is known of every film. Keyframes reports of its sheet in the same place."""


def films(finished: Finished, fetched: Sequence[Fetched]) -> list[dict[str, Any]]:
    """What Render Film nodes report of their films, with the paths of the film and of its captions here."""
    here = {each.file: each.path for each in fetched}
    found = []
    for node, output in finished.outputs.items():
        captions = finished.captions(node)
        video = next((file for file in here if file.node == node and file not in captions), None)
        for film in output.get("storyreel") or [] if isinstance(output, dict) else []:
            if isinstance(film, dict) and video and film.keys() >= _FILM:
                beside = {here[file].suffix[1:].lower(): str(here[file]) for file in captions if file in here}
                known = {key: value for key, value in film.items() if key != "captions"}
                found.append(known | {"path": str(here[video])} | ({"captions": beside} if beside else {}))
    return found
