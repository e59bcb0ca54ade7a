"""A storyboard whose narration can't be burned in is refused before anybody says it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from storyreel.studio.planning.validate import check
from storyreel.studio.storyboard import parser


@pytest.mark.parametrize("captions", ["box", {"style": "word", "platform": "TikTok"}])
def test_letters_that_the_font_lacks(tmp_path: Path, captions: Any) -> None:
    def faults(captions: Any) -> list[str]:
        scenes = [
            {"prompt": "A card", "duration": 1, "narration": text} for text in ("Plain words", "日本 & Ωδή")
        ]
        board = parser.from_plain({"quality": "draft", "captions": captions, "scenes": scenes})
        return [str(fault) for fault in check(board, tmp_path) if fault.place == "captions"]

    cure = 'give the storyboard a "font" that has them'
    assert faults(captions) == [f"captions: the captions' font has no 日 本; {cure}"]
    assert faults(True) == faults(False) == [], "a player has fonts of its own"
