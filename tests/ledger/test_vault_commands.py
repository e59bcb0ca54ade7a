"""`storyreel vault`, as a person and as a program meet it. Clips come from the emulators."""

from __future__ import annotations

from pathlib import Path

from storyreel.studio.ledger import open_ledger
from storyreel.studio.store.vault import Vault
from storyreel.tests.ledger.orders import Order, stored, storyreel


def test_vault_list_and_export(ordered: Order, tmp_path: Path) -> None:
    boat, bridge = stored(ordered, "A boat, at dawn!"), stored(ordered, "a bridge", film="Bridges")
    listed = storyreel("vault", "list", "--json").result
    assert [row["key"] for row in listed["clips"]] == [boat.key, bridge.key]
    assert listed["clips"][0]["cost"] == float(boat.charged) and listed["clips"][0]["there"] is True
    assert "2 clips, " in storyreel("vault", "list").out
    assert "a bridge" not in storyreel("vault", "list", "Boats").out
    said = storyreel("vault", "export", "Boats", "-o", str(tmp_path / "new" / "clips"), "--json")
    (path,) = (Path(name) for name in said.result["clips"])
    assert path.name == f"001-a-boat-at-dawn-{boat.key[:8]}-1.mp4"
    assert path.read_bytes() == Vault().path(boat.key).read_bytes()
    assert sorted(path.parent.iterdir()) == [path]
    Vault().path(boat.key).unlink()
    part = storyreel("vault", "export", "-o", str(tmp_path / "all"))
    assert part.code == 3 and "storyreel ledger check" in part.err
    assert [file.name[4:12] for file in (tmp_path / "all").iterdir()] == ["a-bridge"]
    (tmp_path / "file").write_text("")
    wrong = storyreel("vault", "export", "Bridges", "-o", str(tmp_path / "file"))
    assert wrong.code == 1 and "can't be written" in wrong.err


def test_prune_asks_and_keeps_what_it_cost(ordered: Order) -> None:
    boat, bridge = stored(ordered, "a boat"), stored(ordered, "a bridge", film="Bridges")
    refused = storyreel("vault", "prune", "Boats")
    assert refused.code == 2 and "it would delete 1 clip that cost $" in refused.err
    assert Vault().path(boat.key).is_file()
    said = storyreel("vault", "prune", "Boats", "--yes", "--json").result
    assert [row["key"] for row in said["pruned"]] == [boat.key] and said["bytes"] > 0
    assert not list(Vault().folder.rglob(f"{boat.key}*"))
    with open_ledger() as ledger:
        assert ledger.take(boat.key) is None
        assert ledger.cost(boat.key) == boat.charged
        assert ledger.take(bridge.key) is not None
    assert storyreel("ledger", "check").code == 0
    assert storyreel("vault", "prune", "--older-than", "1", "--yes", "--json").result["pruned"] == []
    assert Vault().path(bridge.key).is_file()


def test_prune_of_older_takes_and_of_what_downloads_left(ordered: Order) -> None:
    first, second = stored(ordered, "a boat"), stored(ordered, "a boat", take=2)
    other = ordered("a bridge")
    vault = Vault()
    vault.part(first.id).write_bytes(b"half")
    vault.part(other.id).write_bytes(b"half")
    said = storyreel("vault", "prune", "--json").result
    assert (said["pruned"], said["files"]) == ([], [str(vault.part(first.id))])
    assert vault.part(other.id).is_file(), "its download goes on there"
    said = storyreel("vault", "prune", "--retaken", "--yes", "--json").result
    assert [row["key"] for row in said["pruned"]] == [first.key]
    assert vault.path(second.key).is_file()


def test_a_clip_in_use_is_not_pruned(ordered: Order) -> None:
    one = stored(ordered)
    with open_ledger() as ledger:
        base, _, take = one.key.rpartition("-")
        assert ledger.claim(one.key, base=base, take=int(take), request={})
        said = storyreel("vault", "prune", "Boats", "--yes", "--json")
    assert said.code == 3 and "is in use by process" in said.result["warnings"][0]
    assert Vault().path(one.key).is_file()


def test_killed_between_ledger_and_disk_the_next_prune_ends_it(ordered: Order) -> None:
    one = stored(ordered)
    with open_ledger() as ledger:
        ledger.forget_take(one.key, "pruned")
    found = storyreel("ledger", "check", "--json").result["findings"]
    assert [(finding["kind"], finding["place"]) for finding in found] == [("stray", one.key)]
    assert storyreel("vault", "prune", one.key[:8], "--yes").code == 0
    assert storyreel("ledger", "check").code == 0
