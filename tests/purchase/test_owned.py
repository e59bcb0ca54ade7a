"""What was bought is served for ever after: without a key, without a door, whatever `auto` would choose today."""

from __future__ import annotations

import pytest
from storyreel.studio.errors import BadInput
from storyreel.studio.planning.validate import check
from storyreel.studio.production.shoot import Spend
from storyreel.studio.storyboard.parser import from_plain

from .conftest import GEN, VEO, Set

KEYS = (
    "RUNWAYML_API_SECRET",
    "RUNWAY_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "GOOGLE_CLOUD_PROJECT",
    "GOOGLE_APPLICATION_CREDENTIALS",
)


@pytest.fixture
def without_keys(studio: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two clips are bought, and then there are no keys any more."""
    studio.shoot(GEN, VEO, {"provider": "auto", "duration": 4})
    for name in KEYS:
        monkeypatch.delenv(name)


@pytest.mark.usefixtures("without_keys")
def test_it_needs_no_key(studio: Set) -> None:
    again = studio.shoot(GEN, VEO, {"provider": "auto", "duration": 4}, spend=Spend())
    assert [take.details["reused"] for take in again.takes] == [True, True, True]
    assert again.spent == 0 and len(studio.jobs()) == 3
    assert [take.details["provider"] for take in again.takes] == ["runway", "vertex", "vertex"]
    assert not again.warnings, "an animatic in place of what was bought would be one"


@pytest.mark.usefixtures("without_keys")
def test_what_was_not_bought_needs_one(studio: Set) -> None:
    scenes = [{"prompt": "scene 1", **GEN}, {"prompt": "another", **GEN}, {"prompt": "scene 2", **VEO}]
    board = from_plain({"quality": "draft", "fps": 2, "scenes": scenes})
    (fault,) = check(board, studio.folder)
    assert fault.place == "scenes[1].provider" and "runway has no key" in fault.message
    with pytest.raises(BadInput, match="runway has no key"):
        studio.shoot(*scenes, spend=Spend())
