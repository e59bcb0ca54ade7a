"""A finished clip, from a link into a file. Every byte that arrived is kept: the next try goes on from there."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import config
from ..credentials import redact
from ..errors import OutputError
from .contract import Missed, Refused
from .http import Wire
from .http_bodies import beginning
from .http_errors import told

if TYPE_CHECKING:
    import httpx

LONGEST = 4 << 30
"""Bytes. No clip of minutes is larger; an answer without an end is."""
_SLOWEST = 100_000
"""Bytes that come in a second, at least. What came is kept, so that a slower line gets there too."""
_ENDLESS = 12
"""A download whose length isn't told may take so many times `seconds` of [downloads]: an hour."""

_CLIPS = re.compile(r"(video/.+|application/(octet-stream|mp4|mxf)|binary/octet-stream)?$")
"""Content types under which services give clips out; some name none."""
_STILL = re.compile(r"image/(png|jpeg|webp)$")


class Denied(Missed):
    """The link doesn't open (any more): the clip is gone, or the link is too old. The door knows which."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def download(wire: Wire, url: str, path: Path, keyed: bool = False, still: bool = False) -> None:
    """Puts what is behind the link into `path`, which may hold its beginning already.

    With `keyed` the door's own host gets its credentials; no other does. With `still` a picture may be behind it.
    Raises Missed, Denied, OutputError.
    """
    import httpx

    from ..http_clients import Terms, under

    have = path.stat().st_size if path.is_file() else 0
    try:
        for start in dict.fromkeys((have, 0)):
            with wire.open(url, keyed, {"Range": f"bytes={start}-"} if start else {}) as response:
                if response.status_code == 416 and _total(response.headers) == start:
                    return  # all of it was here
                if response.status_code == 416 or (
                    response.status_code == 206 and not _goes_on(response, start)
                ):
                    continue  # what is here isn't its beginning
                seconds = _seconds(response)
                with under(Terms(time.monotonic() + seconds)):
                    _check(wire, response, still)
                    _write(wire, response, path, append=response.status_code == 206)
                return
    except Refused as error:  # the credentials can't be had just now; the clip is none the worse for it
        raise Missed(error.message, error.hint) from None
    except (httpx.InvalidURL, ValueError):
        raise Missed(f"{wire.door} gave a link that is none") from None
    except httpx.HTTPError as error:
        raise Missed(
            f"the download from {wire.door} broke off: {redact(str(error)) or type(error).__name__}"
        ) from None
    raise Missed(f"{wire.door} doesn't give the clip out: {response.status_code}")


def keep_inline(door: str, text: str, path: Path) -> None:
    """Writes a clip that came inside an answer, in base64. Raises Missed, OutputError."""
    try:
        data = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)  # of either alphabet
    except ValueError:
        raise Missed(f"{door} sent a clip that is no base64") from None
    try:
        path.write_bytes(data)
    except OSError as error:
        raise _unwritable(path, error) from None


def _check(wire: Wire, response: httpx.Response, still: bool) -> None:
    status = response.status_code
    if 400 <= status < 500 and status not in (408, 425, 429):
        words = told(beginning(response)).message
        raise Denied(
            f"{wire.door} doesn't open the link to the clip ({status}){': ' if words else ''}{words}", status
        )
    if status not in (200, 206):
        raise Missed(f"the download from {wire.door} was answered with {status}")
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not (_CLIPS.match(kind) or (still and _STILL.match(kind))):
        raise Missed(f"{wire.door} sent {kind} where the {'picture' if still else 'clip'} should be")
    if response.headers.get("content-encoding", "identity") not in ("identity", ""):
        raise Missed(f"{wire.door} sent the clip packed, which wasn't asked for")
    if _length(response.headers) > LONGEST:
        raise Missed(f"{wire.door}'s clip is larger than {LONGEST >> 30} GB")


def _write(wire: Wire, response: httpx.Response, path: Path, append: bool) -> None:
    expected = response.headers.get("content-length")
    count = 0
    try:
        with path.open("ab" if append else "wb") as file:
            for chunk in response.iter_raw():
                file.write(chunk)
                count += len(chunk)
                if count > LONGEST:
                    raise Missed(f"the download from {wire.door} has no end")
    except OSError as error:
        raise _unwritable(path, error) from None
    if expected is not None and count != int(expected):
        raise Missed(f"the download from {wire.door} broke off: {count} of {expected} bytes came")
    if not count:
        raise Missed(f"{wire.door} sent an empty clip")


def _seconds(response: httpx.Response) -> float:
    """How long the download may take, from its headers on."""
    seconds, length = config().downloads.seconds, _length(response.headers)
    return seconds + length / _SLOWEST if length else seconds * _ENDLESS


def _unwritable(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{path} can't be written: {error.strerror or error}", "make room, or choose another folder"
    )


def _goes_on(response: httpx.Response, start: int) -> bool:
    found = re.match(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("content-range", ""))
    return found is not None and int(found[1]) == start


def _total(headers: Mapping[str, str]) -> int | None:
    found = re.match(r"bytes \*/(\d+)", headers.get("content-range", ""))
    return int(found[1]) if found else None


def _length(headers: Mapping[str, str]) -> int:
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
