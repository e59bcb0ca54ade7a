"""`storyreel consent`: what canvases of this machine may spend."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import Any

import pytest
from storyreel.studio.errors import BadInput
from storyreel.studio.home import home
from storyreel.studio.ledger.canvas_consent import FILE, allowed, amount, grant, revoke


def test_an_answer_is_kept_for_this_user_alone_and_can_be_taken_back() -> None:
    assert allowed() is None
    grant(Decimal("2.50"))
    assert allowed() == Decimal("2.50")
    assert os.name != "posix" or (home() / FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in home().iterdir() if "consent" in path.name] == [FILE]
    revoke()
    revoke()
    assert allowed() is None


@pytest.mark.parametrize(
    "value", [0, -1, "", "much", None, True, [5], float("nan"), float("inf"), "1e99", 100_001]
)
def test_what_is_no_sum_is_refused(value: Any) -> None:
    with pytest.raises(BadInput, match="no sum of dollars"):
        amount(value)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"day": "much"}', '{"day": -5}'])
def test_an_answer_that_cant_be_read_allows_nothing(text: str) -> None:
    grant(Decimal(5))
    (home() / FILE).write_text(text)
    with pytest.raises(BadInput):
        allowed()


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_an_answer_that_others_can_write_allows_nothing() -> None:
    grant(Decimal(5))
    (home() / FILE).chmod(0o666)
    with pytest.raises(BadInput, match="chmod 600"):
        allowed()
