"""The Gemini API's files: clips that go in and are too large for a request, and finished ones that come out."""

from __future__ import annotations

import re
import time
from pathlib import Path

from ..contract import Expired, Missed, Refused
from ..download import Denied, download
from ..http import Wire
from ..media_inputs import Medium

VENDOR = "https://generativelanguage.googleapis.com"
API = "/v1"
_ACTIVE_SECONDS = 120
_GONE = re.compile(r"(?i)not exist|not found")
"""Google answers 403 for files that aren't there (any more)."""
_FILE = re.compile(r"/files/([A-Za-z0-9_-]+)")


def uploaded(wire: Wire, medium: Medium) -> str:
    """Its address among the account's files, once it can be used there. Nothing is owed for it."""
    size = str(len(medium.data))
    begun = wire.prepare(
        "POST",
        f"/upload{API}/files",
        headers={
            "X-Goog-Upload-Protocol": "resumable",
            "X-Goog-Upload-Command": "start",
            "X-Goog-Upload-Header-Content-Length": size,
            "X-Goog-Upload-Header-Content-Type": medium.type,
        },
        json_body={"file": {"mimeType": medium.type, "sizeBytes": size}},
    )
    send = {"X-Goog-Upload-Command": "upload, finalize", "X-Goog-Upload-Offset": "0"}
    link = begun.headers.get("x-goog-upload-url", "")
    answer = wire.prepare("POST", link, headers=send, content=medium.data)
    until = time.monotonic() + _ACTIVE_SECONDS
    try:
        about = answer.object()["file"]
        while about["state"] == "PROCESSING" and time.monotonic() < until:
            # The only wait in a provider: the one request that is paid for can't go out before.
            time.sleep(1)
            about = wire.prepare("GET", f"{API}/{about['name']}").object()
        if about["state"] == "ACTIVE":
            return about["uri"]
    except (Missed, KeyError, TypeError):
        raise Refused("busy", "google's answer to an upload can't be understood") from None
    if about["state"] == "FAILED":
        raise Refused(
            "invalid", "google can't read the clip that is to be extended", "encode it as H.264 MP4"
        )
    raise Refused("busy", "google hasn't made the uploaded clip ready yet")


def fetched(wire: Wire, uri: str, path: Path, still: bool = False) -> None:
    """Downloads a finished clip, or a picture. Raises Missed, Expired, OutputError."""
    found = _FILE.search(uri)
    if found is None or not (wire.owns(uri) or uri.startswith(VENDOR)):
        return download(wire, uri, path, still=still)  # elsewhere, where the key has no business
    name = f"{API}/files/{found[1]}"
    try:
        download(wire, f"{wire.base_url()}{name}:download?alt=media", path, keyed=True, still=still)
    except Denied as error:
        if error.status == 401:
            raise
        try:
            about = wire.ask("GET", name, known=(403,))
        except Refused:  # it says nothing about the clip
            raise error from None
        if about.status == 404 or (about.status == 403 and _GONE.search(about.said.message)):
            raise Expired(f"google doesn't have the clip any more ({about.status})") from None
        state = str(about.object().get("state"))
        if state == "FAILED":
            raise Expired("google couldn't put the clip's file together") from None
        raise Missed(f"{error.message}; its file there is {state.lower()}") from None
