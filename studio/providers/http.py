"""The one HTTP client of all doors: it asks once, and sorts what can go wrong by what it means for money.

    submit     the one request that may make a job: Refused where there certainly is none, NoAnswer where nobody knows
    prepare    what has to be sent before it, such as an upload: nothing is owed for it, so every failure is Refused
    ask        how a job stands: Missed where this one question didn't work
    open       a finished clip, for download.py

Nothing here tries again. Credentials go to the door's own host only; redirects are followed by hand, without them.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from ..addresses import is_address
from ..config import config
from ..credentials import Unfit, redact
from ..errors import BadInput
from .contract import Missed, NoAnswer, RefusalKind, Refused
from .http_bodies import MEGABYTE, beginning, whole
from .http_errors import HINTS, Told, kind_of, parsed, retry_after, told, turned_down
from .result_links import may_be_asked

if TYPE_CHECKING:
    import httpx

ANSWER = 8 * MEGABYTE
"""The longest answer that is read, in bytes, where a door doesn't expect clips in it."""
_CONNECT = 15.0
"""Seconds."""
_SLOWEST = 50_000
"""Bytes of a request that leave in a second, at least."""
_PATIENCE = 10
"""An answer that dribbles in may take so many times as long as its first byte."""

Kinds = Callable[[int, Told], RefusalKind | None]
"""Of what kind a refusal with that status and those words is; None where the words decide, as everywhere. May raise
NoAnswer, for a code after which nobody knows, and Refused."""

_log = logging.getLogger("storyreel")


class Answer:
    """What a service answered: any status."""

    def __init__(
        self, door: str, status: int, headers: Mapping[str, str], body: bytes, kinds: Kinds | None = None
    ) -> None:
        self.door = door
        self.status = status
        self.headers = headers
        self.body = body
        self._kinds = kinds

    @property
    def data(self) -> bytes:
        """The body, as google.auth calls it."""
        return self.body

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300

    @cached_property
    def said(self) -> Told:
        return told(self.body)

    @property
    def retry_after(self) -> float | None:
        return retry_after(self.headers, self.said)

    def object(self) -> dict[str, Any]:
        """The JSON object that it is. Raises Missed if it is none."""
        if not self.good:
            raise Missed(self.sentence("answered"), retry_after=self.retry_after)
        data = parsed(self.body)
        if not isinstance(data, dict):
            raise Missed(f"{self.door} answered {self.status} with something that is no JSON object")
        return data

    def sentence(self, verb: str) -> str:
        words = f": {self.said.message}" if self.said.message else ""
        return f"{self.door} {verb} {self.status}{words}"

    def refused(self) -> Refused:
        known = self._kinds(self.status, self.said) if self._kinds else None
        kind = known or kind_of(self.status, self.said)
        return Refused(kind, self.sentence("refused it with"), HINTS[kind], self.retry_after)


class Wire:
    """One door's line. `keys` makes the headers that carry its credentials; it may raise Refused. `kinds` knows the
    service's own codes, where they say more than its statuses do; `form` is that of its refusals (see Told).
    """

    def __init__(
        self,
        door: str,
        vendor: Callable[[], str] | str,
        keys: Callable[[], Mapping[str, str]],
        kinds: Kinds | None = None,
        form: str = "error",
    ) -> None:
        self.door = door
        self._form = form
        self._vendor = vendor
        self._keys = keys
        self._kinds = kinds

    def base_url(self) -> str:
        """STORYREEL_<DOOR>_BASE_URL, else the vendor's own."""
        named = os.environ.get(f"STORYREEL_{self.door.upper()}_BASE_URL", "").strip()
        if named and not is_address(named):
            said = f"{redact(named)!r} in STORYREEL_{self.door.upper()}_BASE_URL is no address"
            raise BadInput(said, "give it as https://example.org")
        return (named or (self._vendor if isinstance(self._vendor, str) else self._vendor())).rstrip("/")

    def submit(
        self,
        path: str,
        body: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        limit: int = ANSWER,
        patience: int = 1,
    ) -> dict[str, Any]:
        """POSTs what may make a job, once, on a connection of its own. Raises Refused, NoAnswer.

        `limit` is the longest answer, in bytes; an answer that takes work may take `patience` times as long as others.
        """
        try:
            return self.sent(path, body, headers, limit, patience).object()
        except Missed as error:
            raise NoAnswer(error.message) from None

    def sent(
        self,
        path: str,
        body: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        limit: int = ANSWER,
        patience: int = 1,
    ) -> Answer:
        """The same for an answer that is no JSON: a good one, as it came."""
        import httpx

        from ..http_clients import fresh

        with self._client(fresh) as client:
            try:
                request = self._request(client, "POST", self.base_url() + path, True, headers, json_body=body)
            except Unfit as error:
                raise Refused("auth", error.message, error.hint) from None
            except BadInput as error:  # somebody is at config.toml just now
                raise Refused("invalid", error.message, error.hint) from None
            except (ValueError, httpx.InvalidURL):
                raise self._unsendable() from None
            request.extensions["timeout"]["read"] *= patience
            request.extensions = {**request.extensions, "trace": _looks_first(_last_look.get())}
            try:
                answer = self._read(client, request, limit)
            except _before_a_byte() as error:
                raise self._unreachable(error) from None
            except httpx.HTTPError as error:
                raise NoAnswer(f"{self.door} was asked, and {_how(error)}") from None
        if answer.good:
            return answer
        if 300 <= answer.status < 400:  # 302 after a POST says "see there" as often as "ask there"
            where = urlsplit(answer.headers.get("location", "")).netloc or "elsewhere"
            raise NoAnswer(
                f"{self.door} answered {answer.status} and points to {where}", HINTS["unreachable"]
            )
        if not turned_down(answer.status, answer.said, self._form):
            raise NoAnswer(answer.sentence("answered"))
        raise answer.refused()

    def prepare(
        self,
        method: str,
        url: str,
        *,
        keyed: bool = True,
        headers: Mapping[str, str] | None = None,
        **what: Any,
    ) -> Answer:
        """What makes no job, before one is made: `json_body`, or httpx's `content`, `data`, `files`. Raises Refused."""
        import httpx

        from ..http_clients import kept

        with self._client(kept) as client:
            try:
                request = self._request(client, method, self._whole(url), keyed, headers, **what)
            except (ValueError, httpx.InvalidURL):
                raise self._unsendable() from None
            try:
                answer = self._read(client, request, ANSWER)
            except httpx.HTTPError as error:
                raise self._unreachable(error) from None
        if answer.good:
            return answer
        if answer.status >= 500 or answer.status < 400 or answer.status == 408:
            raise Refused("busy", answer.sentence("answered"), retry_after=answer.retry_after)
        raise answer.refused()

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        limit: int = ANSWER,
        known: tuple[int, ...] = (),
    ) -> Answer:
        """A good answer, or a 4xx whose meaning the door may know; of 401, 403 and 5xx only those in `known`.

        Raises Missed, and Refused for credentials.
        """
        import httpx

        from ..http_clients import kept

        try:
            with kept() as client:
                request = self._request(client, method, self.base_url() + path, True, json_body=body)
                answer = self._read(client, request, limit)
        except (ValueError, httpx.InvalidURL):
            raise Missed(self._unsendable().message) from None
        except httpx.HTTPError as error:
            raise Missed(f"{self.door} can't be asked: {_how(error)}") from None
        if answer.status in (401, 403) and answer.status not in known:
            raise answer.refused()
        passing = answer.status < 400 or answer.status >= 500 or answer.status in (408, 425, 429)
        if not answer.good and passing and answer.status not in known:
            raise Missed(answer.sentence("answered"), retry_after=answer.retry_after)
        return answer

    @contextmanager
    def open(self, url: str, keyed: bool, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """A GET whose body is read by and by; redirects are followed. Raises httpx.HTTPError, Missed, Refused."""
        from ..http_clients import Terms, kept, under

        first = urlsplit(url)
        until = time.monotonic() + _PATIENCE * config().door(self.door).answer_seconds
        with kept() as client:
            for _ in range(6):
                keyed = keyed and self.owns(url)
                request = self._request(client, "GET", url, keyed, {"Accept-Encoding": "identity", **headers})
                with under(Terms(until, may_be_asked(self.door, url, self.base_url()))):
                    response = client.send(request, stream=True)
                try:
                    if response.status_code not in (301, 302, 303, 307, 308):
                        yield response
                        return
                finally:
                    response.close()
                url = urljoin(url, response.headers.get("location", ""))
                if urlsplit(url).scheme not in {"https", first.scheme}:
                    raise Missed(f"{self.door} points to an address that isn't https")
        raise Missed(f"{self.door} points from one address to the next without an end")

    def owns(self, url: str) -> bool:
        """Whether it is on the door's own host, where its credentials may go."""
        return _origin(url) == _origin(self.base_url())

    def _whole(self, url: str) -> str:
        return self.base_url() + url if url.startswith("/") else url

    def _request(
        self,
        client: httpx.Client,
        method: str,
        url: str,
        keyed: bool,
        headers: Mapping[str, str] | None = None,
        json_body: Any = None,
        **what: Any,
    ) -> httpx.Request:
        import httpx

        sent = {**(headers or {})}
        if json_body is not None:
            what["content"] = json.dumps(json_body, ensure_ascii=False, separators=(",", ":")).encode()
            sent["Content-Type"] = "application/json"
        if keyed and self.owns(url):
            sent |= self._keys()
        seconds = config().door(self.door).answer_seconds
        timeout = httpx.Timeout(seconds, connect=min(_CONNECT, seconds))
        return client.build_request(method, url, headers=sent, timeout=timeout, **what)

    def _read(
        self, client: httpx.Client, request: httpx.Request, limit: int, trusted: bool = False
    ) -> Answer:
        from ..http_clients import Terms, under

        seconds = _PATIENCE * request.extensions["timeout"]["read"]
        seconds += int(request.headers.get("content-length", 0)) / _SLOWEST
        allowed = (lambda _: None) if trusted else may_be_asked(self.door, str(request.url), self.base_url())
        with under(Terms(time.monotonic() + seconds, allowed)):
            response = client.send(request, stream=True)
            try:
                good = 200 <= response.status_code < 300
                body = whole(response, limit) if good else beginning(response)
            finally:
                response.close()
        return Answer(self.door, response.status_code, response.headers, body, self._kinds)

    @contextmanager
    def _client(self, made: Callable[[], AbstractContextManager[httpx.Client]]) -> Iterator[httpx.Client]:
        """One for what may be refused. Raises Refused where there can be none."""
        import httpx

        with ExitStack() as stack:
            try:
                client = stack.enter_context(made())
            except httpx.ProxyError as error:
                raise Refused("unreachable", str(error), HINTS["unreachable"]) from None
            yield client

    def _unreachable(self, error: Exception) -> Refused:
        host = urlsplit(self.base_url()).netloc
        return Refused(
            "unreachable", f"{self.door} ({host}) can't be reached: {_how(error)}", HINTS["unreachable"]
        )

    def _unsendable(self) -> Refused:
        said = f"the request to {self.door} can't be put into words: a bad character in its key or base URL"
        return Refused("auth", said, "set them again")


def exchange(door: str, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
    """A request to somebody else on the door's behalf: for a token. Raises Missed."""
    import httpx

    from ..http_clients import kept

    wire = Wire(door, url, dict)
    try:
        with kept() as client:
            request = wire._request(client, method, url, False, headers, content=body)
            return wire._read(client, request, ANSWER, trusted=True)
    except (ValueError, httpx.InvalidURL, httpx.HTTPError) as error:
        raise Missed(_how(error)) from None


def unheard(door: str, what: str, data: Mapping[str, Any], known: frozenset[str]) -> None:
    """Says it, once each, when a service's answer has fields that this version doesn't know: they may matter."""
    new = sorted(set(data) - known)
    if new and (door, what, *new) not in _said:
        _said.add((door, what, *new))
        _log.warning("%s: its %s has fields that this version doesn't know: %s", door, what, ", ".join(new))


_said: set[tuple[str, ...]] = set()
_last_look: ContextVar[Callable[[], object]] = ContextVar("last look", default=lambda: None)


@contextmanager
def before_it_leaves(look: Callable[[], object]) -> Iterator[None]:
    """Submits inside the block call `look` when all is ready and nothing has left; what it raises stops them."""
    token = _last_look.set(look)
    try:
        yield
    finally:
        _last_look.reset(token)


def _looks_first(look: Callable[[], object]) -> Callable[[str, object], None]:
    """An httpx trace that looks when the connection stands and right before the first byte of the request itself: to
    connect can take as long as a machine sleeps."""

    def trace(event: str, _: object) -> None:
        if event.endswith(".send_request_headers.started"):
            look()

    return trace


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _how(error: Exception) -> str:
    """What went wrong, in words; httpx's own may be empty."""
    import httpx

    for kind, words in (
        (httpx.ConnectTimeout, "nobody answers at its address"),
        (httpx.ReadTimeout, "no answer came in time"),
        (httpx.WriteTimeout, "it didn't take the request in time"),
    ):
        if isinstance(error, kind):
            return words
    return redact(str(error) or type(error).__name__)


def _before_a_byte() -> tuple[type[Exception], ...]:
    """What is raised while a connection is made: nothing of the request has left."""
    import httpx

    return (
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.ProxyError,
        httpx.UnsupportedProtocol,
        httpx.LocalProtocolError,
    )
