"""Kling's two families of requests: what they ask for a shot, what they say of a task, and what they refuse.

The new one names the model in its path; the legacy one names it in the body, writes lengths as text, and says `succeed`
where the other says `succeeded`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from ...credentials import redact
from ...media.filetype import JPEG, PNG
from ..capability import Capability, bought, phrase
from ..contract import Missed, NoAnswer, RefusalKind, Refused, State, Status
from ..http import MEGABYTE
from ..http_errors import Told
from ..media_inputs import picture
from ..shot import Shot

UNIT = Decimal("0.14")
"""Dollars that a unit of a prepaid pack is worth."""
MOST_PICTURE = 50 * MEGABYTE
MOST_LEGACY_PICTURE = 10 * MEGABYTE

MODES = {"720p": "std", "1080p": "pro", "4k": "4k"}
"""The legacy family's words for resolutions."""
WORDS = {
    "submitted": State.QUEUED,
    "processing": State.RUNNING,
    "succeeded": State.DONE,
    "succeed": State.DONE,
    "failed": State.FAILED,
}
KINDS: Mapping[str, RefusalKind] = {
    "1000": "auth",
    "1001": "auth",
    "1002": "auth",
    "1003": "auth",
    "1100": "no_money",
    "1101": "no_money",
    "1102": "no_money",
    "1103": "auth",
    "1202": "invalid",
    "1203": "invalid",
    "1300": "blocked",
    "1301": "blocked",
    "1302": "rate",
    "1303": "busy",
    "1304": "auth",
}
"""What codes of refusals mean: the status of no money is 429, as that of too much at once."""
NOBODY_KNOWS = ("5000", "5001", "5002")
"""Codes after which a request may well have been accepted."""

_OURS = re.compile(r"(?i)external_?task_?id")
_BLOCKED = re.compile(r"(?i)risk control|safety|moderat|sensitive|polic(y|ies)|prohibit|violat")

Charge = tuple[Any, Decimal | None]
"""An amount as it is told, and how many dollars each of it is worth."""


class Outdated(Refused):
    """The token's time is over."""


def kind_of(status: int, said: Told) -> RefusalKind | None:
    """Of what kind a refusal is; None where its words decide. Raises NoAnswer, Outdated."""
    if said.word in NOBODY_KNOWS or status == 503:  # it can be asked whether the request came in all the same
        raise NoAnswer(f"kling answered {status}: {said.message}")
    if _OURS.search(said.message):  # it knows our id already: from a request believed lost
        raise NoAnswer(f"kling answered {status}: {said.message}")
    if said.word == "1004":
        raise Outdated("auth", f"kling refused it with {status}: {said.message}", "set this machine's clock")
    return KINDS.get(said.word)


def sounding(shot: Shot, can: Capability) -> tuple[str, ...]:
    """The resolutions at which a model can make sound: its row's wire says it, where it isn't all of them."""
    return tuple(can.wire.get("sounding", (shot.resolution,)))


def new(shot: Shot, can: Capability, ours: str) -> tuple[str, dict[str, Any]]:
    """Path and body. A row's wire may name the path's kind, for all modes or by mode, and settings that always
    go along. Our id does only where the model takes one. Raises MediaError."""
    settings = {"resolution": shot.resolution, "duration": int(bought(shot, can) or 0)}
    settings |= can.wire.get("settings", {})
    if can.audio == "switch":
        settings["audio"] = "native" if _sounds(shot, can) else "off"
    if not shot.image:  # else it has the picture's shape
        settings["aspect_ratio"] = shot.aspect_ratio
    body: dict[str, Any] = {"settings": settings}
    if ours and can.finds:
        body["options"] = {"external_task_id": ours}
    kind = can.wire.get("kinds", {}).get(shot.mode) or can.wire.get("kind")
    kind = kind or ("text-to-video" if shot.mode == "text" else "image-to-video")
    prompt = phrase(shot, can)
    if kind == "text-to-video":
        return f"/{kind}/{can.id}", {"prompt": prompt, **body}
    contents = [{"type": "prompt", "text": prompt}]
    for number, name in enumerate(shot.references, 1):  # a prompt may speak of @image_1
        contents.append({"type": "refer_image", "url": _bare(name, MOST_PICTURE), "id": f"image_{number}"})
    for type, name in (("first_frame", shot.image), ("last_frame", shot.last_frame)):
        if name:
            contents.append({"type": type, "url": _bare(name, MOST_PICTURE)})
    return f"/{kind}/{can.id}", {"contents": contents, **body}


def legacy(shot: Shot, can: Capability, name: str, ours: str) -> tuple[str, dict[str, Any]]:
    """Path and body; `name` is what this family calls the model. Raises MediaError."""
    body: dict[str, Any] = {
        "model_name": name,
        "prompt": phrase(shot, can),
        "mode": MODES[shot.resolution],
        "duration": str(int(bought(shot, can) or 0)),
    }
    if can.negative_prompt and shot.negative_prompt.strip():
        body["negative_prompt"] = shot.negative_prompt.strip()
    if can.audio == "switch":
        body["sound"] = "on" if _sounds(shot, can) else "off"
    if ours:
        body["external_task_id"] = ours
    if not shot.image:
        return "/v1/videos/text2video", body | {"aspect_ratio": shot.aspect_ratio}
    body["image"] = _bare(shot.image, MOST_LEGACY_PICTURE)
    if shot.last_frame:
        body["image_tail"] = _bare(shot.last_frame, MOST_LEGACY_PICTURE)
    return "/v1/videos/image2video", body


def new_status(task: Mapping[str, Any]) -> Status:
    """Raises Missed for what can't be understood."""
    worth = {"cash": Decimal(1), "unit": UNIT}
    outputs = [each for each in _things(task.get("outputs")) if each.get("type", "video") == "video"]
    billing = _things(task.get("billing"))
    charges = [(each.get("amount"), worth.get(str(each.get("charge_type")))) for each in billing]
    return _status(task.get("status"), task.get("message"), outputs, charges)


def legacy_status(task: Mapping[str, Any]) -> Status:
    """Raises Missed for what can't be understood."""
    result, cash = task.get("task_result"), task.get("final_balance_deduction")
    videos = _things(result.get("videos")) if isinstance(result, dict) else []
    charges: list[Charge] = [(task.get("final_unit_deduction"), UNIT)]
    charges.append((cash.get("quota") if isinstance(cash, dict) else None, Decimal(1)))
    told = [each for each in charges if each[0] not in (None, "")]
    return _status(task.get("task_status"), task.get("task_status_msg"), videos, told)


def _status(word: Any, said: Any, outputs: list[dict[str, Any]], charges: list[Charge]) -> Status:
    state = WORDS.get(str(word))
    if state is None:
        told = f"kling says {word!r} of a task, which this version doesn't know"
        raise Missed(told, "look at it in kling's console; a newer Storyreel may know the word")
    if state in (State.QUEUED, State.RUNNING):
        return Status(state)
    charge = _dollars(charges)
    if state is State.FAILED:
        message = redact(str(said or "")) or "it failed"
        return Status(State.BLOCKED if _BLOCKED.search(message) else state, None, message, charge)
    link = next((each["url"] for each in outputs if isinstance(each.get("url"), str) and each["url"]), None)
    if link is None:
        raise Missed("kling says that a task succeeded, and gives no link to its clip")
    return Status(state, 1.0, "", charge, link)


def _dollars(charges: list[Charge]) -> Decimal | None:
    """What was charged in all; None where nothing is told, or anything that can't be understood."""
    total = Decimal(0)
    for amount, worth in charges:
        try:
            much = Decimal(str(amount))
        except InvalidOperation:
            return None
        if not much.is_finite() or (much and worth is None):
            return None
        total += much * (worth or 0)
    return total if charges else None


def _sounds(shot: Shot, can: Capability) -> bool:
    return shot.audio is not False and shot.resolution in sounding(shot, can)


def _bare(name: str, most: int) -> str:
    """A picture as base64 without the head of a data URI, which Kling refuses."""
    return picture(name, (JPEG, PNG), most).text


def _things(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
