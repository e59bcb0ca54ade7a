"""Names in workflows become paths inside the engine's folders, and nowhere else."""

from __future__ import annotations

import contextvars
import threading
from pathlib import Path

import pytest
from storyreel import host
from storyreel.host import files
from storyreel.host.standalone.context import Place, here
from storyreel.studio.errors import BadInput, OutputError, StoryreelError


@pytest.fixture
def place(tmp_path: Path):
    place = Place.under(tmp_path)
    with here(place):
        yield place


def test_without_an_engine_there_are_no_folders_and_no_files_to_offer() -> None:
    assert host.input_names([".png"]) == []
    for ask in (host.input_folder, host.output_folder, host.temp_folder):
        with pytest.raises(StoryreelError, match="no input and output folders"):
            ask()


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("a.mp4", ("a.mp4", "input")),
        ("a.mp4 [output]", ("a.mp4", "output")),
        ("sub/a b.mp4 [temp]", ("sub/a b.mp4", "temp")),
        ("a[1].mp4", ("a[1].mp4", "input")),
        ("a [other]", ("a [other]", "input")),
    ],
)
def test_a_name_may_say_its_folder(name: str, parts: tuple[str, str]) -> None:
    assert files.split_name(name) == parts


def test_an_input_file_is_found_in_the_folder_that_it_names(place: Place) -> None:
    for folder in (place.input, place.output, place.temp):
        (folder / "sub").mkdir()
        (folder / "sub/a.txt").write_text(folder.name)
    assert host.input_file("sub/a.txt").read_text() == "input"
    assert host.input_file("sub/a.txt [output]").read_text() == "output"
    assert host.input_file("sub/a.txt [temp]").read_text() == "temp"


def test_a_folder_s_name_in_windows_writing(place: Place) -> None:
    (place.input / "sub").mkdir()
    (place.input / "sub/a.txt").write_text("here")
    assert host.input_file("sub\\a.txt").read_text() == "here"


@pytest.mark.parametrize(
    "name",
    [
        "../secret",
        "../../etc/passwd",
        "/etc/passwd",
        "a/../../secret",
        "..\\secret",
        "C:\\x",
        "~/x",
        "../secret [output]",
        "link",
        "beside",
        "../input-private/secret",
        "../input-private/secret [input]",
        "../output-private/secret [output]",
        "sub",
        "",
        " ",
        "a\0b",
        "http://example.com/a.png",
    ],
)
def test_a_name_that_leaves_or_is_no_file_is_refused(place: Place, tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("secret")
    (place.input / "link").symlink_to(tmp_path / "secret")
    (place.input / "sub").mkdir()
    for folder in (place.input, place.output):  # a folder beside it whose name begins as its own does
        beside = folder.with_name(f"{folder.name}-private")
        beside.mkdir()
        (beside / "secret").write_text("secret")
    (place.input / "beside").symlink_to(place.input.with_name("input-private") / "secret")
    with pytest.raises(BadInput):
        host.input_file(name)


def test_a_mistyped_name_gets_the_nearest_one(place: Place) -> None:
    (place.input / "photo.png").touch()
    with pytest.raises(BadInput, match=r"did you mean 'photo\.png'"):
        host.input_file("phot.png")


def test_names_are_sorted_and_of_the_kinds_asked_for(place: Place) -> None:
    for name in ("b.JSON", "a.yaml", "c.txt", "d.yml"):
        (place.input / name).touch()
    (place.input / "e.json").mkdir()
    assert host.input_names([".json", ".yaml", ".yml"]) == ["a.yaml", "b.JSON", "d.yml"]
    assert host.input_names([]) == ["a.yaml", "b.JSON", "c.txt", "d.yml"]


def test_outputs_are_numbered_on_from_what_is_there(place: Place) -> None:
    (place.output / "storyreel").mkdir()
    for name in ("film_00007_.mp4", "film_00003_.png", "filmy_00099_.mp4", "film_x_.mp4"):
        (place.output / "storyreel" / name).touch()
    path, result = host.output_path("storyreel/film", ".mp4")
    assert path == place.output / "storyreel/film_00008_.mp4"
    assert result == {"filename": "film_00008_.mp4", "subfolder": "storyreel", "type": "output"}
    assert not path.exists()


def test_no_output_path_is_handed_out_twice(place: Place) -> None:
    """Nodes run side by side, and write later than they ask."""
    paths: list[Path] = []

    def output() -> Path:
        return host.output_path("x", ".mp4")[0]

    threads = [
        threading.Thread(target=contextvars.copy_context().run, args=(lambda: paths.append(output()),))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(paths)) == 20


def test_a_prefix_is_filled_in(place: Place) -> None:
    path, result = host.output_path("%year%/a%width%x%height%%other%", ".png", 64, 36)
    assert path.name == "a64x36%other%_00001_.png"
    assert result.subfolder.isdigit()


@pytest.mark.parametrize("prefix", ["../x", "/tmp/x", "a/../../x", "", ".", "a/..", "link/x"])
def test_a_prefix_that_leaves_the_output_folder_is_refused(place: Place, tmp_path: Path, prefix: str) -> None:
    (place.output / "link").symlink_to(tmp_path)
    with pytest.raises(BadInput):
        host.output_path(prefix, ".mp4")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["input", "output", "temp"]


def test_a_folder_that_cannot_be_made_is_an_output_error(place: Place) -> None:
    (place.output / "file").touch()
    with pytest.raises(OutputError):
        host.output_path("file/x", ".mp4")


def test_temp_paths_are_our_own_and_never_the_same(place: Place) -> None:
    paths = {host.temp_path("a/../b c", ".wav") for _ in range(50)}
    assert len(paths) == 50
    assert {path.parent for path in paths} == {place.temp / "storyreel"}
    assert all(path.suffix == ".wav" for path in paths)
