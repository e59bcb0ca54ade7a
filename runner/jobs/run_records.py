"""Where runs keep their things: a folder for each under STORYREEL_HOME/runs, with its record in it.

A run on the embedded engine has its input, output and temp folders there too. The newest runs keep their
clips; of older ones only the record stays.
"""

from __future__ import annotations

import json
import shutil
import time
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...studio.errors import OutputError
from ...studio.home import home, own_folder

KEPT = 20
"""So many runs keep their clips."""
ABANDONED = 24 * 3600
"""Seconds after which a run that never said it ended counts as killed."""


def new_run_folder() -> Path:
    """A new folder for one run, named so that runs sort by time; older runs are tidied."""
    runs = home() / "runs"
    folder = runs / f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:6]}"
    try:
        own_folder(folder)
    except OSError as error:
        raise OutputError(
            f"{folder} can't be made: {error.strerror or error}", "name another folder in STORYREEL_HOME"
        ) from None
    _tidy(runs)
    return folder


def _tidy(runs: Path) -> None:
    for folder in sorted((path for path in runs.iterdir() if path.is_dir()), reverse=True)[KEPT:]:
        if _is_over(folder):
            for part in ("input", "output", "temp"):
                shutil.rmtree(folder / part, ignore_errors=True)


def _is_over(folder: Path) -> bool:
    try:
        if json.loads((folder / "run.json").read_text(encoding="utf-8"))["status"] != "running":
            return True
    except (OSError, ValueError, KeyError):
        pass
    try:
        return time.time() - folder.stat().st_mtime > ABANDONED
    except OSError:
        return False


class RunRecord:
    """run.json: what was run, with which inputs, what came of it. Written at the start and at the end, whole
    each time.

    `status` is running | done | failed | interrupted; a record that says running and whose process is gone
    was killed.
    """

    def __init__(self, folder: Path, **about: Any) -> None:
        self.path = folder / "run.json"
        self.data: dict[str, Any] = {
            "storyreel": version(),
            "run": folder.name,
            "prompt_id": None,
            "server": None,
            "started": _now(),
            "finished": None,
            "workflow": None,
            "graph": None,
            "overrides": [],
            "inputs": [],
            "outputs": [],
            "nodes": {},
            "status": "running",
            "error": None,
        } | about

    def write(self, **changes: Any) -> None:
        """Changes the record and writes it."""
        self.data |= changes
        partial = self.path.with_name(f".run.{uuid.uuid4().hex[:8]}.part")
        try:
            partial.write_text(
                json.dumps(self.data, indent=1, ensure_ascii=False, default=str),
                encoding="utf-8",
                errors="backslashreplace",  # half a character, which JSON writes so too
            )
            partial.replace(self.path)
        except OSError as error:
            raise OutputError(f"{self.path} can't be written: {error.strerror or error}") from None
        finally:
            partial.unlink(missing_ok=True)

    def done(self, outputs: Iterable[Mapping[str, Any]], nodes: Mapping[str, Any], **more: Any) -> None:
        self.write(status="done", finished=_now(), outputs=list(outputs), nodes=dict(nodes), **more)

    def failed(self, error: Mapping[str, Any]) -> None:
        status = "interrupted" if error.get("code") == "interrupted" else "failed"
        self.write(status=status, finished=_now(), error=dict(error))


def version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("storyreel")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "unknown"


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")
