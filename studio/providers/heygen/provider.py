"""HeyGen's API, version 3: an avatar, or the picture of someone, says a script or a sound file. Videos behind a key;
clips behind links that are fresh each time one asks.

A video's title says what it is: our id of the attempt, the row, the resolution and the first words. By it a video is
found again whose id was lost with an answer, and its price is known wherever it is asked about.

Facts: the OpenAPI inside heygen-cli (2026-07), developers.heygen.com's pages on limits and prices. Unverified: what
deleting a video that is still made does to its charge, so nothing is cancelled; that failed videos cost nothing; how
soon the list shows a video.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from ...credentials import lacking, redact, secret
from ...errors import Fault
from ...media.filetype import JPEG, PNG
from ..base import Door
from ..capability import Capability, phrase, rows
from ..contract import Missed, NoAnswer, Operation, Refused, State, Status, Take, Unaskable
from ..download import download
from ..http import MEGABYTE, Wire, unheard
from ..http_errors import RefusalKind, Told
from ..media_inputs import Medium, picture
from ..shot import Shot
from ..speech_length import spoken
from .lists import avatars, listed, voices
from .people import Avatar, Voice

VENDOR = "https://api.heygen.com"
MOST = 32 * MEGABYTE
"""Bytes of what is uploaded."""
INLINE = 4 * MEGABYTE
"""Bytes of a picture that goes along in the request; a larger one is uploaded."""
LARGEST_SIDE = 2048
"""Pixels."""
LONGEST_SCRIPT = 5000
"""Characters."""

WORDS = {
    "waiting": State.QUEUED,
    "pending": State.QUEUED,
    "queued": State.QUEUED,
    "processing": State.RUNNING,
    "completed": State.DONE,
    "failed": State.FAILED,
}
CODES: dict[str, RefusalKind] = {
    "insufficient_credit": "no_money",
    "quota_exceeded": "quota",
    "ai_vendor_access_restricted": "auth",
}
_VIDEO = frozenset(
    (
        *("id", "title", "status", "duration", "created_at", "completed_at", "folder_id", "output_language"),
        *("video_url", "thumbnail_url", "gif_url", "captioned_video_url", "subtitle_url", "video_page_url"),
        *("failure_code", "failure_message"),
    )
)
_BLOCKED = re.compile(r"(?i)moderat|safety|polic(y|ies)|prohibit|violat|nsfw|blocked|sensitive")
_TITLE = 100
"""Characters; how many HeyGen takes, nobody says."""


class HeyGen(Door):
    name = "heygen"
    can_find = True  # and it takes any number of videos under one title: none is sent again by itself
    _called = "video"
    _id_cure = "give the id that its app shows"
    jobs_at = "the videos at https://app.heygen.com"

    def __init__(self) -> None:
        self._wire = Wire(self.name, VENDOR, self._keys, _kind)

    def check(self, shot: Shot, capability: Capability) -> list[Fault]:
        faults = []
        if shot.mode == "portrait" and not shot.image:
            cure = "give image, or name an avatar"
            faults.append(Fault("image", "heygen needs a picture of the one who talks", cure))
        if len(shot.script) > LONGEST_SCRIPT:
            said = f"{len(shot.script)} characters, and heygen reads {LONGEST_SCRIPT}"
            faults.append(
                Fault("narration", said, f"shorten it by {len(shot.script) - LONGEST_SCRIPT}, or split it")
            )
        return faults

    def submit(self, shot: Shot, capability: Capability, ours: str) -> Operation:
        with self._words_for(shot, capability):
            body = self._body(shot, capability, ours)
        # ComfyUI's own node sends such a key; HeyGen documents it for batches only, so that nothing relies on it
        key = {"Idempotency-Key": ours} if ours else {}
        answer = self._wire.submit("/v3/videos", body, key)
        data = answer.get("data")
        data = data if isinstance(data, dict) else {}
        unheard(self.name, "answer to a request", data, frozenset(("video_id", "status", "output_format")))
        return self._accepted(data.get("video_id"))

    def find(self, ours: str) -> Operation | None:
        """The oldest of several: an attempt is sent once, so that any later one is a copy that somebody made of it."""
        named = [
            video
            for video in listed(self._wire, "/v3/videos", title=ours)
            if str(video.get("title") or "").partition(" ")[0] == ours and isinstance(video.get("id"), str)
        ]
        oldest = min(named, key=lambda video: video.get("created_at") or 0, default=None)
        if oldest is None:
            return None
        try:
            return Operation(self.name, self.askable(oldest["id"]))
        except Unaskable as error:
            raise Missed(error.message) from None

    def poll(self, operation: Operation) -> Status:
        answer = self._wire.ask("GET", f"/v3/videos/{self.askable(operation.id)}")
        if answer.status in (404, 410):
            return Status(State.GONE, None, answer.sentence("answered"))
        video = answer.object().get("data")
        video = video if isinstance(video, dict) else {}
        unheard(self.name, "video", video, _VIDEO)
        state = WORDS.get(str(video.get("status")))
        if state is None:
            said = f"heygen says {video.get('status')!r} of a video, which this version doesn't know"
            raise Missed(said, "look at it in heygen's app; a newer Storyreel may know the word")
        if state is State.FAILED:
            code = str(video.get("failure_code") or "")
            message = redact(
                " ".join(
                    filter(None, (str(video.get("failure_message") or "it failed"), code and f"({code})"))
                )
            )
            return Status(State.BLOCKED if _BLOCKED.search(message) else state, None, message, Decimal(0))
        if state is not State.DONE:
            return Status(state)
        if not isinstance(video.get("video_url"), str) or not video["video_url"]:
            raise Missed("heygen says that a video is completed, and gives no link to it")
        return Status(state, 1.0, "", _charge(video), video["video_url"])

    def fetch(self, operation: Operation, status: Status, path: Path) -> Take:
        if not status.delivery:
            raise Missed("heygen gave no link to the clip")
        download(self._wire, status.delivery, path)  # a link that has grown old is fresh after the next poll
        return Take(path, status.charge or Decimal(0))

    def cancel(self, operation: Operation) -> None:
        """Nothing: deleting a video is all that HeyGen offers, and nobody says that it saves the charge."""

    def avatars(self) -> list[Avatar]:
        """Every look that the account can use, HeyGen's own and its own. Raises Missed, Refused."""
        return avatars(self._wire)

    def voices(self, language: str = "") -> list[Voice]:
        """The account's own voices, then HeyGen's; those of a language, by its English name. Raises Missed, Refused."""
        return voices(self._wire, language)

    def _keys(self) -> Mapping[str, str]:
        key = secret(self.name)
        if key is None:
            raise Refused("auth", lacking(self.name)[0])
        return {"X-Api-Key": key}

    def _body(self, shot: Shot, can: Capability, ours: str) -> dict[str, Any]:
        """Uploads what the request names, and says the rest."""
        body: dict[str, Any] = {"aspect_ratio": shot.aspect_ratio, "resolution": shot.resolution}
        said = shot.script or shot.prompt or Path(shot.speech or "").stem
        body["title"] = " ".join(f"{ours} {can.model} {shot.resolution} {said}".split())[:_TITLE]
        if shot.mode == "avatar":
            body |= {"type": "avatar", "avatar_id": shot.avatar, "engine": {"type": can.id}}
        else:
            body |= {"type": "image", "image": self._image(shot.image or "")}
            if phrase(shot, can):  # an avatar's engine takes no words but the script
                body["motion_prompt"] = phrase(shot, can)
        if shot.speech:
            body["audio_asset_id"] = self._uploaded(spoken(Path(shot.speech), MOST))
        else:
            body |= {"script": shot.script.strip(), "voice_id": shot.voice}
        return body

    def _image(self, name: str) -> dict[str, str]:
        medium = picture(name, (JPEG, PNG), MOST, LARGEST_SIDE)
        if len(medium.data) <= INLINE:
            return {"type": "base64", "media_type": medium.type, "data": medium.text}
        return {"type": "asset_id", "asset_id": self._uploaded(medium)}

    def _uploaded(self, medium: Medium) -> str:
        suffix = {"image/jpeg": "jpg", "audio/mpeg": "mp3"}.get(medium.type, medium.type.rpartition("/")[2])
        file = (f"storyreel.{suffix}", medium.data, medium.type)
        answer = self._wire.prepare("POST", "/v3/assets", files={"file": file})
        try:
            return str(answer.object()["data"]["asset_id"])
        except (Missed, KeyError, TypeError):
            raise Refused("busy", "heygen's answer to an upload can't be understood") from None


def _charge(video: Mapping[str, Any]) -> Decimal | None:
    """Dollars: HeyGen tells the seconds, its list the price of one, and the title which price that is."""
    model, resolution = [*str(video.get("title") or "").split(" ")[1:3], "", ""][:2]
    each = next((can.prices.get(resolution) for can in rows("heygen") if can.model == model), None)
    seconds = video.get("duration")
    if each is None or not isinstance(seconds, (int, float)) or isinstance(seconds, bool) or seconds < 0:
        return None
    return (each * Decimal(str(seconds))).quantize(Decimal("0.000001"))


def _kind(status: int, said: Told) -> RefusalKind | None:
    """Of what kind a refusal is; None where its words decide. Raises NoAnswer: of a service that is too busy it can be
    asked whether the request came in all the same."""
    if status == 503:
        raise NoAnswer(f"heygen answered 503: {said.message}")
    return CODES.get(said.word)
