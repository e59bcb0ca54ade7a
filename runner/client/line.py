"""The HTTP line to one server: every answer within a bound of size and time, whatever it is that answers."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx

from ...studio.config import config
from ...studio.providers.bodies import MEGABYTE, beginning, whole
from ...studio.providers.clients import Terms, made, under

ANSWER = 128 * MEGABYTE
"""What all node classes of a server with hundreds of packs may take, many times over."""
_SLOWEST = 100_000
"""Bytes that a file moves on in a second, at least."""
_ENDLESS = 12
"""A file whose length isn't told may take so many times `seconds` of [downloads]: an hour."""
_LARGEST = 256 << 30
"""Bytes of a file whose length isn't told."""


_AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


def authorities() -> tuple[str, str | None]:
    """The environment's variable that names the authorities to trust instead, and the file or folder."""
    return next(((name, os.environ[name]) for name in _AUTHORITIES if os.environ.get(name)), ("", None))


class Answer(NamedTuple):
    status: int
    reason: str
    headers: httpx.Headers
    body: bytes

    @property
    def json(self) -> Any:
        """None where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Line:
    """All of its methods raise httpx.HTTPError where the server can't be reached, or doesn't come to an end."""

    def __init__(self, authorization: str, local: bool, timeout: tuple[float, float]) -> None:
        """`authorization` is the header's value, if there is one; another server that this one points to never gets
        it. `local`: a proxy of the environment can't reach this machine's own ports. `timeout`: seconds until there
        is a connection, and until the next byte."""
        self._patience = 2 * timeout[1]

        def shown(request: httpx.Request) -> httpx.Request:
            if authorization:
                request.headers["Authorization"] = authorization
            return request

        self._client = made(
            keep=4,
            auth=shown,
            trust_env=not local,
            follow_redirects=True,
            timeout=httpx.Timeout(timeout[1], connect=timeout[0]),
            bundle=authorities()[1],
        )

    def close(self) -> None:
        self._client.close()

    def ask(
        self,
        method: str,
        url: str,
        body: Any = None,
        content: Iterable[bytes] | None = None,
        size: int = 0,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """`body` goes as JSON, `content` as it is; `size` bytes of it, which may take their time."""
        what: dict[str, Any] = {"content": content, "json": body}
        with (
            under(Terms(time.monotonic() + self._patience + size / _SLOWEST)),
            self._client.stream(method, url, headers=headers, **what) as response,
        ):
            good = response.status_code == 200
            got = b"" if method == "HEAD" else whole(response, ANSWER) if good else beginning(response)
        return Answer(response.status_code, response.reason_phrase, response.headers, got)

    @contextmanager
    def file(self, url: str) -> Iterator[tuple[int, int | None, Iterator[bytes]]]:
        """Its status, how long it says it is, and its bytes, as they are."""
        with under(Terms(time.monotonic() + self._patience)):
            request = self._client.build_request("GET", url)
            response = self._client.send(request, stream=True)
        try:
            told = response.headers.get("Content-Length")
            length = None if told is None else int(told)
            seconds = config().downloads.seconds
            seconds = seconds * _ENDLESS if length is None else seconds + length / _SLOWEST
            with under(Terms(time.monotonic() + seconds)):
                yield response.status_code, length, _bounded(response)
        finally:
            response.close()


def _bounded(response: httpx.Response) -> Iterator[bytes]:
    come = 0
    for chunk in response.iter_raw():
        come += len(chunk)
        if come > _LARGEST:
            raise httpx.ReadError("the file has no end")
        yield chunk
