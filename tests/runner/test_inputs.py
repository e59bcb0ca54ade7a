"""Local files of a workflow: found beside it and nowhere else, sent once, named as the server knows them."""

from __future__ import annotations

import json
import wave
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from storyreel.runner.comfy.client.api import ComfyClient
from storyreel.runner.comfy.graph.overrides import apply
from storyreel.runner.jobs.uploads import Post, send_graph, send_storyboard
from storyreel.studio.errors import BadInput
from storyreel.studio.music.library import library

INFO = {
    "StoryreelStoryboard": {"input": {"required": {"text": ["STRING", {"multiline": True}]}}},
    "StoryreelLoadStoryboard": {
        "name": "StoryreelLoadStoryboard",
        "input": {"required": {"file": [["photo_story.json [examples]"], {}]}},
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    (folder / "media").mkdir(parents=True)
    (folder / "media" / "01.jpg").write_bytes(b"one")
    (folder / "media" / "02.jpg").write_bytes(b"two")
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    return folder


def send(
    stub: Any, graph: Any, info: Any, folder: Path, typed: Any = ()
) -> tuple[dict[str, Any], Post, list[Any]]:
    events: list[Any] = []
    with ComfyClient(stub.url) as client:
        post = Post(client, events.append)
        return send_graph(graph, info, folder, post, typed), post, events


def test_a_picture_beside_the_workflow(stub: Any, graph: Any, object_info: Any, folder: Path) -> None:
    graph["1"]["inputs"]["image"] = "media/01.jpg"
    sent, post, events = send(stub, graph, object_info, folder)
    name = sent["1"]["inputs"]["image"]
    assert stub.files["input", "storyreel", name.removeprefix("storyreel/")] == b"one"
    assert graph["1"]["inputs"]["image"] == "media/01.jpg", "the workflow given is left alone"
    (record,) = [each.to_plain() for each in post.sent.values()]
    assert record["name"] == name and record["bytes"] == 3 and record["from"] == str(folder / "media/01.jpg")
    assert events == [{"event": "uploading", "name": "01.jpg", "bytes": 3}]


def test_what_the_server_has_is_left_to_it(stub: Any, graph: Any, object_info: Any, folder: Path) -> None:
    stub.files["input", "deep", "there.png"] = b"x"
    for name in ("example.png", "deep/there.png", "film_00001_.png [output]"):
        graph["1"]["inputs"]["image"] = name
        assert send(stub, graph, object_info, folder)[0]["1"]["inputs"]["image"] == name
    assert not stub.uploads


@pytest.mark.parametrize(
    "name",
    ["../secret.jpg", "/etc/passwd", "../../etc/passwd", "file:///etc/passwd", "media/../../secret.jpg"],
)
def test_a_workflow_names_nothing_outside_its_folder(
    stub: Any, graph: Any, object_info: Any, folder: Path, name: str
) -> None:
    graph["1"]["inputs"]["image"] = name
    with pytest.raises(BadInput, match=r"Load Image \(#1\)\.image"):
        send(stub, graph, object_info, folder)
    assert not stub.uploads


def test_nor_by_a_link(stub: Any, graph: Any, object_info: Any, folder: Path) -> None:
    (folder / "link.jpg").symlink_to(folder.parent / "secret.jpg")
    graph["1"]["inputs"]["image"] = "link.jpg"
    with pytest.raises(BadInput, match="leaves its folder"):
        send(stub, graph, object_info, folder)


def test_a_person_may_name_any_file(
    stub: Any, graph: Any, object_info: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is typed is looked for from where the person stands."""
    monkeypatch.chdir(folder / "media")
    for name in ("02.jpg", "../../secret.jpg", str(folder.parent / "secret.jpg")):
        changed = apply(graph, [f"1.image={name}"], object_info)
        sent = send(stub, changed.graph, object_info, folder, changed.files)[0]
        assert sent["1"]["inputs"]["image"].startswith("storyreel/")


def test_every_missing_file_is_named_before_any_is_sent(
    stub: Any, graph: Any, object_info: Any, folder: Path
) -> None:
    graph["1"]["inputs"]["image"] = "media/01.jpg"
    graph["4"] = {"class_type": "LoadImage", "inputs": {"image": "none.jpg"}, "_meta": {"title": "Second"}}
    graph["5"] = {"class_type": "LoadImage", "inputs": {"image": "nor this.jpg"}}
    with pytest.raises(BadInput) as caught:
        send(stub, graph, object_info, folder)
    assert [fault.place for fault in caught.value.faults] == ["Second (#4).image", "LoadImage (#5).image"]
    assert not stub.uploads


def test_a_storyboard_in_the_workflow_brings_its_files(stub: Any, folder: Path) -> None:
    text = json.dumps({"scenes": [{"prompt": "é", "image": "media/01.jpg"}, {"image": "media/01.jpg"}, "x"]})
    graph = {"1": {"class_type": "StoryreelStoryboard", "inputs": {"text": text}}}
    sent = send(stub, graph, INFO, folder)[0]
    scenes = json.loads(sent["1"]["inputs"]["text"])["scenes"]
    assert scenes[0]["image"] == scenes[1]["image"] and scenes[0]["image"].startswith("storyreel/")
    assert scenes[0]["prompt"] == "é" and len(stub.uploads) == 1, "the same content goes once"


def test_a_storyboard_whose_files_the_server_has_is_left_as_written(stub: Any, folder: Path) -> None:
    text = "scenes:\n  - image: over/there.jpg  # a comment\n"
    graph = {"1": {"class_type": "StoryreelStoryboard", "inputs": {"text": text}}}
    assert send(stub, graph, INFO, folder)[0]["1"]["inputs"]["text"] == text


def test_a_storyboard_file_beside_the_workflow(stub: Any, folder: Path) -> None:
    """Its pictures go along; on the server they lie beside it, under their new names."""
    (folder / "story.yaml").write_text("scenes:\n  - image: media/02.jpg\n")
    graph = {"1": {"class_type": "StoryreelLoadStoryboard", "inputs": {"file": "story.yaml"}}}
    sent, post, _ = send(stub, graph, INFO, folder)
    name = sent["1"]["inputs"]["file"]
    board = json.loads(stub.files["input", "storyreel", name.removeprefix("storyreel/")])
    assert stub.files["input", "storyreel", board["scenes"][0]["image"]] == b"two"
    assert str(folder / "story.yaml") in [str(each.source) for each in post.sent.values()]


def test_an_example_is_the_servers(stub: Any, folder: Path) -> None:
    graph = {
        "1": {"class_type": "StoryreelLoadStoryboard", "inputs": {"file": "photo_story.json [examples]"}}
    }
    assert send(stub, graph, INFO, folder)[0] == graph


SEQUENCE = {
    "StoryreelNarratedSequence": {
        "name": "StoryreelNarratedSequence",
        "input": {
            "required": {
                "folder": ["COMBO", {"options": ["media [examples]", "there"]}],
                "request": ["STRING", {"multiline": True}],
            }
        },
    }
}


def sequence(folder: str, number: int = 1) -> dict[str, Any]:
    request = {"sequence_data": [{"scene_number": number, "duration": 2}]}
    inputs = {"folder": folder, "request": json.dumps(request)}
    return {"1": {"class_type": "StoryreelNarratedSequence", "inputs": inputs}}


def test_a_folder_of_pictures_keeps_its_numbers(stub: Any, folder: Path) -> None:
    """Two folders with pictures of the same names don't mix, and what is sent once isn't sent again."""
    for place, grey in (("one", 10), ("two", 20)):
        (folder / place).mkdir()
        for name in ("scene_001.PNG", "2 a.png", "2 b.png", "cover.png"):
            Image.new("RGB", (8, 8), (grey, grey, grey)).save(folder / place / name)
    named = {}
    for place in ("one", "two", "one"):
        sent, _, _ = send(stub, sequence(place), SEQUENCE, folder)
        named[place] = sent["1"]["inputs"]["folder"]
        kept = {name: data for (_, at, name), data in stub.files.items() if at == named[place]}
        assert kept == {"1.png": (folder / place / "scene_001.PNG").read_bytes()}, "those that are told apart"
    assert named["one"] != named["two"] and len(stub.uploads) == 2


def test_the_servers_own_folders_are_left_to_it(stub: Any, folder: Path) -> None:
    for name in ("media [examples]", "there"):
        assert send(stub, sequence(name), SEQUENCE, folder)[0]["1"]["inputs"]["folder"] == name
    assert not stub.uploads


def test_what_is_wrong_with_a_sequence_is_told_before_it_is_sent(stub: Any, folder: Path) -> None:
    (folder / "one").mkdir()
    Image.new("RGB", (8, 8)).save(folder / "one" / "1.png")
    for name, number, said in (
        ("one", 3, "has the number 3"),
        ("none", 1, "there is no folder 'none' beside the workflow, nor in the server's input folder"),
        ("../..", 1, "leaves its folder"),
    ):
        with pytest.raises(BadInput) as caught:
            send(stub, sequence(name, number), SEQUENCE, folder)
        assert said in str(caught.value) and not stub.uploads


def test_the_tracks_that_are_heard_go_along_with_their_storyboard(stub: Any, folder: Path) -> None:
    for name, seconds in (
        ("calm/sea.wav", 1),
        ("calm/lake.wav", 2),
        ("epic/storm.wav", 3),
        ("sad/rain.wav", 1),
    ):
        path = folder / "tracks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as sound:
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
            sound.writeframes(b"\x00\x10" * 8000 * seconds)
    scenes = [{"prompt": "a", "music_mood": "calm"}, {"prompt": "b", "music_mood": "epic"}]
    board = {"music_folder": "tracks", "seed": 5, "scenes": scenes}
    with ComfyClient(stub.url) as client:
        post = Post(client)
        plain = send_storyboard(board, folder, post, post.folder)
    sent = {name[2]: data for name, data in stub.files.items() if name[1] == plain["music_folder"]}
    listed = json.loads(sent.pop("music.json"))
    here = library(folder / "tracks")
    for name, data in sent.items():
        (folder / "server").mkdir(exist_ok=True)
        (folder / "server" / name).write_bytes(data)
    (folder / "server" / "music.json").write_text(json.dumps(listed))
    there = library(folder / "server")
    assert len(sent) == 2
    for mood in ("calm", "epic"):
        chosen, arrived = here.draw(mood, 5), there.draw(mood, 5)
        assert chosen and arrived and chosen.path.read_bytes() == arrived.path.read_bytes()
        assert arrived.title == chosen.title
