"""A lost ledger beside a whole vault: what was paid for is taken over, and nothing is bought again."""

from __future__ import annotations

import json
import shutil
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest
from storyreel.studio.errors import StoryreelError
from storyreel.studio.ledger import Day, Run
from storyreel.studio.production.shoot import Spend
from storyreel.studio.store.vault import Vault
from storyreel.tests.ledger.orders import storyreel
from storyreel.tests.purchase.conftest import GEN, VEO, Set

RELEASES = Path(__file__).parent.parent / "promises" / "releases"


def lose(studio: Set) -> None:
    for path in studio.home.glob("ledger.db*"):
        path.unlink()


def clip_of(studio: Set) -> Path:
    (path,) = studio.home.glob("vault/??/*.mp4")
    return path


def spoil(path: Path, *, length: int = -1) -> None:
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:length])


def test_a_lost_ledger_buys_nothing_again(studio: Set) -> None:
    first = studio.shoot(GEN, VEO, title="Boats")
    with studio.ledger() as ledger:
        before = {one.key: one for one in ledger.list()}
    lose(studio)
    again = studio.shoot(GEN, VEO, title="Boats", spend=Spend(limit=Decimal("0.01")))
    assert len(studio.jobs()) == 2, "no job was sent again"
    assert [one.about["reused"] for one in again.timeline.clips] == [True, True]
    assert any("adopted" in note for note in again.timeline.clips[0].about["notes"])
    with studio.ledger() as ledger:
        after = {one.key: one for one in ledger.list()}
        assert {key: one.charged for key, one in after.items()} == {
            key: b.charged for key, b in before.items()
        }
        for key, one in after.items():
            old = before[key]
            assert (one.id, one.operation, one.begun_at, one.film) == (
                old.id,
                old.operation,
                old.begun_at,
                old.film,
            )
            assert ledger.cost(key) == old.charged
            intent = ledger.intent(key)
            assert intent is not None and intent.request["mode"] == "text"
        assert ledger.spent(Run(first.timeline.clips[0].about["attempt"])).charged == 0
    assert storyreel("ledger", "check").code == 0


def test_an_old_backup_of_the_ledger_is_brought_up_to_the_vault(studio: Set) -> None:
    studio.shoot(GEN)
    shutil.copy(studio.home / "ledger.db", studio.home / "backup")
    studio.shoot(GEN, GEN | {"prompt": "newer"})
    lose(studio)
    (studio.home / "backup").rename(studio.home / "ledger.db")
    studio.shoot(GEN, GEN | {"prompt": "newer"})
    assert len(studio.jobs()) == 2
    assert storyreel("ledger", "check").code == 0


def test_a_backup_from_the_middle_of_a_purchase_is_settled_from_the_vault(studio: Set) -> None:
    studio.shoot(GEN)
    with sqlite3.connect(studio.home / "ledger.db") as connection:
        connection.execute("DELETE FROM takes")
        connection.execute("UPDATE attempts SET state='unknown', operation=NULL, reserved=charged, charged=0")
        connection.execute("DROP TRIGGER IF EXISTS charges_no_delete")
    studio.shoot(GEN)
    assert len(studio.jobs()) == 1 and studio.states() == [("runway", "stored")]


def test_the_newest_take_is_the_one_that_comes_back(studio: Set) -> None:
    studio.shoot(GEN)
    taken = studio.shoot(GEN | {"take": 2}).timeline.clips[0].about["key"]
    lose(studio)
    assert studio.shoot(GEN).timeline.clips[0].about["key"] == taken
    assert len(studio.jobs()) == 2


def test_a_damaged_clip_is_not_adopted_and_not_bought_by_itself(studio: Set) -> None:
    studio.shoot(GEN)
    spoil(clip_of(studio))
    lose(studio)
    for _ in range(2):
        with pytest.raises(Exception, match="was paid for and is damaged"):
            studio.shoot(GEN)
    assert len(studio.jobs()) == 1
    beside = studio.shoot(GEN, GEN | {"prompt": "whole"}, spend=Spend(limit=Decimal(9), gaps=True))
    assert [scene.number for scene in beside.missing] == [0] and len(studio.jobs()) == 2
    said = storyreel("ledger", "adopt", "--yes", "--json")
    assert said.code == 3 and "damaged" in said.result["warnings"][0] and said.result["adopted"] == []
    studio.shoot(GEN, spend=Spend(limit=Decimal(9), retakes={0: "again"}))
    assert len(studio.jobs()) == 3, "asked for anew, it is bought"


def test_a_clip_whose_record_is_gone_is_not_bought_over(studio: Set) -> None:
    studio.shoot(GEN)
    clip_of(studio).with_suffix(".json").unlink()
    lose(studio)
    with pytest.raises(Exception, match="may be this very clip"):
        studio.shoot(GEN)
    assert len(studio.jobs()) == 1
    finding = storyreel("ledger", "check", "--json").result["findings"][0]
    assert finding["kind"] == "stray" and "prune" not in finding["cure"]


def test_the_command_shows_asks_and_adopts(studio: Set) -> None:
    studio.shoot(GEN)
    cost = json.loads(clip_of(studio).with_suffix(".json").read_text())["charge"]
    lose(studio)
    found = storyreel("ledger", "check", "--json").result["findings"][0]
    assert f"paid ${cost}" in found["message"] and "storyreel ledger adopt" in found["cure"]
    assert "prune" not in found["cure"]
    refused = storyreel("vault", "prune", found["place"][:8], "--yes")
    assert refused.code == 2 and "was paid for" in refused.err and clip_of(studio).is_file()
    asked = storyreel("ledger", "adopt")
    assert asked.code == 2 and "agree with --yes" in asked.err
    said = storyreel("ledger", "adopt", "--yes", "--json")
    assert said.code == 0 and [one["cost"] for one in said.result["adopted"]] == [float(cost)]
    assert said.result["adopted"][0]["unknown"] == []
    assert storyreel("ledger", "check").code == 0
    assert storyreel("ledger", "adopt", "--json").result["adopted"] == []


def test_what_was_bought_on_another_day_is_not_today_s(studio: Set) -> None:
    studio.shoot(GEN)
    path = clip_of(studio).with_suffix(".json")
    note = json.loads(path.read_text())
    path.write_text(json.dumps(note | {"bought_at": note["bought_at"] - 40 * 86400}))
    lose(studio)
    studio.configure("[budgets]\nday = 0.01\n")
    studio.shoot(GEN)
    with studio.ledger() as ledger:
        assert ledger.spent(Day()).charged == 0


def test_a_dry_run_knows_that_it_is_paid(studio: Set) -> None:
    from storyreel.studio.planning.estimate import quote
    from storyreel.studio.storyboard.parser import from_plain

    studio.shoot(GEN)
    lose(studio)
    board = {"quality": "draft", "fps": 2, "transition": "none", "scenes": [{"prompt": "scene 1", **GEN}]}
    assert quote(from_plain(board), studio.folder).cost == 0
    assert not (studio.home / "ledger.db").exists(), "to look is no reason to make it"


@pytest.mark.parametrize("release", ["0.2.0", "0.3.0", "0.4.0"])
def test_vaults_of_every_release_are_adopted(studio: Set, release: str) -> None:
    shutil.copytree(RELEASES / release / "vault", studio.home / "vault")
    count = len(list(Vault().entries()))
    told = storyreel("ledger", "adopt", "--yes", "--json")
    assert told.code == 0, f"{told.out}{told.err}"
    said = told.result
    assert len(said["adopted"]) == count > 0 and not said["warnings"]
    assert said["adopted"][0]["unknown"] == ["when it was bought", "for which film", "all that was asked"]
    for command in (("ledger", "check"), ("ledger", "list"), ("vault", "list"), ("ledger", "explain-cost")):
        assert storyreel(*command).code == 0, command
    story = json.loads((RELEASES / release / "story.json").read_text())
    assert sum(one["cost"] for one in said["adopted"]) >= float(story["cost"]) - 0.005


DAMAGED = {
    "null": "null",
    "a list": "[]",
    "deeper than any record": "[" * 100_000,
    "half a character": r'{"charge": "0.60", "film": "\ud800"}',
    "no sum": {"charge": "NaN"},
    "a sum that nobody has": {"charge": "1e999999999"},
    "no price at all": {"charge": None},
    "nobody who made it": {"provider": 7},
    "no sum of its bytes": {"sha256": None},
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_clip_whose_record_is_damaged_is_neither_bought_again_nor_passed_over(
    studio: Set, damage: str
) -> None:
    studio.shoot(GEN)
    lose(studio)
    record = clip_of(studio).with_suffix(".json")
    said = DAMAGED[damage]
    text = json.dumps(json.loads(record.read_text()) | said) if isinstance(said, dict) else said
    record.chmod(0o644)
    record.write_text(text, encoding="utf-8")
    checked, adopted = storyreel("ledger", "check"), storyreel("ledger", "adopt", "--yes")
    assert checked.code == 1 and "says too little" in checked.out + checked.err
    assert adopted.code == 3 and record.name in adopted.out + adopted.err
    with pytest.raises(StoryreelError, match="isn't bought again"):
        studio.shoot(GEN)
    assert len(studio.jobs()) == 1


def test_a_record_from_the_end_of_time_is_of_the_day_its_file_was_written(studio: Set) -> None:
    studio.shoot(GEN)
    lose(studio)
    record = clip_of(studio).with_suffix(".json")
    said = {"bought_at": 1e300, "operation": {}, "notes": 7, "losses": [{}], "source_seconds": "x"}
    record.chmod(0o644)
    record.write_text(json.dumps(json.loads(record.read_text()) | said), encoding="utf-8")
    assert storyreel("ledger", "adopt", "--yes").code == 0
    assert storyreel("ledger", "list").code == 0
    studio.shoot(GEN)
    assert len(studio.jobs()) == 1
