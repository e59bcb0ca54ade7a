"""Files that were sent to a server: whatever it says of them is said with the names that a person gave them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest
from PIL import Image
from storyreel.runner.comfy.client.file_names import Names

STORYREEL = [sys.executable, "-c", "from storyreel.runner.cli import main; main()"]
HASHED = re.compile(r"[0-9a-f]{16}")
CLIP, PICTURE = "Am Strand (2).mp4", "Äpfel und Birnen.png"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`storyreel serve`, as a person starts it."""
    folder = tmp_path_factory.mktemp("served")
    words = [*STORYREEL, "serve", "--port", "0", "--folder", str(folder)]
    environment = {**os.environ, "STORYREEL_HOME": str(folder / "home")}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=20)
            process.kill()


@pytest.fixture
def run(server: str, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Runs a command on what is written, for a person and for a program: the exit code, and all that both read."""
    film = imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=64x36:r=25:d=1"
    interlaced = "-vf", "interlace=scan=tff", "-c:v", "libx264", "-flags", "+ildct+ilme"
    subprocess.run([*film, *interlaced, tmp_path / CLIP], check=True)
    Image.new("RGB", (64, 36), "red").save(tmp_path / PICTURE)

    def go(command: str, what: Any) -> tuple[int, str]:
        path, out = tmp_path / "a.json", tmp_path / ("out" if command == "run" else "film.mp4")
        path.write_text(json.dumps(what), encoding="utf-8")
        words = [*STORYREEL, command, str(path), "-o", str(out), "--server", server]
        read, codes = "", set()
        for more in ((), ("--json",)):
            done = subprocess.run([*words, *more], capture_output=True, text=True, timeout=120)
            read, codes = read + done.stdout + done.stderr, codes | {done.returncode}
        (code,) = codes
        return code, read

    return go


def graph(*nodes: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    loaded = {"class_type": "LoadVideo", "inputs": {"file": CLIP}}
    more = {str(n): {"class_type": kind, "inputs": inputs} for n, (kind, inputs) in enumerate(nodes, start=2)}
    return {"1": loaded, **more}


def test_what_fails_is_named(run) -> None:
    looked = "StoryreelExtractFrame", {"video": ["1", 0], "which": "at", "which.time": 7}
    code, read = run("run", graph(looked, ("PreviewImage", {"images": ["2", 0]})))
    assert code == 1 and not HASHED.search(read)
    assert read.count(f"0:07.000 is not inside {CLIP}") == 2


def test_what_is_noted_is_named(run) -> None:
    joined = {"clips.clip0": ["1", 0], "transition": "none", "transition_duration": 0}
    made = "StoryreelRenderFilm", {"timeline": ["2", 0], "filename_prefix": "film"}
    code, read = run("run", graph(("StoryreelJoinClips", joined), made))
    assert code == 0 and not HASHED.search(read)
    assert read.count(f"{CLIP} is interlaced") >= 3, "for a person; as a note of the film and as a warning"


def test_what_is_refused_is_named(run) -> None:
    told = json.dumps({"scenes": [{"image": PICTURE, "duration": 1}], "music": CLIP})
    written = {"1": {"class_type": "StoryreelStoryboard", "inputs": {"text": told}}}
    shot = {"2": {"class_type": "StoryreelShoot", "inputs": {"storyboard": ["1", 0]}}}
    film = {"3": {"class_type": "StoryreelRenderFilm", "inputs": {"timeline": ["2", 0]}}}
    code, read = run("run", written | shot | film)
    assert code == 2 and not HASHED.search(read)
    assert read.count(f"{CLIP} has no sound") == 2


def test_where_a_file_is_stays_as_it_is() -> None:
    names = Names({"storyreel/0123456789abcdef-a.png": "A.png", "storyreel/fedcba9876543210": "my pictures"})
    file = {"filename": "0123456789abcdef-a.png", "subfolder": "storyreel", "type": "input"}
    assert names.shown({"images": [file], "text": ["0123456789abcdef-a.png"]}) == {
        "images": [file],
        "text": ["A.png"],
    }
    said = "/srv/input/storyreel/0123456789abcdef-a.png, of 'storyreel/fedcba9876543210'."
    assert names.shown(said) == "A.png, of 'my pictures'."
    address = "http://a/view?filename=0123456789abcdef-a.png&subfolder=storyreel"
    assert names.shown(address) == address
    assert Names({}).shown("0123456789abcdef-a.png") == "0123456789abcdef-a.png"
