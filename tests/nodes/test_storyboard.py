"""From words to clips: the storyboard nodes, what they refuse before anything runs, and what is shot of
them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from storyreel.nodes import examples
from storyreel.nodes.samples import SamplePicture, SampleSound
from storyreel.nodes.storyboard import (
    AS_WRITTEN,
    EXAMPLE,
    LoadStoryboard,
    ScenesFromPrompts,
    ShootStoryboard,
    Storyboard,
)
from storyreel.studio.errors import BadInput


def draw(path: Path, size: tuple[int, int] = (128, 96), grey: int = 90) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (grey, grey, grey)).save(path)


def small(scenes: list[Any], **more: Any) -> str:
    return json.dumps({"quality": "draft", "fps": 4, "scenes": scenes, **more})


def test_the_examples_are_listed_first(place: Any) -> None:
    (place.input / "mine.yaml").write_text("scenes: [Hello]")
    (place.input / "picture.jpg").write_bytes(b"")
    options = LoadStoryboard.GET_SCHEMA().inputs[0].options
    assert options == [
        "character_chain.json [examples]",
        "cloud_story.json [examples]",
        "narrated_story.json [examples]",
        "photo_story.json [examples]",
        "six_transitions.json [examples]",
        "text_film.json [examples]",
        "vertical_teaser.json [examples]",
        "mine.yaml",
    ]


@pytest.mark.parametrize("name", examples.storyboards())
def test_every_example_can_be_shot(execute: Any, name: str) -> None:
    assert LoadStoryboard.validate_inputs(file=name) is True
    (board,) = execute(LoadStoryboard, file=name)
    json.dumps(board)
    assert Path(board["folder"]) == examples.STORYBOARDS
    assert len(board["storyboard"]["scenes"]) >= 3


def test_load_storyboard_reads_from_the_input_folder(place: Any, execute: Any) -> None:
    draw(place.input / "photos" / "one.png")
    (place.input / "mine.yaml").write_text("scenes: [{image: photos/one.png, duration: 1}]")
    assert LoadStoryboard.validate_inputs(file="mine.yaml") is True
    assert execute(LoadStoryboard, file="mine.yaml")[0]["folder"] == str(place.input)


def test_everything_wrong_is_said_at_once_before_running(place: Any) -> None:
    text = small(
        [{"image": "gone.jpg"}, {"prompt": "x", "transition": "crosfade"}, {"prompt": "x", "lenght": 3}]
    )
    (place.input / "bad.json").write_text(text)
    for sentences in (LoadStoryboard.validate_inputs(file="bad.json"), Storyboard.validate_inputs(text=text)):
        assert isinstance(sentences, str)
        assert "scenes[0].image: there is no file 'gone.jpg'" in sentences
        assert "'crosfade' is not a transition; did you mean 'crossfade'?" in sentences
        assert "scenes[2].lenght" in sentences


@pytest.mark.parametrize("name", ["../secret.json", "/etc/passwd", "gone.json", "nothing.json [examples]"])
def test_load_storyboard_stays_in_its_folders(place: Any, name: str) -> None:
    assert isinstance(LoadStoryboard.validate_inputs(file=name), str)


def test_pictures_outside_of_the_folder_are_refused(place: Any) -> None:
    draw(place.input.parent / "private.png")
    sentences = Storyboard.validate_inputs(text=small([{"image": "../private.png"}]))
    assert isinstance(sentences, str) and "leaves its folder" in sentences


def test_inputs_that_come_by_a_wire_are_checked_when_they_are_there() -> None:
    assert LoadStoryboard.validate_inputs(file=None) is True
    assert Storyboard.validate_inputs(text=None) is True
    assert ScenesFromPrompts.validate_inputs(prompts=None) is True


def test_a_changed_file_is_noticed(place: Any) -> None:
    draw(place.input / "one.png")
    board = place.input / "mine.json"
    board.write_text(small([{"image": "one.png"}]))
    first = LoadStoryboard.fingerprint_inputs(file="mine.json")
    assert LoadStoryboard.fingerprint_inputs(file="mine.json") == first, "else nothing would ever be reused"
    draw(place.input / "one.png", grey=200)
    os.utime(place.input / "one.png", ns=(1, 1))
    second = LoadStoryboard.fingerprint_inputs(file="mine.json")
    board.write_text(small([{"image": "one.png", "duration": 5}]))
    assert len({first, second, LoadStoryboard.fingerprint_inputs(file="mine.json")}) == 3
    text = small([{"image": "one.png"}])
    before = Storyboard.fingerprint_inputs(text=text)
    os.utime(place.input / "one.png", ns=(2, 2))
    assert Storyboard.fingerprint_inputs(text=text) != before


def test_the_text_that_a_new_node_shows_is_a_storyboard(execute: Any) -> None:
    assert Storyboard.validate_inputs(text=EXAMPLE) is True
    (board,) = execute(Storyboard, text=EXAMPLE)
    assert [scene.get("transition") for scene in board["storyboard"]["scenes"]] == [None, "wipe"]


def test_scenes_from_prompts(execute: Any) -> None:
    (board,) = execute(
        ScenesFromPrompts,
        prompts="One\n\n  Two  \nThree\n",
        duration=2.5,
        transition="wipe",
        transition_duration=0.25,
        quality="draft",
        aspect_ratio="9:16",
        seed=3,
        title="Numbers",
    )
    made = board["storyboard"]
    assert [scene["prompt"] for scene in made["scenes"]] == ["One", "Two", "Three"]
    assert {scene["duration"] for scene in made["scenes"]} == {2.5}
    assert (made["transition"], made["aspect_ratio"], made["seed"], made["title"]) == (
        "wipe",
        "9:16",
        3,
        "Numbers",
    )
    assert ScenesFromPrompts.validate_inputs(prompts=" \n ") is not True
    assert ScenesFromPrompts.validate_inputs(prompts="One") is True


def test_shooting_makes_a_clip_of_every_scene(place: Any, execute: Any, look: Any) -> None:
    draw(place.input / "one.png")
    scenes = [
        {"image": "one.png", "duration": 1, "clip_action": "zoom in, pan left"},
        {"prompt": "A card", "duration": 1.5, "transition": "wipe", "transition_duration": 0.5},
    ]
    (board,) = execute(Storyboard, text=small(scenes, title="Two"))
    timeline, settings, clips, report = execute(ShootStoryboard, storyboard=board, provider=AS_WRITTEN)
    json.dumps([timeline, settings])
    assert [look(clip).frames for clip in clips] == [4, 6]
    assert [look(clip).size for clip in clips] == [(854, 480)] * 2
    assert [(one["transition"], one["overlap"]) for one in timeline["clips"]] == [
        ("none", "0"),
        ("wipe", "1/2"),
    ]
    assert all(str(place.temp) in one["path"] for one in timeline["clips"])
    assert (settings["width"], settings["height"], settings["fps"]) == (854, 480, "4")
    assert "A card" in report and "animatic" in report
    assert "scenes[0].clip_action" in report, "one movement too many for a second: it says so"


def test_another_provider_is_refused_with_what_there_is(execute: Any) -> None:
    (board,) = execute(Storyboard, text=EXAMPLE)
    board["storyboard"]["provider"] = "veo"
    with pytest.raises(BadInput, match="no door to veo is ready"):
        execute(ShootStoryboard, storyboard=board, provider=AS_WRITTEN)
    timeline = execute(ShootStoryboard, storyboard=board, provider="animatic")[0]
    assert len(timeline["clips"]) == 2, "what the node says holds for this run"


def test_nothing_is_bought_without_a_limit(execute: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit on the node is the consent; without one only what is free is made."""
    monkeypatch.setenv("RUNWAYML_API_SECRET", "key_of_nobody")
    monkeypatch.setenv("STORYREEL_RUNWAY_BASE_URL", "http://127.0.0.1:9")
    (board,) = execute(Storyboard, text=small([{"prompt": "a", "duration": 2}]))
    with pytest.raises(BadInput, match=r"gen4\.5 through runway costs money \(\$0\.24\)") as caught:
        board["storyboard"]["model"] = "gen4.5"
        board["storyboard"]["provider"] = "runway"
        execute(ShootStoryboard, storyboard=board, provider=AS_WRITTEN)
    assert "set max_cost to what may be spent" in str(caught.value)


def test_retakes_as_they_are_typed() -> None:
    assert ShootStoryboard.validate_inputs(retakes=" 2:darker, 5:again\n7:x ") is True
    assert (
        ShootStoryboard.validate_inputs(retakes="") is ShootStoryboard.validate_inputs(retakes=None) is True
    )
    said = ShootStoryboard.validate_inputs(retakes="2, x:y, 3:")
    assert (
        isinstance(said, str)
        and said.count("is not a retake; write a scene's number, a colon and a word") == 3
    )


def test_retakes_of_scenes_that_there_are(execute: Any) -> None:
    (board,) = execute(Storyboard, text=small(["a", "b"]))
    with pytest.raises(BadInput, match="there is no scene 2; scenes are 0 to 1"):
        execute(ShootStoryboard, storyboard=board, provider=AS_WRITTEN, retakes="2:again")


def test_a_film_with_gaps_is_tried_again_each_time() -> None:
    once, again = (ShootStoryboard.fingerprint_inputs(allow_gaps=True) for _ in range(2))
    assert once != again
    assert ShootStoryboard.fingerprint_inputs(allow_gaps=False) == ShootStoryboard.fingerprint_inputs()


def test_samples(execute: Any) -> None:
    for name in examples.pictures():
        assert execute(SamplePicture, name=name)[0].shape == (1, 1067, 1600, 3)
    for name, length in {"calm.ogg": 24, "shore.ogg": 16}.items():
        sound = execute(SampleSound, name=name)[0]
        assert sound["waveform"].shape[-1] == length * sound["sample_rate"], "to the sample: it loops"
    with pytest.raises(BadInput, match=r"01_dawn\.jpg"):
        execute(SamplePicture, name="01_down.jpg")
