"""What config.toml may not hold, and what a person reads of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from storyreel.studio.config import config
from storyreel.studio.errors import BadInput
from storyreel.studio.home import home


def written(content: bytes) -> Path:
    path = home() / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o600)
    return path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a = " + "[" * 3000, "without end (close each bracket)"),
        ("a = " + "{b = " * 3000, "without end (close each bracket)"),
        (
            "[budgets]\nday = " + "1" * 5000,
            "line 2, column 7: a number of more than 300 digits; write a shorter",
        ),
        ("[budgets]\nday = " + "1" * 400, "budgets.day: "),
        ('[budgets]\nday = "1e5000000"', "budgets.day: "),
        ("[budgets]\nday = inf", "budgets.day: "),
        ("[budgets]\ndya = 1", "budgets.dya: "),
        ("[retries]\nwaits = [1, nan]", "retries.waits.1: "),
        ("[breaker]\nseconds = inf", "breaker.seconds: "),
        ("[doors", "at end of document"),
        ("a = 1\nb = ?", "line 2, column 5"),
    ],
)
def test_a_fault_has_its_place_and_its_cure(content: str, words: str) -> None:
    written(content.encode())
    with pytest.raises(BadInput) as raised:
        config()
    found = raised.value
    assert words in str(found), str(found)[:500]
    assert found.hint or all(fault.cure for fault in found.faults)
    assert len(str(found)) < 1000


def test_text_in_another_encoding_is_told_by_its_byte() -> None:
    written(b"a = 1\n# caf\xe9")
    with pytest.raises(BadInput, match=r"byte 12\).*UTF-8"):
        config()


def test_an_editor_may_put_its_mark_before_the_text() -> None:
    written(b"\xef\xbb\xbf[budgets]\nday = 2\n")
    assert config().budgets.day == 2
