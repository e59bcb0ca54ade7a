"""Veo on Vertex AI (the Gemini Enterprise Agent Platform): long-running predictions behind OAuth. Clips come inside the
answer, or into a bucket of one's own: storage_uri in [doors.vertex] of config.toml. Gemini Omni is asked by
interactions, at the location global (interactions.py). Pictures: images.py; speech and music:
google_sounds.py.

Facts: google-genai 3.6.1 and Google's pages. There is no way to cancel a prediction and none to find a job again
without its name. It doesn't say what Veo is charged; the price list does, and it bills what it delivers.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...config import config
from ...credentials import redact
from ...errors import Fault, MediaError
from ...media.filetype import JPEG, MP4, PNG
from ..base import Door
from ..capability import SOUNDS, Capability, bought, phrase, rows
from ..contract import Expired, Missed, Operation, Refused, State, Status, Take, answered
from ..download import Denied, download, keep_inline
from ..http import MEGABYTE, Wire, unheard
from ..media_inputs import clip, clip_faults, label, picture
from ..shot import Shot
from . import audio, auth, images, interactions

API = "/v1"
INTERACTIONS = "/v1beta1"
EVERYWHERE = "https://aiplatform.googleapis.com"
"""Where what isn't bound to a region is asked."""
STORAGE = "https://storage.googleapis.com"
MOST_PICTURE = 10 * MEGABYTE
MOST_CLIP = 20 * MEGABYTE
"""Bytes of a clip inside a request."""
MOST_ANSWER = 256 * MEGABYTE

_PART = r"[^/:?#%\s\x00-\x20\x7f]{1,200}"
_NAME = re.compile(
    rf"(projects/(?:{_PART}:)?{_PART}/locations/{_PART}/publishers/google/models/{_PART})/operations/{_PART}"
)
_ID = re.compile(r"v\d{1,3}_[A-Za-z0-9_-]{1,500}")
"""What an interaction calls itself, without the project and the place that it is asked for at."""
_TALK = rf"(projects/(?:{_PART}:)?{_PART}/locations/{_PART})/interactions/[A-Za-z0-9_-]{{1,500}}"
_OPERATION = frozenset(("name", "metadata", "done", "error", "response"))
_RESPONSE = frozenset(("@type", "videos", "raiMediaFilteredCount", "raiMediaFilteredReasons"))
_SAFETY = re.compile(r"(?i)usage guidelines|safety|responsible ai|support codes?|violat|prohibited|blocked")


class Vertex(Door):
    name = "vertex"
    _ids = re.compile(f"{_NAME.pattern}|{_TALK}")
    _called = "operation"
    _id_cure = "give its whole name: projects/…, or of an interaction its id, v1_…"

    def __init__(self) -> None:
        self._wire = Wire(self.name, _vendor, auth.bearer)
        self._storage = Wire("storage", _storage_url, auth.bearer)
        self._everywhere = Wire(self.name, EVERYWHERE, auth.bearer)

    def missing(self) -> list[str]:
        return auth.lacking()

    def account(self) -> str | None:
        project = auth.project()
        return f"project {project}" if project else None

    def operation(self, id: str) -> Operation:
        if _ID.fullmatch(id):
            id = f"projects/{auth.project()}/locations/global/interactions/{id}"
        return super().operation(id)

    def check(self, shot: Shot, capability: Capability) -> list[Fault]:
        return clip_faults(shot, (MP4,), MOST_CLIP) or _extension_faults(shot)

    def submit(self, shot: Shot, capability: Capability, ours: str) -> Operation:
        draws, sounds = shot.makes == "picture", shot.mode in SOUNDS
        talks = capability.wire.get("verb") == "interactions"
        with self._words_for(shot, capability):
            worded = audio.body if sounds else images.body if draws else self._body
            worded = self._interaction if talks else worded
            body = worded(shot, capability, ours)
        project = auth.project()
        if not project:
            raise Refused("auth", auth.lacking()[0])
        place = capability.wire.get("location") or auth.location()
        if talks:
            return self._talked(f"projects/{project}/locations/{place}/interactions", body)
        model = f"projects/{project}/locations/{place}/publishers/google/models/{capability.id}"
        wire = self._everywhere if place == "global" else self._wire
        if draws:
            return images.drawn(wire, model, body)
        if sounds:
            predicts = capability.wire.get("verb") == "predict"
            path = f"{API}/{model}:predict" if predicts else f"/v1beta1/{model}:generateContent"
            return audio.asked(wire, path, body)
        answer = self._wire.submit(f"{API}/{model}:predictLongRunning", body)
        unheard(self.name, "answer to a request", answer, _OPERATION)
        return self._accepted(answer.get("name"))

    def poll(self, operation: Operation) -> Status:
        if answered(operation):
            return Status(State.DONE, 1.0)
        model, predicted, _ = self.askable(operation.id).rpartition("/operations/")
        if not predicted:
            return self._talk(operation)
        path = f"{API}/{model}:fetchPredictOperation"
        answer = self._wire.ask("POST", path, {"operationName": operation.id}, limit=MOST_ANSWER)
        if answer.status in (404, 410):
            return Status(State.GONE, None, answer.sentence("answered"))
        told = answer.object()
        unheard(self.name, "operation", told, _OPERATION)
        if told.get("done") in (None, False):
            return Status(State.RUNNING)
        error, response = told.get("error"), told.get("response")
        if isinstance(error, dict):
            message = redact(str(error.get("message") or f"it failed with code {error.get('code')}"))
            state = State.BLOCKED if _SAFETY.search(message) else State.FAILED
            return Status(state, None, message, Decimal(0))
        if told["done"] is not True or not isinstance(response, dict):
            raise Missed("vertex says neither that the operation works nor how it ended")
        return _ending(response)

    def fetch(self, operation: Operation, status: Status, path: Path) -> Take:
        if answered(operation):
            raise Expired("vertex sent it with its answer, and keeps none")
        if isinstance(status.delivery, tuple):  # of an interaction
            way, what, _ = status.delivery
            video = {"bytesBase64Encoded" if way == "data" else "gcsUri": what}
        else:
            video = status.delivery or {}
        if video.get("bytesBase64Encoded"):
            keep_inline(self.name, video["bytesBase64Encoded"], path)
        elif str(video.get("gcsUri", "")).startswith("gs://"):
            self._from_bucket(video["gcsUri"], path)
        else:
            raise Missed("vertex gave no clip")
        return Take(path, status.charge or Decimal(0))

    def cancel(self, operation: Operation) -> None:
        """There is no such request: it works on, and its clip is there for whoever asks."""

    def _body(self, shot: Shot, can: Capability, ours: str) -> dict[str, Any]:
        def image(name: str) -> dict[str, str]:
            medium = picture(name, (JPEG, PNG), MOST_PICTURE)
            return {"bytesBase64Encoded": medium.text, "mimeType": medium.type}

        instance: dict[str, Any] = {}
        prompt = phrase(shot, can)
        if prompt:
            instance["prompt"] = prompt
        parameters: dict[str, Any] = {
            "sampleCount": 1,
            "durationSeconds": int(bought(shot, can) or 0),
            "seed": shot.seed % 2**32,
            "generateAudio": shot.audio is not False,
        }
        if shot.negative_prompt.strip():
            parameters["negativePrompt"] = shot.negative_prompt.strip()
        bucket = config().door(self.name).storage_uri
        if bucket:
            parameters["storageUri"] = bucket
        if shot.mode == "extend":
            medium = clip(shot.video or "")
            instance["video"] = {"bytesBase64Encoded": medium.text, "mimeType": medium.type}
        else:  # an extension is as large as its clip
            parameters |= {"aspectRatio": shot.aspect_ratio, "resolution": shot.resolution}
        if shot.mode in ("image", "frames"):
            instance["image"] = image(shot.image or "")
        if shot.mode == "frames":
            instance["lastFrame"] = image(shot.last_frame or "")
        if shot.mode == "references":
            instance["referenceImages"] = [
                {"image": image(name), "referenceType": "ASSET"} for name in shot.references
            ]
        labels = {"storyreel": label(ours)} if ours else {}
        return {"instances": [instance], "parameters": parameters} | ({"labels": labels} if labels else {})

    def _interaction(self, shot: Shot, can: Capability, ours: str) -> dict[str, Any]:
        bucket = config().door(self.name).storage_uri
        how = {"delivery": "uri", "gcs_uri": bucket} if bucket else {"delivery": "inline"}
        return interactions.body(shot, can, ours, how, interactions.inline)

    def _talked(self, path: str, body: Mapping[str, Any]) -> Operation:
        answer = self._everywhere.submit(f"{INTERACTIONS}/{path}", body)
        unheard(self.name, "interaction", answer, interactions.INTERACTION)
        id = answer.get("id")
        return self._accepted(f"{path}/{id}" if isinstance(id, str) and id else None)

    def _talk(self, operation: Operation) -> Status:
        """How an interaction stands."""
        path = f"{INTERACTIONS}/{operation.id}?stream=false"
        answer = self._everywhere.ask("GET", path, limit=MOST_ANSWER)
        if answer.status in (404, 410) or (
            answer.status == 400 and interactions.NONE.search(answer.said.message)
        ):
            return Status(State.GONE, None, answer.sentence("answered"))
        return interactions.status_of(self.name, answer, rows(self.name))

    def _from_bucket(self, uri: str, path: Path) -> None:
        bucket, _, name = uri.removeprefix("gs://").partition("/")
        object = f"/storage/v1/b/{quote(bucket)}/o/{quote(name, safe='')}"
        try:
            link = f"{self._storage.base_url()}/download{object}?alt=media"
            download(self._storage, link, path, keyed=True)
        except Denied as error:
            hint = "the account needs storage.objects.get on that bucket"
            try:
                if self._storage.ask("GET", object).status == 404:
                    raise Expired(f"{uri} isn't there (any more)") from None
            except Refused:  # it may not look
                pass
            raise Missed(f"{uri} can't be read: {error.message}", hint) from None


def _ending(response: Mapping[str, Any]) -> Status:
    """What became of an operation that is done."""
    kind = str(response.get("@type") or "GenerateVideoResponse")
    if not kind.endswith("GenerateVideoResponse"):
        raise Missed(f"vertex ended the operation with {kind!r}, which this version doesn't know")
    unheard("vertex", "response", response, _RESPONSE)
    videos = [video for video in response.get("videos") or () if isinstance(video, dict)]
    if videos:
        return Status(State.DONE, 1.0, "", None, videos[0])
    reasons = "; ".join(dict.fromkeys(map(str, response.get("raiMediaFilteredReasons") or ())))
    return Status(State.BLOCKED, None, redact(reasons) or "it ended without a clip or a reason", Decimal(0))


def _extension_faults(shot: Shot) -> list[Fault]:
    """Veo goes on from clips of its own kind only."""
    if not shot.video or shot.task != "extend":
        return []
    from ...media.probe import probe

    name = Path(shot.video).name
    try:
        info = probe(shot.video)
    except MediaError as error:
        return [Fault("video", error.message, error.hint)]
    wanted = (720, 1280) if shot.aspect_ratio == "9:16" else (1280, 720)
    if info.size != wanted or abs(info.fps - 24) > 0.01:
        said = f"{name} is {info.size[0]}x{info.size[1]} at {float(info.fps):g} frames per second"
        cure = f"veo extends {wanted[0]}x{wanted[1]} at 24: convert it, or choose another model"
        return [Fault("video", said, cure)]
    return []


def _vendor() -> str:
    place = auth.location()
    return EVERYWHERE if place == "global" else f"https://{place}-aiplatform.googleapis.com"


def _storage_url() -> str:
    named = os.environ.get("STORAGE_EMULATOR_HOST", "").strip()
    return (named if "://" in named else f"http://{named}") if named else STORAGE
