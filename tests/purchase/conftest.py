"""Buying for real, from emulators on this machine: a home of its own, doors that answer at once, and what they saw."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from storyreel.emulators import Emulator
from storyreel.studio import home as home_
from storyreel.studio.credentials import KEYS
from storyreel.studio.ledger import Ledger, open_ledger
from storyreel.studio.production.shoot import Shooting, Spend, shoot
from storyreel.studio.progress import Watch
from storyreel.studio.providers import PROVIDERS
from storyreel.studio.providers.capability import rows
from storyreel.studio.storyboard.parser import from_plain

VEO = {"provider": "vertex", "model": "veo-3.1-fast", "duration": 4}
OMNI = {"provider": "google", "model": "gemini-omni-1.2", "resolution": "360p", "duration": 3}
GEN = {"provider": "runway", "model": "gen4.5", "duration": 2}


class Set:
    """Where films are shot: the emulator, the home, and short ways to both."""

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.emulator = emulator
        self.folder = folder
        self.clips = 0

    @property
    def home(self) -> Path:
        return home_.home()

    def configure(self, text: str) -> None:
        """More of config.toml; a table named here replaces the quick one."""
        quick = {
            f"doors.{door}": "poll_seconds = 0.05\nsettle_seconds = 0.1" for door in PROVIDERS if rows(door)
        }
        quick["retries"] = "waits = [0.05, 0.05, 0.05]"
        kept = [f"[{name}]\n{lines}\n" for name, lines in quick.items() if f"[{name}]" not in text]
        (self.home / "config.toml").write_text("".join(kept) + text, encoding="utf-8")
        (self.home / "config.toml").chmod(0o600)  # some of it is secret

    def shoot(
        self,
        *scenes: Mapping[str, Any],
        spend: Spend | None = None,
        watch: Watch | None = None,
        **keys: Any,
    ) -> Shooting:
        """Shoots a storyboard of these scenes. Prompts that aren't given are their numbers."""
        made = [{"prompt": f"scene {number}", **scene} for number, scene in enumerate(scenes, 1)]
        board = from_plain({"quality": "draft", "fps": 2, "transition": "none", "scenes": made, **keys})
        self.clips += 1
        spend = spend or Spend(limit=Decimal(100))
        return shoot(board, self.folder, self.folder / f"clips{self.clips}", watch, spend=spend)

    def jobs(self, **what: Any) -> list[dict[str, Any]]:
        """The accepted jobs, those with these values."""
        jobs = self.emulator.record()["jobs"]
        return [job for job in jobs if all(job[name] == value for name, value in what.items())]

    def ledger(self) -> Ledger:
        return open_ledger()

    def states(self) -> list[tuple[str, str]]:
        """Door and state of every attempt, in the order in which they were begun."""
        with self.ledger() as ledger:
            found = sorted(ledger.list(), key=lambda attempt: attempt.begun_at)
        return [(attempt.provider, attempt.state.value) for attempt in found]


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Set]:
    with Emulator(work=0.05) as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        found = Set(emulator, tmp_path)
        found.configure("")
        yield found


@pytest.fixture
def no_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine on which nobody has signed in anywhere."""
    for name in (name for names in KEYS.values() for name in names):
        monkeypatch.delenv(name, raising=False)
    for name in ("GOOGLE_CLOUD_PROJECT", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))
    monkeypatch.setenv("HOME", str(tmp_path))


def prompts(jobs: list[dict[str, Any]]) -> list[str]:
    """What jobs were asked for, as JSON."""
    return [json.dumps(job["body"]) for job in jobs]
