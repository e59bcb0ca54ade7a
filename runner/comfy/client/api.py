"""The client of ComfyUI's API, for a real ComfyUI and the embedded engine alike. `wait.py` waits.

    client = ComfyClient("http://127.0.0.1:8188")
    client.submit(graph, prompt_id=str(uuid.uuid4()))

Every failure to reach or understand the server is a ServerError with the server's address; a graph that the
server refuses is a BadInput with one fault for each of its complaints, and then nothing of it runs.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import mimetypes
import os
import re
import ssl
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlencode, urlsplit, urlunsplit

import httpx

from ....studio.addresses import is_address
from ....studio.errors import BadInput, OutputError, ServerError
from .connection import Answer, Line, authorities
from .object_info import misshapen
from .refusal import refusal

CHUNK = 1 << 20
UPLOADS = "storyreel"
"""The subfolder of the server's input folder that our uploads go to."""


class OutputFile(NamedTuple):
    """A file that a node reported: where it is on the server."""

    node: str
    filename: str
    subfolder: str = ""
    type: str = "output"


class Standing(NamedTuple):
    """How a run stands on the server. `unknown` is neither queued nor running nor in the history."""

    state: str
    """queued | running | done | unknown"""
    ahead: int = 0
    entry: dict[str, Any] = {}
    """The history's entry, once done."""


class ComfyClient:
    """Speaks to one server. `client_id` names the websocket that gets the events; `token` is shown as a bearer
    token, where no login stands in the address; `headers` are shown besides, and `Authorization` among them instead.
    `authority` is a file of authorities to trust, in place of what the environment names. Raises BadInput.
    """

    def __init__(
        self,
        url: str,
        client_id: str = "",
        timeout: tuple[float, float] = (5, 60),
        token: str = "",
        headers: Mapping[str, str] | None = None,
        authority: str = "",
    ) -> None:
        self.url, login = server_url(url)
        self.client_id = client_id or uuid.uuid4().hex
        authorization = f"Bearer {token}" if token else ""
        if login:
            authorization = f"Basic {base64.b64encode(':'.join(login).encode()).decode()}"
        self._headers = dict(headers or {})
        if authorization and "authorization" not in map(str.lower, self._headers):
            self._headers["Authorization"] = authorization
        local = urlsplit(self.url).hostname in ("localhost", "127.0.0.1", "::1")
        named, self._bundle = ("--ca", authority) if authority else authorities()
        try:
            self._line = Line(self.url, self._headers, local, timeout, self._bundle)
        except httpx.ProxyError as error:
            raise BadInput(str(error)) from None
        except OSError as error:  # ssl's are some too
            said = error.strerror or error
            raise BadInput(f"the certificates that {named} names can't be read: {said}") from None

    def close(self) -> None:
        self._line.close()

    def __enter__(self) -> ComfyClient:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def socket_url(self) -> str:
        parts = urlsplit(self.url)
        scheme = "wss" if parts.scheme == "https" else "ws"
        return urlunsplit(
            (scheme, parts.netloc, parts.path + "/ws", urlencode({"clientId": self.client_id}), "")
        )

    @property
    def socket_headers(self) -> list[str]:
        """What the server is shown, and no other: the login or the token, and the headers besides."""
        return [f"{name}: {value}" for name, value in self._headers.items()]

    def socket_trust(self, url: str) -> ssl.SSLContext | None:
        """What a websocket at `url` trusts, the same as all else; None where nothing is encrypted."""
        if not url.startswith("wss:"):
            return None
        if not self._bundle:
            return httpx.create_ssl_context()
        folder = Path(self._bundle).is_dir()
        return ssl.create_default_context(
            cafile=None if folder else self._bundle, capath=self._bundle if folder else None
        )

    # What is there

    def system_stats(self) -> dict[str, Any]:
        return self._object("GET", "/system_stats")

    def object_info(self) -> dict[str, Any]:
        """Every node class of the server, as ComfyUI describes it."""
        info = self._object("GET", "/object_info")
        if fault := misshapen(info):
            raise ServerError(
                f"{self.url} does not answer as a ComfyUI does: in /object_info, {fault}",
                "is it another program's port? else the pack of that node is at fault: update it, or take it out",
            )
        return info

    # A run

    def submit(
        self, graph: Mapping[str, Any], prompt_id: str, workflow: Mapping[str, Any] | None = None
    ) -> str:
        """Queues the graph under our own id; returns the id it has there (the same, since ComfyUI 0.3.45).

        Raises BadInput if the server refuses any part of it: an answer of 200 with node_errors means that the
        rest was queued without the refused outputs, so that is taken out of the queue again. Raises
        ServerError if it can't be known whether the server took it; it is never sent a second time.
        """
        body: dict[str, Any] = {"prompt": graph, "client_id": self.client_id, "prompt_id": prompt_id}
        if workflow is not None:
            body["extra_data"] = {"extra_pnginfo": {"workflow": workflow}}
        try:
            response = self._line.ask("POST", f"{self.url}/prompt", body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            raise self._unreachable(error) from None  # nothing was sent
        except httpx.HTTPError as error:
            return self._settle(prompt_id, error)
        answer = response.json
        if response.status == 400 and isinstance(answer, dict) and "error" in answer:
            raise self._refusal(graph, answer, response)
        if response.status >= 500:
            return self._settle(prompt_id, ServerError(f"{response.status} {response.reason}"))
        if response.status != 200 or not isinstance(answer, dict) or "prompt_id" not in answer:
            raise self._strange("POST /prompt", response)
        accepted = str(answer["prompt_id"])
        if answer.get("node_errors"):
            self.cancel(accepted)
            raise self._refusal(graph, answer, response)
        return accepted

    def _refusal(
        self, graph: Mapping[str, Any], answer: Mapping[str, Any], response: Answer
    ) -> BadInput | ServerError:
        try:
            return refusal(graph, answer)
        except (AttributeError, TypeError, KeyError, ValueError):  # not as ComfyUI words it
            return self._strange("POST /prompt", response)

    def _settle(self, prompt_id: str, error: Exception) -> str:
        """The submit broke off: whether it arrived is asked, not guessed."""
        for wait in (0, 0.5, 1, 2):
            time.sleep(wait)
            with contextlib.suppress(ServerError):
                if self.standing(prompt_id).state != "unknown":
                    return prompt_id
        raise ServerError(
            f"{self.url} broke off while it was given the run, and does not know it now: {_reason(error)}",
            f"it was not sent again; look for run {prompt_id} on the server before you repeat it",
        ) from None

    def standing(self, prompt_id: str) -> Standing:
        """Asks the history, then the queue; twice, for a run that ends between the two questions."""
        try:
            return self._standing(prompt_id)
        except (TypeError, IndexError, KeyError, AttributeError):
            raise ServerError(
                f"{self.url} does not answer as a ComfyUI does", "is it another program's port?"
            ) from None

    def _standing(self, prompt_id: str) -> Standing:
        for _ in range(2):
            entry = self._object("GET", f"/history/{quote(prompt_id, safe='')}").get(prompt_id)
            if entry:
                return Standing("done", entry={**entry})
            queue = self._object("GET", "/queue")
            if any(item[1] == prompt_id for item in queue.get("queue_running", [])):
                return Standing("running")
            waiting = sorted(queue.get("queue_pending", []), key=lambda item: item[0])
            for place, item in enumerate(waiting):
                if item[1] == prompt_id:
                    return Standing("queued", ahead=place + len(queue.get("queue_running", [])))
        return Standing("unknown")

    def cancel(self, prompt_id: str) -> None:
        """Takes our run out of the queue, or interrupts it if it runs; other people's runs are left alone.

        A request, not a guarantee: it may have finished meanwhile.
        """
        self._request("POST", "/queue", {"delete": [prompt_id]})
        if self.standing(prompt_id).state == "running":
            self._request("POST", "/interrupt", {"prompt_id": prompt_id})

    # Files

    def upload(self, path: Path, digest: str = "", called: str = "") -> str:
        """Puts a file into the server's input folder and returns the name a node takes for it.

        The name carries the content's hash: the same content is sent once, and never stands in for another's.
        `digest` is the file's sha256 in hex, where the caller has it already; `called` a name that is as good.
        """
        place, _, name = (called or f"{UPLOADS}/{hashed_name(path, digest or sha256(path))}").rpartition("/")
        size = path.stat().st_size
        try:
            if self._size_of(OutputFile("", name, place, "input")) == size:
                return f"{place}/{name}"
            boundary = uuid.uuid4().hex
            form = _Multipart(boundary, {"subfolder": place, "type": "input"}, name, path)
            response = self._line.ask(
                "POST",
                f"{self.url}/upload/image",
                content=form,
                size=len(form),
                headers={
                    "Content-Type": f"multipart/form-data; boundary={boundary}",
                    "Content-Length": str(len(form)),
                },
            )
        except httpx.HTTPError as error:
            raise self._unreachable(error, f"while {path.name} was uploaded") from None
        if response.status == 413:
            raise ServerError(
                f"{self.url} takes no file as large as {path.name} ({size / 1e6:.0f} MB)",
                "start ComfyUI with a larger --max-upload-size (MB)",
            )
        answer = response.json
        if response.status != 200 or not isinstance(answer, dict) or not answer.get("name"):
            raise self._strange(f"the upload of {path.name}", response)
        folder = answer.get("subfolder") or ""
        return f"{folder}/{answer['name']}" if folder else str(answer["name"])

    def has(self, name: str, kind: str = "input") -> bool:
        """Whether the server has this file (`sub/name.png`) in its input, output or temp folder."""
        folder, _, filename = name.rpartition("/")
        try:
            return self._size_of(OutputFile("", filename, folder, kind)) is not None
        except httpx.HTTPError as error:
            raise self._unreachable(error) from None

    def _size_of(self, file: OutputFile) -> int | None:
        response = self._line.ask("HEAD", self.view_url(file))
        return int(response.headers.get("Content-Length", -1)) if response.status == 200 else None

    def view_url(self, file: OutputFile) -> str:
        query = {"filename": file.filename, "subfolder": file.subfolder, "type": file.type}
        return f"{self.url}/view?{urlencode(query)}"

    def fetch(self, file: OutputFile, path: Path, told: Callable[[int], None] | None = None) -> int:
        """Brings a file of the server to `path`, whole or not at all, and returns its size in bytes.

        `told` hears how many bytes are here. Raises ServerError if the server doesn't have it or stops in the
        middle, OutputError if it can't be written.
        """
        partial = path.with_name(f".{uuid.uuid4().hex}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._line.file(self.view_url(file)) as (status, expected, chunks):
                if status != 200:
                    raise ServerError(f"{self.url} no longer has {file.filename} ({status})")
                done = 0
                with partial.open("wb") as stream:
                    for chunk in chunks:
                        done += stream.write(chunk)
                        if told:
                            told(done)
                    stream.flush()
                    os.fsync(stream.fileno())
                if done != (done if expected is None else expected):
                    raise ServerError(f"{self.url} sent {done} of the {expected} bytes of {file.filename}")
            partial.replace(path)
            return done
        except httpx.HTTPError as error:
            raise self._unreachable(error, f"while {file.filename} was fetched") from None
        except OSError as error:
            raise OutputError(f"{path} can't be written: {error.strerror or error}") from None
        finally:
            partial.unlink(missing_ok=True)

    # The wire

    def _request(self, method: str, path: str, body: Any = None) -> Answer:
        try:
            response = self._line.ask(method, self.url + path, body)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from None
        if response.status != 200:
            raise self._strange(f"{method} {path}", response)
        return response

    def _object(self, method: str, path: str) -> dict[str, Any]:
        response = self._request(method, path)
        answer = response.json
        if not isinstance(answer, dict):
            raise self._strange(f"{method} {path}", response)
        return answer

    def _unreachable(self, error: Exception, when: str = "") -> ServerError:
        if "certificate" in str(error).lower():
            fault = re.search(r"certificate verify failed: ([^(]+)", str(error))
            why = fault.group(1).strip() if fault else _reason(error)
            return ServerError(
                f"{self.url} shows a certificate that is not trusted: {why}",
                "name the file of the authority that signed it: --ca FILE, or SSL_CERT_FILE in the environment",
            )
        sentence = f"{self.url} can't be reached{' ' + when if when else ''}: {_reason(error)}"
        return ServerError(sentence, "is it running, and is the address right? `storyreel doctor` tries it")

    def _strange(self, what: str, response: Answer) -> ServerError:
        if response.status in (401, 403, 407):
            return ServerError(
                f"{self.url} does not let us in ({response.status} on {what})",
                "a login goes into the address: https://user:password@host; a bearer token, as that of a `storyreel "
                "serve`, into the environment: STORYREEL_SERVER_TOKEN; what goes into another header: --header "
                "NAME=CREDENTIAL",
            )
        text = re.sub(r"\s+", " ", response.body[:2000].decode("utf-8", "replace"))
        return ServerError(
            f"{self.url} answered {response.status} on {what}: {text[:160] or 'nothing'}",
            "is this a ComfyUI? its log says more" if response.status >= 500 else "is this a ComfyUI?",
        )


def server_url(text: str) -> tuple[str, tuple[str, str] | None]:
    """The server's address in full, and the login that stood in it: no error and no record ever shows that.

    `127.0.0.1:8188` is http; a trailing slash goes. Raises BadInput.
    """
    text = text.strip()
    if "://" not in text:
        text = f"http://{text}"
    try:
        parts = urlsplit(text)
        good = is_address(text) and bool(httpx.URL(text).host)
    except (ValueError, httpx.InvalidURL):
        good, parts = False, urlsplit("")
    if not good:
        raise BadInput(
            f"{text.rpartition('@')[2]!r} is not a server's address", "give it as http://127.0.0.1:8188"
        )
    login = (unquote(parts.username or ""), unquote(parts.password or "")) if "@" in parts.netloc else None
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", "")), login


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(CHUNK):
            digest.update(block)
    return digest.hexdigest()


def hashed_name(path: Path, digest: str) -> str:
    """What an upload is called: 16 digits of its content's hash, and of its own name what is harmless."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", path.stem).strip("-")[:40]
    return f"{digest[:16]}-{stem}{path.suffix.lower()}" if stem else f"{digest[:16]}{path.suffix.lower()}"


class _Multipart:
    """A form with one file in it, read while it is sent: an upload needs no memory of the file's size."""

    def __init__(self, boundary: str, fields: dict[str, str], name: str, path: Path) -> None:
        head = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in fields.items()
        )
        mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
        head += (
            f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n'
            f"Content-Type: {mime}\r\n\r\n"
        )
        self.head, self.tail, self.path = head.encode(), f"\r\n--{boundary}--\r\n".encode(), path

    def __len__(self) -> int:
        return len(self.head) + self.path.stat().st_size + len(self.tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self.head
        with self.path.open("rb") as stream:
            while block := stream.read(CHUNK):
                yield block
        yield self.tail


def _reason(error: Exception) -> str:
    """The last cause in words: `Connection refused` instead of urllib3's nesting."""
    text = str(error)
    for words in (
        "Connection refused",
        "timed out",
        "Connection reset",
        "Name or service not known",
        "aborted",
    ):
        if words.lower() in text.lower():
            return words.lower()
    match = re.search(r"\[Errno -?\d+\] ([^')]+)", text)
    return match.group(1) if match else text[:200]
