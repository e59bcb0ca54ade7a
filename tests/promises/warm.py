"""Starts the real command quickly: a process that has loaded the libraries and our modules, and has run nothing, waits,
and each command is a fork of it. Importing takes longer than all else that a short `storyreel render` does, and is no
part of what is tested.

As a script it reads one JSON line per command from stdin (words, env, out, err) and answers with the exit code.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LIBRARIES = """
    aiohttp.web alembic.migration alembic.operations asyncio av cv2 fractions google.auth.transport
    google.oauth2.service_account httpx json logging numpy PIL.Image PIL.ImageDraw PIL.ImageFont pydantic requests
    rich.console rich.progress rich.table sqlalchemy sqlalchemy.dialects.sqlite typer uuid websocket yaml
"""
OURS = ("studio", "nodes", "runner", "host.standalone")
"""What the command is made of; but for the emulators, of which it knows nothing."""


class Starter:
    """One such process. `env` is its own environment; a command's comes with the command."""

    def __init__(self, env: Mapping[str, str], hook: Path) -> None:
        path = os.pathsep.join([str(hook), *filter(None, [env.get("PYTHONPATH")])])
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            env={
                **env,
                "PYTHONPATH": path,
                "KILLING_POINTS": os.devnull,
                "KILLING_AT": "",
                "KILLING_PORT": "",
                "KILLING_SUBMITS": "",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lock = threading.Lock()

    def run(self, words: list[str], env: Mapping[str, str], folder: Path) -> tuple[int, str, str]:
        """The exit code (negative: the signal that ended it), stdout and stderr. One at a time."""
        out, err = folder / "out.txt", folder / "err.txt"
        order = {"words": words, "env": dict(env), "out": str(out), "err": str(err)}
        with self._lock:
            assert self._process.stdin is not None and self._process.stdout is not None
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            code = int(self._process.stdout.readline())
        return code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def _serve() -> None:
    for name in LIBRARIES.split():
        importlib.import_module(name)
    for name in OURS:
        package = importlib.import_module(f"storyreel.{name}")
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not re.search(r"\.(emulate|migrations|svd\.pipeline)\b", found.name):  # that one needs torch
                importlib.import_module(found.name)
    gc.collect()
    gc.freeze()  # a fork that looks for garbage would copy all that was loaded
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _become(json.loads(line))
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(order: dict[str, Any]) -> None:
    """This process is the command from here on."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for name, number in (("out", 1), ("err", 2)):
        os.dup2(os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.environ.clear()
    os.environ.update(order["env"])
    import sitecustomize

    sitecustomize.begin()
    sys.argv = ["storyreel", *order["words"]]
    from storyreel.runner.cli import main

    main()
    sys.exit(0)


if __name__ == "__main__":
    _serve()
