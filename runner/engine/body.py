"""What a request brings, read within bounds: in time, as JSON that every part of the engine can work with."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import tempfile
from collections.abc import AsyncIterator, Coroutine
from typing import IO, Any, NamedTuple, TypeVar

from aiohttp import BodyPartReader, web

from .answers import Refused
from .limits import Limits

T = TypeVar("T")

DEEPEST = 200
"""Levels of lists and objects in a request; a workflow has a dozen."""
MOST_DIGITS = 300
"""Of a whole number; one more and it can't be compared with a fraction."""
LONGEST_ID = 256
LONGEST_FIELD = 10_000
"""Bytes of a form's field that is no file."""
MOST_PARTS = 20
CHUNK = 1 << 18


async def arriving(request: web.Request, reading: Coroutine[Any, Any, T], limits: Limits) -> T:
    """What `reading` makes of the request's body. Raises Refused (408) if the body comes too slowly."""
    clock = asyncio.get_running_loop().time
    began, task = clock(), asyncio.ensure_future(reading)
    try:
        while True:
            done, _ = await asyncio.wait({task}, timeout=min(1.0, limits.patience / 4))
            if done:
                return task.result()
            if clock() - began > limits.patience + request.content.total_bytes / limits.slowest:
                raise Refused(408, "the request came too slowly", "too_slow")
    finally:
        task.cancel()


async def json_of(request: web.Request, limits: Limits) -> tuple[Any, int]:
    """The request's JSON and how many bytes it is; None if there is nothing in it. Raises Refused."""
    try:
        raw = await arriving(request, request.read(), limits)
    except web.RequestPayloadError as error:
        raise Refused(400, f"the request can't be read: {error}"[:300]) from error
    return (await asyncio.to_thread(parsed, raw) if raw.strip() else None), len(raw)


async def object_of(request: web.Request, limits: Limits) -> tuple[dict[str, Any], int]:
    """The request's JSON object and its size. Raises Refused."""
    body, size = await json_of(request, limits)
    if not isinstance(body, dict):
        raise Refused(400, "the request is not a JSON object", "invalid_json")
    return body, size


class Upload(NamedTuple):
    """A file of a form."""

    filename: str
    file: IO[bytes]


@contextlib.asynccontextmanager
async def form_of(request: web.Request, limits: Limits, most: int) -> AsyncIterator[dict[str, str | Upload]]:
    """The request's form, with its files as long as the block takes; `most` bytes altogether. Raises Refused."""
    with contextlib.ExitStack() as files:
        try:
            form = await arriving(request, _form(request, files, most), limits)
        except (Refused, ConnectionError):
            raise
        except OSError as error:
            raise Refused(507, f"the file can't be taken: {error.strerror}", "no_room") from error
        except Exception as error:  # aiohttp says in many ways that a form is none
            raise Refused(400, f"the form can't be read: {error}"[:300]) from error
        yield form


async def _form(request: web.Request, files: contextlib.ExitStack, most: int) -> dict[str, str | Upload]:
    """As it comes: a part that says that it is packed or encoded is kept like that, and never unpacked."""
    form: dict[str, str | Upload] = {}
    if not request.content_type.startswith("multipart/"):
        return form
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            raise Refused(400, "the form has a form in it")
        if len(form) >= MOST_PARTS or not part.name or part.name in form:
            raise Refused(400, f"a form has at most {MOST_PARTS} parts, each with a name of its own")
        file = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  the stack closes it
        while chunk := await part.read_chunk(CHUNK):
            if request.content.total_bytes > most:
                raise Refused(413, f"the engine takes no form larger than {most} bytes", "too_large")
            await asyncio.to_thread(file.write, chunk)
        if request.content.total_bytes > most:
            raise Refused(413, f"the engine takes no form larger than {most} bytes", "too_large")
        if part.filename:
            form[part.name] = Upload(part.filename, file)
        else:
            file.seek(0)
            form[part.name] = file.read(LONGEST_FIELD).decode("utf-8")
    return form


def parsed(raw: bytes) -> Any:
    """JSON of whole letters, bounded depth and bounded numbers. Raises Refused with what it is instead.

    NaN and Infinity are read, as by ComfyUI: the check of a node's inputs refuses them with their place.
    """
    try:
        body = json.loads(raw.decode("utf-8-sig"), parse_int=_whole)
        _look_through(body)
        return body
    except UnicodeDecodeError:
        raise Refused(400, "the request is not text in UTF-8", "invalid_json") from None
    except RecursionError:
        raise Refused(400, f"the request is nested deeper than {DEEPEST} levels", "invalid_json") from None
    except ValueError as error:
        raise Refused(400, f"the request is not JSON: {error}", "invalid_json") from None


def _whole(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError(f"a number has {len(text)} digits")
    return int(text)


def _look_through(body: Any) -> None:
    level, depth = [body], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise RecursionError
        inner: list[Any] = []
        for value in level:
            if isinstance(value, str):
                _whole_letters(value)
            elif isinstance(value, list):
                inner += value
            elif isinstance(value, dict):
                inner += value.keys()
                inner += value.values()
        level = inner


def _whole_letters(text: str) -> None:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            half = text[error.start].encode("unicode_escape").decode()
            raise ValueError(f"a text holds half a letter ({half})") from None


def unfit(request: dict[str, Any]) -> str:
    """What is wrong with the parts of a POST /prompt beside its graph, as a sentence; empty if nothing is."""
    prompt_id, client_id = request.get("prompt_id"), request.get("client_id")
    if isinstance(prompt_id, bool) or not isinstance(prompt_id, str | int | None):
        return "prompt_id is not a text"
    if len(str(prompt_id)) > LONGEST_ID or len(str(client_id)) > LONGEST_ID:
        return f"prompt_id and client_id have at most {LONGEST_ID} letters"
    if not isinstance(client_id, str | None):
        return "client_id is not a text"
    if not isinstance(request.get("extra_data"), dict | None):
        return "extra_data is not an object"
    targets = request.get("partial_execution_targets")
    if targets is not None and not _ids(targets):
        return "partial_execution_targets is not a list of node ids"
    try:
        if not math.isfinite(float(request.get("number", 0))):
            return "number is not finite"
    except (TypeError, ValueError, OverflowError):
        return "number is not a number"
    return ""


def to_delete(body: dict[str, Any]) -> list[str]:
    """The ids that a request to /queue or /history wants gone. Raises Refused."""
    ids = body.get("delete") or []
    if not _ids(ids):
        raise Refused(400, "delete is not a list of prompt ids")
    return ids


def _ids(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
