"""The hash of a request: what changes it and what doesn't. The recorded ones must never change: every clip that was
ever bought is found by them."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from storyreel.studio.errors import MediaError
from storyreel.studio.planning.model_choice import Wish
from storyreel.studio.planning.request_key import canonical, hashed
from storyreel.studio.providers.shot import Shot

PLAIN: dict[str, Any] = {
    "prompt": "a hill",
    "duration": 4,
    "width": 1280,
    "height": 720,
    "fps": 24,
    "seed": 7,
}
RECORDED = json.loads(Path(__file__).with_name("requests.json").read_text(encoding="utf-8"))


def shot(**more: Any) -> Shot:
    return Shot(**{**PLAIN, **more})


def hash_of(made: Shot, wish: Wish | None = None) -> str:
    return hashed(canonical(made, wish or Wish("vertex", "veo-3.1-fast")))


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_requests(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With and without keys: which doors are ready today changes nothing."""
    kept = RECORDED[name]
    for file, text in kept.get("files", {}).items():
        (tmp_path / file).write_text(text)
    monkeypatch.chdir(tmp_path)
    request = canonical(Shot(**kept["shot"]), Wish(*kept["wish"]))
    assert request == kept["request"]
    assert hashed(request) == kept["hash"]


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "a valley"},
        {"seed": 8},
        {"duration": 8},
        {"resolution": "1080p", "duration": 8},
        {"aspect_ratio": "9:16"},
        {"audio": False},
        {"audio": True},
        {"sound": "wind"},
        {"style": "oil"},
        {"camera": "pan"},
        {"negative_prompt": "people"},
    ],
    ids=str,
)
def test_what_changes_it(change: dict[str, Any]) -> None:
    assert hash_of(shot(**change)) != hash_of(shot())


@pytest.mark.parametrize(
    "change",
    [
        {"duration": Fraction(7, 2)},
        {"width": 854, "height": 480},
        {"fps": 60},
        {"prompt": "  a hill\n"},
        {"fit": "contain"},
        {"font": "other.otf"},
        {"crf": 20},
    ],
    ids=str,
)
def test_what_doesn_t(change: dict[str, Any]) -> None:
    assert hash_of(shot(**change)) == hash_of(shot())


def test_the_door_doesn_t_matter_where_the_model_is_named() -> None:
    doors = ("vertex", "runway", "auto")
    assert len({hash_of(shot(), Wish(door, "veo-3.1-fast")) for door in doors}) == 1
    assert hash_of(shot(), Wish("veo")) == hash_of(shot(), Wish("vertex", "veo-3.1"))
    assert hash_of(shot(), Wish("vertex", "veo-3.1")) != hash_of(shot())


def test_files_count_by_what_is_in_them(tmp_path: Path) -> None:
    one, same, other = (tmp_path / name for name in ("one.png", "same.png", "other.png"))
    one.write_bytes(b"1")
    same.write_bytes(b"1")
    other.write_bytes(b"2")
    assert hash_of(shot(image=str(one))) == hash_of(shot(image=str(same)))
    assert hash_of(shot(image=str(one))) != hash_of(shot(image=str(other)))
    assert hash_of(shot(references=(str(one), str(other)))) != hash_of(
        shot(references=(str(other), str(one)))
    )
    assert hash_of(shot(image=str(one), last_frame=str(other))) != hash_of(shot(image=str(one)))
    with pytest.raises(MediaError, match="can't be read"):
        hash_of(shot(image=str(tmp_path / "none.png")))


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"first")
    before = hash_of(shot(image=str(path)))
    path.write_bytes(b"second!")
    assert hash_of(shot(image=str(path))) != before


def test_no_path_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "private name.png"
    path.write_bytes(b"1")
    assert "private" not in json.dumps(canonical(shot(image=str(path)), Wish("vertex", "veo-3.1-fast")))
