"""Inputs by URL: what lies at an http(s) address, as a file on this machine.

Only public addresses are asked, so that a storyboard from elsewhere can't look into this machine's own network: the
name is resolved, every address that it stands for is checked, and the connection goes to a checked one, at every
redirect again. What comes is bounded in size and time, and decoded before it is kept.

>>> fetch("https://example.org/door.jpg", look=picture.read)
PosixPath('/home/me/.local/share/storyreel/inputs/0f3c….jpg')
"""

from __future__ import annotations

import hashlib
import http.client
import ipaddress
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

from .config import config
from .errors import BadInput, OutputError, StoryreelError
from .home import home

MOST_REDIRECTS = 5
SILENCE = 20
"""Seconds without a byte after which nothing more is expected."""
LONGEST = 300
"""Seconds for all of it."""
FRESH = 60
"""For so many seconds a copy isn't compared with the original again."""
CHUNK = 1 << 16

_compared: dict[str, float] = {}


class Unreachable(BadInput):
    """What lies at a URL can't be had now; a copy of earlier is as good as it gets."""


def is_url(name: str) -> bool:
    return "://" in name


def redacted(url: str) -> str:
    """The URL without its query, which may hold a key, and without a password."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    with suppress(ValueError):
        host += f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{parts.path}"


def copy_of(url: str) -> Path:
    """Where the copy of what lies there is kept, once it was fetched."""
    suffix = re.search(r"\.[A-Za-z0-9]{1,5}$", urlsplit(url).path)
    name = hashlib.sha256(url.encode()).hexdigest()[:32]
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
        kept.parent.mkdir(parents=True, exist_ok=True)
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
    until = time.monotonic() + LONGEST
    at = url
    for _ in range(MOST_REDIRECTS + 1):
        parts = _checked(at)
        connection = _connection(parts)
        try:
            connection.request("GET", _target(parts), headers={**_HEADERS, **headers})
            with connection.getresponse() as answer:
                if answer.status in (301, 302, 303, 307, 308):
                    at = urljoin(at, answer.headers.get("Location") or "")
                    continue
                if answer.status == 304 and headers:
                    return None
                if answer.status != 200:
                    raise Unreachable(f"{redacted(at)} answers {answer.status} {answer.reason}".rstrip())
                _save(answer, path, at, until)
                return {
                    "etag": answer.headers.get("ETag"),
                    "last_modified": answer.headers.get("Last-Modified"),
                }
        except TimeoutError:
            raise Unreachable(f"{redacted(at)} doesn't answer", "try again later") from None
        except (ssl.SSLError, ConnectionError, http.client.HTTPException, socket.gaierror) as error:
            said = getattr(error, "strerror", None) or getattr(error, "reason", None) or type(error).__name__
            raise Unreachable(f"{redacted(at)} can't be read: {said}") from None
        finally:
            connection.close()
    raise BadInput(f"{redacted(url)} redirects more than {MOST_REDIRECTS} times")


_HEADERS = {"User-Agent": "storyreel", "Accept": "*/*", "Accept-Encoding": "identity"}


def _save(answer: http.client.HTTPResponse, path: Path, url: str, until: float) -> None:
    megabytes = config().downloads.megabytes
    most = megabytes * 1_000_000
    cure = f"give a smaller one, or raise megabytes in [downloads] of {home() / 'config.toml'}"
    too_large = BadInput(f"{redacted(url)} is larger than {megabytes} MB", cure)
    promised = answer.length
    if promised is not None and promised > most:
        raise too_large
    come = 0
    with path.open("wb") as file:
        while chunk := answer.read(CHUNK):
            come += len(chunk)
            if come > most:
                raise too_large
            if time.monotonic() > until:
                raise Unreachable(f"{redacted(url)} took longer than {LONGEST} s", "try again later")
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if promised is not None and come < promised:
        raise Unreachable(f"{redacted(url)} ended after {come:,} of {promised:,} bytes", "try again")
    if not come:
        raise BadInput(f"{redacted(url)} is empty")


def _checked(url: str) -> SplitResult:
    """The parts of a URL that may be asked. Raises BadInput."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise BadInput(f"{redacted(url)} is no http or https address", "download it and give the file")
    if parts.username or parts.password:
        raise BadInput(f"{redacted(url)} holds a user's name or password", "download it and give the file")
    try:
        good = bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise BadInput(f"{redacted(url)} names no host")
    return parts


def _target(parts: SplitResult) -> str:
    """What is asked of the host, in ASCII; what is escaped already stays so."""
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    return f"{path}?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else path


def _connection(parts: SplitResult) -> http.client.HTTPConnection:
    assert parts.hostname is not None
    try:
        host = parts.hostname.encode("idna").decode() if not parts.hostname.isascii() else parts.hostname
    except UnicodeError:
        raise BadInput(f"{parts.hostname!r} is not a host's name") from None
    if parts.scheme == "http":
        return _Plain(host, parts.port or 80, timeout=SILENCE)
    return _Secure(host, parts.port or 443, timeout=SILENCE, context=_trust())


class _Plain(http.client.HTTPConnection):
    """Connects to an address that was checked, not to whatever the name stands for a moment later."""

    def connect(self) -> None:
        self.sock = _connected(self.host, self.port)


class _Secure(http.client.HTTPSConnection):
    def connect(self) -> None:
        self.sock = _trust().wrap_socket(_connected(self.host, self.port), server_hostname=self.host)


def _trust() -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"]:  # Python from python.org knows no authorities of its own
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _connected(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise Unreachable(
            f"there is no host {host}", "is the address right, and this machine online?"
        ) from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not config().downloads.private_addresses:
        for address in addresses:
            if not public(address):
                cure = (
                    f"download it and give the file, or allow private_addresses in {home() / 'config.toml'}"
                )
                raise BadInput(f"{host} is in a private network", cure)
    failure: OSError | None = None
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=SILENCE)
        except OSError as error:
            failure = error
    said = "it doesn't answer" if isinstance(failure, TimeoutError) else getattr(failure, "strerror", None)
    raise Unreachable(f"{host} can't be reached: {said or failure}")


def public(address: str) -> bool:
    """Whether an address belongs to the internet at large; one that wraps an IPv4 address is judged by that."""
    here = ipaddress.ip_address(address.partition("%")[0])
    wrapped: list[ipaddress.IPv4Address] = []
    if isinstance(here, ipaddress.IPv6Address):
        wrapped += [each for each in (here.ipv4_mapped, here.sixtofour, *(here.teredo or ())) if each]
        if here in ipaddress.ip_network("64:ff9b::/96"):  # NAT64
            wrapped.append(ipaddress.IPv4Address(int(here) & 0xFFFFFFFF))
    if isinstance(here, ipaddress.IPv6Address) and here.ipv4_mapped:
        return all(map(_of_the_internet, wrapped))
    return all(map(_of_the_internet, (here, *wrapped)))


def _of_the_internet(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved
