"""Runway's API: its own models, and other makers' through the same door. Tasks behind a key; clips behind links that
last a day or two, and are fresh each time one asks.

Facts: the types of runwayml 5.24.0. Unverified: that it charges for what its moderation stops, and that cancelling a
task which hasn't begun costs nothing; in both cases what the task says it cost counts.

A row's `wire` says wherein a model differs from the others:

    ids          its names by resolution, where each has a name of its own
    fields       by mode and resolution, what is sent as well; null: what isn't sent
    least_side   pixels that both sides of a picture must have
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..credentials import lacking, redact, secret
from ..errors import Fault
from ..media.filetype import JPEG, MOV, MP4, PNG, WEBM, WEBP
from .base import Door
from .capability import Capability, bought, phrase
from .contract import Missed, Operation, Refused, State, Status, Take
from .download import download
from .http import MEGABYTE, Wire, unheard
from .media_inputs import Medium, clip, clip_faults, picture, pictures_of, size_of
from .shot import Shot

VENDOR = "https://api.dev.runwayml.com"
VERSION = "2024-11-06"
CREDIT = Decimal("0.01")
"""Dollars."""

DATA_URI = 5 * MEGABYTE
"""Characters. What is longer is uploaded."""
MOST_PICTURE = 16 * MEGABYTE
MOST_CLIP = 200 * MEGABYTE

WORDS = {
    "PENDING": State.QUEUED,
    "THROTTLED": State.QUEUED,
    "RUNNING": State.RUNNING,
    "SUCCEEDED": State.DONE,
    "FAILED": State.FAILED,
    "CANCELLED": State.CANCELLED,
}
_TASK = frozenset(
    ("id", "createdAt", "status", "progress", "estimatedCost", "cost", "output", "failure", "failureCode")
)
_BLOCKED = re.compile(r"(^|\.)(SAFETY|MODERATION)(\.|$)")


class Runway(Door):
    name = "runway"
    bills_moderated = True
    cancel_is_free = frozenset({State.QUEUED})
    _called = "task"
    _id_cure = "give the id that its dashboard shows"

    def __init__(self) -> None:
        self._wire = Wire(self.name, VENDOR, self._keys)

    def check(self, shot: Shot, capability: Capability) -> list[Fault]:
        faults = clip_faults(shot, (MP4, MOV, WEBM), MOST_CLIP)
        for field, name in pictures_of(shot):
            size = size_of(name)
            if size and not 0.5 <= size[0] / size[1] <= 2:
                said = f"{Path(name).name} is {size[0]}x{size[1]}: one side is more than twice the other"
                faults.append(Fault(field, said, "crop it; runway takes no such picture"))
            least = capability.wire.get("least_side", 0)
            if size and min(size) < least:
                said = (
                    f"{Path(name).name} is {size[0]}x{size[1]}, and {capability.name} needs {least} each way"
                )
                faults.append(Fault(field, said, "give a larger one"))
        return faults

    def submit(self, shot: Shot, capability: Capability, ours: str) -> Operation:
        with self._words_for(shot, capability):
            path, body = self._request(shot, capability)
        answer = self._wire.submit(path, body)
        unheard(self.name, "answer to a request", answer, frozenset(("id", "estimatedCost")))
        return self._accepted(answer.get("id"))

    def poll(self, operation: Operation) -> Status:
        answer = self._wire.ask("GET", f"/v1/tasks/{self.askable(operation.id)}")
        if answer.status in (404, 410):
            return Status(State.GONE, None, answer.sentence("answered"))
        task = answer.object()
        unheard(self.name, "task", task, _TASK)
        state = WORDS.get(str(task.get("status")))
        if state is None:
            said = f"runway says {task.get('status')!r} of a task, which this version doesn't know"
            raise Missed(said, "look at it in runway's dashboard; a newer Storyreel may know the word")
        message, charge, links = "", None, None
        if state is State.FAILED:
            code = str(task.get("failureCode") or "")
            message = redact(
                " ".join(filter(None, (str(task.get("failure") or "it failed"), code and f"({code})")))
            )
            state = State.BLOCKED if _BLOCKED.search(code) else state
        if state is State.DONE:
            links = [link for link in task.get("output") or () if isinstance(link, str)]
            if not links:
                raise Missed("runway says that a task succeeded, and gives no link to its clip")
        if task["status"] == "THROTTLED":
            message = "waits for a place among the account's jobs"
        if state not in (State.QUEUED, State.RUNNING):
            charge = _charge(task.get("cost"))
        progress = task.get("progress")
        return Status(state, progress if isinstance(progress, (int, float)) else None, message, charge, links)

    def fetch(self, operation: Operation, status: Status, path: Path) -> Take:
        if not status.delivery:
            raise Missed("runway gave no link to the clip")
        link = status.delivery[0]  # one that has grown old is fresh after the next poll
        still = not urlsplit(link).path.endswith((".mp4", ".mov", ".webm"))
        download(self._wire, link, path, still=still)
        return Take(path, status.charge or Decimal(0))

    def cancel(self, operation: Operation) -> None:
        """The same request deletes the clip of a task that is done: it goes out only after a look."""
        if not self.poll(operation).final:
            self._wire.ask("DELETE", f"/v1/tasks/{self.askable(operation.id)}")

    def _keys(self) -> Mapping[str, str]:
        key = secret(self.name)
        if key is None:
            raise Refused("auth", lacking(self.name)[0])
        return {"Authorization": f"Bearer {key}", "X-Runway-Version": VERSION}

    def _request(self, shot: Shot, can: Capability) -> tuple[str, dict[str, Any]]:
        """Path and body."""
        body: dict[str, Any] = {"model": can.wire.get("ids", {}).get(shot.resolution, can.id)}
        prompt = phrase(shot, can)
        if prompt:
            body["promptText"] = prompt
        if can.seed:
            body["seed"] = shot.seed % 2**32
        if can.audio == "switch":
            body["audio"] = shot.audio is not False
        if can.negative_prompt and shot.negative_prompt.strip():
            body["negativePrompt"] = shot.negative_prompt.strip()
        if can.modes[shot.mode].ratios:
            sizes = can.sizes.get(shot.resolution, {})
            body["ratio"] = sizes.get(shot.aspect_ratio, shot.aspect_ratio)
        if shot.mode not in ("edit", "picture"):
            body["duration"] = int(bought(shot, can) or 0)
        own = can.wire.get("fields", {}).get(shot.mode, {}).get(shot.resolution, {})
        body = {key: value for key, value in (body | own).items() if value is not None}
        if shot.mode == "picture":
            named = [  # a prompt may speak of @picture1
                {"uri": self._picture(name), "tag": f"picture{number}"}
                for number, name in enumerate(shot.references, 1)
            ]
            return "/v1/text_to_image", body | ({"referenceImages": named} if named else {})
        if shot.mode in ("extend", "edit"):
            body["videoUri"] = self._uri(clip(shot.video or ""))
            if "extend" in can.modes:  # the one model that does several things with a clip
                body["mode"] = shot.mode
            return "/v1/video_to_video", body
        if shot.mode == "references":
            body["references"] = [{"uri": self._picture(name)} for name in shot.references]
        if shot.mode not in ("image", "frames"):
            return "/v1/text_to_video", body
        frames = zip(("first", "last"), (shot.image, shot.last_frame), strict=True)
        body["promptImage"] = [
            {"uri": self._picture(name), "position": position} for position, name in frames if name
        ]
        return "/v1/image_to_video", body

    def _picture(self, name: str) -> str:
        return self._uri(picture(name, (JPEG, PNG, WEBP), MOST_PICTURE))

    def _uri(self, medium: Medium) -> str:
        if len(medium.data) * 4 / 3 + 64 < DATA_URI:
            return medium.data_uri
        name = f"{uuid.uuid4().hex[:12]}.{medium.type.rpartition('/')[2]}"
        begun = self._wire.prepare("POST", "/v1/uploads", json_body={"filename": name, "type": "ephemeral"})
        try:
            told = begun.object()
            link, fields, uri = told["uploadUrl"], dict(told["fields"]), told["runwayUri"]
        except (Missed, KeyError, TypeError, ValueError):
            raise Refused("busy", "runway offers no place for an upload") from None
        files = {"file": (name, medium.data, medium.type)}
        self._wire.prepare("POST", link, keyed=False, data=fields, files=files)
        return uri


def _charge(cost: Any) -> Decimal | None:
    """Dollars, where a task tells its credits."""
    credits = cost.get("credits") if isinstance(cost, dict) else None
    if not isinstance(credits, (int, float)) or isinstance(credits, bool):
        return None
    return Decimal(str(credits)) * CREDIT
