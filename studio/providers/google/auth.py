"""Signing in at Google Cloud: application default credentials, the project and the place.

Nobody is asked before a token is needed.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...credentials import in_use, redact
from ..contract import Missed, Refused
from ..http import exchange

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_FILE = "GOOGLE_APPLICATION_CREDENTIALS"

_lock = threading.Lock()
_signed_in: dict[tuple[str, int | None], Credentials] = {}
"""By the file that they are from, and when that was written."""


def lacking() -> list[str]:
    """Why nobody can sign in, as sentences with their cures."""
    sentences = []
    if not project():
        sentences.append("vertex has no project: set GOOGLE_CLOUD_PROJECT")
    named = os.environ.get(_FILE)
    if named and not Path(named).is_file():
        sentences.append(f"vertex can't sign in: there is no file that {_FILE} names; correct it")
    elif not named and not _well_known().is_file() and not _on_google():
        ways = f"run `gcloud auth application-default login`, or set {_FILE} to a service account's file"
        sentences.append(f"vertex can't sign in: {ways}")
    return sentences


def bearer() -> Mapping[str, str]:
    """The header with a token that is good for a while yet. Raises Refused."""
    from google.auth import default, exceptions

    named = os.environ.get(_FILE, "")
    file = Path(named) if named else _well_known()
    source = (str(file), file.stat().st_mtime_ns if file.is_file() else None)
    try:
        with _lock:
            if source not in _signed_in:
                _signed_in.clear()
                _signed_in[source] = default(scopes=[SCOPE])[0]
            credentials = _signed_in[source]
            if not credentials.valid:
                credentials.refresh(_Exchange())
            return {"Authorization": f"Bearer {in_use(str(credentials.token))}"}
    except exceptions.TransportError as error:
        raise Refused("unreachable", f"vertex can't sign in: {redact(str(error))}") from None
    except (exceptions.GoogleAuthError, ValueError, TypeError, KeyError) as error:  # a web page for a token
        raise Refused("auth", f"vertex can't sign in: {redact(str(error))}", "sign in again") from None


def location() -> str:
    return os.environ.get("GOOGLE_CLOUD_LOCATION", "").strip() or "us-central1"


def project() -> str | None:
    """GOOGLE_CLOUD_PROJECT, else that of the credentials' file."""
    named = os.environ.get("GOOGLE_CLOUD_PROJECT", "").strip()
    if named:
        return named
    file = Path(os.environ.get(_FILE) or _well_known())
    try:
        about = json.loads(file.read_text(encoding="utf-8"))
        return about.get("project_id") or about.get("quota_project_id")
    except (OSError, ValueError, AttributeError):
        return None


def _well_known() -> Path:
    """Where gcloud leaves a person's application default credentials."""
    folder = os.environ.get("CLOUDSDK_CONFIG")
    if not folder and sys.platform == "win32":
        folder = str(Path(os.environ.get("APPDATA", "C:\\")) / "gcloud")
    return (
        Path(folder) if folder else Path.home() / ".config" / "gcloud"
    ) / "application_default_credentials.json"


def _on_google() -> bool:
    """Whether this machine is one of Google's, which has credentials without a file. Asks nobody."""
    if any(os.environ.get(name) for name in ("K_SERVICE", "GAE_SERVICE", "GCE_METADATA_HOST")):
        return True
    try:
        return Path("/sys/class/dmi/id/product_name").read_text(encoding="utf-8").startswith("Google")
    except OSError:
        return False


class _Exchange:
    """How google.auth asks for tokens: through our own client, so that proxies and time limits are the same."""

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: Any,
    ) -> Any:
        from google.auth import exceptions

        try:
            return exchange("vertex", method, url, headers or {}, body)
        except Missed as error:
            raise exceptions.TransportError(error.message) from None
