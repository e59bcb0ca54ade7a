"""What goes wrong in real life, through the real command: a clear sentence, the right exit code, nothing lost."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

STORYREEL = [sys.executable, "-c", "from storyreel.runner.cli import main; main()"]
OLD_FILM = b"last week's film"


@pytest.fixture
def story(tmp_path: Path) -> Callable[..., Path]:
    """Writes a storyboard of two seconds with one small picture, changed as the test wants it."""
    Image.linear_gradient("L").resize((320, 180)).convert("RGB").save(tmp_path / "hill.png")

    def write(text: str | None = None, **keys: Any) -> Path:
        scenes = [
            {"image": "hill.png", "duration": 1, "clip_action": "zoom in"},
            {"prompt": "The end", "duration": 1},
        ]
        path = tmp_path / "story.json"
        path.write_text(text or json.dumps({"quality": "draft", "scenes": scenes} | keys), encoding="utf-8")
        return path

    return write


def storyreel(*words: object, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*STORYREEL, *map(str, words)], capture_output=True, text=True, timeout=120, **options
    )


def refused(path: Path) -> dict[str, Any]:
    """Renders what must be refused: exit code 2 and no film. The error object of the result."""
    film = path.with_name("film.mp4")
    run = storyreel("render", path, "-o", film, "--json")
    result = json.loads(run.stdout.splitlines()[-1])
    assert run.returncode == 2, run.stdout + run.stderr
    assert result["ok"] is False and not film.exists()
    assert "Traceback" not in run.stderr
    return result["error"]


def places(error: dict[str, Any]) -> dict[str, str]:
    return {fault["place"]: f"{fault['message']}; {fault['cure']}" for fault in error["faults"]}


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if ".part" in path.name]


def test_a_picture_that_is_none(story: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "fake.jpg").write_text("I am a letter")
    faults = places(refused(story(scenes=[{"image": "fake.jpg"}])))
    assert "not a picture" in faults["scenes[0].image"]


def test_a_picture_outside_the_folder(story: Callable[..., Path]) -> None:
    names = ["../../etc/passwd", "/etc/passwd", "~/secret.png", "http://example.com/a.png", "C:\\a.png"]
    faults = places(refused(story(scenes=[{"image": name} for name in names])))
    assert sorted(faults) == [f"scenes[{i}].image" for i in range(len(names))]
    assert "root:" not in str(faults)


def test_a_link_out_of_the_folder(story: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "link.png").symlink_to("/etc/passwd")
    assert "scenes[0].image" in places(refused(story(scenes=[{"image": "link.png"}])))


def test_a_title_in_a_script_the_font_lacks(story: Callable[..., Path]) -> None:
    title = "夜の港に雨が降る、灯りが水に揺れている。誰かが傘をさして歩いていく、静かな夜だ。"[:40]
    message = places(refused(story(scenes=[{"prompt": title}])))["scenes[0].prompt"]
    assert "夜" in message and "font" in message


@pytest.mark.parametrize("duration", ["0", "-1", "NaN", "Infinity", "1e400", "36000", '"long"', "[]"])
def test_no_length_for_a_scene(story: Callable[..., Path], duration: str) -> None:
    text = f'{{"scenes": [{{"prompt": "a", "duration": {duration}}}]}}'
    assert "scenes[0].duration" in places(refused(story(text)))


def test_ten_faults_at_once(story: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "fake.jpg").write_text("no")
    scenes = [
        {"prompt": "a", "transition": "crosfade"},
        {"prompt": "a", "duration": 0},
        {"image": "missing.jpg"},
        {"image": "fake.jpg"},
        {"prompt": "a", "clip_action": "zoom inn"},
        {},
        {"prompt": "a", "provider": "animatix"},
        {"promt": "a", "prompt": "b"},
    ]
    error = refused(story(scenes=scenes, quality="hi", aspect_ratio="4:3"))
    faults = places(error)
    assert len(error["faults"]) >= 10
    assert "'crossfade'" in faults["scenes[0].transition"]
    assert "'animatic'" in faults["scenes[6].provider"]
    assert {"quality", "aspect_ratio", "scenes[1].duration", "scenes[2].image", "scenes[3].image"} <= set(
        faults
    )
    assert any("prompt" in text for place, text in faults.items() if place.startswith("scenes[7]"))


def test_a_full_disk(story: Callable[..., Path], tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: the film's write fails in the middle."""
    film = tmp_path / "film.mp4"
    film.write_bytes(OLD_FILM)
    path = story(scenes=[{"image": "hill.png", "duration": 4, "clip_action": "fast zoom in"}], quality="high")

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    run = storyreel("render", path, "-o", film, "--json", preexec_fn=limit)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    assert json.loads(run.stdout.splitlines()[-1])["ok"] is False
    assert film.read_bytes() == OLD_FILM and not leftovers(tmp_path)


@pytest.fixture
def long_render(story: Callable[..., Path], tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts the rendering of a long film and gives it back once it is on its way."""
    started = []

    def start(*words: object) -> subprocess.Popen[str]:
        (tmp_path / "film.mp4").write_bytes(OLD_FILM)
        path = story(scenes=[{"image": "hill.png", "duration": 600, "clip_action": "slow zoom in"}])
        process = subprocess.Popen(
            [*STORYREEL, "render", str(path), "-o", str(tmp_path / "film.mp4"), "--json", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        for line in process.stdout:
            if json.loads(line).get("event") == "progress":
                break
        watchdog.cancel()
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(long_render: Callable[..., subprocess.Popen[str]], tmp_path: Path, number: int) -> None:
    process = long_render()
    begun = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, out[-2000:] + err
    assert time.monotonic() - begun < 5
    result = json.loads(out.splitlines()[-1])
    assert result["ok"] is False and result["error"]["code"] == "interrupted"
    assert "Traceback" not in err
    assert (tmp_path / "film.mp4").read_bytes() == OLD_FILM and not leftovers(tmp_path)


def test_killed(
    long_render: Callable[..., subprocess.Popen[str]], story: Callable[..., Path], tmp_path: Path
) -> None:
    """Nothing can be tidied after SIGKILL, but the old film stands, and the next run doesn't mind."""
    process = long_render()
    process.kill()
    process.wait()
    assert (tmp_path / "film.mp4").read_bytes() == OLD_FILM
    run = storyreel("render", story(), "-o", tmp_path / "film.mp4", "--json")
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout.splitlines()[-1])["film"]["frames"] == 48


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_no_server_there(story: Callable[..., Path], tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    run = storyreel("render", story(), "-o", tmp_path / "film.mp4", "--server", url, "--json")
    result = json.loads(run.stdout.splitlines()[-1])
    assert run.returncode == 1 and result["error"]["code"] == "server"
    assert url in result["error"]["message"] and not (tmp_path / "film.mp4").exists()


@pytest.mark.slow  # a minute: as long as a person's server is waited for
def test_the_server_dies(long_render: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    home = Path(os.environ["STORYREEL_HOME"])
    (home / "config.toml").write_text("[server]\ncontact_seconds = 5\n", encoding="utf-8")
    port = free_port()
    server = subprocess.Popen(
        [*STORYREEL, "serve", "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        process = long_render("--server", f"http://127.0.0.1:{port}")
    finally:
        server.kill()
        server.wait()
    begun = time.monotonic()
    out, err = process.communicate(timeout=60)
    assert 4 < time.monotonic() - begun < 30
    result = json.loads(out.splitlines()[-1])
    assert process.returncode == 1 and result["error"]["code"] == "server", err
    assert (tmp_path / "film.mp4").read_bytes() == OLD_FILM and not leftovers(tmp_path)
