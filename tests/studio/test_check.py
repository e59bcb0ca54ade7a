"""What keeps a storyboard from being shot is said before anything is made, all of it at once."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from storyreel.studio.errors import BadInput
from storyreel.studio.planning.validate import check, examine, remarks
from storyreel.studio.providers import PROVIDERS
from storyreel.studio.storyboard.parser import from_plain


@pytest.fixture
def folder(tmp_path: Path, ffmpeg) -> Path:
    (tmp_path / "film" / "photos").mkdir(parents=True)
    Image.new("RGB", (64, 48), "teal").save(tmp_path / "film" / "photos" / "01.jpg")
    ffmpeg("-f", "lavfi", "-i", "sine=d=0.3", tmp_path / "film" / "calm.wav")
    return tmp_path / "film"


def found(folder: Path, *scenes: object, **keys: object) -> list[str]:
    return [str(fault) for fault in check(from_plain({**keys, "scenes": list(scenes)}), folder)]


def test_nothing_is_wrong(folder: Path) -> None:
    assert found(folder, "a", {"image": "photos/01.jpg"}, music="calm.wav") == []


def test_files_that_are_not_there(folder: Path) -> None:
    assert found(
        folder, {"image": "photos/1.jpg"}, {"image": "01.jpg"}, {"image": "photos"}, music="clam.wav"
    ) == [
        f"music: there is no file 'clam.wav' in {folder}; did you mean 'calm.wav'?",
        f"scenes[0].image: there is no file 'photos/1.jpg' in {folder}; did you mean 'photos/01.jpg'?",
        f"scenes[1].image: there is no file '01.jpg' in {folder}; put it there",
        "scenes[2].image: 'photos' is a folder; name a file in it",
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../../etc/passwd", "leaves its folder"),
        ("/etc/passwd", "absolute path"),
        ("~/secret.png", "absolute path"),
        ("C:\\pictures\\a.png", "absolute path"),
        ("photos/../../secret.png", "leaves its folder"),
        ("link.png", "leaves its folder"),
        ("../{folder}-private/secret.png", "leaves its folder"),
        ("beside.png", "leaves its folder"),
        ("x" * 900 + ".png", "x"),
        ("", "names no file"),
    ],
)
def test_names_that_lead_elsewhere(folder: Path, name: str, words: str) -> None:
    Image.new("RGB", (8, 8)).save(folder.parent / "secret.png")
    (folder / "link.png").symlink_to(folder.parent / "secret.png")
    beside = folder.with_name(f"{folder.name}-private")
    beside.mkdir()
    Image.new("RGB", (8, 8)).save(beside / "secret.png")
    (folder / "beside.png").symlink_to(beside / "secret.png")
    name = name.replace("{folder}", folder.name)
    for key in ("image", "music", "font"):
        scene, keys = ({"image": name, "prompt": "a"}, {}) if key == "image" else ("a", {key: name})
        faults = found(folder, scene, **keys)
        assert len(faults) == 1 and words in faults[0]
        assert faults[0].startswith("scenes[0].image: " if key == "image" else f"{key}: ")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe.png")
    assert "there is no file 'pipe.png'" in found(folder, {"image": "pipe.png"})[0]


def test_files_that_are_something_else(folder: Path) -> None:
    (folder / "words.jpg").write_text("a thousand of them")
    good = (folder / "photos/01.jpg").read_bytes()
    (folder / "half.jpg").write_bytes(good[: len(good) * 2 // 3])
    (folder / "silent.wav").write_bytes((folder / "calm.wav").read_bytes()[:20])
    (folder / "font.ttf").write_text("no")
    faults = found(
        folder,
        {"image": "words.jpg"},
        {"image": "half.jpg"},
        "a",
        music="silent.wav",
        font="font.ttf",
    )
    assert [fault.split(": ")[0] for fault in faults] == [
        "font",
        "music",
        "scenes[0].image",
        "scenes[1].image",
    ]
    assert "font.ttf is not a font" in faults[0]
    assert "silent.wav is not a video or sound file" in faults[1]
    assert "words.jpg is not a picture" in faults[2]
    assert "half.jpg is cut short or damaged" in faults[3]


def test_a_picture_is_no_music(folder: Path) -> None:
    assert found(folder, "a", music="photos/01.jpg")[0].startswith("music: 01.jpg ")


def test_a_playlist_is_no_music(folder: Path) -> None:
    """It would have the decoder read what it names."""
    (folder / "list.m3u8").write_text("#EXTM3U\n#EXTINF:1,\ncalm.wav\n#EXT-X-ENDLIST\n")
    assert found(folder, "a", music="list.m3u8")[0].startswith(
        "music: list.m3u8 is not a video or sound file"
    )


def test_a_title_in_a_script_that_the_font_lacks(folder: Path) -> None:
    title = "海のそばの静かな町に雨が降る夜、小さな灯りがひとつ消え、またひとつともる"
    (fault,) = found(folder, {"prompt": title}, "Туман", "Ομίχλη")
    assert fault.startswith("scenes[0].prompt: the title card's font has no 海 の そ ば 静 か な 町")
    assert fault.endswith('give the scene an image, or the storyboard a "font"')
    assert found(folder, {"prompt": title, "image": "photos/01.jpg"}) == []


def test_providers(folder: Path) -> None:
    words = ", ".join((*PROVIDERS, "auto", "veo", "omni"))
    assert found(folder, "a", "b", provider="sora") == [
        f"provider: 'sora' is not a provider; use one of {words}"
    ]
    assert found(folder, "a", {"prompt": "b", "provider": "animatik"}) == [
        "scenes[1].provider: 'animatik' is not a provider; did you mean 'animatic'?"
    ]


def test_everything_at_once(folder: Path) -> None:
    """Slips in the words and missing files in one list, and neither hides or invents the other."""
    text = json.dumps(
        {
            "qualty": "draft",
            "music": "../music.wav",
            "provider": "veo",
            "scenes": [
                {"prompt": "a", "duration": 0},
                {"image": "gone.jpg", "transition": "crosfade"},
                {"prompt": "雨"},
                {"prompt": "b", "duration": 36000, "clip_action": "fly"},
                {"image": "photos/01.jpg", "provider": "animatic"},
                {},
            ],
        }
    )
    with pytest.raises(BadInput) as caught:
        examine(text, folder, "film.json", provider="animatic")
    assert caught.value.exit_code == 2
    assert caught.value.message == "film.json has 9 faults"
    assert sorted(fault.place for fault in caught.value.faults) == [
        "music",
        "qualty",
        "scenes[0].duration",
        "scenes[1].image",
        "scenes[1].transition",
        "scenes[2].prompt",
        "scenes[3].clip_action",
        "scenes[3].duration",
        "scenes[5]",
    ]


def test_examining_what_is_good(folder: Path) -> None:
    board = examine('{"provider": "veo", "scenes": ["a"]}', folder, provider="animatic", quality="draft")
    assert board.provider_of(0) == "animatic" and board.settings.size == (854, 480)


def test_what_will_be_different(folder: Path, nobody_speaks: Callable[[], None]) -> None:
    board = from_plain(
        {
            "scenes": [
                {"prompt": "a", "clip_action": "zoom in, pan up", "narration": "Hello."},
                {"prompt": "b"},
            ]
        }
    )
    assert remarks(board) == [
        "scenes[0].clip_action: 'zoom in, pan up' has 2 movements but 3 s carry 1; kept 'zoom in'",
    ]
    nobody_speaks()
    (_, said) = remarks(board)
    assert said.startswith("scenes[0].narration: isn't said: ") and "pip install" in said
    assert check(board, folder) == []
