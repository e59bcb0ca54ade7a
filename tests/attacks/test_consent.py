"""The route by which a canvas agrees to spending, and the file that keeps it, as an attacker finds them."""

from __future__ import annotations

import asyncio
import os
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from storyreel.host.agreement import PATH, listen
from storyreel.studio.errors import BadInput
from storyreel.studio.home import home
from storyreel.studio.ledger import canvas_consent

TYPE = {"Content-Type": "application/json"}


def answer(body: Any, headers: dict[str, str], host: str = "") -> int:
    """The status of one POST to a server that has the route; "here" is its own address, and `host` what leads to it."""

    async def asked() -> int:
        routes = web.RouteTableDef()
        listen(SimpleNamespace(routes=routes, __iter__=iter))
        app = web.Application()
        app.add_routes(routes)
        async with TestClient(TestServer(app)) as client:
            here = f"{host or '127.0.0.1'}:{client.port}"
            sent = {name: value.replace("here", here) for name, value in headers.items()}
            return (await client.post(PATH, data=body, headers={"Host": here, **sent})).status

    return asyncio.run(asked())


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "192.168.7.9", "workstation", "studio.local"]
)
def test_the_canvas_at_an_address_or_a_local_name_agrees(host: str) -> None:
    assert answer('{"day": 5}', {"Origin": "http://here", **TYPE}, host) == 200
    assert canvas_consent.allowed() == Decimal(5)


NAMES = (
    "evil.example",
    "127.0.0.1.evil.example",
    "evil.example.",
    "localhost.evil.example",
    "evil.local.example",
)
ORIGINS = ("http://evil.example", "null", "http://127.0.0.1:1", "here", "")
FORMS = ("text/plain", "application/x-www-form-urlencoded")
PAGE = {"Origin": "http://here"}


@pytest.mark.parametrize(
    ("headers", "host"),
    [
        *[({**TYPE, **PAGE}, name) for name in NAMES],
        *[({**TYPE, "Origin": origin}, "") for origin in ORIGINS],
        *[({**TYPE, **PAGE, "Sec-Fetch-Site": site}, "") for site in ("cross-site", "same-site", "none")],
        *[({**PAGE, "Content-Type": form}, "") for form in FORMS],
        (TYPE, ""),
    ],
    ids=lambda value: str(value),
)
def test_another_page_can_not_agree(headers: dict[str, str], host: str) -> None:
    assert answer('{"day": 5}', headers, host) == 403
    assert not (home() / canvas_consent.FILE).exists()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        *[
            (body, "")
            for body in ("", "5", "[]", '{"day": NaN}', '{"day": 1e999}', '{"day": -1}', '{"day": true}')
        ],
        *[('{"day":' + "[" * 200_000, ""), ('{"day": ' + "9" * 6000 + "}", ""), (b"\xff\xfe{", "")],
        *[('{"day": 5}', "; charset=nonsense"), ('{"day": "sNaN"}', ""), ('{"day": {"day": 5}}', "")],
    ],
    ids=range(13),
)
def test_what_is_no_sum_is_refused_with_a_sentence(body: Any, kind: str) -> None:
    headers = {"Content-Type": "application/json" + kind, "Origin": "http://here"}
    assert answer(body, headers) == 400
    assert not (home() / canvas_consent.FILE).exists()


def kept(content: str | None, mode: int = 0o600) -> Path:
    path = home() / canvas_consent.FILE
    home().mkdir(parents=True, exist_ok=True)
    if content is not None:
        path.write_text(content)
        path.chmod(mode)
    return path


@pytest.mark.parametrize(
    "content",
    ["", "5", "[]", "null", '{"day": null}', '{"day": "NaN"}', '{"day": 0}', "{" * 100, "[" * 200_000, '{"day": [5]}',
     '{"day": "' + "9" * 6000 + '"}', "\x00", '{"day": 1e400}'],
    ids=range(13),
)  # fmt: skip
def test_a_spoilt_file_allows_nothing(content: str) -> None:
    kept(content)
    with pytest.raises(BadInput):
        canvas_consent.allowed()


@pytest.mark.skipif(os.name != "posix", reason="modes and links as POSIX has them")
def test_a_file_that_others_may_have_written_allows_nothing(tmp_path: Path) -> None:
    kept('{"day": 5}', 0o666)
    with pytest.raises(BadInput, match="others"):
        canvas_consent.allowed()
    path = kept(None)
    path.unlink()
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "consent.json").write_text('{"day": 5}')
    path.symlink_to(tmp_path / "output" / "consent.json")
    with pytest.raises(BadInput, match="link"):
        canvas_consent.allowed()
    canvas_consent.grant(Decimal(7))
    assert canvas_consent.allowed() == Decimal(7) and not path.is_symlink()
    assert (tmp_path / "output" / "consent.json").read_text() == '{"day": 5}'
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(BadInput):
        canvas_consent.allowed()
