"""What leaves the engine for a browser: shown if it can't run and is what it says, else bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import requests

SCRIPT = b"<script>top.stolen = 1</script>"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
RUNS = """
    a.xml a.svg a.svgz a.html a.htm a.xhtml a.xht a.mht a.mhtml a.pdf a.js a.mjs a.css a.xsl a.xslt a.rdf a.atom a.swf
    a.hta a.wasm a.json a.HTML a.png.html a. a noname .htaccess a.shtml a.eml a.vbs a.jar a.webmanifest
"""


def get(client: Any, name: str, **query: str) -> requests.Response:
    return requests.get(f"{client.url}/view", params={"filename": name, **query}, timeout=20)


def test_what_may_run_is_bytes_to_be_saved(client: Any, tmp_path: Path) -> None:
    for name in RUNS.split():
        (tmp_path / "output" / name).write_bytes(b"<?xml version='1.0'?>" + SCRIPT)
        answer = get(client, name)
        assert answer.status_code == 200, name
        assert answer.headers["Content-Type"] == "application/octet-stream", name
        assert answer.headers["Content-Disposition"].startswith("attachment;"), name


@pytest.mark.parametrize(
    "name", ["a.png", "a.jpg", "a.webp", "a.mp4", "a.webm", "a.mp3", "a.wav", "a.gif", "a.tif"]
)
def test_a_page_with_the_name_of_a_picture_is_not_shown(client: Any, tmp_path: Path, name: str) -> None:
    (tmp_path / "output" / name).write_bytes(b"<html>" + SCRIPT)
    answer = get(client, name)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.png", PNG, "image/png"),
        ("A.PNG", PNG, "image/png"),
        ("a.jpg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.mp4", b"\0\0\0\x20ftypisom", "video/mp4"),
        ("a.webm", b"\x1a\x45\xdf\xa3", "video/webm"),
        ("a.mp3", b"ID3\x04", "audio/mpeg"),
        ("a.flac", b"fLaC", "audio/flac"),
        ("a.txt", SCRIPT, "text/plain"),
        ("a.srt", b"1\n00:00", "text/plain"),
        ("empty.txt", b"", "text/plain"),
    ],
)
def test_media_and_plain_text_are_shown(
    client: Any, tmp_path: Path, name: str, head: bytes, kind: str
) -> None:
    (tmp_path / "output" / name).write_bytes(head)
    answer = get(client, name)
    assert (answer.headers["Content-Type"], answer.content) == (kind, head)
    assert answer.headers["Content-Disposition"] == f'inline; filename="{name}"'


def test_every_answer_is_locked_up(client: Any, tmp_path: Path) -> None:
    (tmp_path / "output/a.png").write_bytes(PNG)
    for path in (
        "/",
        "/view?filename=a.png",
        "/view?filename=no.png",
        "/queue",
        "/extensions",
        "/userdata",
        "/templates/a",
    ):
        answer = requests.get(f"{client.url}{path}", timeout=20)
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin", path
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "sandbox" in policy and "allow-" not in policy, path


@pytest.mark.parametrize(
    "name", ['a"; filename="b.html', "ä⁂\u202egnp.txt", "a%0d.txt", "semi;colon.txt", "back`tick.txt"]
)
def test_a_file_name_breaks_no_header(client: Any, tmp_path: Path, name: str) -> None:
    (tmp_path / "output" / name).write_bytes(b"x")
    said = get(client, name).headers["Content-Disposition"]
    assert said.count('"') == 2 and said.isascii() and said.isprintable()
    if any(sign in name for sign in '";%') or not name.isascii():
        encoded = said.split("filename*=UTF-8''")[1]
        assert unquote(encoded) == name


def test_a_line_break_in_a_file_name_breaks_no_header(client: Any, tmp_path: Path) -> None:
    (tmp_path / "output/a\r\nSet-Cookie: x=1\r\n.txt").write_bytes(b"x")
    answer = get(client, "a\r\nSet-Cookie: x=1\r\n.txt")
    assert answer.status_code == 200 and "Set-Cookie" not in answer.headers
