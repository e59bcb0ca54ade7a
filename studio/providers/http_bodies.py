"""The bodies of a service's answers, each within a bound: what it sends, and what that becomes unpacked."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

MEGABYTE = 1 << 20
REFUSAL = 1 << 16
"""Bytes that are read of an answer that isn't good."""


def whole(response: httpx.Response, limit: int) -> bytes:
    """All of an answer. Raises httpx.HTTPError where it is longer, packed or as it is."""
    import httpx

    body = _raw(response, limit)
    packed = response.headers.get("content-encoding", "").strip().lower()
    longer = httpx.ReadError(f"the answer is longer than {limit // MEGABYTE} MB")
    if len(body) > limit:
        raise longer
    if packed in ("", "identity"):
        return body
    if packed not in ("gzip", "x-gzip", "deflate"):
        raise httpx.DecodingError("the answer is packed in a way that wasn't asked for")
    try:
        unpacked = zlib.decompressobj(wbits=47 if "gzip" in packed else 15).decompress(body, limit + 1)
    except zlib.error:
        raise httpx.DecodingError("the answer is packed, and damaged") from None
    if len(unpacked) > limit:
        raise longer
    return unpacked


def beginning(response: httpx.Response) -> bytes:
    """As much of a refusal as is of use; empty where it is packed."""
    if response.headers.get("content-encoding", "identity").strip().lower() in ("", "identity"):
        return _raw(response, REFUSAL)[:REFUSAL]
    import httpx

    try:
        return whole(response, REFUSAL)
    except (httpx.DecodingError, httpx.ReadError):
        return b""


def _raw(response: httpx.Response, limit: int) -> bytes:
    """One chunk more than the limit at most."""
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > limit:
            break
    return bytes(body)
