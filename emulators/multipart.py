"""Bodies that are multipart forms. They were read already, as every request's are; they are parsed from there."""

from __future__ import annotations

import asyncio
from typing import Any

from .context import Call


async def parts(call: Call) -> Any:
    """The form's parts, one after the other; None where the body is no form."""
    if not call.header("content-type").startswith("multipart/form-data"):
        return None
    from aiohttp import MultipartReader, StreamReader
    from aiohttp.base_protocol import BaseProtocol

    stream = StreamReader(BaseProtocol(asyncio.get_running_loop()), len(call.body) + 1)
    stream.feed_data(call.body)
    stream.feed_eof()
    return MultipartReader(call.request.headers, stream)
