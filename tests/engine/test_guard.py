"""What the engine must not do: serve other web pages, leave its folders, take what is too large."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import websocket
from storyreel.runner.engine.guard import is_loopback, same_origin


@pytest.mark.parametrize(
    ("host", "origin", "same"),
    [
        ("127.0.0.1:8189", "http://127.0.0.1:8189", True),
        ("localhost:8189", "http://localhost:8189", True),
        ("localhost", "http://localhost:3000", True),
        ("127.0.0.1:8189", "http://127.0.0.1:9999", False),
        ("127.0.0.1:8189", "http://localhost:8189", False),
        ("127.0.0.1:8189", "http://127.0.0.1", False),
        ("127.0.0.1:8189", "https://127.0.0.1", False),
        ("studio.example:443", "https://studio.example", True),
        ("127.0.0.1:80", "http://127.0.0.1", True),
        ("127.0.0.1:8189", "https://evil.example", False),
        ("127.0.0.1:8189", "null", False),
        ("127.0.0.1:8189", "", False),
        ("127.0.0.1:8189", "http://127.0.0.1:x", False),
        ("[::1]:8189", "http://[::1]:8189", True),
        ("", "http://127.0.0.1", False),
    ],
)
def test_which_pages_are_our_own(host: str, origin: str, same: bool) -> None:
    assert same_origin(host, origin) is same


def test_which_hosts_are_this_machine() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.8.8.8", "::1", "localhost")))
    assert not any(
        map(is_loopback, ("0.0.0.0", "192.168.1.2", "evil.example", "localhost.evil.example", "", None))
    )


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:1", "null"])
def test_other_pages_are_refused_wherever_they_ask(client: Any, origin: str) -> None:
    headers = {"Origin": origin}
    for method, path in (
        ("POST", "/prompt"),
        ("POST", "/api/upload/image"),
        ("POST", "/interrupt"),
        ("GET", "/queue"),
    ):
        assert requests.request(method, f"{client.url}{path}", headers=headers, timeout=20).status_code == 403
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        websocket.create_connection(f"{client.url}/ws".replace("http", "ws", 1), origin=origin)
    assert refused.value.status_code == 403
    assert requests.get(f"{client.url}/queue", headers={"Origin": client.url}, timeout=20).status_code == 200


def test_a_name_that_was_made_to_point_here_is_refused(client: Any) -> None:
    port = client.url.rsplit(":", 1)[1]
    headers = {"Host": f"evil.example:{port}", "Origin": f"http://evil.example:{port}"}
    assert requests.post(f"{client.url}/prompt", headers=headers, json={}, timeout=20).status_code == 403


@pytest.mark.parametrize(
    "host", ["127.0.0.1:99999", "LOCALHOST:65536", "[::1]:70000", "127.0.0.1.", "127.0.0.1:"]
)
def test_a_host_that_is_none_is_refused(client: Any, host: str) -> None:
    assert requests.get(f"{client.url}/", headers={"Host": host}, timeout=20).status_code == 403


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("filename=secret.txt", 404),
        ("filename=../secret.txt", 400),
        ("filename=../secret.txt&type=input", 400),
        ("filename=/etc/passwd", 400),
        ("filename=..%5Csecret.txt", 400),
        ("filename=secret.txt&subfolder=..", 403),
        ("filename=secret.txt&subfolder=/etc", 403),
        ("filename=passwd&subfolder=../../../../../../etc", 403),
        ("filename=link.txt", 403),
        ("filename=a.txt&type=home", 400),
        ("filename=secret.txt%20[temp]", 404),
        ("filename=a.txt", 200),
        ("filename=a.txt%20[output]", 200),
        ("filename=b.txt&subfolder=deep/er", 200),
        ("filename=", 404),
        ("", 404),
    ],
)
def test_view_stays_in_its_folders(client: Any, tmp_path: Path, query: str, status: int) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "output/a.txt").write_text("a")
    (tmp_path / "output/deep/er").mkdir(parents=True)
    (tmp_path / "output/deep/er/b.txt").write_text("b")
    (tmp_path / "output/link.txt").symlink_to(tmp_path / "secret.txt")
    answer = requests.get(f"{client.url}/view?{query}", timeout=20)
    assert answer.status_code == status
    assert "secret" not in answer.text


def test_what_a_browser_would_run_is_sent_as_bytes(client: Any, tmp_path: Path) -> None:
    for name in ("a.html", "a.js", "a.svg", "a.css"):
        (tmp_path / "output" / name).write_text("<script>")
        answer = requests.get(f"{client.url}/view?filename={name}", timeout=20)
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def upload(client: Any, name: str, content: bytes, **form: str) -> requests.Response:
    return requests.post(
        f"{client.url}/upload/image", files={"image": (name, content)}, data=form, timeout=20
    )


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("../../evil.txt", {}),
        ("../evil.txt", {}),
        ("evil.txt", {"subfolder": ".."}),
        ("evil.txt", {"subfolder": "/tmp"}),
        ("evil.txt", {"subfolder": "a/../../b"}),
        ("evil.txt", {"type": "home"}),
        ("C:/evil.txt", {}),
        (r"C:\\evil.txt", {}),  # one backslash, once the form is unquoted
    ],
)
def test_uploads_stay_in_their_folder(client: Any, tmp_path: Path, name: str, form: dict[str, str]) -> None:
    assert upload(client, name, b"x", **form).status_code == 400
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_uploads_go_where_they_are_sent_and_may_replace(client: Any, tmp_path: Path) -> None:
    assert upload(client, "a.bin", b"one", type="temp").json() == {
        "name": "a.bin",
        "subfolder": "",
        "type": "temp",
    }
    assert (tmp_path / "temp/a.bin").read_bytes() == b"one"
    assert upload(client, "a.bin", b"two", type="temp", overwrite="true").json()["name"] == "a.bin"
    assert (tmp_path / "temp/a.bin").read_bytes() == b"two"
    assert upload(client, "bare", b"1").json()["name"] == "bare"
    assert upload(client, "bare", b"2").json()["name"] == "bare (1)"


def test_what_is_too_large_is_refused(start: Callable[..., Any], tmp_path: Path) -> None:
    client = start(max_upload=10_000)
    assert client.get("/features")["max_upload_size"] == 10_000
    assert upload(client, "big.bin", b"x" * 20_000).status_code == 413
    assert requests.post(f"{client.url}/prompt", data=b"[" * 20_000, timeout=20).status_code == 413
    assert list((tmp_path / "input").iterdir()) == []
    assert upload(client, "small.bin", b"x" * 5_000).status_code == 200


@pytest.mark.parametrize("name", ["a\nb.png", "a\x1b[2J.png", "\u202egnp.exe", "a\tb", "a\x7f", "a\x85"])
def test_a_name_that_deceives_whoever_lists_the_folder_is_refused(
    client: Any, tmp_path: Path, name: str
) -> None:
    body = f'--b\r\nContent-Disposition: form-data; name="subfolder"\r\n\r\n{name}\r\n'
    body += '--b\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\nx\r\n--b--\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = requests.post(f"{client.url}/upload/image", data=body.encode(), headers=kind, timeout=20)
    assert answer.status_code == 400
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "name", ["Screenshot 9.41\u202fAM.png", "全角\u3000.png", "👩\u200d🚀.png", "é ü.png"]
)
def test_a_name_of_any_language_is_kept(client: Any, tmp_path: Path, name: str) -> None:
    assert upload(client, name, b"x").json()["name"] == name
    assert (tmp_path / "input" / name).read_bytes() == b"x"
    answer = requests.get(f"{client.url}/view", params={"filename": name, "type": "input"}, timeout=20)
    assert answer.content == b"x"
