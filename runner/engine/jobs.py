"""The answers of /api/jobs: waiting, running and past workflows as one list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .queue import Item, Queue

STATES = ("pending", "in_progress", "completed", "failed", "cancelled")
PREVIEWABLE = ("images", "video", "audio", "3d", "text")
FORMATS = ("video/", "audio/")
"""How a file's `format` begins that is shown whatever its list is called, such as `gifs` of Video Helper Suite."""
TEXTS = (".txt", ".md", ".json")
SHAPES = (".obj", ".fbx", ".gltf", ".glb", ".usdz")
ENDS = ("execution_success", "execution_error", "execution_interrupted")

SORTED = (("sort_by", "created_at"), ("sort_order", "desc"))
"""How they are sorted unless a client says otherwise."""
SORT_BY: dict[str, Callable[[dict[str, Any]], Any]] = {
    "created_at": lambda job: job.get("create_time", 0),
    "execution_duration": lambda job: (
        job["execution_end_time"] - job["execution_start_time"]
        if {"execution_end_time", "execution_start_time"} <= set(job)
        else 0
    ),
}


def all_jobs(queue: Queue, states: Iterable[str] = STATES, workflow_id: str = "") -> list[dict[str, Any]]:
    """Every job in one of `states`, of one workflow where its id is given."""
    running, pending = queue.standing()
    jobs = [_waiting(item, "in_progress") for item in running]
    jobs += [_waiting(item, "pending") for item in pending]
    jobs += [_past(entry) for entry in queue.history().values()]
    wanted = set(states)
    return [
        job
        for job in jobs
        if job["status"] in wanted and (not workflow_id or job.get("workflow_id") == workflow_id)
    ]


def one_job(queue: Queue, prompt_id: str) -> dict[str, Any] | None:
    """A job with its outputs and its graph, or None if there is none of that id."""
    past = queue.history(prompt_id)
    if past:
        entry = past[prompt_id]
        return _past(entry) | {
            "outputs": entry["outputs"],
            "execution_status": entry["status"],
            "workflow": {"prompt": entry["prompt"][2], "extra_data": entry["prompt"][3]},
        }
    return next((job for job in all_jobs(queue, ("pending", "in_progress")) if job["id"] == prompt_id), None)


def _waiting(item: Item, status: str) -> dict[str, Any]:
    return _set(
        id=item.prompt_id,
        status=status,
        priority=item.number,
        create_time=item.extra_data.get("create_time"),
        outputs_count=0,
        previewable_outputs_count=0,
        workflow_id=_workflow_id(item.extra_data),
    )


def _past(entry: dict[str, Any]) -> dict[str, Any]:
    number, prompt_id, _, extra_data, _ = entry["prompt"]
    times = {event: data["timestamp"] for event, data in entry["status"]["messages"]}
    errors = [data for event, data in entry["status"]["messages"] if event == "execution_error"]
    files = [
        {"mediaType": kind} | item | {"nodeId": node_id}
        for node_id, shown in entry["outputs"].items()
        for kind, items in shown.items()
        if kind != "animated"
        for item in items
        if isinstance(item, dict)
    ]
    to_see = sorted(filter(_previewable, files), key=_precedence)
    return _set(
        id=prompt_id,
        status=_state(entry["status"]["completed"], times),
        priority=number,
        create_time=extra_data.get("create_time"),
        execution_start_time=times.get("execution_start"),
        execution_end_time=next((times[end] for end in ENDS if end in times), None),
        execution_error=errors[0] if errors else None,
        outputs_count=len(files),
        previewable_outputs_count=len(to_see),
        preview_output=next(iter(to_see), None),
        workflow_id=_workflow_id(extra_data),
    )


def _state(completed: bool, times: dict[str, Any]) -> str:
    if completed:
        return "completed"
    return "cancelled" if "execution_interrupted" in times else "failed"


def _previewable(file: dict[str, Any]) -> bool:
    return (
        file["mediaType"] in PREVIEWABLE
        or str(file.get("format", "")).startswith(FORMATS)
        or _name(file).endswith(TEXTS + SHAPES)
    )


def _precedence(file: dict[str, Any]) -> int:
    """A saved picture, video or sound goes before one that is only shown, and text comes last."""
    if file["mediaType"] == "text" or _name(file).endswith(TEXTS):
        return 2
    return 0 if file.get("type") == "output" else 1


def _name(file: dict[str, Any]) -> str:
    return str(file.get("filename", "")).lower()


def _workflow_id(extra_data: dict[str, Any]) -> Any:
    info = extra_data.get("extra_pnginfo")
    workflow = info.get("workflow") if isinstance(info, dict) else None
    return workflow.get("id") if isinstance(workflow, dict) else None


def _set(**items: Any) -> dict[str, Any]:
    return {key: value for key, value in items.items() if value is not None}
