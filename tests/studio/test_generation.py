"""What a storyboard asks of models: which keys hold for which scene, and the shots that come of them."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from storyreel.studio.errors import BadInput
from storyreel.studio.planning.model_choice import Wish
from storyreel.studio.planning.overrides import overridden
from storyreel.studio.planning.shots import extends_previous, shot_of, shots, wish_of
from storyreel.studio.planning.validate import check, remarks, unready
from storyreel.studio.storyboard.parser import from_plain, parse

FOLDER = Path("/films")


def board(*scenes: Any, **keys: Any) -> Any:
    return from_plain({"provider": "vertex", **keys, "scenes": list(scenes)})


def shot(scene: dict[str, Any], **keys: Any) -> Any:
    return shot_of(board({"prompt": "a", **scene}, **keys), 0, FOLDER)


def said(folder: Path, *scenes: Any, **keys: Any) -> list[str]:
    return [str(fault) for fault in check(board(*scenes, **keys), folder, ready=False)]


def test_every_key_reaches_the_shot() -> None:
    made = shot(
        {
            "first_frame": "a.png",
            "last_frame": "b.png",
            "resolution": "1080p",
            "negative_prompt": "rain",
            "camera": "dolly in",
            "style": "noir",
            "audio": "waves",
        }
    )
    assert (made.mode, made.image, made.last_frame) == ("frames", "/films/a.png", "/films/b.png")
    assert (made.resolution, made.negative_prompt, made.camera, made.style) == (
        "1080p",
        "rain",
        "dolly in",
        "noir",
    )
    assert made.audio is True and made.sound == "waves"
    assert shot({"references": "a.png"}).references == ("/films/a.png",)
    assert shot({"references": ["a.png", "b.png"]}).mode == "references"
    assert (shot({"extend": "a.mp4"}).mode, shot({"video": "a.mp4"}).mode) == ("extend", "edit")
    assert shot({"audio": False}).audio is False and shot({}).audio is None


@pytest.mark.parametrize(
    ("quality", "resolution"), [("draft", "720p"), ("standard", "720p"), ("high", "1080p"), ("premium", "4k")]
)
def test_a_clip_fills_the_frame(quality: str, resolution: str) -> None:
    assert shot({}, quality=quality).resolution == resolution


def test_a_scenes_own_wins() -> None:
    keys = {"resolution": "1080p", "style": "noir", "audio": True, "negative_prompt": "rain"}
    made = shot({"resolution": "720p", "style": "", "audio": False}, **keys)
    assert (made.resolution, made.style, made.audio, made.negative_prompt) == ("720p", "", False, "rain")


def test_what_it_is_made_from_is_inherited_as_a_whole() -> None:
    """A scene that says itself what it is made from takes nothing of the storyboard's beside it."""
    whole = {"references": ["a.png", "b.png"]}
    assert shot({}, **whole).mode == "references"
    assert shot({"image": "i.png"}, **whole).mode == "image"
    assert shot({"first_frame": "i.png"}, **whole).references == ()
    assert shot({"references": False}, **whole).mode == shot({"references": []}, **whole).mode == "text"
    assert shot({"first_frame": False}, first_frame="a.png").mode == "text"


def test_going_on_from_the_scene_before() -> None:
    film = board("a", "b", {"prompt": "c", "image": "i.png"}, {"prompt": "d", "extend": False}, extend=True)
    assert [extends_previous(film, number) for number in range(4)] == [False, True, False, False]
    made = shots(film, FOLDER)
    assert [each.mode for each in made] == ["text", "extend", "image", "text"]
    assert made[1].continues and made[1].video is None
    there = made[1].model_copy(update={"video": "/tmp/a.mp4", "continues": False})
    assert there.mode == "extend", "it stays one when its clip is there"
    assert not extends_previous(overridden(film, provider="animatic"), 1)


def test_image_is_the_animatics_and_first_frame_the_models() -> None:
    both = {"image": "i.png", "first_frame": "f.png"}
    assert shot(both).image == "/films/f.png" and shot(both, provider="animatic").image == "/films/i.png"
    assert shot({"image": "i.png"}).image == "/films/i.png"
    assert shot({"first_frame": "f.png"}, provider="animatic").image == "/films/f.png"


def test_an_animatic_of_a_storyboard_for_models() -> None:
    """The same storyboard with --provider animatic: it leaves out what only models know, and says so."""
    film = board({"prompt": "a", "audio": "waves"}, {"prompt": "b", "extend": True}, references="a.png")
    free = overridden(film, provider="animatic")
    assert [each.mode for each in shots(free, FOLDER)] == ["text", "text"]
    assert remarks(free) == [
        "animatics are made of pictures and prompts: scenes 0, 1 without references, audio, extend"
    ]
    assert remarks(film) == []


def test_who_makes_it() -> None:
    film = board(
        "a", {"prompt": "b", "provider": "runway"}, {"prompt": "c", "model": "veo-3.1-fast"}, model="veo-3.1"
    )
    assert [wish_of(film, number) for number in range(3)] == [
        Wish("vertex", "veo-3.1"),
        Wish("runway", None),
        Wish("vertex", "veo-3.1-fast"),
    ]
    asked = overridden(film, provider="runway")
    assert [wish_of(asked, number).model for number in range(3)] == ["veo-3.1", "veo-3.1", "veo-3.1-fast"]
    assert wish_of(overridden(film, provider="google"), 2).model is None, "that door doesn't have it"
    assert wish_of(overridden(film, provider="animatic"), 0) == Wish("animatic", None)


def test_slips() -> None:
    text = """
provider: vertex
resolution: 1080
audio: no
scenes:
- {prompt: a, extend: true, take: 0}
- {prompt: a, referencess: x.png}
- {prompt: a, references: [1], resolution: 4K}
- {prompt: a, references: x.png, extend: previous}
- {prompt: b, first_frame: 3, model: [x]}
- {negative_prompt: x}
"""
    with pytest.raises(BadInput) as caught:
        parse(text)
    assert [str(fault) for fault in caught.value.faults] == [
        "resolution: 1080 is not a resolution; use one of 360p, 720p, 1080p, 4k",
        "audio: 'no' is a text; write true or false, no quotes, or what is heard",
        "scenes[0].take: 0 is too small; use at least 1",
        "scenes[0].extend: there is no scene before the first; name a clip's file, or take it away",
        "scenes[1].referencess: there is no such key; did you mean 'references'?",
        "scenes[2].resolution: '4K' is not a resolution; did you mean '4k'?",
        "scenes[2].references: 1 is not a file's name; name a file, or give its URL",
        "scenes[3].extend: stands beside references; keep one of them",
        'scenes[4].model: ["x"] is not text',
        "scenes[4].first_frame: 3 is not a file's name; name a file, or give its URL",
        "scenes[5]: has neither a prompt nor an image; give it one",
    ]


def test_null_is_not_given() -> None:
    film = board({"prompt": "a", "extend": None, "style": None, "audio": None}, style="noir", extend=None)
    assert shot_of(film, 0, FOLDER).style == "noir"


@pytest.fixture
def folder(tmp_path: Path, ffmpeg: Any) -> Path:
    Image.new("RGB", (64, 36), "teal").save(tmp_path / "a.png")
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=1280x720:rate=24:duration=2", tmp_path / "two.mp4")
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "color=size=1280x720:rate=24:duration=34",
        "-preset",
        "ultrafast",
        tmp_path / "long.mp4",
    )
    return tmp_path


def test_every_fault_of_every_scene_at_once(folder: Path) -> None:
    found = said(
        folder,
        {"prompt": "a", "resolution": "1080p", "duration": 5, "model": "veo-3.1"},
        {"prompt": "a", "duration": 9, "model": "veo-3.1"},
        {"prompt": "a", "last_frame": "a.png"},
        {"prompt": "a", "references": ["a.png"] * 4, "duration": 8, "model": "veo-3.1"},
        {"prompt": "a", "first_frame": "b.png", "model": "veo-3.1-fst"},
        {"prompt": "a", "extend": "long.mp4", "duration": 7},
        {"prompt": "a", "extend": "two.mp4", "duration": 7},
        {"prompt": "a", "extend": "a.mp4"},
    )
    assert found == [
        "scenes[0].duration: veo-3.1 makes 1080p only at 8 s; set duration to 8 or resolution to 720p",
        "scenes[1].duration: veo-3.1 through vertex makes clips of 4, 6 or 8 s; change it, or split the scene, or "
        "change the model, or set chain to true",
        "scenes[2].last_frame: veo-3.1 through vertex takes a last frame only with a first one; give first_frame as "
        "well",
        "scenes[3].references: 4 are too many: veo-3.1 through vertex takes 3; keep 3",
        f"scenes[4].first_frame: there is no file 'b.png' in {folder}; did you mean 'a.png'?",
        "scenes[4].model: 'veo-3.1-fst' is not a model; did you mean 'veo-3.1-fast'?",
        "scenes[5].extend: veo-3.1 through vertex extends clips of at most 30 s, and this one lasts 34 s; cut it, or "
        "begin anew",
        f"scenes[7].extend: there is no file 'a.mp4' in {folder}; did you mean 'two.mp4'?",
    ]


def test_a_chain_that_grows_too_long(folder: Path) -> None:
    """Each scene goes on from the one before: 8 s, and 7 s more each time. The clip may get 37 s long."""
    scenes = [{"prompt": "a", "duration": 7, "extend": number > 0} for number in range(6)]
    (fault,) = said(folder, *scenes)
    assert fault.startswith("scenes[5].extend: veo-3.1 through vertex extends clips of at most 30 s")
    assert said(folder, *scenes[:5]) == []


def test_a_clip_that_goes_on_has_the_size_of_the_one_before(folder: Path) -> None:
    before = {"prompt": "a", "resolution": "1080p", "duration": 8}
    (fault,) = said(folder, before, {"prompt": "b", "extend": True, "duration": 7, "resolution": "720p"})
    assert fault == (
        "scenes[1].resolution: is 720p, and scenes[0], from which it goes on, is 1080p; give both the same"
    )


def test_a_video_is_decoded(folder: Path) -> None:
    (folder / "words.mp4").write_text("no")
    shutil.copy(folder / "a.png", folder / "picture.mp4")
    found = said(folder, {"prompt": "a", "extend": "words.mp4"}, {"prompt": "a", "first_frame": "two.mp4"})
    assert "is not a video" in found[0] and "is not a picture" in found[1]


def test_what_is_missing_at_a_door(folder: Path) -> None:
    film = board(
        "a", {"prompt": "b", "provider": "veo"}, {"prompt": "c", "provider": "animatic"}, provider="runway"
    )
    runway, veo = unready(film, folder)
    assert runway.place == "provider" and "RUNWAYML_API_SECRET" in str(runway)
    assert veo.place == "scenes[1].provider" and "one is enough" in veo.cure
    assert [fault.place for fault in check(film, folder)] == ["provider", "scenes[1].provider"]


def test_auto_is_no_excuse_for_an_animatic(folder: Path) -> None:
    """Where no model can make a scene, that is a fault, and not an animatic in its place."""
    (fault,) = said(folder, {"prompt": "a", "duration": 40}, provider="auto")
    assert fault.startswith("scenes[0].duration: ")


def test_the_animatics_remark_on_movements() -> None:
    many = {"prompt": "a", "duration": 2, "clip_action": "zoom in, pan left, pan right"}
    assert remarks(board(many)) == [], "a model is told all of it"
    assert "clip_action" in remarks(board(many, provider="animatic"))[0]


def test_frames_are_exact() -> None:
    assert shot({"duration": 4.01}, fps=24, provider="animatic").duration == Fraction(97, 24)
    assert shot({"duration": 4.01}, fps=24).duration == Fraction(401, 100), "a frame more might cost 2 s more"
