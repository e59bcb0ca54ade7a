"""Keys stay home: after runs that went well, that failed, and in which services repeated the key in their answers, no
artefact holds one: no file of the home or beside the film, no line on stdout or stderr."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from storyreel.emulators import Emulator
from storyreel.studio.credentials import KEYS

from .commands import Ran, environment, write_story
from .scenes import CLOUD, DOORS, TOLD, Scene
from .warm import Starter


class Runs:
    """Everything that was said, and where everything was written."""

    def __init__(self, folder: Path, emulator: Emulator, starter: Starter) -> None:
        self.folder = folder
        self.emulator = emulator
        self.starter = starter
        self.env = environment(folder / "home", emulator.environment)
        config = folder / "home" / "config.toml"
        quick = config.read_text(encoding="utf-8").replace("poll_seconds = 0.1", "poll_seconds = 0.03")
        config.write_text(quick, encoding="utf-8")
        self.said: list[str] = []

    def run(self, *words: object, **env: str) -> Ran:
        ran = Ran(*self.starter.run([str(word) for word in words], {**self.env, **env}, self.folder))
        self.said.append(ran.text)
        return ran

    @property
    def secrets(self) -> list[str]:
        """What must not be found anywhere."""
        about = json.loads(Path(self.env["GOOGLE_APPLICATION_CREDENTIALS"]).read_text(encoding="utf-8"))
        lines = about["private_key"].splitlines()[1:-1]
        keys = {self.env[name] for names in KEYS.values() for name in names if name in self.env}
        assert len(keys) >= len(CLOUD) and all(len(key) > 20 for key in keys)
        return [*keys, *lines[:-1]]

    def artefacts(self) -> Iterator[tuple[str, bytes]]:
        for number, text in enumerate(self.said):
            yield f"output of run {number}", text.encode()
        for path in self.folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                yield str(path.relative_to(self.folder)), path.read_bytes()

    def found(self) -> list[str]:
        patterns = [re.escape(key).encode() for key in self.secrets]
        patterns += [
            rb"ya29\.[\w.-]{10,}",
            rb"Bearer [\w.-]{12,}",
            rb"_jwt=(?!\*)[\w.-]{6,}",
            rb"eyJ[\w-]{10,}\.[\w-]{10,}",
        ]
        sought = re.compile(b"|".join(patterns))
        return [
            f"{name}: …{data[max(0, hit.start() - 60) : hit.end()]!r}"
            for name, data in self.artefacts()
            for hit in sought.finditer(data)
        ]


@pytest.fixture
def runs(tmp_path: Path, starter: Starter) -> Iterator[Runs]:
    with Emulator(work=0.02) as emulator:
        yield Runs(tmp_path, emulator, starter)


def render(runs: Runs, tag: str, *words: object, scenes: tuple[Scene, ...] = DOORS) -> Ran:
    folder = runs.folder / tag
    story = write_story(folder, tag, scenes, title=f"film {tag}")
    film = folder / "film.mp4"
    return runs.run("render", story, "-o", film, "--allow-spend", *words)


def test_a_good_run(runs: Runs) -> None:
    workflow = runs.folder / "workflow.json"
    assert render(runs, "good", "--json", "--save-workflow", workflow).code == 0
    assert render(runs, "good").code == 0
    assert render(runs, "told", "--json", scenes=(*TOLD.values(),)).code == 0
    for words in (
        ["ledger", "list", "--json"],
        ["ledger", "check"],
        ["ledger", "explain-cost", "--json"],
        ["vault", "list", "--json"],
        ["providers", "--json"],
        ["providers"],
        ["doctor", "--json"],
    ):
        runs.run(*words)
    names = [name for name, _ in runs.artefacts()]
    for kind in ("run.json", "ledger.db", "film.mp4", "workflow.json", "-1.mp4", "-1.json"):
        assert any(name.endswith(kind) for name in names), f"no {kind} was looked at"
    assert not runs.found()


@pytest.mark.parametrize(
    "rule",
    [
        {"what": "echo", "at": "submit"},
        {"what": "echo", "at": "poll"},
        {"what": "echo", "at": "download"},
        {"what": "expired", "at": "download", "nth": [1, 2, 3, 4]},
        {"what": "reset", "at": "submit"},
        {"what": "html_200", "at": "submit"},
        {"what": "unknown_state", "at": "submit"},
        {"what": "extra_fields", "at": "submit"},
    ],
    ids=lambda rule: f"{rule['what']} at {rule['at']}",
)
def test_services_that_repeat_what_they_were_sent(runs: Runs, rule: dict) -> None:
    runs.emulator.misbehave(rule)
    render(runs, "bad", "--json")
    render(runs, "bad")
    if rule["at"] == "submit":
        render(runs, "told", "--json", scenes=(*TOLD.values(),))
    assert any("unknown" in text or "***" in text or "ok" in text for text in runs.said)
    assert not runs.found()


def test_keys_in_the_config(runs: Runs) -> None:
    """The config file is the one place that may hold them; what quotes it doesn't show them."""
    config = runs.folder / "home" / "config.toml"
    plain = config.read_text(encoding="utf-8")
    for name in ("RUNWAYML_API_SECRET", "RUNWAY_API_KEY"):
        key = runs.env.pop(name)
    config.write_text(f'{plain}\n[credentials]\nrunway = "{key}"\n', encoding="utf-8")
    config.chmod(0o600)
    runs.emulator.misbehave({"what": "echo", "door": "runway"})
    assert render(runs, "config", "--json").code == 1
    config.write_text(f'{plain}\n[credentials]\nrunway = ["{key}"]\n', encoding="utf-8")
    assert render(runs, "broken", "--json").code == 2
    config.chmod(0o644)
    config.write_text(f'{plain}\n[credentials]\nrunway = "{key}"\n', encoding="utf-8")
    assert "others can read it" in render(runs, "open", "--json").text
    config.unlink()
    runs.env["RUNWAYML_API_SECRET"] = key
    assert not runs.found()


def test_the_ledger_s_rows(runs: Runs) -> None:
    """Row by row too: a page of SQLite may break a key in two."""
    runs.emulator.misbehave(
        {"what": "echo", "nth": 1}, {"what": "failed", "nth": 2, "failure": "x-goog-api-key"}
    )
    render(runs, "rows", "--json")
    with closing(sqlite3.connect(runs.folder / "home" / "ledger.db")) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        text = "\n".join(
            repr(row) for table in tables for row in connection.execute(f'SELECT * FROM "{table}"')
        )
    assert "attempts" in tables and "scene 1 rows" in text
    assert not [key for key in runs.secrets if key in text]
    assert not runs.found()
