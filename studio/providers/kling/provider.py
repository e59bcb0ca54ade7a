"""Kling's own API. Jobs carry our id, by which one whose answer was lost is found again: it is never sent twice.

The new family of requests (see requests.py) takes a static key only; the legacy one also tokens made of an access
and a secret key. So a model is asked for in the new family where there is a static key and it isn't a legacy model, and
else in the legacy one, where it has a name there (a row's wire: legacy).

Facts: copies of kling.ai's pages and what their readers measured. Unverified: that nothing is charged for what is
blocked, the words for that, and that what is charged in cash is charged in dollars. There is no way to cancel.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from ...credentials import lacking, redact, secret
from ...errors import BadInput, Fault
from ..base import Door, fingerprint
from ..capability import Capability
from ..contract import Missed, NoAnswer, Operation, Refused, State, Status, Take, Unaskable
from ..download import download
from ..http import Answer, Wire, unheard
from ..http_errors import HINTS, Told
from ..media_inputs import pictures_of, size_of
from ..shot import Shot
from .requests import Outdated, kind_of, legacy, legacy_status, new, new_status, sounding
from .token import Tokens

VENDOR = "https://api-singapore.klingai.com"
SHORTEST_SIDE = 300
"""Pixels of a picture."""
LEGACY = ("text2video", "image2video")

_ANSWER = frozenset(("code", "message", "request_id", "data"))
_TASK = frozenset(
    ("id", "external_id", "status", "message", "create_time", "update_time", "outputs", "billing")
)
_LEGACY_TASK = frozenset(
    ("task_id", "task_status", "task_status_msg", "task_info", "created_at", "updated_at")
)
_LEGACY_TASK |= {"task_result", "final_unit_deduction", "final_balance_deduction", "watermark_info"}
_ID = re.compile(rf"(?:({'|'.join(LEGACY)})/)?([A-Za-z0-9_-]{{1,100}})")
_NONE = re.compile(r"(?i)not (found|exist)")

T = TypeVar("T")


class Kling(Door):
    name = "kling"
    can_find = True
    _ids = _ID
    _called = "task"
    _id_cure = "give the id that its console shows"
    jobs_at = "the list of tasks that Kling's API gives"

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """`clock` is this machine's, in seconds since 1970: tokens are made by it."""
        self._wire = Wire(self.name, VENDOR, self._keys, kind_of, form="code")
        self._tokens = Tokens(clock)

    def missing(self) -> list[str]:
        if secret("kling"):
            return []
        absent = [name for name in ("kling_access", "kling_secret") if not secret(name)]
        return lacking(self.name if len(absent) == 2 else absent[0]) if absent else []

    def account(self) -> str | None:
        key = secret(self.name) or secret("kling_access")
        return fingerprint(self.name, key) if key else None

    def one_per_id(self, capability: Capability) -> bool:
        """Of the new family its pages say so, where the model takes our id. Of the legacy one nobody tells what becomes
        of the second."""
        return capability.finds and _legacy_name(capability) is None

    def check(self, shot: Shot, capability: Capability) -> list[Fault]:
        faults = []
        if not secret("kling") and secret("kling_access") and not capability.wire.get("legacy"):
            said = f"{capability.name} takes no access and secret key, only an API key"
            faults.append(Fault("provider", said, "make one at kling.ai/dev/api-key and set KLING_API_KEY"))
        if shot.audio and shot.resolution not in sounding(shot, capability):
            where = " or ".join(sounding(shot, capability))
            said = f"{capability.name} makes sound only at {where}"
            faults.append(Fault("audio", said, f"set resolution to {where}, or audio to false"))
        for field, name in pictures_of(shot):
            size = size_of(name)
            if size and min(size) < SHORTEST_SIDE:
                said = (
                    f"{Path(name).name} is {size[0]}x{size[1]}: no side may be under {SHORTEST_SIDE} pixels"
                )
                faults.append(Fault(field, said, "give a larger picture"))
            elif size and max(size) > 2.5 * min(size):
                said = f"{Path(name).name} is {size[0]}x{size[1]}: one side is more than 2.5 times the other"
                faults.append(Fault(field, said, "crop it; kling takes no such picture"))
        return faults

    def submit(self, shot: Shot, capability: Capability, ours: str) -> Operation:
        with self._words_for(shot, capability):
            older = _legacy_name(capability)
            path, body = legacy(shot, capability, older, ours) if older else new(shot, capability, ours)
        answer = self._renewed(lambda: self._wire.submit(path, body))
        unheard(self.name, "answer to a request", answer, _ANSWER)
        data = answer.get("data")
        id = str((data.get("task_id" if older else "id") if isinstance(data, dict) else "") or "")
        if not id:
            raise _none_made(answer)
        return self._accepted(f"{path.rpartition('/')[2]}/{id}" if older else id)

    def find(self, ours: str) -> Operation | None:
        """Asks both families: nobody may have kept in which one it was sent. The new one knows nothing of requests that
        were made with tokens."""
        try:
            if secret("kling"):
                tasks = self._tasks("external_task_ids", ours)
                for task in tasks:
                    if task.get("external_id") == ours:
                        return Operation(self.name, self.askable(str(task["id"])))
                if tasks:
                    raise Missed("kling was asked for one task, and told others")
            for kind in LEGACY:
                task = self._legacy_task(kind, ours)
                if task is not None:
                    return Operation(self.name, self.askable(f"{kind}/{task['task_id']}"))
        except (Refused, BadInput, KeyError, Unaskable) as error:
            raise Missed(f"kling can't be asked for our id: {error}") from None
        return None

    def poll(self, operation: Operation) -> Status:
        kind, _, id = self.askable(operation.id).rpartition("/")
        if kind:
            task = self._legacy_task(kind, id)
        else:
            tasks = self._tasks("task_ids", id)
            task = next((task for task in tasks if str(task.get("id")) == id), None)
            if tasks and task is None:
                raise Missed("kling was asked for one task, and told others")
        if task is None:
            return Status(State.GONE, None, f"kling knows no task {id}")
        unheard(self.name, "task", task, _LEGACY_TASK if kind else _TASK)
        return legacy_status(task) if kind else new_status(task)

    def fetch(self, operation: Operation, status: Status, path: Path) -> Take:
        if not status.delivery:
            raise Missed("kling gave no link to the clip")
        download(self._wire, status.delivery, path)
        return Take(path, status.charge or Decimal(0))

    def cancel(self, operation: Operation) -> None:
        """There is no such request: it works on, and its clip is there for whoever asks."""

    def _keys(self) -> Mapping[str, str]:
        key = secret(self.name)
        if key is None:
            access, hidden = secret("kling_access"), secret("kling_secret")
            if not (access and hidden):
                raise Refused("auth", self.missing()[0])
            key = self._tokens.of(access, hidden)
        return {"Authorization": f"Bearer {key}"}

    def _renewed(self, ask: Callable[[], T]) -> T:
        """What is asked; a second time, with a new token, where the first one's time was over: that did nothing."""
        try:
            return ask()
        except Outdated:
            self._tokens.forget()
            return ask()

    def _tasks(self, key: str, id: str) -> list[dict[str, Any]]:
        """The tasks of that id; none where there certainly is none. Raises Missed, Refused."""
        answer = self._renewed(lambda: self._wire.ask("GET", f"/tasks?{key}={quote(id, safe='')}"))
        tasks = _data(answer)
        if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
            raise Missed("kling answered with something that is no list of tasks")
        return tasks

    def _legacy_task(self, kind: str, id: str) -> dict[str, Any] | None:
        """The task of that id, its own or ours; None where there certainly is none. Raises Missed, Refused."""
        answer = self._renewed(lambda: self._wire.ask("GET", f"/v1/videos/{kind}/{quote(id, safe='')}"))
        if answer.said.word == "1201" and _NONE.search(answer.said.message):
            return None
        task = _data(answer)
        if not isinstance(task, dict):
            raise Missed("kling answered with something that is no task")
        return task


def _none_made(answer: Mapping[str, Any]) -> Refused | NoAnswer:
    """What an answer to a request means that was good by its status, and tells no task."""
    told = Told(redact(str(answer.get("message") or "")), str(answer.get("code") or ""))
    kind = kind_of(200, told) or ("invalid" if told.word in ("1200", "1201") else None)
    if kind is None:
        return NoAnswer("kling accepted it and told no task id")
    return Refused(kind, f"kling refused it with {told.word}: {told.message}", HINTS[kind])


def _data(answer: Answer) -> Any:
    """What a good answer holds. Raises Missed."""
    told = answer.object()
    unheard("kling", "answer", told, _ANSWER)
    if told.get("code", 0) != 0:
        raise Missed(f"kling answered {told['code']}: {redact(str(told.get('message') or ''))}")
    return told.get("data")


def _legacy_name(can: Capability) -> str | None:
    """What the legacy family calls the model; None where it is asked for in the new one."""
    name = can.wire.get("legacy")
    return name if name == can.id or not secret("kling") else None
