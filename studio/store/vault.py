"""The vault: finished clips, pictures and sounds on disk, found by what was asked for. Served for ever at no cost.

    vault/3f/3f9c…-1.mp4      the clip of a request's first take; a picture is .png, .jpg or .webp, a sound .wav or .mp3
    vault/3f/3f9c…-1.json     what it is, so that the vault can be read without the ledger
    vault/parts/<attempt>     a clip on its way here
    vault/derived/<recipe>    what was made on this machine from a clip, by the hash of how: a frame, a match of colours

A clip comes in by one rename, after it was decoded to the end; a reader never sees a part of one.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..config import config
from ..errors import MediaError, OutputError
from ..home import home, own_folder

STILLS = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}
"""What pictures' names end with."""
SOUNDS = {"audio/wav": ".wav", "audio/mpeg": ".mp3"}
"""What sounds' names end with."""
ENDS: dict[str, tuple[str, ...]] = {
    "clip": (".mp4",),
    "picture": (*STILLS.values(),),
    "speech": (*SOUNDS.values(),),
    "music": (*SOUNDS.values(),),
}
"""What the name of what a shot makes may end with."""
_SHORTEST = 0.05
"""Seconds: what is heard for less is no sound."""
DERIVED = "derived"


@dataclass(frozen=True)
class Facts:
    """What a finished clip is, measured."""

    sha256: str
    bytes: int
    width: int
    """0 of a sound, as are its height, fps and frames."""
    height: int
    fps: float
    frames: int
    duration: float
    """Seconds of picture, or of a sound; 0 of a still."""
    audio: bool
    suffix: str = ".mp4"
    """What the file's name ends with."""


class Vault:
    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or config().vault.folder or home() / "vault"

    def identity(self) -> str:
        """What tells this vault from others, wherever it is moved. Raises OutputError."""
        path = self.folder / "vault.id"
        draft = path.with_name(f".{secrets.token_hex(8)}.id")
        try:
            if not path.exists():
                self.folder.mkdir(parents=True, exist_ok=True)
                draft.write_text(secrets.token_hex(16), encoding="ascii")
                try:
                    os.link(draft, path)
                except FileExistsError:
                    pass  # another process was quicker
                except OSError:  # a disk without links
                    draft.replace(path)
            return path.read_text(encoding="ascii").strip()
        except OSError as error:
            raise _unwritable(path, error) from None
        finally:
            draft.unlink(missing_ok=True)

    def path(self, key: str) -> Path:
        """Where the clip, picture or sound of a key is; where a clip would be, if there is none."""
        clip = self.folder / key[:2] / f"{key}.mp4"
        if not clip.exists():
            ends = (*STILLS.values(), *SOUNDS.values())
            return next((path for end in ends if (path := clip.with_suffix(end)).exists()), clip)
        return clip

    def derived(self, recipe: str, suffix: str, make: Callable[[Path], object]) -> Path:
        """What is made from a clip on this machine: made once, found by its recipe ever after. The recipe says all that
        it depends on; requests that use it are told apart by it, and not by its bytes (see request.digest).

        `make` writes it to the path that it is given. Raises OutputError, and what `make` raises.
        """
        path = self.folder / DERIVED / f"{hashlib.sha256(recipe.encode()).hexdigest()}{suffix}"
        if path.exists():
            return path
        part = path.with_name(f".{secrets.token_hex(4)}{suffix}")
        try:
            own_folder(path.parent)
            make(part)
            with part.open("rb") as file:
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            raise _unwritable(path, error) from None
        finally:
            part.unlink(missing_ok=True)
        return path

    def part(self, attempt: str) -> Path:
        """Where the clip of an attempt is gathered; what is there already was fetched before. Raises OutputError."""
        folder = self.folder / "parts"
        try:
            own_folder(folder)
        except OSError as error:
            raise _unwritable(folder, error) from None
        return folder / attempt

    def put(self, part: Path, key: str, facts: Facts, about: Mapping[str, Any]) -> Path:
        """Moves a gathered clip to its place. Raises OutputError; the part is still there then."""
        target = self.folder / key[:2] / f"{key}{facts.suffix}"
        try:
            own_folder(target.parent)
            with part.open("rb") as file:
                os.fsync(file.fileno())
            note = target.with_suffix(".json")
            draft = note.with_name(f".{note.name}.part")
            draft.write_text(
                json.dumps({**about, **asdict(facts)}, indent=1, ensure_ascii=False, default=str),
                encoding="utf-8",
            )
            draft.replace(note)
            part.chmod(0o444)  # it is handed out by links
            part.replace(target)
            _sync_folder(target.parent)
        except OSError as error:
            raise _unwritable(target, error) from None
        return target

    def get(self, key: str, sha256: str) -> Path | None:
        """The clip, its hash verified; None if it isn't here. Raises MediaError if it isn't what was stored."""
        path = self.path(key)
        if not path.is_file():
            return None
        if sha256_of(path) != sha256:
            raise MediaError(f"{path} is not the clip that was stored there any more")
        return path

    def note(self, key: str) -> dict[str, Any]:
        """What is noted beside a clip; empty if nothing is, or if it is damaged."""
        with contextlib.suppress(OSError, ValueError, RecursionError):
            noted = json.loads(self.path(key).with_suffix(".json").read_text(encoding="utf-8"))
            json.dumps(noted, ensure_ascii=False).encode()  # half a character is damage, too
            return noted if isinstance(noted, dict) else {}
        return {}

    def remove(self, key: str) -> None:
        """Takes a clip and its note out for good. Raises OutputError."""
        path = self.path(key)
        try:
            path.unlink(missing_ok=True)
            path.with_suffix(".json").unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(path, error) from None

    def set_aside(self, key: str) -> Path | None:
        """Takes a damaged clip out of the way; says where it is now."""
        path = self.path(key)
        aside = path.with_suffix(f".damaged{path.suffix}")
        try:
            path.replace(aside)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unwritable(path, error) from None
        return aside

    def entries(self) -> Iterator[tuple[str, Path, dict[str, Any]]]:
        """Every clip: its key, its file, and what is noted of it."""
        ends = (".mp4", *STILLS.values(), *SOUNDS.values())
        found = [path for end in ends for path in self.folder.glob(f"??/*{end}")]
        for path in sorted(found):
            if ".damaged" in path.name:
                continue
            yield path.stem, path, self.note(path.stem)


_decoding = threading.BoundedSemaphore(os.cpu_count() or 1)
"""A decoder keeps a processor busy: more of them at once would be no quicker, and need memory for each."""


def measure(path: Path) -> Facts:
    """Decodes a clip, a picture or a sound to its end: only that shows that it is whole. Raises MediaError."""
    with _decoding:
        kind = _kind(path)
        if kind in SOUNDS:
            return _measured_sound(path, SOUNDS[kind])
        return _measured_still(path, STILLS[kind]) if kind in STILLS else _measured(path)


def _kind(path: Path) -> str:
    from ..media.filetype import kind_of

    try:
        with path.open("rb") as file:
            return kind_of(file.read(64))
    except OSError as error:
        raise MediaError(f"{path} can't be read: {error.strerror}") from None


def _measured_still(path: Path, suffix: str) -> Facts:
    from ..media.image import read

    pixels = read(path)
    height, width = pixels.shape[:2]
    size = path.stat().st_size
    return Facts(sha256_of(path), size, width, height, 0.0, 1, 0.0, False, suffix)


def _measured_sound(path: Path, suffix: str) -> Facts:
    from ..media.probe import opened, sound_of
    from ..media.wav import missing

    data = path.read_bytes()
    seconds, packets = 0.0, 0
    with opened(path) as container:
        stream = sound_of(container)
        if stream is None:
            raise MediaError(f"{path.name} holds no sound")
        for packet in container.demux(stream):
            packets += bool(packet.size)
            for frame in packet.decode():
                seconds += frame.samples / frame.sample_rate
    if seconds < _SHORTEST:
        raise MediaError(f"{path.name} holds no sound")
    if missing(data) if suffix == ".wav" else packets < _promised(data):
        raise MediaError(f"{path.name} is cut short: it ends after {seconds:.2f} s")
    return Facts(sha256_of(path), len(data), 0, 0, 0.0, 0, seconds, True, suffix)


def _promised(data: bytes) -> int:
    """How many frames an MP3 says that it has; 0 where it says nothing."""
    place = next((place for word in (b"Xing", b"Info") if (place := data.find(word, 0, 8192)) > 0), 0)
    if not place or not data[place + 7] & 1:
        return 0
    return int.from_bytes(data[place + 8 : place + 12], "big")


def _measured(path: Path) -> Facts:
    from ..media.probe import opened, picture_of, probe, sound_of

    info = probe(path)
    with opened(path) as container:
        picture = picture_of(container)
        assert picture is not None  # probe has decoded its first frame
        picture.thread_type = "AUTO"
        frames = 0
        for frame in container.decode(picture):
            if frame.is_corrupt:
                raise MediaError(f"{path.name} is damaged at {frame.time or 0:.2f} s")
            frames += 1
    if info.has_audio:
        with opened(path) as container:
            stream = sound_of(container)
            for _ in container.decode(stream):
                pass
    if info.frames is not None and frames < info.frames:
        raise MediaError(f"{path.name} ends after {frames} of {info.frames} frames")
    return Facts(
        sha256=sha256_of(path),
        bytes=path.stat().st_size,
        width=info.width,
        height=info.height,
        fps=float(info.fps),
        frames=frames,
        duration=float(info.duration),
        audio=info.has_audio,
    )


def lay(source: Path, target: Path) -> None:
    """The same file at another place: linked where the disk can, else copied. Raises OutputError."""
    part = target.with_name(f".{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        try:
            os.link(source, part)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.ENOENT):
                raise
            shutil.copyfile(source, part)
        part.replace(target)
        part.unlink(missing_ok=True)  # replacing a link to the same file by another leaves both
    except OSError as error:
        raise _unwritable(target, error) from None


def sha256_of(path: Path) -> str:
    """Raises MediaError for a file that can't be read."""
    try:
        with path.open("rb") as file:
            state = hashlib.sha256()
            for block in iter(lambda: file.read(1 << 20), b""):
                state.update(block)
    except OSError as error:
        raise MediaError(f"{path} can't be read: {error.strerror}") from None
    return state.hexdigest()


def _sync_folder(folder: Path) -> None:
    """Makes a rename last through a power cut, where the system lets a folder be opened."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _unwritable(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{path} can't be written: {error.strerror or error}",
        "make room or choose another folder for the vault",
    )
