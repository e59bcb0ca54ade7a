"""Requests of every odd kind: refused with a sentence in ComfyUI's shape, never a 500; and the engine goes on."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from storyreel.runner.engine import EmbeddedServer

SLOW = {"class_type": "ProbeSlow", "inputs": {"text": "a", "seconds": 0.0, "seed": 1, "mode": "ok"}}
JOIN = {"class_type": "ProbeJoin", "inputs": {"parts.part0": ["1", 0], "style": "plain"}}
GRAPH = {"1": SLOW, "2": JOIN}
HALF = "\\ud83d"

ODD: list[str] = [
    "null",
    "true",
    "0",
    "-1",
    "1.5",
    "1e308",
    '""',
    '"x"',
    '"\\u0000"',
    '"' + "x" * 300 + '"',
    '"../../x"',
    "[]",
    "[1]",
    "[null]",
    '["1"]',
    "[[]]",
    '[{"a": 1}]',
    '["1", 0]',
    "{}",
    '{"a": {"b": []}}',
    '{"": ""}',
    '{"__value__": [1, 2]}',
    '{"__type__": "x"}',
    "9" * 299,
    "NaN",
    "-Infinity",
    "1e999",
    '[NaN, {"a": Infinity}]',
]
"""As JSON: what may stand where something else belongs."""

NOT_JSON: list[bytes] = [
    b"",
    b" ",
    b"{",
    b"nope",
    b"\xff\xfe\x00",
    b'{"prompt": "\xff"}',
    b"NaN",
    b'{"delete": [' + b"9" * 5000 + b"]}",
    b"[" * 100_000,
    b"[" * 100_000 + b"]" * 100_000,
    b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    f'{{"prompt": {{"{HALF}": {{}}}}}}'.encode(),
    b'{"prompt": {}} trailing',
]


@pytest.fixture(scope="module")
def engine(
    tmp_path_factory: pytest.TempPathFactory, probes: Any
) -> Iterator[tuple[str, Path, requests.Session]]:
    folder = tmp_path_factory.mktemp("odd")
    with EmbeddedServer(folder, nodes=probes) as server, requests.Session() as session:
        yield server.url, folder, session
        answer = session.post(f"{server.url}/prompt", json={"prompt": GRAPH}, timeout=20)
        assert answer.status_code == 200, "after all of that it still works"
        assert session.get(f"{server.url}/queue", timeout=20).status_code == 200


def fine(answer: requests.Response, *about: Any) -> None:
    """Answered, without a fault of the engine's own; a refusal is JSON and has a sentence."""
    assert answer.status_code < 500, (answer.status_code, answer.text[:300], *about)
    unread = "Bad Request" in (answer.reason or "") and answer.headers["Content-Type"].startswith(
        "text/plain"
    )
    if answer.status_code >= 400 and not unread:  # what isn't HTTP is answered before anyone of ours sees it
        error = answer.json()["error"]
        sentence = error if isinstance(error, str) else error["message"]
        assert isinstance(sentence, str) and len(sentence) > 5, about
        assert isinstance(error, str) or set(error) == {"type", "message", "details", "extra_info"}, about


def emptied(url: str, session: requests.Session) -> None:
    """Of what other tests have left in the queue, a node that waits for ever among it."""
    session.post(f"{url}/queue", json={"clear": True}, timeout=20)
    session.post(f"{url}/interrupt", timeout=20)


@pytest.mark.parametrize("path", ["/prompt", "/queue", "/history", "/free"])
def test_what_is_no_json_of_ours_is_refused(engine: Any, path: str) -> None:
    url, _, session = engine
    for body in NOT_JSON:
        for kind in ("application/json", "application/json; charset=klingon", "text/plain", ""):
            answer = session.post(f"{url}{path}", data=body, headers={"Content-Type": kind}, timeout=20)
            assert answer.status_code == 400, (path, body[:60], answer.text[:200])
            fine(answer, path, body[:60])


def test_an_interruption_that_cannot_be_read_interrupts_nothing(engine: Any) -> None:
    url, _, session = engine
    for body in NOT_JSON[2:]:
        fine(session.post(f"{url}/interrupt", data=body, timeout=20), body[:60])
    for value in ODD:
        fine(session.post(f"{url}/interrupt", data=f'{{"prompt_id": {value}}}', timeout=20), value[:60])
    assert session.post(f"{url}/interrupt", timeout=20).status_code == 200
    assert session.post(f"{url}/interrupt", data=b"{", timeout=20).status_code == 400


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/prompt", "prompt"),
        ("/prompt", "prompt_id"),
        ("/prompt", "client_id"),
        ("/prompt", "number"),
        ("/prompt", "front"),
        ("/prompt", "extra_data"),
        ("/prompt", "partial_execution_targets"),
        ("/queue", "clear"),
        ("/queue", "delete"),
        ("/history", "clear"),
        ("/history", "delete"),
        ("/free", "free_memory"),
        ("/free", "unload_models"),
    ],
)
def test_a_field_may_hold_anything(engine: Any, path: str, key: str) -> None:
    url, _, session = engine
    whole = {"prompt": GRAPH} if path == "/prompt" else {}
    for value in ODD:
        body = json.dumps({**whole, key: "@"}).replace('"@"', value)
        fine(session.post(f"{url}{path}", data=body.encode(), timeout=20), path, key, value[:60])
    for reading in ("/queue", "/history", "/api/jobs"):
        fine(session.get(f"{url}{reading}", timeout=20), reading)


@pytest.mark.parametrize("key", ["class_type", "inputs", "_meta", "is_changed"])
def test_a_node_may_hold_anything(engine: Any, key: str) -> None:
    url, _, session = engine
    for value in ODD:
        body = json.dumps({"prompt": {"1": {**SLOW, key: "@"}, "2": JOIN}}).replace('"@"', value)
        fine(session.post(f"{url}/prompt", data=body.encode(), timeout=20), key, value[:60])


@pytest.mark.parametrize("name", ["text", "seconds", "seed", "mode", "flag", "unknown", "\0"])
def test_an_input_may_hold_anything(engine: Any, name: str) -> None:
    url, _, session = engine
    for value in ODD:
        inputs = {**SLOW["inputs"], name: "@"}
        body = json.dumps({"prompt": {"1": {**SLOW, "inputs": inputs}, "2": JOIN}}).replace('"@"', value)
        fine(session.post(f"{url}/prompt", data=body.encode(), timeout=20), name, value[:60])


@pytest.mark.parametrize("name", ["parts.part0", "parts", "style", "style.count", "parts.part99999"])
def test_a_link_may_be_odd(engine: Any, name: str) -> None:
    url, _, session = engine
    slots = [*ODD, "-9", "1e300", "2147483648", "0.5", "0.0", "false"]
    links = [f'["1", {slot}]' for slot in slots] + [f"[{node}, 0]" for node in ODD]
    links += ['["2", 0]', '["nope", 0]', '["1", 0, 0]', '["1"]', '[["1", 0], 0]']
    for value in (*links, *ODD):
        body = json.dumps({"prompt": {"1": SLOW, "2": {**JOIN, "inputs": {**JOIN["inputs"], name: "@"}}}})
        answer = session.post(f"{url}/prompt", data=body.replace('"@"', value).encode(), timeout=20)
        fine(answer, name, value[:60])


def test_graphs_of_odd_shapes(engine: Any) -> None:
    url, _, session = engine
    chain: dict[str, Any] = {"0": SLOW}
    for number in range(1, 3000):
        chain[str(number)] = {**JOIN, "inputs": {"parts.part0": [str(number - 1), 0], "style": "plain"}}
    itself = {"2": {**JOIN, "inputs": {"parts.part0": ["2", 0], "style": "plain"}}}
    for graph in ({"": SLOW, " ": JOIN}, {"\0": JOIN}, {"x" * 5000: SLOW, "2": JOIN}, itself):
        fine(session.post(f"{url}/prompt", json={"prompt": graph}, timeout=20), str(graph)[:80])
    answer = session.post(
        f"{url}/prompt", json={"prompt": chain, "partial_execution_targets": ["2999"]}, timeout=60
    )
    fine(answer, "a long chain")
    emptied(url, session)


def test_numbers_that_are_none_come_back_as_nothing(engine: Any) -> None:
    """ComfyUI reads NaN and Infinity too; what a browser is answered is JSON all the same."""
    url, _, session = engine
    emptied(url, session)
    body = json.dumps({"prompt": GRAPH, "extra_data": {"odd": [float("nan"), float("inf")]}})
    prompt_id = session.post(f"{url}/prompt", data=body, timeout=20).json()["prompt_id"]
    refused = session.post(f"{url}/prompt", data=body[:-1] + ', "number": NaN}', timeout=20)
    assert refused.status_code == 400 and "number" in refused.json()["error"]["message"]
    for _ in range(500):
        text = session.get(f"{url}/history/{prompt_id}", timeout=20).text
        if text != "{}":
            break
        time.sleep(0.02)
    found = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert found[prompt_id]["prompt"][3]["odd"] == [None, None]


NAMES = [
    "a\0.png", "\0", "x" * 300 + ".png", "x" * 5000, "é" * 200, ".", "..", "/", "\\", "a/", "//", "~", "~/x", "C:",
    "a" * 100 + "/" * 100, "/".join("a" * 60), "a\nb", "\x1b[2J", "\u202egnp.exe", "a [output]", " [temp]", "[input]",
    "%00", "%2e%2e%2f", "con", "NUL.png", "a:b", "http://127.0.0.1/x", "folder", "a.png/b", "é.png", "\ufffd",
]  # fmt: skip


def test_names_that_no_file_has(engine: Any) -> None:
    url, folder, session = engine
    (folder / "output/folder").mkdir(exist_ok=True)
    (folder / "input/a.png").write_bytes(b"x")
    for name in NAMES:
        for place in ("output", "input", "x", ""):
            fine(session.get(f"{url}/view", params={"filename": name, "type": place}, timeout=20), name)
        params = {"filename": "a.png", "subfolder": name, "type": "input"}
        fine(session.get(f"{url}/view", params=params, timeout=20), name)
        for path in ("/history/", "/api/jobs/", "/object_info/", "/userdata/", "/view/", "/extensions/"):
            fine(session.get(f"{url}{path}{quote(name, safe='')}", timeout=20), path, name)
    for raw in ("%", "%ff", "%C0%AE", "%ED%A0%80", "%00", "a%0d%0aX:1", "&&", "="):
        fine(session.get(f"{url}/view?filename={raw}", timeout=20), raw)


def test_previews_of_anything(engine: Any) -> None:
    url, folder, session = engine
    for number, content in enumerate(
        (b"", b"x", b"\x89PNG\r\n\x1a\n" + bytes(30), b"GIF89a" + b"\xff" * 20, b"BM" + bytes(60))
    ):
        (folder / f"output/{number}.png").write_bytes(content)
        for query in (
            "preview=",
            "preview=webp;²",
            "preview=jpeg;99999999999",
            "channel=a",
            "channel=rgb",
            "preview=x;y;z",
            "channel=zzz",
        ):
            fine(session.get(f"{url}/view?filename={number}.png&{query}", timeout=20), number, query)
    for value in (
        "bytes=5-2",
        "bytes=-0",
        "bytes=a-b",
        "bytes=0-" + "9" * 50,
        "x",
        "bytes=0-0,2-3",
        "bytes=9-",
    ):
        fine_or_range = session.get(f"{url}/view?filename=1.png", headers={"Range": value}, timeout=20)
        assert fine_or_range.status_code < 500, value


def test_numbers_in_addresses(engine: Any) -> None:
    url, _, session = engine
    for value in ("", "x", "-1", "0", "9" * 5000, "1e3", "²", "NaN", "1.5", " 1", "true"):
        for query in (
            "history?max_items",
            "history?offset",
            "api/jobs?limit",
            "api/jobs?offset",
            "api/jobs?status",
            "api/jobs?sort_order",
        ):
            fine(session.get(f"{url}/{query}={value}", timeout=20), query, value[:20])


def test_uploads_of_anything(engine: Any) -> None:
    url, _, session = engine
    for name in NAMES:
        for form in ({}, {"overwrite": "true"}, {"subfolder": name}, {"type": name}, {"overwrite": name}):
            answer = session.post(f"{url}/upload/image", files={"image": (name, b"x")}, data=form, timeout=20)
            fine(answer, name, form)
    head = b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n'
    whole = head + b"\r\nx\r\n--b--\r\n"
    bodies = [
        b"", b"--b--", b"--b\r\n", head, head + b"\r\nx", head + b"\r\nx\r\n--b", b"--other\r\n\r\nx\r\n--other--",
        head + b"Content-Transfer-Encoding: klingon\r\n\r\nx\r\n--b--\r\n",
        head + b"Content-Type: text/plain; charset=klingon\r\n\r\nx\r\n--b--\r\n",
        head + b"Content-Encoding: gzip\r\n\r\nnot gzip\r\n--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="image"\r\n\r\nno file\r\n--b--\r\n',
        b"--b\r\nContent-Disposition: \xff\xff\r\n\r\nx\r\n--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="type"; filename="t"\r\n\r\ninput\r\n' + whole,
        b'--b\r\nContent-Disposition: form-data; name="subfolder"; filename="t"\r\n\r\nq\r\n' + whole,
        b'--b\r\nContent-Disposition: form-data; name="subfolder"\r\n\r\n\xff\r\n' + head + b"\r\nx\r\n--b--\r\n",
        b'--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c--\r\n--b--\r\n',
    ]  # fmt: skip
    kinds = [
        "multipart/form-data; boundary=b",
        "multipart/form-data",
        "multipart/mixed; boundary=b",
        "application/json",
    ]
    kinds += [
        "multipart/form-data; boundary=" + "b" * 100,
        "application/x-www-form-urlencoded; charset=klingon",
        "\x7f",
        "a/b/c",
    ]
    for body in bodies:
        for kind in kinds:
            answer = session.post(
                f"{url}/upload/image", data=body, headers={"Content-Type": kind}, timeout=20
            )
            fine(answer, kind, body)


def test_methods_and_encodings(engine: Any) -> None:
    url, _, session = engine
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "NOPE"):
        for path in ("/prompt", "/view", "/", "/nothing"):
            fine(session.request(method, f"{url}{path}", timeout=20), method, path)
    for encoding in ("gzip", "deflate", "br", "klingon"):
        headers = {"Content-Encoding": encoding, "Content-Type": "application/json"}
        with contextlib.suppress(requests.ConnectionError):  # what can't be unpacked may just be hung up on
            fine(requests.post(f"{url}/prompt", data=b"{}", headers=headers, timeout=20), encoding)


def test_hundreds_of_random_requests(engine: Any) -> None:
    url, _, session = engine
    chance = random.Random(7)

    def anything(depth: int = 0) -> Any:
        kind = chance.randrange(6 if depth > 4 else 9)
        if kind == 6:
            return [anything(depth + 1) for _ in range(chance.randrange(4))]
        if kind >= 7:
            keys = [
                "prompt",
                "1",
                "2",
                "inputs",
                "class_type",
                "delete",
                "extra_data",
                "extra_pnginfo",
                "workflow",
                "id",
                "client_id",
            ]
            return {chance.choice(keys): anything(depth + 1) for _ in range(chance.randrange(5))}
        return chance.choice([None, True, 0, -1, 10**200, 0.5, "", "1", "ProbeJoin", "\0", "é", ["1", 0]])

    for _ in range(500):
        path = chance.choice(["/prompt", "/queue", "/history", "/free", "/api/prompt"])
        body = anything()
        if isinstance(body, dict) and chance.random() < 0.5:
            body = {"prompt": GRAPH, **body}
        fine(session.post(f"{url}{path}", json=body, timeout=20), path, body)
    for reading in ("/queue", "/history", "/api/jobs", "/prompt"):
        fine(session.get(f"{url}{reading}", timeout=20), reading)


def test_who_hangs_up_is_no_fault_of_the_engine(engine: Any, caplog: pytest.LogCaptureFixture) -> None:
    host, port = engine[0].removeprefix("http://").split(":")
    for head in ("Content-Length: 100\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n5\r\n{"):
        with socket.create_connection((host, int(port)), timeout=5) as line:
            line.sendall(f"POST /prompt HTTP/1.1\r\nHost: {host}\r\n{head}".encode())
            time.sleep(0.1)
    time.sleep(0.1)
    assert "failed" not in caplog.text
