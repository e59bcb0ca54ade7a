"""How much a voice says at once."""

from __future__ import annotations

import pytest
from storyreel.studio.errors import BadInput
from storyreel.studio.voices import LONGEST, Line, check


@pytest.mark.parametrize("length", [LONGEST + 1, 1_000_000])
def test_a_text_of_hours_is_refused_before_anything_is_said(length: int) -> None:
    with pytest.raises(BadInput, match="at most 50000") as refused:
        check(Line("x" * length))
    assert "pieces" in refused.value.hint


def test_a_text_as_long_as_that_is_said() -> None:
    assert check(Line(("so it is, " * LONGEST)[:LONGEST])).voice.name


def test_a_language_without_end_is_none() -> None:
    with pytest.raises(BadInput, match="no language"):
        check(Line("so it is", language="-->" * 300_000))
