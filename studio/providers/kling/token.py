"""Kling's tokens: JWTs that are made here, of an access and a secret key, and live for half an hour."""

from __future__ import annotations

import base64
import hmac
import json
import threading
import time
from collections.abc import Callable

from ...credentials import in_use

LIFE = 1800
"""Seconds that a token lives."""
SPARE = 120
"""Seconds before its end from which on a token isn't used any more."""


class Tokens:
    """The token in use: one for all requests, until its end is near."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: tuple[str, str] | None = None
        self._token, self._ends = "", 0.0

    def of(self, access: str, hidden: str) -> str:
        """One that holds for a while yet. It is masked wherever something is written, as a key is."""
        with self._lock:
            now = self._clock()
            if self._keys != (access, hidden) or now > self._ends - SPARE:
                self._keys, self._ends = (access, hidden), now + LIFE
                self._token = in_use(_made(access, hidden, int(now)))
            return self._token

    def forget(self) -> None:
        """The next one is new."""
        self._keys = None


def _made(access: str, hidden: str, now: int) -> str:
    """A JWT, signed with HS256, for requests from `now` on, in seconds since 1970; a clock may be 5 s ahead."""

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")

    head, claims = {"alg": "HS256", "typ": "JWT"}, {"iss": access, "exp": now + LIFE, "nbf": now - 5}
    signed = ".".join(part(json.dumps(each).encode()) for each in (head, claims))
    return f"{signed}.{part(hmac.digest(hidden.encode(), signed.encode(), 'sha256'))}"
