"""Where Storyreel keeps what outlives a run: config.toml, the ledger, the vault, the records of runs."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """STORYREEL_HOME, else the platform's folder for a user's data. It need not exist."""
    named = os.environ.get("STORYREEL_HOME")
    if named:
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("storyreel", appauthor=False))
