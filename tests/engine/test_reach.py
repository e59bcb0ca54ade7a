"""Who may ask a server: its Host names by list, its token, and what browsers tell of themselves."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import websocket
from storyreel.runner.engine import EmbeddedServer

TOKEN = "a-token-of-the-tests"


def ask(url: str, path: str = "/queue", method: str = "GET", **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.request(
        method, f"{url}{path}", headers=named, json={} if method == "POST" else None, timeout=20
    ).status_code


def socket_status(url: str, query: str = "", host: str = "", **headers: str) -> int:
    try:
        websocket.create_connection(
            f"{url.replace('http', 'ws', 1)}/ws{query}",
            header=[f"{name.replace('_', '-')}: {value}" for name, value in headers.items()],
            suppress_origin=True,
            host=host or None,
            timeout=20,
        ).close()
    except websocket.WebSocketBadStatusException as error:
        return error.status_code
    return 101


@pytest.fixture(scope="module")
def open_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server for every network of the machine, asked for on this machine; nothing leaves it."""
    folder = tmp_path_factory.mktemp("open")
    with EmbeddedServer(folder, "0.0.0.0", token=TOKEN, names=["Studio.Example"]) as server:
        yield server.url.replace("0.0.0.0", "127.0.0.1")


def test_without_a_token_given_an_open_server_makes_one(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path / "a", "0.0.0.0") as one, EmbeddedServer(tmp_path / "b", "0.0.0.0") as other:
        assert len(one.token) >= 24 and one.token != other.token
        url = one.url.replace("0.0.0.0", "127.0.0.1")
        assert ask(url) == 401
        assert ask(url, Authorization=f"Bearer {other.token}") == 401
        assert ask(url, Authorization=f"Bearer {one.token}") == 200


def test_a_server_of_this_machine_asks_for_none_unless_told_to(tmp_path: Path, client: Any) -> None:
    assert ask(client.url) == 200
    with EmbeddedServer(tmp_path / "mine", token=TOKEN) as server:
        assert (ask(server.url), ask(server.url, Authorization=f"Bearer {TOKEN}")) == (401, 200)


@pytest.mark.parametrize(
    "path", ["/", "/queue", "/api/queue", "/view?filename=a.png", "/nothing", "/object_info"]
)
def test_everything_asks_for_the_token(open_url: str, path: str) -> None:
    answer = requests.get(f"{open_url}{path}", timeout=20)
    assert answer.status_code == 401
    assert "Bearer" in answer.headers["WWW-Authenticate"]
    assert TOKEN not in answer.text + str(answer.headers)


def test_the_ways_to_show_the_token(open_url: str) -> None:
    basic = [base64.b64encode(login.encode()).decode() for login in (f"me:{TOKEN}", f"{TOKEN}:", "me:wrong")]
    assert ask(open_url, Authorization=f"bearer {TOKEN}") == 200
    assert [ask(open_url, Authorization=f"Basic {each}") for each in basic] == [200, 200, 401]
    assert ask(open_url, f"/queue?token={TOKEN}") == 200
    assert ask(open_url, Cookie=f"storyreel_token={TOKEN}") == 200
    for wrong in ("x", "", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "ä"):
        assert ask(open_url, f"/queue?token={wrong}") == 401
    for odd in ("Bearer", "Basic !!", "Basic //8=", TOKEN, f"Digest {TOKEN}"):
        assert ask(open_url, Authorization=odd) == 401
    assert socket_status(open_url) == 401
    assert socket_status(open_url, f"?token={TOKEN}") == 101
    assert socket_status(open_url, Authorization=f"Bearer {TOKEN}") == 101
    assert socket_status(open_url, Cookie=f"storyreel_token={TOKEN}") == 101


def test_a_browser_that_came_with_the_token_keeps_it(open_url: str) -> None:
    browser = requests.Session()
    first = browser.get(f"{open_url}/?token={TOKEN}", timeout=20)
    assert first.status_code == 200
    cookie = first.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert browser.get(f"{open_url}/queue", timeout=20).status_code == 200


def test_no_log_holds_the_token(open_url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ask(open_url, f"/nothing?token={TOKEN}")
    ask(open_url, "/queue", Authorization=f"Digest {TOKEN}")
    ask(open_url, f"/queue?token={TOKEN}", Host="evil.example", Origin="http://evil.example")
    assert "evil.example" in caplog.text
    assert TOKEN not in "".join(r.getMessage() for r in caplog.records if r.name == "storyreel")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:{port}", 200),
        ("localhost:{port}", 200),
        ("studio.example", 200),
        ("STUDIO.example:{port}", 200),
        ("evil.example:{port}", 403),
        ("studio.example.evil.example", 403),
        ("192.0.2.7:{port}", 403),
        ("127.0.0.1.evil.example", 403),
        ("[::", 403),
        ("evil@127.0.0.1:{port}", 403),
        ("127.0.0.1:x<script>", 403),
        ("127.0.0.1/", 403),
    ],
)
def test_host_names_are_those_of_the_list(open_url: str, host: str, status: int) -> None:
    host = host.format(port=open_url.rsplit(":", 1)[1])
    assert ask(open_url, Host=host, Authorization=f"Bearer {TOKEN}") == status
    if status == 403:
        assert socket_status(open_url, f"?token={TOKEN}", host) == 403


def test_a_name_of_the_list_serves_a_machine_behind_a_proxy(start: Callable[..., Any]) -> None:
    client = start(names=["Films.example:8189"])
    assert ask(client.url, Host="films.example", Origin="http://films.example") == 200
    assert ask(client.url, Host="other.example") == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "Cross-Site", "something-new"])
def test_no_other_site_makes_a_browser_ask(client: Any, site: str) -> None:
    requests_ = [
        ("POST", "/prompt"),
        ("POST", "/interrupt"),
        ("POST", "/upload/image"),
        ("GET", "/view?filename=a"),
        ("GET", "/queue"),
    ]
    for method, path in requests_:
        assert ask(client.url, path, method, Sec_Fetch_Site=site) == 403, path
    navigates = {"Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert ask(client.url, "/", Sec_Fetch_Site=site, **navigates) == 200
    assert ask(client.url, "/view?filename=a", Sec_Fetch_Site=site, **navigates) == 403
    assert (
        ask(client.url, "/", Sec_Fetch_Site=site, Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="iframe") == 403
    )
    assert ask(client.url, "/", Sec_Fetch_Site=site, Sec_Fetch_Mode="no-cors", Sec_Fetch_Dest="image") == 403
    assert socket_status(client.url, Sec_Fetch_Site=site) == 403


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_page_of_ours_and_a_person_may_ask(client: Any, site: str) -> None:
    assert ask(client.url, "/queue", Sec_Fetch_Site=site) == 200
    assert socket_status(client.url, Sec_Fetch_Site=site) == 101


def test_the_page_that_says_what_this_is_holds_no_markup_of_a_host(open_url: str) -> None:
    answer = requests.get(f"{open_url}/?token={TOKEN}", headers={"Host": "localhost:1"}, timeout=20)
    assert "<pre>storyreel run WORKFLOW --server http://localhost:1</pre>" in answer.text
