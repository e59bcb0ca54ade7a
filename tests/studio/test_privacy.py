"""What is nobody else's business: whose config.toml may be read, who may look into STORYREEL_HOME, what is shown."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from storyreel.runner.commands.doctor import examine
from storyreel.runner.jobs.run_records import new_run_folder
from storyreel.studio.config import config
from storyreel.studio.credentials import lacking, redact, secret
from storyreel.studio.errors import BadInput
from storyreel.studio.home import home
from storyreel.studio.ledger import open_ledger
from storyreel.studio.store.vault import Vault

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="rights are otherwise there")

SECRETS = {
    "keys": '[credentials]\nrunway = "key_0123456789"\n',
    "a database's password": 'database_url = "postgresql://me:hunter22@db/storyreel"\n',
    "a database's password, asked": 'database_url = "postgresql://db/storyreel?user=me&password=hunter22"\n',
    "a webhook's address": '[alerts]\nwebhook = "https://hooks.example/services/T0/B0/XyZ"\n',
}


@pytest.mark.parametrize("holds", SECRETS)
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o622])
def test_a_config_with_a_secret_is_for_its_owner_alone(holds: str, mode: int) -> None:
    path = home() / "config.toml"
    path.write_text(SECRETS[holds])
    path.chmod(mode)
    with pytest.raises(BadInput, match=f"holds {holds.partition(',')[0]} and others can read it") as caught:
        config()
    assert caught.value.hint == f"chmod 600 {path}"
    assert not any(word in str(caught.value) for word in ("hunter22", "XyZ", "key_0123"))
    path.chmod(0o600)
    config()


@pytest.mark.parametrize("text", ["", "[budgets]\nday = 5\n", 'database_url = "postgresql://db/storyreel"\n'])
def test_a_config_without_one_may_be_read(text: str) -> None:
    (home() / "config.toml").write_text(text)
    (home() / "config.toml").chmod(0o644)
    assert config().credentials == {}


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_home_is_made_for_its_owner_alone(
    umask: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "new" / "home"
    monkeypatch.setenv("STORYREEL_HOME", str(place))
    before = os.umask(umask)
    try:
        with open_ledger():
            pass
        run = new_run_folder()
        Vault().part("a")
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (place, run, run.parent, place / "vault")}
    assert set(modes.values()) == {0o700}, modes
    assert {stat.S_IMODE(path.stat().st_mode) for path in place.glob("ledger.db*")} == {0o600}
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o777 & ~umask, "what isn't ours is as everywhere"


def test_a_vault_elsewhere_is_as_its_folder_is(tmp_path: Path) -> None:
    """Machines, and users, may share one."""
    before = os.umask(0o002)
    try:
        Vault(tmp_path / "vault").part("a")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "vault").stat().st_mode) == 0o775


def test_doctor_tells_of_a_home_that_others_may_look_into() -> None:
    home().chmod(0o755)
    (found,) = [finding for finding in examine(None) if finding.what == "home"]
    assert not found.ok and not found.matters and found.cure == f"chmod 700 {home()}"
    home().chmod(0o700)
    (found,) = [finding for finding in examine(None) if finding.what == "home"]
    assert found.ok


def test_a_webhook_and_a_database_s_password_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    path = home() / "config.toml"
    path.write_text(SECRETS["a webhook's address"] + "")
    path.chmod(0o600)
    monkeypatch.setenv("STORYREEL_DATABASE_URL", "postgresql://me:hunter22@db/storyreel")
    shown = redact("POST https://hooks.example/services/T0/B0/XyZ failed for me:hunter22@db")
    assert "XyZ" not in shown and "hunter22" not in shown


@pytest.mark.parametrize("url", ["http://[::1", "http://exa mple/x", "ftp://x", "hook", "https://"])
def test_a_webhook_that_is_none(url: str) -> None:
    (home() / "config.toml").write_text(f'[alerts]\nwebhook = "{url}"\n')
    (home() / "config.toml").chmod(0o600)
    with pytest.raises(BadInput) as caught:
        config()
    (fault,) = caught.value.faults
    assert fault.place == "alerts.webhook" and "https://example.org/hook" in fault.message


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_bytes(b"\xff\xfe\x00"),
        lambda path: path.write_text("a = " + "[" * 100_000),
        lambda path: path.write_text("[budgets]\nday = " + "9" * 5000),
        lambda path: path.write_text("[budgets]\nday = nan"),
        lambda path: path.write_text("[retries]\nwaits = [inf]"),
        lambda path: path.write_text("[retries]\nwaits = [-1]"),
        lambda path: path.mkdir(),
        lambda path: os.mkfifo(path),
        lambda path: path.symlink_to("/dev/zero"),
    ],
    ids=["utf-16", "deep", "digits", "nan", "inf", "negative", "folder", "fifo", "zero"],
)
def test_a_config_that_cannot_be_read_is_a_sentence(write: object) -> None:
    assert callable(write)
    write(home() / "config.toml")
    with pytest.raises(BadInput, match=r"config\.toml"):
        config()


@pytest.mark.parametrize("value", ["key_\nabc", "key é", "key_\u2028x", "a b", "ключ", "key_\x00"])
def test_a_value_that_no_key_has_is_named_and_not_shown(value: str) -> None:
    path = home() / "config.toml"
    path.write_text(f"[credentials]\nrunway = {_toml(value)}\n")
    path.chmod(0o600)
    with pytest.raises(BadInput, match=r"runway under \[credentials\].*holds what no key holds") as caught:
        secret("runway")
    assert value not in str(caught.value)
    (said,) = lacking("runway")
    assert "runway" in said and value not in said


def _toml(value: str) -> str:
    return '"' + "".join(f"\\U{ord(char):08x}" for char in value) + '"'


def test_a_variable_that_no_key_is_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNWAYML_API_SECRET", "key_\nabc")
    with pytest.raises(BadInput, match="RUNWAYML_API_SECRET in the environment"):
        secret("runway")
