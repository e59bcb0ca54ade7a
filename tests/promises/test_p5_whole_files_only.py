"""P5 Whole files only: no reader ever sees a partial clip in the vault; a full disk, a failing disk and a kill leave
the old state or the new one."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from storyreel.emulators import Emulator
from storyreel.studio.errors import MediaError
from storyreel.studio.ledger.room import SIZE
from storyreel.studio.store.vault import measure

from .commands import frames_in, storyreel
from .killing import Story, charged_twice, finish, incomplete
from .warm import Starter

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits and kills of a POSIX system")

RUNWAY = {"provider": "runway", "model": "gen4.5", "resolution": "720p", "duration": 2}


@contextmanager
def watched(vault: Path) -> Iterator[list[str]]:
    """A reader that opens every clip that it finds in the vault, again and again: what it found wrong."""
    wrong: list[str] = []
    over = threading.Event()

    def look() -> None:
        known: dict[Path, int] = {}
        while not over.is_set():
            for path in vault.glob("??/*.mp4"):
                try:
                    size = path.stat().st_size
                    if known.get(path) != size:
                        measure(path)
                        known[path] = size
                except FileNotFoundError:
                    continue
                except MediaError as error:
                    wrong.append(f"{path.name}: {error}")
            over.wait(0.002)

    reader = threading.Thread(target=look)
    reader.start()
    try:
        yield wrong
    finally:
        over.set()
        reader.join()


def whole(story: Story) -> None:
    """Every clip in the vault is one, and beside it lies what it is."""
    vault = story.folder / "home" / "vault"
    for path in vault.glob("??/*"):
        if path.suffix == ".mp4":
            assert measure(path).frames > 0 and path.with_suffix(".json").is_file()
        else:
            assert path.suffix == ".json" and not path.name.endswith(".part"), path


def test_a_reader_sees_whole_clips_only(tmp_path: Path, starter: Starter) -> None:
    """Links that break off, spoiled bytes and pages in place of clips, while somebody reads what appears."""
    with Emulator(work=0.02) as emulator:
        story = Story(tmp_path, "p5", emulator, "", starter, (RUNWAY,) * 6)
        emulator.misbehave(
            {"what": "truncated", "at": "download", "nth": [1, 4, 7]},
            {"what": "spoiled", "at": "download", "nth": [2, 5]},
            {"what": "error_page", "at": "download", "nth": [3, 6]},
        )
        with watched(tmp_path / "home" / "vault") as wrong:
            assert story.render().code == 0, story.died()
        assert not wrong
        whole(story)
        assert len(list((tmp_path / "home" / "vault").glob("??/*.mp4"))) == 6


def limited(size: int) -> Callable[[], None]:
    """No file of the child grows beyond so many bytes: as on a disk that is full in the middle of a write."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 1000, 8000, 20_000, 120_000])
def test_a_disk_that_is_full_at_some_byte(tmp_path: Path, starter: Starter, size: int) -> None:
    """Whatever can't be written, from the ledger to the film: a sentence, no traceback, no half clip, no second charge;
    with room the same command ends with the film."""
    with Emulator(work=0.02) as emulator:
        story = Story(tmp_path, "p5", emulator, "", starter, (RUNWAY, RUNWAY))
        assert story.command(["ledger", "list"]).code == 0  # the ledger is there already, and fits
        room = tmp_path / "home" / "ledger.db-room"
        room.write_bytes(bytes(SIZE))  # and so is what is kept for answers: else nothing is sent
        words = ["render", story.path, "-o", story.film, "--json", "--allow-spend"]
        with watched(tmp_path / "home" / "vault") as wrong:
            run = storyreel(*words, env=story.env, preexec_fn=limited(size))
        assert run.code in (0, 1), run.text
        assert not wrong and "Traceback" not in run.err
        assert run.code == 0 or not story.film.exists()
        whole(story)
        finish(story)
        whole(story)
        assert {scene: len(jobs) for scene, jobs in story.jobs().items()} == {"scene 1": 1, "scene 2": 1}
        assert frames_in(story.film) == 8


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of two megabytes. Skips where nobody may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("may not mount a file system here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_file_system(tmp_path: Path, starter: Starter, small_disk: Path) -> None:
    """The vault on a disk without room, filled to some hundred bytes before each try; then room is made."""
    with Emulator(work=0.02) as emulator:
        story = Story(tmp_path, "p5", emulator, "", starter, (RUNWAY,))
        config = tmp_path / "home" / "config.toml"
        vault = small_disk / "vault"
        with config.open("a", encoding="utf-8") as file:
            file.write(f'[vault]\nfolder = "{vault}"\n')
        filler = small_disk / "filler"
        for left in (0, 4096):
            space = os.statvfs(small_disk)
            taken = filler.stat().st_size if filler.exists() else 0
            with filler.open("wb") as file:
                file.write(bytes(max(0, taken + space.f_bavail * space.f_bsize - left)))
            run = story.render()
            assert run.code == 1 and "make room" in run.out, run.text
            assert not list(vault.glob("??/*.mp4"))
        filler.unlink()
        assert story.render().code == 0, story.died()
        assert len(story.jobs()["scene 1"]) == 1
        [clip] = vault.glob("??/*.mp4")
        assert measure(clip).frames == 49  # of two seconds, as Runway makes them


def test_a_disk_that_fails(tmp_path: Path, starter: Starter) -> None:
    """A vault that is no folder any more: said, and the paid clip is fetched when it is one again."""
    with Emulator(work=0.02) as emulator:
        story = Story(tmp_path, "p5", emulator, "", starter, (RUNWAY,))
        vault = tmp_path / "home" / "vault"
        vault.write_text("a file where the vault should be")
        run = story.render()
        assert run.code == 1 and str(vault) in run.out and "Traceback" not in run.err, run.text
        vault.unlink()
        assert story.render().code == 0, story.died()
        assert len(story.jobs()["scene 1"]) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "point",
    [
        "before replace: *-1.json #1",
        "after replace: *-1.json #2",
        "before replace: *-1.mp4 #1",
        "after replace: *-1.mp4 #2",
        "before link: .scene_*.mp4.part #1",
        "after replace: film.mp4 #1",
    ],
)
def test_killed_at_a_rename(tmp_path: Path, starter: Starter, point: str) -> None:
    """P1 and P2 judge every one of these points; here somebody reads the vault meanwhile."""
    with Emulator(work=0.02) as emulator:
        story = Story(tmp_path, "p5", emulator, "", starter, (RUNWAY, RUNWAY))
        with watched(tmp_path / "home" / "vault") as wrong:
            assert story.render("points", point).code in (-9, 0)
            whole_or_nothing(story)
            finish(story)
        assert not wrong
        whole(story)
        assert not charged_twice(story) and not incomplete(story)


def whole_or_nothing(story: Story) -> None:
    for path in (story.folder / "home" / "vault").glob("??/*.mp4"):
        assert measure(path).frames > 0
    assert not story.film.exists() or frames_in(story.film) == 8
