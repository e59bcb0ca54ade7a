"""The answers of /api/jobs: waiting, running and past workflows as one list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .queue import Item, Queue

STATES = ("pending", "in_progress", "completed", "failed")
PREVIEWABLE = ("images", "video", "audio")
ENDS = ("execution_success", "execution_error", "execution_interrupted")


def all_jobs(queue: Queue, states: Iterable[str] = STATES) -> list[dict[str, Any]]:
    """Every job in one of `states`, the latest first."""
    running, pending = queue.standing()
    jobs = [_waiting(item, "in_progress") for item in running]
    jobs += [_waiting(item, "pending") for item in pending]
    jobs += [_past(entry) for entry in queue.history().values()]
    wanted = set(states)
    return sorted(
        (j for j in jobs if j["status"] in wanted), key=lambda j: j.get("create_time", 0), reverse=True
    )


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
        workflow_id=_workflow_id(item.extra_data),
    )


def _past(entry: dict[str, Any]) -> dict[str, Any]:
    number, prompt_id, _, extra_data, _ = entry["prompt"]
    times = {event: data["timestamp"] for event, data in entry["status"]["messages"]}
    errors = [data for event, data in entry["status"]["messages"] if event == "execution_error"]
    files = [
        item | {"nodeId": node_id, "mediaType": kind}
        for node_id, shown in entry["outputs"].items()
        for kind, items in shown.items()
        if kind != "animated"
        for item in items
        if isinstance(item, dict)
    ]
    to_see = [file for file in files if file["mediaType"] in PREVIEWABLE]
    return _set(
        id=prompt_id,
        status="completed" if entry["status"]["completed"] else "failed",
        priority=number,
        create_time=extra_data.get("create_time"),
        execution_start_time=times.get("execution_start"),
        execution_end_time=next((times[end] for end in ENDS if end in times), None),
        execution_error=errors[0] if errors else None,
        outputs_count=len(files),
        preview_output=next(
            (file for file in to_see if file.get("type") == "output"), next(iter(to_see), None)
        ),
        workflow_id=_workflow_id(extra_data),
    )


def _workflow_id(extra_data: dict[str, Any]) -> Any:
    info = extra_data.get("extra_pnginfo")
    workflow = info.get("workflow") if isinstance(info, dict) else None
    return workflow.get("id") if isinstance(workflow, dict) else None


def _set(**items: Any) -> dict[str, Any]:
    return {key: value for key, value in items.items() if value is not None}
