"""Inputs by URL: what lies at an http(s) address, as a file on this machine.

Only public addresses are asked, so that a storyboard from elsewhere can't look into this machine's own network: the
name is resolved, every address that it stands for is checked, and the connection goes to a checked one, at every
redirect again. What comes is bounded in size and time, and decoded before it is kept.

    fetch("https://example.org/door.jpg", look=picture.read)
    # PosixPath('/home/me/.local/share/storyreel/inputs/0f3c….jpg')
"""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import math
import os
import re
import socket
import ssl
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from ..addresses import NAME, NoHost, dialled, public
from ..config import config
from ..errors import BadInput, OutputError, StoryreelError
from ..home import home, own_folder

MOST_REDIRECTS = 5
SILENCE = 20.0
"""Seconds without a byte after which nothing more is expected."""
HEADERS = 30.0
"""Seconds for the name, the connection and the headers, of each host that redirects lead to."""
FRESH = 60
"""For so many seconds a copy isn't compared with the original again."""
CHUNK = 1 << 16

_compared: dict[str, float] = {}


class Unreachable(BadInput):
    """What lies at a URL can't be had now; a copy of earlier is as good as it gets."""


def is_url(name: str) -> bool:
    return "://" in name


def redacted(url: str) -> str:
    """The URL without its query, which may hold a key, and without a password. Any text is taken."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return re.sub(r"//[^/]*@", "//", re.split(r"[?#]", url, maxsplit=1)[0])
    with suppress(ValueError):
        host += f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{parts.path}"


def copy_of(url: str) -> Path:
    """Where the copy of what lies there is kept, once it was fetched."""
    suffix = re.search(r"\.[A-Za-z0-9]{1,5}$", re.split(r"[?#]", url, maxsplit=1)[0].partition("://")[2])
    name = hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return home() / "inputs" / f"{name}{suffix[0].lower() if suffix else ''}"


def fetch(url: str, look: Callable[[Path], Any], fresh: float = FRESH) -> Path:
    """Brings what lies at the URL here, if it has changed since last time. `look` decodes it, and raises where it isn't
    what it should be; what didn't pass is not kept.

    Where the original can't be had any more, as with a signed URL whose time is over, the copy of earlier serves.
    Raises BadInput; its sentence names the URL without its query.
    """
    kept = copy_of(url)
    known = kept.is_file()
    if known and time.monotonic() - _compared.get(url, -math.inf) < fresh:
        return kept
    try:
        own_folder(kept.parent)
    except OSError as error:
        raise OutputError(f"{kept.parent} can't be made: {error.strerror or error}") from None
    partial = kept.with_name(f".{uuid.uuid4().hex[:12]}.part{kept.suffix}")
    try:
        about = _download(url, partial, _validators(kept) if known else {})
        if about is not None:
            _look(partial, url, look)
            _sidecar(kept).unlink(
                missing_ok=True
            )  # a copy whose sidecar is missing is fetched anew: never wrong
            partial.replace(kept)
            _sidecar(kept).write_text(json.dumps(about), encoding="utf-8")
    except Unreachable:
        if not known:
            raise
    except OSError as error:
        raise OutputError(f"{kept} can't be written: {error.strerror or error}") from None
    finally:
        partial.unlink(missing_ok=True)
    _compared[url] = time.monotonic()
    return kept


def _look(path: Path, url: str, look: Callable[[Path], Any]) -> None:
    try:
        look(path)
    except StoryreelError as error:
        message = error.message.replace(str(path), redacted(url)).replace(path.name, redacted(url))
        raise BadInput(message, error.hint) from None


def _sidecar(kept: Path) -> Path:
    return kept.with_name(f"{kept.name}.json")


def _validators(kept: Path) -> dict[str, str]:
    """Headers that ask for the thing only if it has changed."""
    try:
        about = json.loads(_sidecar(kept).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    asked = {"If-None-Match": about.get("etag"), "If-Modified-Since": about.get("last_modified")}
    return {name: value for name, value in asked.items() if isinstance(value, str) and value}


def _download(url: str, path: Path, headers: dict[str, str]) -> dict[str, str | None] | None:
    """Writes the answer to `path`; None where it says that nothing has changed. Follows redirects."""
    total = time.monotonic() + config().downloads.seconds
    at = url
    for _ in range(MOST_REDIRECTS + 1):
        parts = _checked(at)
        clock = _Clock(min(total, time.monotonic() + HEADERS))
        connection = _connection(parts, clock)
        try:
            connection.request("GET", _target(parts), headers={**_HEADERS, **headers})
            with connection.getresponse() as answer:
                if answer.status in (301, 302, 303, 307, 308):
                    at = _joined(at, answer.headers.get("Location") or "")
                    continue
                if answer.status == 304 and headers:
                    return None
                if answer.status != 200:
                    raise Unreachable(f"{redacted(at)} answers {answer.status} {answer.reason}".rstrip())
                clock.until = total
                _save(answer, path, at)
                return {
                    "etag": answer.headers.get("ETag"),
                    "last_modified": answer.headers.get("Last-Modified"),
                }
        except _Late:
            seconds = config().downloads.seconds if clock.until == total else HEADERS
            said = f"{redacted(at)} took longer than {seconds:g} s"
            raise Unreachable(
                said, "try again later, or raise seconds in [downloads] of config.toml"
            ) from None
        except TimeoutError:
            raise Unreachable(f"{redacted(at)} doesn't answer", "try again later") from None
        except (ssl.SSLError, ConnectionError, http.client.HTTPException, socket.gaierror) as error:
            said = getattr(error, "strerror", None) or getattr(error, "reason", None) or type(error).__name__
            raise Unreachable(f"{redacted(at)} can't be read: {said}") from None
        finally:
            connection.close()
    raise BadInput(f"{redacted(url)} redirects more than {MOST_REDIRECTS} times")


def _joined(at: str, location: str) -> str:
    try:
        return urljoin(at, location)
    except ValueError:
        raise Unreachable(f"{redacted(at)} redirects to something that is no address") from None


_HEADERS = {"User-Agent": "storyreel", "Accept": "*/*", "Accept-Encoding": "identity"}


def _save(answer: http.client.HTTPResponse, path: Path, url: str) -> None:
    megabytes = config().downloads.megabytes
    most = megabytes * 1_000_000
    cure = f"give a smaller one, or raise megabytes in [downloads] of {home() / 'config.toml'}"
    too_large = BadInput(f"{redacted(url)} is larger than {megabytes} MB", cure)
    promised = answer.length
    if promised is not None and promised > most:
        raise too_large
    come = 0
    path.touch(mode=0o600)
    with path.open("wb") as file:
        while chunk := answer.read(CHUNK):
            come += len(chunk)
            if come > most:
                raise too_large
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if promised is not None and come < promised:
        raise Unreachable(f"{redacted(url)} ended after {come:,} of {promised:,} bytes", "try again")
    if not come:
        raise BadInput(f"{redacted(url)} is empty")


def _checked(url: str) -> SplitResult:
    """The parts of a URL that may be asked. Raises BadInput."""
    try:
        url.encode()
        parts = urlsplit(url)
        plain = not re.search(r"[\x00-\x1f\x7f]", url)  # urlsplit would drop some of these
        scheme, good = parts.scheme, plain and bool(parts.hostname) and parts.port != 0
    except ValueError:
        scheme, good, parts = url.partition("://")[0].lower(), False, urlsplit("")
    if scheme not in ("http", "https"):
        raise BadInput(f"{redacted(url)} is no http or https address", "download it and give the file")
    if parts.username or parts.password:
        raise BadInput(f"{redacted(url)} holds a user's name or password", "download it and give the file")
    if not good:
        said = f"{_shown(redacted(url))} names no host"
        raise BadInput(said, "write it as https://example.org/picture.png")
    return parts


def _shown(text: str) -> str:
    """A text that may hold what no address holds, in characters that can be printed."""
    return text.encode("utf-8", "backslashreplace").decode()


def _target(parts: SplitResult) -> str:
    """What is asked of the host, in ASCII; what is escaped already stays so."""
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    return f"{path}?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else path


def _connection(parts: SplitResult, clock: _Clock) -> http.client.HTTPConnection:
    assert parts.hostname is not None
    try:
        host = parts.hostname.encode("idna").decode() if not parts.hostname.isascii() else parts.hostname
    except UnicodeError:
        host = ""
    if not NAME.fullmatch(host):
        said = f"{_shown(parts.hostname)!r} is not a host's name"
        raise BadInput(said, "write it as https://example.org/picture.png")
    kind, port = (_Plain, 80) if parts.scheme == "http" else (_Secure, 443)
    connection = kind(host, parts.port or port)
    connection.clock = clock
    return connection


class _Late(TimeoutError):
    """The time for all of it is over."""


class _Clock:
    """When a download must be over, whatever drips until then."""

    def __init__(self, until: float) -> None:
        self.until = until

    def left(self) -> float:
        """Seconds that the next byte may take."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise _Late()
        return min(left, SILENCE)


class _Plain(http.client.HTTPConnection):
    """Connects to an address that was checked, not to whatever the name stands for a moment later."""

    clock: _Clock

    def connect(self) -> None:
        self.sock = _Timed(_connected(self.host, self.port, self.clock), self.clock)


class _Secure(http.client.HTTPSConnection):
    clock: _Clock

    def connect(self) -> None:
        sock = _connected(self.host, self.port, self.clock)
        sock.settimeout(self.clock.left())  # ssl counts it for the whole handshake
        self.sock = _Timed(_trust().wrap_socket(sock, server_hostname=self.host), self.clock)


class _Timed:
    """A socket as http.client uses one. A timeout of the socket's own begins anew with every byte."""

    def __init__(self, sock: socket.socket, clock: _Clock) -> None:
        self._sock, self._clock = sock, clock

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(self._clock.left())
        self._sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Read(self._sock, self._clock))

    def close(self) -> None:
        self._sock.close()


class _Read(io.RawIOBase):
    def __init__(self, sock: socket.socket, clock: _Clock) -> None:
        self._sock, self._clock = sock, clock
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._clock.left())
        try:
            return self._raw.readinto(buffer)
        except TimeoutError:
            self._clock.left()  # says so where it was the last of the time
            raise

    def close(self) -> None:
        self._raw.close()
        super().close()


def _trust() -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"]:  # Python from python.org knows no authorities of its own
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _connected(host: str, port: int, clock: _Clock) -> socket.socket:
    def allowed(addresses: list[str]) -> None:
        if not config().downloads.private_addresses and not all(map(public, addresses)):
            cure = f"download it and give the file, or allow private_addresses in {home() / 'config.toml'}"
            raise BadInput(f"{host} is in a private network", cure)

    try:
        return dialled(host, port, clock.until, allowed, SILENCE)
    except NoHost:
        raise Unreachable(
            f"there is no host {host}", "is the address right, and this machine online?"
        ) from None
    except OSError as error:
        clock.left()
        said = "it doesn't answer" if isinstance(error, TimeoutError) else error.strerror or error
        raise Unreachable(f"{host} can't be reached: {said}") from None
