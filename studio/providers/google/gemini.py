"""Gemini Omni and Gemini's picture models with a Gemini API key: interactions in the background. Clips and pictures
come inside the answer, or as a file of the account's that is there for two days. Speech and music: google_sounds.py.

What is asked, and what an interaction says of itself: interactions.py. Unverified: how long results are kept, and
whether cancelling before the work begins is free.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

from ...credentials import lacking, secret
from ...errors import Fault
from ...media.filetype import MOV, MP4, WEBM
from ..base import Door
from ..capability import SOUNDS, Capability, rows
from ..contract import Expired, Missed, Operation, Refused, State, Status, Take, answered
from ..download import keep_inline
from ..http import MEGABYTE, Wire, unheard
from ..media_inputs import Medium, clip_faults
from ..shot import Shot
from . import audio, interactions
from .files import API, VENDOR, fetched, uploaded
from .interactions import INTERACTION, MOST_ANSWER, MOST_INLINE, NONE, inline, mime_of, status_of

MOST_CLIP = 2000 * MEGABYTE


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
                body = audio.body(shot, capability, "")  # this way takes no id of ours
            return audio.asked(self._wire, f"{API}/models/{capability.id}:generateContent", body)
        with self._words_for(shot, capability):
            body = interactions.body(shot, capability, ours, {"delivery": "uri"}, self._clip)
        answer = self._wire.submit(f"{API}/interactions", body)
        unheard(self.name, "interaction", answer, INTERACTION)
        return self._accepted(answer.get("id"))

    def poll(self, operation: Operation) -> Status:
        if answered(operation):
            return Status(State.DONE, 1.0)
        answer = self._wire.ask("GET", f"{self._path(operation)}?stream=false", limit=MOST_ANSWER)
        if answer.status in (404, 410) or (answer.status == 400 and NONE.search(answer.said.message)):
            return Status(State.GONE, None, answer.sentence("answered"))
        return status_of(self.name, answer, rows(self.name))

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

    def _clip(self, medium: Medium) -> dict[str, str]:
        if len(medium.data) <= MOST_INLINE:
            return inline(medium)
        return {"type": "video", "mime_type": mime_of(medium), "uri": uploaded(self._wire, medium)}
