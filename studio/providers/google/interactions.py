"""Google's interactions: what is asked of Gemini Omni and of Gemini's picture models, and what an interaction says of
itself. The Gemini API (google.py) and Vertex AI (vertex.py) speak the same.

Facts: the types of google-genai 3.6.1, Google's guide (a copy of September 2026) and its cookbook. Roles of media are
written into the prompt as tags.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

from ...credentials import redact
from ...media.filetype import JPEG, MOV, PNG, WEBP
from ..capability import Capability, bought, phrase
from ..contract import Missed, State, Status
from ..http import MEGABYTE, Answer, unheard
from ..media_inputs import Medium, clip, label, picture
from ..shot import Shot

MOST_INLINE = 14 * MEGABYTE
"""Bytes of a clip inside a request; a request may have 20 MB, and base64 makes them a third more."""
MOST_PICTURE = 7 * MEGABYTE
MOST_PICTURES = 60 * MEGABYTE
"""Of all pictures together; a request to Gemini's picture models may have 100 MB."""
MOST_ANSWER = 256 * MEGABYTE
IDLE_SECONDS = 900
"""An interaction that is idle for so long, by Google's own clock, has ended without saying so."""

WORDS = {
    "queued": State.QUEUED,
    "in_progress": State.RUNNING,
    "requires_continuation": State.RUNNING,
    "idle": State.RUNNING,  # see `_stands_still`
    "completed": State.DONE,
    "failed": State.FAILED,
    "incomplete": State.FAILED,
    "budget_exceeded": State.FAILED,
    "requires_action": State.FAILED,  # it waits for an answer that nobody here can give
    "cancelled": State.CANCELLED,
}
STILL = ("idle", "requires_action")
"""Words for one that does nothing more by itself; what it has made by then is there."""
TASKS = {
    "text": "text_to_video",
    "image": "image_to_video",
    "frames": "image_to_video",
    "references": "reference_to_video",
    "extend": "extend",
}
INTERACTION = frozenset(
    re.findall(
        r"\w+",
        """id object status model created updated steps usage errors role input previous_interaction_id stream
        response_format response_modalities response_mime_type generation_config background store labels tools
        service_tier continuation_token system_instruction safety_settings webhook_config agent agent_config
        environment environment_id output_text output_video cached_content""",
    )
)
NONE = re.compile(r"(?i)invalid interaction|interaction.*(not found|does not exist)")
"""What is said of an interaction that there isn't."""
_SAFETY = re.compile(r"(?i)safety|blocked|prohibited|moderat|policy|policies|guidelines")


def body(
    shot: Shot,
    can: Capability,
    ours: str,
    how: Mapping[str, str],
    clip_of: Callable[[Medium], dict[str, str]],
) -> dict[str, Any]:
    """What is asked. `how` says in what way a clip is handed over, and where; `clip_of` where one is that goes along.
    Raises MediaError, Refused."""
    wanted = {"type": "video", "aspect_ratio": shot.aspect_ratio}
    config: dict[str, Any] = {"seed": shot.seed % 2**31}  # its field has 32 bits with a sign
    if shot.makes == "picture":
        wanted["type"] = "image"
        if len(can.modes["picture"].resolutions) > 1:  # whoever draws one size has no field for it
            wanted["image_size"] = shot.resolution.upper()
    else:
        seconds = int(bought(shot, can) or 0)
        wanted |= {"resolution": shot.resolution, "duration": f"{seconds}s", **how}
        config["video_config"] = {"task": TASKS[shot.mode]}
    return {
        "model": can.id,
        "input": [{"type": "user_input", "content": _content(shot, phrase(shot, can), clip_of)}],
        "response_format": wanted,
        "generation_config": config,
        "background": True,
        "store": True,
    } | ({"labels": {"storyreel": label(ours)}} if ours else {})


def inline(medium: Medium) -> dict[str, str]:
    """A clip inside a request."""
    return {"type": "video", "mime_type": mime_of(medium), "data": medium.text}


def mime_of(medium: Medium) -> str:
    return "video/mov" if medium.type == MOV else medium.type


def _content(shot: Shot, prompt: str, clip_of: Callable[[Medium], dict[str, str]]) -> list[dict[str, Any]]:
    def image(name: str) -> dict[str, Any]:
        most = min(MOST_PICTURE, MOST_PICTURES // max(1, len(shot.references)))
        medium = picture(name, (JPEG, PNG, WEBP), most)
        return {"type": "image", "mime_type": medium.type, "data": medium.text}

    media: list[dict[str, Any]] = []
    if shot.mode == "extend":
        media.append(clip_of(clip(shot.video or "")))
        prompt = prompt or "Continue the scene."
    elif shot.mode == "picture":
        media += [image(name) for name in shot.references]
    elif shot.mode == "references":
        media += [image(name) for name in shot.references]
        named = " ".join(f"<IMAGE_REF_{n}>@Image{n + 1}" for n in range(len(shot.references)))
        prompt = f"[# References {named}] {prompt}"
    elif shot.mode in ("image", "frames"):
        frames = [name for name in (shot.image, shot.last_frame) if name]
        media += [image(name) for name in frames]
        prompt = " ".join([*("<FIRST_FRAME>", "<LAST_FRAME>")[: len(frames)], prompt])
    return [*media, {"type": "text", "text": prompt.strip()}]


def status_of(door: str, answer: Answer, models: Iterable[Capability]) -> Status:
    """How an interaction stands. Its delivery is how the clip is held (data, uri), what, and whether it is a picture.
    Raises Missed."""
    told = answer.object()
    unheard(door, "interaction", told, INTERACTION)
    state = WORDS.get(str(told.get("status")))
    if state is None:
        said = f"{door} says {told.get('status')!r} of an interaction, which this version doesn't know"
        raise Missed(said, "a newer Storyreel may know the word")
    charge = charge_of(told, models)
    made, words = _output(told)
    if told["status"] in STILL and made:
        state = State.DONE
    elif told["status"] == "idle" and _stands_still(told, answer.headers):
        state = State.FAILED
    if state in (State.QUEUED, State.RUNNING):
        return Status(state)
    if state is State.DONE and made is not None:
        return Status(state, 1.0, "", charge, made)
    if state is State.CANCELLED:
        return Status(state, None, "", charge)
    message = words or f"it ended as {told['status']}, without a clip or a reason"
    if state is State.DONE or _SAFETY.search(message):
        return Status(State.BLOCKED, None, message, charge or Decimal(0))
    return Status(State.FAILED, None, message, charge or Decimal(0))


def _stands_still(told: Mapping[str, Any], headers: Mapping[str, str]) -> bool:
    """Whether nothing has changed for long, by the answer's own date: this machine's clock may be wrong."""
    try:
        changed = datetime.fromisoformat(str(told.get("updated")).replace("Z", "+00:00"))
        now = parsedate_to_datetime(headers.get("date", ""))
        return (now - changed).total_seconds() > IDLE_SECONDS
    except (ValueError, TypeError):
        return False


def _output(told: Mapping[str, Any]) -> tuple[tuple[str, str, bool] | None, str]:
    """The clip or picture that a model's output holds (how it is held, what, whether it is a picture), and what else it
    says. Drafts are in steps of their own, the thoughts."""
    words, made = [], None
    for step in told.get("steps") or ():
        if not isinstance(step, dict) or step.get("type") != "model_output":
            continue
        for item in step.get("content") or ():
            if item.get("type") in ("video", "image") and (item.get("data") or item.get("uri")):
                way = "data" if item.get("data") else "uri"
                made = (way, str(item[way]), item["type"] == "image")
            elif item.get("type") == "text" and item.get("text"):
                words.append(str(item["text"]))
        if isinstance(step.get("error"), dict):
            words.append(str(step["error"].get("message", "")))
    for error in told.get("errors") or ():
        if isinstance(error, dict):
            words.append(" ".join(str(error[key]) for key in ("message", "code") if error.get(key)))
    return made, redact(" ".join(" ".join(words).split()))[:400]


def charge_of(told: Mapping[str, Any], models: Iterable[Capability]) -> Decimal | None:
    """Dollars for the tokens that it made, where it tells them and they have a price. What went in isn't counted."""
    made = (told.get("usage") or {}).get("output_tokens_by_modality")
    row = next((row for row in models if row.id == told.get("model")), None)
    if row is None or not row.token_prices or not isinstance(made, list):
        return None
    million = Decimal(1_000_000)
    return sum(
        (
            row.token_prices.get(str(each.get("modality")), Decimal(0))
            * int(each.get("tokens") or 0)
            / million
            for each in made
        ),
        Decimal(0),
    )
