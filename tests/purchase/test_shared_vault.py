"""Machines that share a ledger share a vault: one whose vault is another is refused before it buys."""

from __future__ import annotations

from pathlib import Path

import pytest
from storyreel.studio.errors import BadInput
from storyreel.studio.store.vault import Vault
from storyreel.tests.ledger.orders import storyreel
from storyreel.tests.postgres import postgres_server, postgres_url  # noqa: F401  fixtures
from storyreel.tests.purchase.conftest import GEN, Set


def test_another_vault_is_refused_before_buying(
    studio: Set,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    postgres_url: str,  # noqa: F811
) -> None:
    monkeypatch.setenv("STORYREEL_DATABASE_URL", postgres_url)
    first, second = tmp_path / "first", tmp_path / "second"
    studio.configure(f'[vault]\nfolder = "{first}"\n')
    studio.shoot(GEN)
    studio.configure(f'[vault]\nfolder = "{second}"\n')
    with pytest.raises(BadInput) as caught:
        studio.shoot(GEN, GEN | {"prompt": "another"})
    assert str(first) in caught.value.message and str(second) in caught.value.message
    assert "[vault]" in caught.value.hint and len(studio.jobs()) == 1
    for words in (["vault", "prune", "--older-than", "0", "--yes"], ["ledger", "adopt", "--yes"]):
        refused = storyreel(*words)
        assert refused.code == 2 and "has its clips in the vault" in refused.err.replace("\n", " ")
    with studio.ledger() as ledger:
        assert len(ledger.takes()) == 1, "a clip that only another machine has isn't forgotten"
    first.rename(tmp_path / "mounted")
    studio.configure(f'[vault]\nfolder = "{tmp_path / "mounted"}"\n')
    studio.shoot(GEN)
    assert len(studio.jobs()) == 1, "the same vault at another place"
    studio.configure(f'[vault]\nfolder = "{second}"\n')
    assert storyreel("vault", "use").code == 2
    assert storyreel("vault", "use", "--yes").code == 0
    studio.shoot(GEN | {"prompt": "another"})
    assert len(studio.jobs()) == 2


def test_a_ledger_in_a_file_asks_nothing(studio: Set, tmp_path: Path) -> None:
    studio.shoot(GEN)
    (studio.home / "vault").rename(tmp_path / "moved")
    studio.configure(f'[vault]\nfolder = "{tmp_path / "moved"}"\n')
    studio.shoot(GEN)
    assert len(studio.jobs()) == 1 and not (tmp_path / "moved" / "vault.id").exists()
    refused = storyreel("vault", "use", "--yes")
    assert refused.code == 2 and "this machine's own ledger" in refused.err, "it would change nothing"


def test_an_identity_is_made_once(tmp_path: Path) -> None:
    made = Vault(tmp_path).identity()
    assert len(made) == 32 and Vault(tmp_path).identity() == made
    assert [path.name for path in tmp_path.iterdir()] == ["vault.id"]
