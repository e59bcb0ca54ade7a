"""Narrated sequences on the canvas: what the node takes, what it refuses before anything runs, what it gives."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from storyreel.nodes import examples
from storyreel.nodes.sequence import EXAMPLE, NarratedSequence
from storyreel.studio.errors import BadInput


def draw(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (64, 36), (90, 90, 90)).save(path)


def request(*scenes: dict[str, Any], **params: Any) -> str:
    return json.dumps({"sequence_data": list(scenes), "generation_params": params})


def test_its_default_is_the_documents_example(execute: Any) -> None:
    assert NarratedSequence.validate_inputs(examples.PICTURES, EXAMPLE) is True
    board, notes = execute(NarratedSequence, folder=examples.PICTURES, request=EXAMPLE)
    json.dumps(board)
    written = board["storyboard"]
    assert (written["size"], written["fps"], written["crf"], written["seed"]) == ("1024x576", 24, 5, 12345)
    assert written["scenes"][0]["image"] == "01_dawn.jpg" and (Path(board["folder"]) / "01_dawn.jpg").exists()
    assert "02_morning.jpg" in notes and "are not used" in notes


def test_folders_with_pictures_are_listed(place: Any) -> None:
    for name in ("movie/1.png", "series/one/1.png", "series/.hidden/1.png", "a/b/c/1.png"):
        draw(place.input / name)
    (place.input / "words").mkdir()
    (place.input / "words" / "1.txt").write_text("")
    options = NarratedSequence.define_schema().inputs[0].options
    assert options == [examples.PICTURES, "movie", "series/one"]


def test_what_is_wrong_is_said_before_the_run(place: Any) -> None:
    draw(place.input / "movie" / "1.png")
    (place.input / "movie" / "2.png").write_bytes(b"no picture")
    text = request({"scene_number": 1, "duration": 2}, {"scene_number": 2, "duration": 2}, fps=0)
    with pytest.raises(BadInput) as caught:
        NarratedSequence.validate_inputs("movie", text)
    assert [fault.place for fault in caught.value.faults] == ["generation_params.fps", "sequence_data[1]"]
    for folder in ("../movie", "none", "other [examples]"):
        with pytest.raises(BadInput):
            NarratedSequence.validate_inputs(folder, text)
    assert NarratedSequence.validate_inputs("movie", None) is True, (
        "what comes by a wire is checked when it is there"
    )


def test_another_picture_is_noticed(place: Any) -> None:
    draw(place.input / "movie" / "1.png")
    text = request({"scene_number": 1, "duration": 2})
    before = NarratedSequence.fingerprint_inputs("movie", text)
    assert NarratedSequence.fingerprint_inputs("movie", text) == before
    os.utime(place.input / "movie" / "1.png", (1, 1))
    assert NarratedSequence.fingerprint_inputs("movie", text) != before
