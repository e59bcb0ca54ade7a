"""How a command enters the server of --server: what it shows there, and whose certificates it trusts.

A header is given as NAME=CREDENTIAL: the value is looked up by that name, so that no list of processes, shell
history or record ever holds it.

>>> headers_of(["X-Key"])
Traceback (most recent call last):
storyreel.studio.errors.BadInput: --header takes NAME=CREDENTIAL (give the header's name and that of the credential)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

from ...studio.errors import BadInput

if TYPE_CHECKING:
    from .client.api import ComfyClient

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OF_THE_LINE = re.compile(
    r"host|connection|upgrade|content-.*|transfer-encoding|sec-websocket-.*|origin|te|trailer|expect",
    re.IGNORECASE,
)
"""Headers that the conversation itself needs."""

_headers: ContextVar[tuple[str, ...]] = ContextVar("headers", default=())
_authority: ContextVar[str] = ContextVar("authority", default="")


def take_headers(texts: Sequence[str] | None) -> None:
    """Keeps what `--header` gave, for the servers of this command; it is read when one is entered."""
    _headers.set(tuple(texts or ()))


def take_authority(path: Path | None) -> None:
    """The same for `--ca`."""
    _authority.set(str(path or ""))


def own_token() -> str:
    """The token of a server that others run: STORYREEL_SERVER_TOKEN, or server_token under [credentials]."""
    from ...studio.credentials import secret

    return secret("server_token") or ""


def entered(url: str) -> ComfyClient:
    """A client of the server, with this command's headers and authority. Raises BadInput."""
    from .client.api import ComfyClient

    return ComfyClient(url, token=own_token(), headers=headers_of(_headers.get()), authority=_authority.get())


def headers_of(texts: Sequence[str]) -> dict[str, str]:
    """Headers with their values. Raises BadInput, which shows no CREDENTIAL: it may be the value, by mistake."""
    from ...studio.credentials import header_value

    headers: dict[str, str] = {}
    for text in texts:
        name, equals, credential = text.partition("=")
        if not (equals and credential and _NAME.fullmatch(name)):
            raise BadInput(
                "--header takes NAME=CREDENTIAL", "give the header's name and that of the credential"
            )
        if _OF_THE_LINE.fullmatch(name):
            raise BadInput(f"--header can't set {name}", "it belongs to the conversation itself")
        value = header_value(credential)
        if value is None:
            raise BadInput(
                f"--header {name}: there is no credential of the name behind the =",
                "it is the name of a variable in the environment, or of a line under [credentials] in config.toml, "
                "not the value",
            )
        headers[name] = value
    return headers
