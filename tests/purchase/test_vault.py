"""The vault by itself: whole clips in, the same clips out, and what is said where that can't be."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from storyreel.emulators import clips
from storyreel.studio.errors import MediaError, OutputError
from storyreel.studio.store.vault import Vault, lay, measure

KEY = "0123456789abcdef0123456789abcdef-1"


@pytest.fixture(scope="module")
def clip() -> bytes:
    return clips.plain(320, 180, 24, True, 5)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault")


def put(vault: Vault, data: bytes, key: str = KEY, **about: object) -> Path:
    part = vault.part("attempt")
    part.write_bytes(data)
    return vault.put(part, key, measure(part), about)


def test_in_and_out(vault: Vault, clip: bytes) -> None:
    path = put(vault, clip, prompt="a hill")
    assert path == vault.path(KEY) and path.read_bytes() == clip and not vault.part("attempt").exists()
    note = vault.note(KEY)
    assert note["prompt"] == "a hill" and note["frames"] == 24 and note["audio"] is True
    assert vault.get(KEY, note["sha256"]) == path
    assert [(key, entry) for key, entry, _ in vault.entries()] == [(KEY, path)]
    assert not os.access(path, os.W_OK) or os.geteuid() == 0


def test_nothing_there(vault: Vault) -> None:
    assert vault.get(KEY, "0" * 64) is None and vault.note(KEY) == {} and list(vault.entries()) == []
    assert vault.set_aside(KEY) is None


@pytest.mark.parametrize("keep", [0, 100, 0.5, 0.99])
def test_a_clip_that_was_cut_off_isn_t_one(tmp_path: Path, clip: bytes, keep: float) -> None:
    path = tmp_path / "cut.mp4"
    path.write_bytes(clip[: int(keep if keep > 1 else keep * len(clip))])
    with pytest.raises(MediaError):
        measure(path)


def test_spoiled_bytes_in_the_middle(tmp_path: Path) -> None:
    from storyreel.emulators.context import damaged

    path = tmp_path / "spoiled.mp4"
    path.write_bytes(damaged(clips.plain(320, 180, 48, False, 7)))
    with pytest.raises(MediaError):
        measure(path)


def test_what_a_clip_is(tmp_path: Path, clip: bytes) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(clip)
    facts = measure(path)
    assert (facts.width, facts.height, facts.frames, facts.fps) == (320, 180, 24, 24.0)
    assert facts.duration == pytest.approx(1.0) and facts.audio and facts.bytes == len(clip)


def test_one_that_was_changed_is_found_out_and_set_aside(vault: Vault, clip: bytes) -> None:
    path = put(vault, clip)
    sha256 = vault.note(KEY)["sha256"]
    path.chmod(0o644)
    path.write_bytes(clip[:-1] + b"!")
    with pytest.raises(MediaError, match="not the clip that was stored"):
        vault.get(KEY, sha256)
    aside = vault.set_aside(KEY)
    assert aside is not None and aside.is_file() and vault.get(KEY, sha256) is None
    assert list(vault.entries()) == []


def test_a_clip_replaces_another_whole(vault: Vault, clip: bytes) -> None:
    """Somebody who has the old one open reads it to its end."""
    path = put(vault, clip)
    with path.open("rb") as reader:
        reader.read(10)
        put(vault, clips.plain(320, 180, 12, False, 9))
        assert reader.read() == clip[10:]
    assert vault.note(KEY)["frames"] == 12 and measure(path).frames == 12


def test_a_note_that_can_t_be_read_is_none(vault: Vault, clip: bytes) -> None:
    put(vault, clip)
    vault.path(KEY).with_suffix(".json").write_text("{")
    assert vault.note(KEY) == {}
    assert [note for _, _, note in vault.entries()] == [{}]


def test_laid_at_another_place(vault: Vault, clip: bytes, tmp_path: Path) -> None:
    path = put(vault, clip)
    target = tmp_path / "scene.mp4"
    target.write_bytes(b"an older one")
    lay(path, target)
    lay(path, target)
    assert target.read_bytes() == clip and path.read_bytes() == clip
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["scene.mp4"]
    with pytest.raises(OutputError, match="make room or choose another folder"):
        lay(path, tmp_path / "no" / "folder.mp4")


def test_a_folder_that_can_t_be_made(tmp_path: Path, clip: bytes) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="file"):
        Vault(tmp_path / "file" / "vault").part("attempt")
    part = tmp_path / "part"
    part.write_bytes(clip)
    with pytest.raises(OutputError):
        Vault(tmp_path / "file" / "vault").put(part, KEY, measure(part), {})
    assert part.read_bytes() == clip, "what was paid for is still there"


def test_many_measure_at_once(tmp_path: Path, clip: bytes) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(clip)
    found = []
    threads = [threading.Thread(target=lambda: found.append(measure(path))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 16 and len(set(found)) == 1
