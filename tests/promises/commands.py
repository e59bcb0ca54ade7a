"""Running the real command against an emulator, and reading what it said."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .scenes import Scene, of_doors, written

HOOK = Path(__file__).with_name("hook")
STORYREEL = [sys.executable, "-c", "from storyreel.runner.cli import main; main()"]

QUICK = (
    of_doors(
        "poll_seconds = 0.1\nanswer_seconds = 20\nsettle_seconds = 0.2\nconcurrent = 1000\nsubmits_per_minute = 100000"
    )
    + "[retries]\nwaits = [0.05, 0.05, 0.05]\n"
)
"""A config.toml with which nothing is waited for longer than has to be."""

KEPT = ("PATH", "PYTHONPATH", "LANG", "SYSTEMROOT", "TEMP")
"""What of our own environment a child sees."""


class Ran(NamedTuple):
    code: int
    """Negative: the signal that ended it."""
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def result(self) -> dict[str, Any]:
        return self.lines[-1]

    @property
    def text(self) -> str:
        return f"exit {self.code}\n{self.out}\n{self.err}"


def environment(home: Path, emulator: Mapping[str, str], **more: str) -> dict[str, str]:
    """Of a child: nothing of the user's, an emulator's doors, and a home of its own with a quick config."""
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "config.toml").exists():
        (home / "config.toml").write_text(QUICK, encoding="utf-8")
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, "HOME": str(home), "STORYREEL_HOME": str(home), **emulator, **more}


def storyreel(*words: object, env: Mapping[str, str], timeout: float = 120, **options: Any) -> Ran:
    run = subprocess.run(
        [*STORYREEL, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=timeout,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        **options,
    )
    return Ran(run.returncode, run.stdout, run.stderr)


def said(command: str) -> list[str]:
    """The words after `storyreel` of a command that a message names."""
    words = shlex.split(command)
    assert words[0] == "storyreel", command
    return words[1:]


def commands_in(text: str) -> list[str]:
    """The commands that a message names in backticks."""
    return list(dict.fromkeys(re.findall(r"`(storyreel [^`]+)`", text)))


def write_story(folder: Path, tag: str, scenes: tuple[Scene, ...], **keys: Any) -> Path:
    """A storyboard at 2 frames a second; the prompt of scene 2 is `scene 2 {tag}`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "story.json"
    made = [written(scene, number, tag) for number, scene in enumerate(scenes, 1)]
    path.write_text(
        json.dumps({"quality": "draft", "fps": 2, "seed": 3, "scenes": made, **keys}), encoding="utf-8"
    )
    return path


def prompt_of(job: Mapping[str, Any]) -> str:
    """What a job of the emulator's record was asked for; only its first line is the storyboard's."""
    return json.dumps(job["body"])


def jobs_by_take(record: Mapping[str, Any], tag: str) -> dict[str, list[dict[str, Any]]]:
    """The jobs that were accepted for a story: those for its clips by `scene 2`, for its frames by `frame 2`, for
    what is said in it by `line 2`."""
    found: dict[str, list[dict[str, Any]]] = {}
    for job in record["jobs"]:
        take = re.search(rf"((?:scene|frame|line) \d+) {re.escape(tag)}(?!\w)", prompt_of(job))
        if take:
            found.setdefault(take[1], []).append(job)
    return found


def frames_in(film: Path) -> int:
    """Decoded, to the last one."""
    import av

    with av.open(str(film)) as container:
        return sum(1 for _ in container.decode(container.streams.video[0]))
