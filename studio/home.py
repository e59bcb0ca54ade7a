"""Where Storyreel keeps what outlives a run: config.toml, the ledger, the vault, the records of runs."""

from __future__ import annotations

import errno
import os
from pathlib import Path


def home() -> Path:
    """STORYREEL_HOME, else the platform's folder for a user's data. It need not exist."""
    named = os.environ.get("STORYREEL_HOME")
    if named:
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("storyreel", appauthor=False))


def own_folder(folder: Path) -> Path:
    """A folder, made with its parents where it isn't there. What is made in STORYREEL_HOME, and that itself, is for its
    owner alone, whatever the umask says; in Windows a user's folders are so by themselves. Raises OSError."""
    top, missing = home().absolute(), []
    for each in (folder.absolute(), *folder.absolute().parents):
        if each.exists():
            break
        missing.append(each)
    for each in reversed(missing):
        if each == top or top in each.parents:
            each.mkdir(mode=0o700, exist_ok=True)
        else:
            each.mkdir(exist_ok=True)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    return folder


def is_open_to_others(path: Path) -> bool:
    """Whether others on this machine may look into it."""
    return os.name == "posix" and bool(path.stat().st_mode & 0o077)
