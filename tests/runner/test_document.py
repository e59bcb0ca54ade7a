"""Whatever a person names on the command line gets a sentence that says what it is and what to do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from storyreel.runner.jobs import document
from storyreel.studio.errors import BadInput

STORYBOARD = {"title": "x", "scenes": ["a"]}
CANVAS = {"nodes": [{"id": 1, "type": "LoadImage"}], "links": [], "version": 0.4}


def write(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.json", STORYBOARD, "storyboard"),
        ("a.json", ["one", "two"], "storyboard"),
        ("a.json", {"prompt": ["one"], "duration_per_frame": 3}, "storyboard"),
        ("a.yaml", "scenes: [a, b]", "storyboard"),
        ("a.yml", '{"scenes": ["a"]}', "storyboard"),
        ("a.txt", "scenes: [a, b]", "storyboard"),
        ("a.json", CANVAS, "ui"),
        ("a.json", {"3": {"class_type": "X", "inputs": {}}}, "api"),
        ("a.json", {"prompt": {"3": {"class_type": "X"}}, "client_id": "me"}, "api"),
        ("bom.json", "\ufeff" + json.dumps(STORYBOARD), "storyboard"),
    ],
)
def test_kinds(tmp_path: Path, name: str, content: Any, kind: str) -> None:
    assert document.read(write(tmp_path / name, content)).kind == kind


def test_what_a_client_posts_is_unwrapped(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", {"prompt": {"3": {"class_type": "X", "inputs": {}}}})
    assert document.read(path).data == {"3": {"class_type": "X", "inputs": {}}}


def complaint(read: Any, path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        read(path)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    write(tmp_path / "photo_story.json", STORYBOARD)
    text = complaint(document.read, tmp_path / "foto_story.json")
    assert "there is no file" in text and "did you mean 'photo_story.json'?" in text


def test_a_missing_folder(tmp_path: Path) -> None:
    assert "there is no folder" in complaint(document.read, tmp_path / "no" / "a.json")


def test_a_folder_names_its_files(tmp_path: Path) -> None:
    write(tmp_path / "a.json", STORYBOARD)
    assert "is a folder (name a file in it: a.json)" in complaint(document.read, tmp_path)


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0", b'\xff\xfe{\0"\0', b"{\xe9}"])
def test_binary_files(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    assert "is not a text file" in complaint(document.read, tmp_path / "a.json")


def test_an_empty_file(tmp_path: Path) -> None:
    assert "is empty" in complaint(document.read, write(tmp_path / "a.json", " \n"))


def test_a_syntax_error_has_its_line_and_column(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", '{\n  "scenes": [\n    {"prompt": "x"\n  ]\n}')
    text = complaint(document.read, path)
    assert "line 4, column 3" in text and "near: ]" in text


def test_a_bomb_of_brackets(tmp_path: Path) -> None:
    for text in ("[" * 100_000, "[" * 600 + "]" * 600, '{"a":' * 99 + "[[]]" + "}" * 99):
        found = complaint(document.read, write(tmp_path / "a.json", text))
        assert re.search(r"line 1, column \d+: more than 100 levels deep; take out", found), found


def test_a_number_of_thousands_of_digits(tmp_path: Path) -> None:
    for digits in ("9" * 400, "9" * 5000):
        text = f'{{"nodes": [\n{{"id": {digits}}}], "links": []}}'
        found = complaint(document.read, write(tmp_path / "a.json", text))
        assert "line 2, column 8: a number of more than 300 digits; write a shorter one" in found


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e999", "-1E+999"])
def test_what_is_no_number_has_its_place(tmp_path: Path, word: str) -> None:
    text = f'{{"1": {{"class_type": "A \\" {word}", "inputs":\n{{"amount": {word}}}}}}}'
    found = complaint(document.read, write(tmp_path / "a.json", text))
    assert f"line 2, column 12: is {word}, which is no number; write a finite one" in found


def test_neither_one_nor_the_other(tmp_path: Path) -> None:
    text = complaint(document.read, write(tmp_path / "a.json", {"name": "package.json"}))
    assert 'a storyboard has "scenes"' in text


@pytest.mark.parametrize(("name", "content"), [("a.json", STORYBOARD), ("a.yaml", "scenes: [a]")])
def test_run_points_to_render(tmp_path: Path, name: str, content: Any) -> None:
    text = complaint(document.workflow, write(tmp_path / name, content))
    assert "is a storyboard" in text and "use `storyreel render" in text


@pytest.mark.parametrize("content", [CANVAS, {"3": {"class_type": "X"}}])
def test_render_points_to_run(tmp_path: Path, content: Any) -> None:
    text = complaint(document.storyboard, write(tmp_path / "a.json", content))
    assert "is a workflow" in text and "use `storyreel run" in text


def test_run_of_prose(tmp_path: Path) -> None:
    assert "is not JSON" in complaint(document.workflow, write(tmp_path / "a.txt", "hello"))


def test_a_saved_object_info(tmp_path: Path, object_info: Any) -> None:
    assert document.object_info(write(tmp_path / "a.json", object_info)) == object_info
    assert "/object_info" in complaint(document.object_info, write(tmp_path / "b.json", STORYBOARD))
