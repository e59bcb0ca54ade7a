"""Writes down a paid run of this release for all later ones: its ledger as SQL, its clips, and its storyboard.

    python tests/promises/releases/make.py 0.3.0        once per release, before it is published

Never change what is there: later releases are held to it.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from storyreel.emulators import Emulator
from storyreel.studio.production.shoot import Spend, shoot
from storyreel.studio.storyboard.parser import from_plain

SCENES = (
    {"prompt": "words alone", "provider": "vertex", "model": "veo-3.1-fast", "duration": 4},
    {"prompt": "silent", "provider": "google", "resolution": "360p", "duration": 3, "audio": False},
    {"prompt": "said in full", "provider": "runway", "duration": 2, "camera": "pan left", "style": "oil"},
    {"prompt": "a second take", "provider": "runway", "model": "gen4.5", "duration": 2, "take": 2},
    {
        "prompt": "from a drawn frame",
        "provider": "vertex",
        "model": "veo-3.1-fast",
        "duration": 4,
        "first_frame_description": "A cat on a box",
        "keyframes": "google/gemini-2.5-flash-image",
    },
    {
        "prompt": "on from there to another",
        "provider": "vertex",
        "model": "veo-3.1-fast",
        "duration": 4,
        "continue": True,
        "last_frame_description": "The cat in the box",
        "keyframes": "vertex/gemini-2.5-flash-image",
    },
    {"prompt": "in parts", "provider": "kling", "duration": 20, "chain": True},
)
"""Of the latest release; each adds what is new in it."""
STORY = {"quality": "draft", "fps": 2, "seed": 3, "transition": "none", "scenes": SCENES}


def main(version: str) -> None:
    folder = Path(__file__).parent / version
    folder.mkdir()
    with tempfile.TemporaryDirectory() as name, Emulator(work=0.02) as emulator:
        home = Path(name)
        os.environ |= {**emulator.environment, "STORYREEL_HOME": name}
        made = shoot(from_plain(dict(STORY)), home, home / "clips", spend=Spend(Decimal(10), film="a film"))
        story = STORY | {"cost": str(made.cost)}
        (folder / "story.json").write_text(json.dumps(story, indent=1) + "\n", encoding="utf-8")
        with closing(sqlite3.connect(home / "ledger.db")) as connection:
            (folder / "ledger.sql").write_text("\n".join(connection.iterdump()) + "\n", encoding="utf-8")
        shutil.copytree(home / "vault", folder / "vault", ignore=shutil.ignore_patterns("parts", "derived"))


if __name__ == "__main__":
    main(sys.argv[1])
