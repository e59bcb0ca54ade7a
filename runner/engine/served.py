"""How files go out to browsers: shown are pictures, videos, sounds and plain text that are what their names say;
everything else is bytes to be saved. Nothing that is served may run.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

_BOX = rb"....(ftyp|moov|mdat|wide|free|skip)"
_WEBM = rb"\x1a\x45\xdf\xa3"
_MP3 = rb"ID3|\xff[\xe2-\xff]"

SHOWN: dict[str, tuple[str, bytes]] = {
    ".png": ("image/png", rb"\x89PNG\r\n\x1a\n"),
    ".apng": ("image/apng", rb"\x89PNG\r\n\x1a\n"),
    ".jpg": ("image/jpeg", rb"\xff\xd8\xff"),
    ".jpeg": ("image/jpeg", rb"\xff\xd8\xff"),
    ".gif": ("image/gif", rb"GIF8[79]a"),
    ".webp": ("image/webp", rb"RIFF....WEBP"),
    ".bmp": ("image/bmp", rb"BM"),
    ".avif": ("image/avif", _BOX),
    ".tif": ("image/tiff", rb"II[*+]\0|MM\0[*+]"),
    ".tiff": ("image/tiff", rb"II[*+]\0|MM\0[*+]"),
    ".mp4": ("video/mp4", _BOX),
    ".m4v": ("video/mp4", _BOX),
    ".mov": ("video/quicktime", _BOX),
    ".webm": ("video/webm", _WEBM),
    ".mkv": ("video/x-matroska", _WEBM),
    ".avi": ("video/x-msvideo", rb"RIFF....AVI "),
    ".ogv": ("video/ogg", rb"OggS"),
    ".ogg": ("audio/ogg", rb"OggS"),
    ".oga": ("audio/ogg", rb"OggS"),
    ".opus": ("audio/ogg", rb"OggS"),
    ".wav": ("audio/x-wav", rb"RIFF....WAVE"),
    ".flac": ("audio/flac", rb"fLaC"),
    ".mp3": ("audio/mpeg", _MP3),
    ".aac": ("audio/aac", rb"\xff[\xf0-\xf9]|ID3"),
    ".m4a": ("audio/mp4", _BOX),
    ".txt": ("text/plain", b""),
    ".srt": ("text/plain", b""),
    ".vtt": ("text/vtt", b""),
}
"""By suffix: the type, and how such a file begins. Text may begin with anything: as plain text it runs nowhere."""

BYTES = "application/octet-stream"
POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"


def type_of(path: Path) -> str:
    """The type that a file is shown as; that of mere bytes, if it must not be or isn't what its name says."""
    kind, beginning = SHOWN.get(path.suffix.lower(), (BYTES, b""))
    with path.open("rb") as file:
        head = file.read(64)
    return kind if re.match(beginning, head, re.DOTALL) else BYTES


def headers(name: str, kind: str) -> dict[str, str]:
    """With what a file of that name and type goes out."""
    how = "attachment" if kind == BYTES else "inline"
    return {"Content-Type": kind, "Content-Disposition": f"{how}; {_named(name)}"}


def _named(name: str) -> str:
    plain = re.sub(r'[^ -~]|["\\%;]', "_", name)
    exact = quote(name, safe="", errors="replace")
    return f'filename="{plain}"' if plain == name else f"filename=\"{plain}\"; filename*=UTF-8''{exact}"


async def protect(request: web.Request, response: web.StreamResponse) -> None:
    """What every answer says to a browser, before it leaves."""
    for name, value in {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Frame-Options": "DENY",
    }.items():
        response.headers.setdefault(name, value)
