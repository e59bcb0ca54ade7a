"""One operation belongs to one attempt."""

from __future__ import annotations

from decimal import Decimal

import pytest
from storyreel.studio.ledger import Attempt, Ledger, SameOperation


def begun(ledger: Ledger, letter: str) -> Attempt:
    claim = ledger.claim(f"{letter * 32}-1", base=letter * 32, take=1, request={"prompt": letter})
    assert claim is not None
    attempt = ledger.begin(
        claim, provider="runway", model="gen4.5", base_url="https://x", estimate=Decimal("0.48")
    )
    assert isinstance(attempt, Attempt)
    return attempt


def test_an_id_that_is_told_twice(ledger: Ledger) -> None:
    first, second = begun(ledger, "a"), begun(ledger, "b")
    ledger.accepted(first, "job-1")
    with pytest.raises(SameOperation, match=rf"runway answered with operation job-1.*{first.id[:8]}"):
        ledger.accepted(second, "job-1")
    assert ledger.attempt(second.id).state.value == "sending", "nothing is changed by it"
    ledger.unknown(second, "told another's id")
    with pytest.raises(SameOperation):
        ledger.adopt(second.id, "job-1")
    assert ledger.adopt(second.id, "job-2").operation == "job-2"
    assert ledger.accepted(first, "job-1").operation == "job-1", "the same again changes nothing"
