"""Files outside a storyboard's folder: refused, unless a person has opened the folder that they are in."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import av
import pytest
import requests
from PIL import Image
from storyreel.runner.cli import app
from storyreel.runner.engine import EmbeddedServer
from storyreel.studio.errors import BadInput
from storyreel.studio.home import home
from storyreel.studio.paths import inside, open_also, opened, reached
from typer.testing import CliRunner

STORYREEL = [sys.executable, "-c", "from storyreel.runner.cli import main; main()"]


def storyreel(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def last(result: Any) -> dict[str, Any]:
    return json.loads(result.stdout.splitlines()[-1])


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder beside the stories' with a picture all green, and one like it whose name goes on."""
    for name in ("photos", "photos2"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (64, 36), (0, 200, 0)).save(tmp_path / name / "green.png")
    return tmp_path / "photos"


def story(folder: Path, image: str | Path, **keys: Any) -> Path:
    (folder / "story").mkdir(exist_ok=True)
    path = folder / "story" / "story.json"
    scene = {"prompt": "green", "duration": 0.25, "image": str(image), **keys}
    path.write_text(json.dumps({"quality": "draft", "fps": 8, "scenes": [scene]}))
    return path


def is_green(film: Path) -> bool:
    with av.open(str(film)) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="rgb24")
    red, green, blue = picture[picture.shape[0] // 2, picture.shape[1] // 2]
    return bool(green > 150 and red < 60 and blue < 60)


def answered(typed: bytes, *arguments: str | Path) -> tuple[int, str]:
    """The exit code and what a person at a terminal saw."""
    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        [*STORYREEL, *map(str, arguments)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "COLUMNS": "400"},
    )
    os.close(theirs)
    os.write(ours, typed)
    seen = b""
    try:
        while chunk := os.read(ours, 65536):
            seen += chunk
    except OSError:  # the terminal's end, as Linux tells it
        pass
    os.close(ours)
    return run.wait(), seen.decode()


@pytest.mark.parametrize("absolute", [False, True])
def test_a_flag_opens_a_folder(photos: Path, tmp_path: Path, absolute: bool) -> None:
    path = story(tmp_path, photos / "green.png" if absolute else "../photos/green.png")
    for command in (["check"], ["render", "--dry-run"], ["render", "-o", tmp_path / "film.mp4"]):
        result = storyreel(*command, path, "--json")
        assert result.exit_code == 2, "without a terminal nothing is asked, and nothing opened"
        fault = last(result)["error"]["faults"][0]
        assert "green.png" in fault["message"] and f"--files {photos}" in fault["cure"]
        assert storyreel(*command, path, "--json", "--files", photos).exit_code == 0
    assert is_green(tmp_path / "film.mp4")
    assert storyreel("check", path, "--files", tmp_path / "photos2").exit_code == 2, "only the same beginning"


def test_the_config_opens_folders(photos: Path, tmp_path: Path) -> None:
    path = story(tmp_path, "../photos/green.png")
    home().mkdir(exist_ok=True)
    config = home() / "config.toml"
    config.write_text(f"[files]\nfolders = ['{tmp_path / 'unmounted'}', '{photos}']\n")
    assert storyreel("check", path).exit_code == 0
    for wrong, says in (("/", "nearly everything"), ("~", "nearly everything"), ("photos", "is relative")):
        config.write_text(f"[files]\nfolders = ['{wrong}']\n")
        result = storyreel("check", path)
        assert result.exit_code == 2 and says in result.stderr


def test_a_person_is_asked_once(photos: Path, tmp_path: Path) -> None:
    path = story(tmp_path, "../photos/green.png", last_frame="../photos2/green.png")
    path.write_text(path.read_text().replace('"scenes"', '"font": "../photos/none.ttf", "scenes"'))
    code, seen = answered(b"\n", "check", path)
    assert code == 2 and seen.count("may it?") == 1, "the answer is no where nothing is typed"
    assert f"story.json uses files in ../photos ({photos}) and ../photos2 ({photos}2)" in seen
    assert f"--files {photos} --files {photos}2" in seen and "[files] folders" in seen
    assert "open its folder with --files" in seen
    path = story(tmp_path, "../photos/green.png")
    code, seen = answered(b"y\n", "render", path, "-o", tmp_path / "film.mp4")
    assert code == 0 and is_green(tmp_path / "film.mp4")


def test_links_are_followed_before_they_are_judged(photos: Path, tmp_path: Path) -> None:
    (photos / "link.png").symlink_to(tmp_path / "photos2" / "green.png")
    path = story(tmp_path, "../photos/link.png")
    result = storyreel("check", path, "--files", photos)
    assert result.exit_code == 2 and f"--files {tmp_path / 'photos2'}" in result.stderr.replace("\n", "")
    assert storyreel("check", path, "--files", photos, "--files", tmp_path / "photos2").exit_code == 0
    (tmp_path / "story" / "own.png").symlink_to(photos / "green.png")
    path = story(tmp_path, "own.png")
    assert storyreel("check", path).exit_code == 2
    assert storyreel("check", path, "--files", photos).exit_code == 0


def test_a_flag_that_opens_everything_is_told(photos: Path, tmp_path: Path) -> None:
    path = story(tmp_path, "../photos/green.png")
    result = storyreel("check", path, "--files", "/")
    assert result.exit_code == 0 and "opens all of /" in result.stderr
    for wrong, says in ((tmp_path / "nowhere", "isn't there"), (path, "is a file")):
        result = storyreel("check", path, "--files", wrong)
        assert result.exit_code == 2 and says in result.stderr


def test_a_saved_workflow_says_what_it_needs(photos: Path, tmp_path: Path) -> None:
    path = story(tmp_path, "../photos/green.png")
    saved = tmp_path / "saved" / "film.json"
    options = ("--files", photos, "--save-workflow", saved, "-o", tmp_path / "film.mp4")
    result = storyreel("render", path, *options)
    assert result.exit_code == 0 and f"run it with --files {photos}" in result.stderr
    for command in (["check", saved], ["run", saved, "-o", tmp_path / "out"]):
        result = storyreel(*command)
        assert result.exit_code == 2 and f"--files {photos}" in result.stderr.replace("\n", "")
        assert storyreel(*command, "--files", photos).exit_code == 0
    assert is_green(next((tmp_path / "out").rglob("*.mp4")))
    code, seen = answered(b"y\n", "run", saved, "-o", tmp_path / "asked")
    assert (
        code == 0 and f"({photos}): may it?" in seen and is_green(next((tmp_path / "asked").rglob("*.mp4")))
    )


def test_a_workflow_names_files_of_an_opened_folder(photos: Path, tmp_path: Path) -> None:
    graph = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "../photos/green.png"}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "it"}},
    }
    (tmp_path / "flow").mkdir()
    path = tmp_path / "flow" / "flow.json"
    path.write_text(json.dumps(graph))
    result = storyreel("run", path, "-o", tmp_path / "out", "--json")
    assert result.exit_code == 2 and f"--files {photos}" in last(result)["error"]["faults"][0]["cure"]
    assert storyreel("run", path, "-o", tmp_path / "out", "--files", photos).exit_code == 0
    with Image.open(next((tmp_path / "out").glob("*.png"))) as picture:
        assert picture.convert("RGB").getpixel((5, 5)) == (0, 200, 0)
    story(photos, "../../photos2/green.png")
    node = {"class_type": "StoryreelLoadStoryboard", "inputs": {"file": "../photos/story/story.json"}}
    shoot = {"class_type": "StoryreelShoot", "inputs": {"storyboard": ["1", 0], "provider": "animatic"}}
    film = {"class_type": "StoryreelRenderFilm", "inputs": {"timeline": ["2", 0], "settings": ["2", 1]}}
    film["inputs"]["filename_prefix"] = "it"
    path.write_text(json.dumps({"1": node, "2": shoot, "3": film}))
    result = storyreel("run", path, "-o", tmp_path / "two", "--files", photos)
    assert result.exit_code == 2 and f"--files {tmp_path / 'photos2'}" in result.stderr, result.stderr
    both = ("--files", photos, "--files", tmp_path / "photos2")
    result = storyreel("run", path, "-o", tmp_path / "two", *both)
    assert result.exit_code == 0, result.stderr
    assert is_green(next((tmp_path / "two").rglob("*.mp4")))


def test_files_of_an_opened_folder_are_sent_to_a_server(
    stub: Any, graph: dict[str, Any], photos: Path, tmp_path: Path
) -> None:
    (tmp_path / "flow").mkdir()
    path = tmp_path / "flow" / "flow.json"
    graph["1"]["inputs"]["image"] = "../photos/green.png"
    path.write_text(json.dumps(graph))
    stub.files["output", "kept", "it_00001_.png"] = b"x"
    command = ("run", path, "--server", stub.url, "-o", tmp_path / "out")
    assert storyreel(*command).exit_code == 2 and stub.uploads == [] and stub.submits == []
    storyreel(*command, "--files", photos)
    assert len(stub.uploads) == 1 and len(stub.submits) == 1
    sent = stub.submits[0]["prompt"]["1"]["inputs"]["image"]
    assert sent.endswith(stub.uploads[0]) and "photos" not in json.dumps(stub.submits[0]["prompt"])


def test_a_rehearsal_knows_the_folders_of_the_config(photos: Path, tmp_path: Path) -> None:
    path = story(tmp_path, "../photos/green.png")
    home().mkdir(exist_ok=True)
    (home() / "config.toml").write_text(f"[files]\nfolders = ['{photos}']\n")
    result = storyreel("render", path, "--rehearse", "--dry-run", "--json")
    assert result.exit_code == 0, result.stdout


def test_what_a_server_is_given_opens_nothing(photos: Path, tmp_path: Path) -> None:
    """Not even by a process that has opened the folder for a file of its own."""
    text = json.dumps(
        {"quality": "draft", "scenes": [{"prompt": "x", "duration": 0.2, "image": str(photos / "green.png")}]}
    )
    graph = {
        "1": {"class_type": "StoryreelStoryboard", "inputs": {"text": text}},
        "2": {"class_type": "StoryreelShoot", "inputs": {"storyboard": ["1", 0]}},
        "3": {"class_type": "StoryreelRenderFilm", "inputs": {"timeline": ["2", 0], "settings": ["2", 1]}},
    }
    with opened(photos, Path("/")), EmbeddedServer(tmp_path / "server") as server:
        answer = requests.post(f"{server.url}/prompt", json={"prompt": graph}, timeout=20)
    assert answer.status_code == 400 and "absolute path" in answer.text and "--files" not in answer.text


def test_what_is_written_stays_inside(photos: Path, tmp_path: Path) -> None:
    """An opened folder is read from; nothing else that promises a folder reaches it."""
    (tmp_path / "story").mkdir()
    with opened(photos):
        with pytest.raises(BadInput, match="leaves its folder"):
            inside(tmp_path / "story", "../photos/green.png")
        assert reached(tmp_path / "story", "../photos/green.png") == photos / "green.png"
        open_also(tmp_path / "photos2")
        assert reached(tmp_path / "story", "../photos2/x.png") == tmp_path / "photos2" / "x.png"
        for wrong in ("//host/share/a.png", "\\\\host\\a.png", "C:\\a.png", "a\0b", "", "file:///etc/x"):
            with pytest.raises(BadInput):
                reached(tmp_path / "story", wrong)
    with pytest.raises(BadInput, match="leaves its folder"):
        reached(tmp_path / "story", "../photos/green.png")


def test_a_fault_is_told_at_its_own_place(photos: Path, tmp_path: Path) -> None:
    """A recording's place is its speech alone, wherever one stands; a link to itself and a folder that isn't there are
    told as what they are."""
    path = story(tmp_path, "../photos/green.png", speech="../photos/said.wav")
    with wave.open(str(photos / "said.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\1" * 800)
    faults = last(storyreel("check", path, "--json"))["error"]["faults"]
    assert [each["place"] for each in faults] == ["scenes[0].image", "scenes[0].speech"]
    assert storyreel("check", path, "--files", photos).exit_code == 0
    (tmp_path / "story" / "loop.png").symlink_to("loop.png")
    for name, says in (
        ("loop.png", "loop.png"),
        ("../none/a.png", "there is no folder"),
        ("../photos/gren.png", ""),
    ):
        result = storyreel("check", story(tmp_path, name), "--files", photos)
        assert result.exit_code == 2 and says in result.stderr and "Traceback" not in result.stderr
    assert "did you mean '../photos/green.png'?" in result.stderr
    for wrong in ("", " ", "~nobody-of-that-name"):
        assert storyreel("check", path, "--files", wrong).exit_code == 2


def test_music_and_pictures_of_opened_folders(photos: Path, tmp_path: Path) -> None:
    """A folder of music is opened itself, and the pictures of a sequence may be links into one that is open."""
    path = story(tmp_path, "../photos/green.png")
    (tmp_path / "tunes").mkdir()
    plain = json.loads(path.read_text()) | {"music_folder": "../tunes", "music_mood": "calm"}
    path.write_text(json.dumps(plain))
    faults = last(storyreel("check", path, "--json", "--files", photos))["error"]["faults"]
    assert any(
        each["place"] == "music_folder" and f"--files {tmp_path / 'tunes'}" in each["cure"] for each in faults
    )
    (tmp_path / "numbered").mkdir()
    (tmp_path / "numbered" / "1.png").symlink_to(photos / "green.png")
    request = tmp_path / "request.json"
    request.write_text(json.dumps({"sequence_data": [{"scene_number": 1, "duration": 0.25}]}))
    pictures = ("--pictures", tmp_path / "numbered")
    assert storyreel("check", request, *pictures).exit_code == 2
    result = storyreel("render", request, *pictures, "--files", photos, "-o", tmp_path / "film.mp4")
    assert result.exit_code == 0, result.stderr
    assert is_green(tmp_path / "film.mp4")
