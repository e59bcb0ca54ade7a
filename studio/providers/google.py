"""Gemini Omni and Gemini's picture models with a Gemini API key: interactions in the background. Clips and pictures
come inside the answer, or as a file of the account's that is there for two days. Speech and music: google_sounds.py.

Facts: the types of google-genai 3.4.0, Google's guide (a copy of September 2026). Roles of media are written into the
prompt as tags. Unverified: how long results are kept, and whether cancelling before the work begins is free.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..credentials import lacking, redact, secret
from ..errors import Fault
from . import google_sounds
from .capability import SOUNDS, Capability, bought, phrase, rows
from .contract import Expired, Missed, Operation, Refused, Shot, State, Status, Take, answered
from .door import Door
from .download import keep_inline
from .google_files import API, VENDOR, fetched, uploaded
from .inputs import JPEG, MOV, MP4, PNG, WEBM, WEBP, Medium, clip, clip_faults, label, picture
from .wire import MEGABYTE, Wire, unheard

MOST_INLINE = 14 * MEGABYTE
"""Bytes of a clip inside a request; a request may have 20 MB, and base64 makes them a third more."""
MOST_PICTURE = 7 * MEGABYTE
MOST_PICTURES = 60 * MEGABYTE
"""Of all pictures together; a request to Gemini's picture models may have 100 MB."""
MOST_CLIP = 2000 * MEGABYTE
MOST_ANSWER = 256 * MEGABYTE

WORDS = {
    "queued": State.QUEUED,
    "in_progress": State.RUNNING,
    "requires_continuation": State.RUNNING,
    "completed": State.DONE,
    "failed": State.FAILED,
    "incomplete": State.FAILED,
    "budget_exceeded": State.FAILED,
    "cancelled": State.CANCELLED,
}
TASKS = {
    "text": "text_to_video",
    "image": "image_to_video",
    "frames": "image_to_video",
    "references": "reference_to_video",
    "extend": "extend",
}
_INTERACTION = frozenset(
    re.findall(
        r"\w+",
        """id object status model created updated steps usage errors role input previous_interaction_id stream
        response_format response_modalities response_mime_type generation_config background store labels tools
        service_tier continuation_token system_instruction safety_settings webhook_config agent agent_config
        environment environment_id output_text output_video cached_content""",
    )
)
_SAFETY = re.compile(r"(?i)safety|blocked|prohibited|moderat|policy|policies|guidelines")
_NO_SUCH = re.compile(r"(?i)invalid interaction|interaction.*(not found|does not exist)")


class Google(Door):
    name = "google"
    cancel_is_free = frozenset({State.QUEUED})
    _ids = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]{0,499}")
    _called = "interaction"

    def __init__(self) -> None:
        self._wire = Wire(self.name, VENDOR, self._keys)

    def check(self, shot: Shot, capability: Capability) -> list[Fault]:
        return clip_faults(shot, (MP4, MOV, WEBM), MOST_CLIP)

    def submit(self, shot: Shot, capability: Capability, ours: str) -> Operation:
        if shot.mode in SOUNDS:
            with self._words_for(shot, capability):
                body = google_sounds.body(shot, capability, "")  # this way takes no id of ours
            return google_sounds.asked(self._wire, f"{API}/models/{capability.id}:generateContent", body)
        with self._words_for(shot, capability):
            body = self._body(shot, capability, ours)
        answer = self._wire.submit(f"{API}/interactions", body)
        unheard(self.name, "interaction", answer, _INTERACTION)
        return self._accepted(answer.get("id"))

    def poll(self, operation: Operation) -> Status:
        if answered(operation):
            return Status(State.DONE, 1.0)
        answer = self._wire.ask("GET", f"{self._path(operation)}?stream=false", limit=MOST_ANSWER)
        if answer.status in (404, 410) or (answer.status == 400 and _NO_SUCH.search(answer.said.message)):
            return Status(State.GONE, None, answer.sentence("answered"))
        told = answer.object()
        unheard(self.name, "interaction", told, _INTERACTION)
        state = WORDS.get(str(told.get("status")))
        if state is None:
            said = f"google says {told.get('status')!r} of an interaction, which this version doesn't know"
            raise Missed(said, "a newer Storyreel may know the word")
        if state in (State.QUEUED, State.RUNNING):
            return Status(state)
        charge = charge_of(told, rows("google"))
        made, words = _output(told)
        if state is State.DONE and made is not None:
            return Status(state, 1.0, "", charge, made)
        if state is State.CANCELLED:
            return Status(state, None, "", charge)
        message = words or f"it ended as {told['status']}, without a clip or a reason"
        if state is State.DONE or _SAFETY.search(message):
            return Status(State.BLOCKED, None, message, charge or Decimal(0))
        return Status(State.FAILED, None, message, charge or Decimal(0))

    def fetch(self, operation: Operation, status: Status, path: Path) -> Take:
        if answered(operation):
            raise Expired("google sent it with its answer, and keeps none")
        kind, what, *still = status.delivery or ("", "")
        if kind == "data":
            keep_inline(self.name, what, path)
        elif kind == "uri":
            fetched(self._wire, what, path, still == [True])
        else:
            raise Missed("google gave no clip")
        return Take(path, status.charge or Decimal(0))

    def cancel(self, operation: Operation) -> None:
        self._wire.ask("POST", f"{self._path(operation)}/cancel", {})

    def _keys(self) -> Mapping[str, str]:
        key = secret(self.name)
        if key is None:
            raise Refused("auth", lacking(self.name)[0])
        return {"x-goog-api-key": key}

    def _path(self, operation: Operation) -> str:
        return f"{API}/interactions/{quote(self.askable(operation.id), safe='')}"

    def _body(self, shot: Shot, can: Capability, ours: str) -> dict[str, Any]:
        wanted = {"type": "video", "aspect_ratio": shot.aspect_ratio}
        config: dict[str, Any] = {"seed": shot.seed % 2**31}  # its field has 32 bits with a sign
        if shot.makes == "picture":
            wanted["type"] = "image"
            if len(can.modes["picture"].resolutions) > 1:  # whoever draws one size has no field for it
                wanted["image_size"] = shot.resolution.upper()
        else:
            seconds = int(bought(shot, can) or 0)
            wanted |= {"resolution": shot.resolution, "duration": f"{seconds}s", "delivery": "uri"}
            config["video_config"] = {"task": TASKS[shot.mode]}
        return {
            "model": can.id,
            "input": [{"type": "user_input", "content": self._content(shot, phrase(shot, can))}],
            "response_format": wanted,
            "generation_config": config,
            "background": True,
            "store": True,
        } | ({"labels": {"storyreel": label(ours)}} if ours else {})

    def _content(self, shot: Shot, prompt: str) -> list[dict[str, Any]]:
        def image(name: str) -> dict[str, Any]:
            most = min(MOST_PICTURE, MOST_PICTURES // max(1, len(shot.references)))
            medium = picture(name, (JPEG, PNG, WEBP), most)
            return {"type": "image", "mime_type": medium.type, "data": medium.text}

        media = []
        if shot.mode == "extend":
            media.append(self._clip(clip(shot.video or "")))
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

    def _clip(self, medium: Medium) -> dict[str, Any]:
        kind = "video/mov" if medium.type == MOV else medium.type
        if len(medium.data) <= MOST_INLINE:
            return {"type": "video", "mime_type": kind, "data": medium.text}
        return {"type": "video", "mime_type": kind, "uri": uploaded(self._wire, medium)}


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
