"""Outputs come here with their subfolders, and never onto another file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from storyreel.runner.comfy.client.api import ComfyClient, OutputFile
from storyreel.runner.comfy.client.outputs import fetch_all
from storyreel.studio.errors import ServerError


def fetch(stub: Any, folder: Path, *files: OutputFile) -> list[str]:
    with ComfyClient(stub.url) as client:
        return [str(each.path.relative_to(folder)) for each in fetch_all(client, files, folder)]


def test_subfolders_and_previews(stub: Any, tmp_path: Path) -> None:
    stub.files["output", "v/deep", "a.mp4"] = b"a"
    stub.files["temp", "", "p.png"] = b"p"
    stub.files["input", "", "mine.png"] = b"m"
    files = [
        OutputFile("1", "a.mp4", "v/deep"),
        OutputFile("2", "p.png", "", "temp"),
        OutputFile("3", "mine.png", "", "input"),
    ]
    assert fetch(stub, tmp_path, *files) == ["v/deep/a.mp4", "temp/p.png"]
    assert (tmp_path / "v/deep/a.mp4").read_bytes() == b"a"


@pytest.mark.parametrize(
    ("name", "second", "third"),
    [
        ("film_00001_.mp4", "film_00002_.mp4", "film_00003_.mp4"),
        ("film_99999_.mp4", "film_100000_.mp4", "film_100001_.mp4"),
        ("a.png", "a (2).png", "a (3).png"),
    ],
)
def test_nothing_is_overwritten(stub: Any, tmp_path: Path, name: str, second: str, third: str) -> None:
    """A new engine counts from one again: yesterday's film_00001_ stays."""
    names = []
    for content in (b"one", b"two", b"two", b"three"):
        stub.files["output", "", name] = content
        names += fetch(stub, tmp_path, OutputFile("1", name))
    assert names == [name, second, second, third]
    assert [(tmp_path / each).read_bytes() for each in (name, second, third)] == [b"one", b"two", b"three"]
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize(
    "file", [OutputFile("1", "../a"), OutputFile("1", "a", "../.."), OutputFile("1", "/etc/a")]
)
def test_a_server_can_write_nowhere_else(stub: Any, tmp_path: Path, file: OutputFile) -> None:
    with pytest.raises(ServerError, match="outside of its folder"):
        fetch(stub, tmp_path / "out", file)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("subfolder", "filename", "kept"),
    [
        (".git/hooks", "post-checkout", "_.git/hooks/post-checkout"),
        ("", ".bashrc", "_.bashrc"),
        ("", "NUL.png", "_NUL.png"),
        ("con", "a.png", "_con/a.png"),
        ("COM1 .x", "a", "_COM1 .x/a"),
        ("", "film:stream.png", "film_stream.png"),
        ("", "evil.png. . ", "evil.png"),
        ("", "a\x1b[2J\u202egnp.exe", "a_[2J_gnp.exe"),
        ("a\nb", "c\r.png", "a_b/c_.png"),
        ("", "é" * 300 + ".png", "é" * 98 + ".png"),
        ("", "x." + "y" * 300, "x." + "y" * 198),
        ("", "Shot at 9.41\u202fAM \u3000👩\u200d🚀.png", "Shot at 9.41\u202fAM \u3000👩\u200d🚀.png"),
        ("films", "ä film_00001_.png", "films/ä film_00001_.png"),
    ],
)
def test_a_server_hides_nothing_and_names_no_device(
    stub: Any, tmp_path: Path, subfolder: str, filename: str, kept: str
) -> None:
    stub.files["output", subfolder, filename] = b"content"
    with ComfyClient(stub.url) as client:
        (fetched,) = fetch_all(client, [OutputFile("1", filename, subfolder)], tmp_path / "out")
    assert fetched.path.relative_to(tmp_path / "out").as_posix() == kept
    assert fetched.path.read_bytes() == b"content"
