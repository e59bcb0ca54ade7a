"""Writes workflows/storyboards/storyboard.schema.json, the published schema of a storyboard file."""

from __future__ import annotations

import json
from pathlib import Path

from storyreel.studio.storyboard.parser import json_schema  # type: ignore[import-not-found]

SCHEMA = Path(__file__).resolve().parents[1] / "workflows" / "storyboards" / "storyboard.schema.json"


def text() -> str:
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA.parent.mkdir(parents=True, exist_ok=True)
    SCHEMA.write_text(text(), encoding="utf-8")
