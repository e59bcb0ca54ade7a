"""Who can reach a server of ours, and the token that they show."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from ...studio.errors import BadInput

if TYPE_CHECKING:
    from ..display.console import Session

SERVER_TOKEN = "STORYREEL_SERVER_TOKEN"
"""The environment variable with the token that a server of `--server` asks for."""


class Reach(NamedTuple):
    host: str
    token: str
    """What everyone shows; empty where the server takes requests of its own machine alone, and none was given."""
    made: bool
    """Whether it was made for this start: then it is shown, once."""
    names: tuple[str, ...] = ()
    """Further host names by which it is asked for: a reverse proxy's, if it is reached on this machine alone."""

    @property
    def alone(self) -> bool:
        from .guard import is_loopback

        return is_loopback(self.host)

    def tell(self, talk: Session) -> None:
        for note in self.notes():
            talk.note(note)
        if warning := self.warning():
            talk.warn(warning)

    def notes(self) -> list[str]:
        """Who can reach it, for the person who starts it."""
        if self.alone:
            shown = ", if they show the token" if self.token else ""
            proxy = f", and whatever asks for it as {', '.join(self.names)}" if self.names else ""
            return [f"Only programs on this machine can reach it{shown}{proxy}; no web page can."]
        notes = [
            f"Token, new with every start: {self.token}"
            if self.made
            else "It asks for the token that you gave it.",
            f"They send it as `Authorization: Bearer TOKEN`; `storyreel run --server` takes it from {SERVER_TOKEN}.",
            "Asked for by a name, it answers only to those of --allow-host.",
        ]
        return notes

    def warning(self) -> str:
        """What is dangerous about it; empty if nothing is."""
        if self.alone and self.names and not self.token:
            return (
                f"everyone who reaches {', '.join(self.names)} through a proxy can run workflows here and read what "
                "they make: give --token, or let the proxy ask for a login"
            )
        if self.alone:
            return ""
        where = "every network of this machine" if self.host in ("0.0.0.0", "::", "") else self.host
        return (
            f"everyone who can reach {where} and has the token can run workflows here and read what they make. "
            "Nothing is encrypted: put it behind a proxy with TLS, or use an SSH tunnel and leave --host away"
        )


def reach(host: str, token: str | None, names: Iterable[str] = ()) -> Reach:
    """A server's reach: where others can reach it, it has a token, a new one if none is given. Raises BadInput."""
    given = (token or "").strip()
    if not given.isascii() or not given.isprintable() or any(sign in given for sign in ' ",;\\'):
        raise BadInput("the token has letters that no header can carry", "take letters, digits, - and _")
    found = Reach(host, given, False, tuple(names))
    if given or found.alone:
        return found
    return found._replace(token=secrets.token_urlsafe(24), made=True)
