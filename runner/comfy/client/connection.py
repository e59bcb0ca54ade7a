"""The HTTP line to one server: every answer within a bound of size and time, whatever it is that answers."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

from ....studio.config import config
from ....studio.http_clients import Terms, made, under
from ....studio.providers.http_bodies import MEGABYTE, beginning, whole

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


def is_same_server(first: str, second: str) -> bool:
    """Whether what was shown to the first address may be shown to the second: scheme, host and port are the same, or
    it is the same host's encrypted port after the plain one. A websocket counts as its http.

    >>> is_same_server("http://a/x", "wss://a/ws"), is_same_server("https://a", "https://a:8443")
    (True, False)
    """
    (scheme, *place), (other, *there) = _server(first), _server(second)
    return (scheme, place) == (other, there) or (scheme, place[1], other, there) == (
        "http",
        80,
        "https",
        [place[0], 443],
    )


def _server(address: str) -> tuple[str, str, int]:
    parts = urlsplit(address)
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    return scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(scheme, 0)


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

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        local: bool,
        timeout: tuple[float, float],
        bundle: str | None,
    ) -> None:
        """`headers` are shown to the server at `url` alone; another that it points to never gets them. `local`: a
        proxy of the environment can't reach this machine's own ports. `timeout`: seconds until there is a connection,
        and until the next byte. `bundle`: the file or folder of authorities to trust instead. Raises OSError if that
        can't be read."""
        self._patience = 2 * timeout[1]

        def show(request: httpx.Request) -> None:  # called for each request of a chain of redirects
            ours = is_same_server(url, str(request.url))
            for name, value in headers.items():
                if ours:
                    request.headers[name] = value
                elif name in request.headers:
                    del request.headers[name]

        self._client = made(
            keep=4,
            event_hooks={"request": [show]},
            trust_env=not local,
            follow_redirects=True,
            timeout=httpx.Timeout(timeout[1], connect=timeout[0]),
            bundle=bundle,
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
