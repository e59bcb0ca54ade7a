"""Which picture belongs to which scene, by the number in its name, and in which folder they are looked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from storyreel.studio.errors import BadInput
from storyreel.studio.storyboard.numbered_files import beside, found_in, number_in

Pictures = Callable[..., Path]


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("1.png", 1),
        ("01.jpg", 1),
        ("scene_001.png", 1),
        ("image-3.webp", 3),
        ("3 sunset.jpg", 3),
        ("3 sunset 2.jpg", 3),
        ("1 (2).jpg", 1),
        ("2024 scene 12.png", 12),
        ("scene1_image2.png", 1),
        ("scene_003_v2.png", 3),
        ("scene 4 1024x576.png", 4),
        ("frame_5_4k@2x.png", 5),
        ("ComfyUI_00007_.png", 7),
        ("IMG_20240101_003.jpg", 3),
        ("hero4k_2.png", 2),
        ("cover.jpg", None),
        ("v2.png", None),
        ("20240101123456.png", None),
    ],
)
def test_the_number_in_a_name(name: str, number: int | None) -> None:
    assert number_in(name) == number


def test_only_pictures_count(pictures: Pictures) -> None:
    folder = pictures("2.png", "1.png", "01.jpg", "cover.png", ".3.png")
    (folder / "4.txt").write_text("")
    (folder / "5.png").mkdir()
    found = found_in(folder)
    assert found.numbered == {1: ["01.jpg", "1.png"], 2: ["2.png"]} and found.others == ["cover.png"]


def test_where_they_are_looked_for(pictures: Pictures, tmp_path: Path) -> None:
    """In the folder of the file's name, else beside it, else in the only one that has some."""
    file = tmp_path / "movie.json"
    with pytest.raises(BadInput, match=r"there are no pictures for movie\.json"):
        beside(file)
    pictures("cover.png", folder="art")  # without a number it doesn't count
    only = pictures("1.png", folder="some")
    assert beside(file) == only
    pictures("1.png", folder="more")
    with pytest.raises(BadInput, match=r"several folders beside movie\.json have pictures: more, some"):
        beside(file)
    pictures("1.png", folder=".")
    assert beside(file) == tmp_path
    named = pictures("1.png", folder="movie")
    assert beside(file) == named
