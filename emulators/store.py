"""The bytes that the emulators hold: media that requests brought, uploads, buckets and finished clips.

Everything is in one folder. Media are named by the SHA-256 of their bytes; what a client calls an uploaded file
or a bucket's object is in the record.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Any

from .record import Record


class Store:
    def __init__(self, folder: Path, record: Record) -> None:
        self.folder = folder
        self._record = record
        self._media = folder / "media"
        self._media.mkdir(parents=True, exist_ok=True)
        self._named: dict[str, dict[str, Any]] = {
            event["name"]: event for event in record.events if event["event"] == "file"
        }

    def put(self, data: bytes) -> str:
        """Keeps the bytes; returns their SHA-256."""
        digest = hashlib.sha256(data).hexdigest()
        path = self._media / digest
        if not path.exists():
            part = path.with_name(f".{digest[:16]}.{secrets.token_hex(4)}.part")
            part.write_bytes(data)
            part.replace(path)
        return digest

    def path(self, digest: str) -> Path:
        return self._media / digest

    def name(self, name: str, digest: str, type: str, **more: Any) -> dict[str, Any]:
        """Gives stored bytes a name for clients: files/abc, runway://…, gs://bucket/object."""
        size = self.path(digest).stat().st_size
        about = self._record.write("file", name=name, sha256=digest, type=type, size=size, **more)
        self._named[name] = about
        return about

    def named(self, name: str) -> dict[str, Any] | None:
        """What is known of a name: sha256, type, size, time; None if there is no such name."""
        return self._named.get(name)
