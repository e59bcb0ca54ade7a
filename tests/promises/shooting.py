"""Shoots a storyboard, as `storyreel render` does before it makes the film; a script for processes that may be killed.

python shooting.py STORYBOARD CLIPS    ends with 0, or 3 if scenes are missing; prints why, one JSON line
"""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path

from storyreel.studio.errors import StoryreelError
from storyreel.studio.production.shoot import Spend, shoot
from storyreel.studio.storyboard.parser import read


def main(board: Path, clips: Path) -> int:
    try:
        made = shoot(read(board), board.parent, clips, spend=Spend(Decimal(1000), gaps=True))
    except StoryreelError as error:  # nothing at all was made
        print(json.dumps({"spent": 0, "missing": {"all": error.to_plain()}}))
        return 3
    missing = {scene.number + 1: scene.error.to_plain() for scene in made.missing}
    print(json.dumps({"spent": float(made.spent), "missing": missing}))
    return 3 if missing else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
