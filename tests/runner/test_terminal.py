"""What strangers wrote is shown and steers nothing: no escape, control or turned-round sign reaches a terminal, from
wherever it comes and by whatever it is printed."""

from __future__ import annotations

import http.server
import json
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from storyreel.runner.cli import app
from storyreel.runner.display.escape import LogLines, json_text, one_line, visible
from storyreel.runner.jobs.connect import LOG
from typer.testing import CliRunner

EVIL = "\x1b[2J\x1b]0;pwned\x07\x9b31m\x1b[8m\u202egnp.exe\u2066\u200f\x08\r[red]ok[/red][link=http://evil.example]go[/link]:boom:"
STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ud800-\udfff]")
OWN = re.compile(r"\x1b\[[0-9;]*m|\x1b\[\?25[lh]|\x1b\[1?[AK]|\x1b\[2K|\x1b\[[0-9]A")
"""What rich does by itself: styles, the cursor on and off, a live display drawn anew."""


def harmless(text: str) -> None:
    assert "\x1b[2J" not in text and "\x1b]" not in text and "\x1b[8m" not in text
    found = STEERS.search(OWN.sub("", text).replace("\r\n", "\n").replace("\r", ""))
    assert not found, repr(text[max(0, found.start() - 80) :][:160])


def told(text: str, *parts: str) -> None:
    """The hostile text is there, for a person to see what it is."""
    for part in parts or ("[2J", "gnp.exe", "[red]ok[/red]"):
        assert part in OWN.sub("", text), (part, text)


@pytest.fixture(params=["terminal", "file"])
def terminal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a terminal, with colours and a live display; and where output goes to a file that is looked at later."""
    if request.param == "terminal":
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("COLUMNS", "400")


def storyreel(*words: str | Path) -> Any:
    said = CliRunner().invoke(app, [str(word) for word in words])
    harmless(said.stdout)
    harmless(said.stderr)
    return said


def board(folder: Path, **more: Any) -> Path:
    scene = {"prompt": EVIL, "duration": 0.2, **more}
    path = folder / "story.json"
    path.write_text(json.dumps({"title": EVIL, "quality": "draft", "fps": 10, "scenes": [scene]}))
    return path


def test_storyboards(terminal: None, tmp_path: Path) -> None:
    shown = storyreel("render", board(tmp_path), "--dry-run", "-o", tmp_path / "film.mp4")
    assert shown.exit_code == 0
    told(shown.stdout)


@pytest.mark.parametrize(
    "key", ["transition", "image", "provider", "model", "resolution", "clip_action", EVIL]
)
def test_faults_of_storyboards(terminal: None, tmp_path: Path, key: str) -> None:
    more = (
        {key: EVIL}
        if key in ("transition", "image", "provider", "clip_action", EVIL)
        else {key: EVIL, "provider": "veo"}
    )
    path = board(tmp_path, **more)
    for words in (["check"], ["render", "--dry-run"], ["render"]):
        said = storyreel(*words, path)
        assert said.exit_code == 2, said.output
        told(said.output, "gnp.exe")
    path.write_text(f'{{"scenes": [{EVIL}')
    told(storyreel("check", path).stderr, "[2J")


def test_a_film_and_its_record_of_events(terminal: None, tmp_path: Path) -> None:
    said = storyreel("render", board(tmp_path), "-o", tmp_path / "film.mp4")
    assert said.exit_code == 0, said.output
    told(said.stdout, "[2J", "gnp.exe")


def graph(kind: str = "StoryreelStoryboard", **inputs: Any) -> dict[str, Any]:
    return {
        EVIL: {"class_type": kind, "inputs": inputs, "_meta": {"title": EVIL}},
        "2": {"class_type": "PreviewAny", "inputs": {"source": [EVIL, 0]}, "_meta": {"title": EVIL}},
    }


def test_workflows(terminal: None, tmp_path: Path) -> None:
    path = tmp_path / "workflow.json"
    for workflow in (
        graph(EVIL),
        graph("PrimitiveString", value=EVIL, **{EVIL: EVIL}),
        graph("LoadImage", image=EVIL),
        graph("StoryreelStoryboard", text=EVIL),
        {
            "nodes": [{"id": 1, "type": EVIL, "title": EVIL, "inputs": [], "outputs": [], "mode": 0}],
            "links": [],
        },
    ):
        path.write_text(json.dumps(workflow))
        for words in (["check", path], ["run", path, "-o", tmp_path / "out"], ["convert", path]):
            storyreel(*words)
    path.write_text(json.dumps(graph("PrimitiveString", value=EVIL)))
    said = storyreel("run", path, "-o", tmp_path / "out")
    assert said.exit_code == 0, said.output
    told(said.stdout)


def test_file_names(terminal: None, tmp_path: Path) -> None:
    for name in ("\x1b[2J\u202egnp.exe.json", "b\udcff.json"):
        path = tmp_path / name
        path.write_text("{")
        for command in ("check", "render", "run", "convert"):
            said = storyreel(command, path)
            assert said.exit_code == 2
        told(storyreel("check", tmp_path / "none.json").stderr, "none.json")
        told(storyreel("check", tmp_path).stderr, "is a folder")
        path.unlink()


def test_the_config_and_the_home(terminal: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home\x1b[2J\u202e"
    home.mkdir()
    monkeypatch.setenv("STORYREEL_HOME", str(home))
    storyreel("vault", "list")
    for config in (
        f"x = {json.dumps(EVIL)}",
        f"[{json.dumps(EVIL)}]",
        f"[svd]\nweights = {json.dumps(EVIL)}",
        EVIL,
        f"[failover]\nmodels = [{json.dumps(EVIL)}]",
    ):
        (home / "config.toml").write_text(config)
        for words in (["doctor"], ["providers"], ["ledger", "list"], ["voices"]):
            storyreel(*words)


class Evil(http.server.BaseHTTPRequestHandler):
    """A server that answers everything with the same, or fails with it."""

    def do_GET(self) -> None:
        name = self.path.split("?")[0]
        status, kind = (
            (200, "application/json") if "stats" in name or "object_info" in name else (500, "text/html")
        )
        node = {"input": {}, "display_name": EVIL, "category": EVIL, "description": EVIL, "name": EVIL}
        stats = {"system": {"comfyui_version": EVIL}}
        body = json.dumps(stats if "stats" in name else {EVIL: node}) if status == 200 else EVIL
        self.answer(status, kind, body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        error = {"type": EVIL, "message": EVIL, "details": EVIL, "extra_info": {"input_name": EVIL}}
        errors = {EVIL: {"errors": [error], "class_type": EVIL, "dependent_outputs": []}}
        self.answer(400, "application/json", json.dumps({"error": error, "node_errors": errors}))

    def answer(self, status: int, kind: str, body: str) -> None:
        self.send_response_only(status, "\u00fc\x9b2J")
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def evil() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Evil) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_answers_of_a_server(terminal: None, tmp_path: Path, evil: str) -> None:
    path = tmp_path / "workflow.json"
    path.write_text(json.dumps({"1": {"class_type": EVIL, "inputs": {}}}))
    told(storyreel("nodes", "--server", evil).stdout)
    told(storyreel("doctor", "--server", evil).stdout, "[2J")
    told(storyreel("run", path, "--server", evil, "-o", tmp_path / "out").stderr, "gnp.exe")
    storyreel("check", path, "--server", evil)
    storyreel("convert", path, "--server", evil)
    storyreel("nodes", "--server", f"http://127.0.0.1:1/{EVIL}")


def test_json_stays_json(tmp_path: Path, evil: str) -> None:
    said = CliRunner().invoke(app, ["nodes", "--json", "--server", evil])
    harmless(said.stdout)
    (node,) = json.loads(said.stdout)["nodes"]
    assert node["node"] == node["description"] == EVIL
    dry = CliRunner().invoke(app, ["render", str(board(tmp_path)), "--dry-run", "--json"])
    harmless(dry.stdout)
    assert [json.loads(line) for line in dry.stdout.splitlines()][-1]["scenes"][0]["prompt"] == EVIL
    for odd in (EVIL, "\ud800", "\x7f\x85\u2028\u2029", "ä⁂😀", {"\x9b": ["\u202e"]}):
        assert json.loads(json_text(odd)) == odd
        assert json.loads(json_text(odd, indent=2)) == odd
        harmless(json_text(odd))
    assert json_text("ä⁂😀") == '"ä⁂😀"', "letters stay letters"


MAIN = "from storyreel.runner.cli import main; main()"


def process(*words: str, code: str = MAIN, **environment: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
    )
    text = (run.stdout + run.stderr).decode("utf-8", "surrogateescape")
    harmless(text)
    return text


def test_wrong_usage_is_printed_by_the_same_filter() -> None:
    told(process("render", "a.json", EVIL), "gnp.exe")
    told(process(EVIL), "gnp.exe")
    process("serve", "--port", EVIL)


def test_an_encoding_with_few_letters_stops_nothing(tmp_path: Path) -> None:
    text = process("check", str(board(tmp_path, transition=EVIL)), PYTHONIOENCODING="ascii")
    told(text, "\\u202egnp.exe", "is not a transition")
    assert text.isascii() and "Traceback" not in text


def test_tracebacks_warnings_and_what_is_logged_with_nobody_listening() -> None:
    code = (
        "import logging, sys, warnings\n"
        "from storyreel.runner.display.escape import guard_streams\nguard_streams()\n"
        "from storyreel.runner.display.console import Session\nfrom storyreel.runner import cli\n"
        "evil = sys.argv[1]\nprint(evil)\nwarnings.warn(evil)\nlogging.getLogger('x').warning('%s', evil)\n"
        "raise ValueError(evil)"
    )
    text = process(EVIL.replace("\0", ""), code=code, PYTHONIOENCODING="utf-8")
    assert text.count("gnp.exe") >= 4 and "Traceback" in text


def test_a_log_has_a_line_for_every_record() -> None:
    record = logging.LogRecord(
        "storyreel", logging.WARNING, "a.py", 1, "said %s", (f"a\n2026-01-01 ERROR forged {EVIL}",), None
    )
    line = LogLines().format(record)
    assert "\n" not in line and "a\\n2026-01-01" in line
    harmless(line)
    try:
        raise ValueError("x\n2026-01-01 00:00:00 INFO forged\x1b[2J")
    except ValueError:
        record.exc_info = sys.exc_info()
    _, *rest = LogLines().format(record).splitlines()
    assert rest and all(each.startswith("  | ") for each in rest)
    harmless("\n".join(rest))


def test_the_engines_log_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYREEL_HOME", str(tmp_path / "home"))
    path = tmp_path / "workflow.json"
    path.write_text(json.dumps(graph("PrimitiveInt", value=f"x\nforged {EVIL}")))
    assert storyreel("run", path, "-o", tmp_path / "out").exit_code == 2
    (log,) = (tmp_path / "home").rglob(LOG)
    harmless(log.read_text(encoding="utf-8"))
    assert all(re.match(r"\d{4}-|  \| ", each) for each in log.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain", "plain"),
        ("a\tb\nc", "a\tb\nc"),
        ("a\r\nb", "a\nb"),
        ("a\rb", "a\\x0db"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\x9b", "\\x9b"),
        ("\x7f\x00", "\\x7f\\x00"),
        ("\u202eab\u202c", "\\u202eab\\u202c"),
        ("\u061c\u200e\u200f\u2069", "\\u061c\\u200e\\u200f\\u2069"),
        ("\udcff", "\\udcff"),
        ("ä⁂ 😀 👩\u200d🚀 \u05e9\u05dc\u05d5\u05dd", "ä⁂ 😀 👩\u200d🚀 \u05e9\u05dc\u05d5\u05dd"),
    ],
)
def test_what_is_shown_for_it(text: str, seen: str) -> None:
    assert visible(text) == seen
    assert visible(seen) == seen
    assert "\n" not in one_line(text)
