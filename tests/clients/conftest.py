"""Other people's clients of ComfyUI, each in an environment of its own, against `storyreel serve`.

Their dependencies clash with each other's and with ours: each test makes a venv (or a folder of npm's) and installs one
client there, in the version that was tried. Where the package index isn't reached, the test is skipped and says so.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

DRIVE = Path(__file__).with_name("drive")
SERVE = "from storyreel.runner.cli import main; main()"
COLOR = (200, 30, 40)


class Served:
    """A `storyreel serve`, and a picture, a workflow of a moment and one of minutes, all free, as files."""

    def __init__(self, url: str, folder: Path, environment: dict[str, str]) -> None:
        self.url = url
        self.folder = folder
        self.environment = environment
        self.picture = folder / "picture.png"
        Image.new("RGB", (64, 36), COLOR).save(self.picture)
        self.quick = self._written(
            "quick.json",
            {
                "1": {
                    "class_type": "LoadImage",
                    "inputs": {"image": "picture.png"},
                    "_meta": {"title": "Load Image, $~image"},
                },
                "2": {
                    "class_type": "SaveImage",
                    "inputs": {"images": ["1", 0], "filename_prefix": "made"},
                    "_meta": {"title": "Save Image"},
                },
            },
        )
        clip = {"prompt": "x", "clip_action": "slow zoom in", "duration": 120.0, "width": 1280, "height": 720}
        clip |= {"fps": 30.0, "crf": 20, "seed": 0, "fit": "cover"}
        save = {"video": ["1", 0], "filename_prefix": "slow", "format": "auto", "codec": "auto"}
        self.slow = self._written(
            "slow.json",
            {
                "1": {"class_type": "StoryreelAnimaticClip", "inputs": clip, "_meta": {"title": "Clip"}},
                "2": {"class_type": "SaveVideo", "inputs": save, "_meta": {"title": "Save Video"}},
            },
        )

    def _written(self, name: str, graph: dict[str, Any]) -> Path:
        path = self.folder / name
        path.write_text(json.dumps(graph), encoding="utf-8")
        return path

    def run(self, *command: str | Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(each) for each in command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def drive(self, program: str | Path, script: str) -> dict[str, Any]:
        """What a client found, driven by a script of `drive/`: JSON on the last line that it prints."""
        ended = self.run(program, DRIVE / script, self.url, self.picture, self.quick, self.slow)
        assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-4000:]
        return json.loads(ended.stdout.strip().splitlines()[-1])

    def kept(self, folder: str) -> list[str]:
        return sorted(path.name for path in (self.folder / "server" / folder).rglob("*") if path.is_file())


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    home = tmp_path / "home"
    home.mkdir()
    environment = {
        **os.environ,
        "HOME": str(home),
        "STORYREEL_HOME": str(tmp_path / "storyreel"),
        "DO_NOT_TRACK": "1",
    }
    command = [sys.executable, "-c", SERVE, "serve", "--port", "0", "--folder", str(tmp_path / "server")]
    log = (tmp_path / "serve.log").open("w")
    with (
        log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment) as process,
    ):
        try:
            assert process.stdout is not None
            yield Served(process.stdout.readline().strip(), tmp_path, environment)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Installs packages into a venv of their own, once, and gives the folder of its programs."""

    @functools.cache
    def install(*requirements: str) -> Path:
        venv = tmp_path_factory.mktemp("venv")
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True, capture_output=True)
        programs = venv / ("Scripts" if os.name == "nt" else "bin")
        pip = [
            str(programs / "python"),
            "-m",
            "pip",
            "install",
            "-q",
            "--disable-pip-version-check",
            *requirements,
        ]
        ended = subprocess.run(pip, capture_output=True, text=True, timeout=400, check=False)
        if ended.returncode:
            pytest.skip(f"pip can't install {requirements[0]} here: {ended.stderr.strip()[-300:]}")
        return programs

    return install


@pytest.fixture
def npm_installed(tmp_path: Path) -> Callable[[str], Path]:
    """Installs a package of npm and gives the folder that has it."""

    def install(package: str) -> Path:
        npm = shutil.which("npm")
        if npm is None or shutil.which("node") is None:
            pytest.skip("there is no node and npm here")
        folder = tmp_path / "npm"
        folder.mkdir()
        command = [
            npm,
            "install",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--prefix",
            str(folder),
            package,
        ]
        ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=400, check=False)
        if ended.returncode:
            pytest.skip(f"npm can't install {package} here: {ended.stderr.strip()[-300:]}")
        return folder

    return install
