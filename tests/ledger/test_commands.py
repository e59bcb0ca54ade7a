"""`storyreel ledger`, as a person and as a program meet it. Clips come from the emulators."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from storyreel.emulators import Emulator
from storyreel.studio.ledger import open_ledger
from storyreel.studio.store.vault import Vault, measure
from storyreel.tests.ledger.orders import Order, stored, storyreel


def test_an_empty_ledger() -> None:
    for words, said in (
        (["ledger", "list"], "Nothing was bought."),
        (["ledger", "orphans"], "Somebody follows every attempt"),
        (["ledger", "check"], "0 attempts, 0 clips: all is well."),
        (["ledger", "explain-cost"], "Nothing was bought."),
        (["ledger", "collect"], "Nothing waits to be fetched."),
        (["vault", "list"], "There are no clips in"),
        (["vault", "prune"], "0 clips and 0 other files deleted"),
    ):
        run = storyreel(*words)
        assert run.code == 0 and said in run.out, (words, run)
        assert storyreel(*words, "--json").result["ok"] is True


def test_collect_fetches_what_nobody_waits_for(ordered: Order, emulator: Emulator) -> None:
    one, two = ordered("a boat"), ordered("a bridge")
    before = len(emulator.record()["jobs"])
    assert [row["id"] for row in storyreel("ledger", "orphans", "--json").result["attempts"]] == [
        one.id,
        two.id,
    ]
    said = storyreel("ledger", "collect", "--wait", "--json")
    assert said.code == 0
    rows = said.result["collected"]
    assert [(row["outcome"], row["attempt"]["state"]) for row in rows] == [("stored", "stored")] * 2
    for row in rows:
        assert measure(Path(row["clip"])).duration == pytest.approx(4, abs=0.1)
        assert row["attempt"]["charged"] > 0 == row["attempt"]["reserved"]
    assert len(emulator.record()["jobs"]) == before, "nothing was sent"
    assert storyreel("ledger", "check").code == 0
    assert storyreel("ledger", "orphans", "--json").result["attempts"] == []


def test_collect_without_wait_leaves_what_is_still_worked_on(ordered: Order, emulator: Emulator) -> None:
    emulator.misbehave({"what": "never", "at": "submit"})
    one = ordered()
    said = storyreel("ledger", "collect")
    assert said.code == 3 and f"{one.id[:8]} is running" in said.err
    with open_ledger() as ledger:
        assert ledger.attempt(one.id).state == "running"
        assert ledger.holder(one.key) is None


def test_a_job_that_failed_is_settled(ordered: Order, emulator: Emulator) -> None:
    emulator.misbehave({"what": "failed", "at": "submit"})
    one = ordered()
    said = storyreel("ledger", "collect", one.id, "--wait", "--json")
    assert said.code == 3 and said.result["collected"][0]["outcome"] == "failed"
    with open_ledger() as ledger:
        after = ledger.attempt(one.id)
    assert (after.state, after.reserved) == ("failed", 0)


def test_unknown_stays_unknown_until_somebody_looked(ordered: Order, emulator: Emulator) -> None:
    one = ordered(state="unknown")
    short = one.id[:8]
    said = storyreel("ledger", "collect", "--json")
    assert said.code == 3 and said.result["collected"][0]["outcome"] == "unknown"
    assert f"storyreel ledger release {short}" in said.result["collected"][0]["hint"]
    found = storyreel("ledger", "check")
    assert found.code == 1
    assert (
        f"storyreel ledger collect {short} --operation ID, or storyreel ledger release {short}" in found.out
    )
    job = emulator.record()["jobs"][-1]["id"]
    said = storyreel("ledger", "collect", short, "--operation", job, "--wait")
    assert said.code == 0 and f"{short} is in the vault:" in said.out
    assert storyreel("ledger", "check").code == 0


def test_a_slip_binds_no_attempt_to_a_job_that_there_isn_t(ordered: Order, emulator: Emulator) -> None:
    one = ordered(state="unknown")
    for slip, words in (
        ("00000000-0000-4000-8000-000000000000", "runway knows no job 00000000"),
        ("my job", "'my job' is no task of runway's"),
    ):
        said = storyreel("ledger", "collect", one.id, "--operation", slip)
        assert said.code in (1, 2) and words in said.err
    job = emulator.record()["jobs"][-1]["id"]
    assert storyreel("ledger", "collect", one.id, "--operation", job, "--wait").code == 0


def test_release_frees_and_says_what_it_may_cost(ordered: Order) -> None:
    """As the message says it, in a script too: nobody names an attempt without having looked."""
    one = ordered(state="unknown")
    done = storyreel("ledger", "release", one.id[:8], "--why", "not in Runway's list")
    assert done.code == 0 and "the next run buys the clip again" in done.out
    assert "if gen4.5 through runway did accept it after all, $" in done.err
    with open_ledger() as ledger:
        after = ledger.attempt(one.id)
        assert (after.state, after.reserved, after.why) == ("released", 0, "not in Runway's list")
    for words in (["release", one.id, "--yes"], ["collect", one.id, "--operation", "late"]):
        again = storyreel("ledger", *words)
        assert again.code == 2 and "was given up" in again.err
        assert "its clip is to be fetched there" in again.err.replace("\n", " ")


def test_one_that_was_accepted_is_booked_as_paid_when_it_is_given_up(ordered: Order) -> None:
    one = ordered()
    refused = storyreel("ledger", "release", one.id)
    assert refused.code == 2 and "booked as paid, and its clip is given up" in refused.err.replace("\n", " ")
    assert storyreel("ledger", "release", one.id, "--yes").code == 0
    with open_ledger() as ledger:
        after = ledger.attempt(one.id)
    assert (after.state, after.charged, after.reserved) == ("lost", one.estimate, 0)


def test_what_a_living_process_does_is_left_alone(ordered: Order) -> None:
    one = ordered(state="unknown")
    with open_ledger() as ledger:
        base, _, take = one.key.rpartition("-")
        claim = ledger.claim(one.key, base=base, take=int(take), request={})
        assert claim is not None
        for words in (["release", one.id, "--yes"], ["collect", one.id, "--operation", "x"]):
            said = storyreel("ledger", *words)
            assert said.code == 2 and f"process {os.getpid()} on" in said.err
        assert storyreel("ledger", "collect", one.id, "--json").result["collected"][0]["outcome"] == "busy"
        assert storyreel("ledger", "orphans", "--json").result["attempts"] == []


def test_list_and_show(ordered: Order) -> None:
    first, second = stored(ordered, "a boat"), ordered("a bridge", state="unknown", film="Bridges")
    said = storyreel("ledger", "list")
    for word in (first.id[:8], second.id[:8], "stored", "unknown", "Boats", "a bridge", "paid, ("):
        assert word in said.out
    listed = [row["id"] for row in storyreel("ledger", "list", "--json").result["attempts"]]
    assert listed == [first.id, second.id]
    only = storyreel("ledger", "list", "--state", "unknown", "--json").result["attempts"]
    assert [row["id"] for row in only] == [second.id]
    assert storyreel("ledger", "list", "--film", "Boats", "--json").result["attempts"][0]["id"] == first.id
    newest = storyreel("ledger", "list", "--limit", "1", "--json").result
    assert ([row["id"] for row in newest["attempts"]], newest["older"]) == ([second.id], 1)
    wrong = storyreel("ledger", "list", "--state", "unknwon")
    assert wrong.code == 2 and "did you mean 'unknown'?" in wrong.err

    shown = storyreel("ledger", "show", first.id[:6], "--json").result
    assert shown["attempt"]["id"] == first.id and shown["request"]["prompt"] == "a boat"
    assert [entry["event"] for entry in shown["history"]][:2] == ["begin", "accepted"]
    assert shown["history"][-1]["event"] == "stored"
    assert Path(shown["clip"]).is_file()
    assert shown["attempt"]["begun_at"].endswith("+00:00")
    for id in (first.operation or "", first.key, first.key[:10]):
        assert storyreel("ledger", "show", id, "--json").result["attempt"]["id"] == first.id
    text = storyreel("ledger", "show", first.id).out
    for word in ("gen4.5 through runway", "a boat", "1280x720", "stored", first.operation or "-"):
        assert word in text


def test_ids_that_mean_nothing_or_too_much(ordered: Order) -> None:
    one = ordered()
    typo = ("0" if one.id[0] != "0" else "1") + one.id[1:8]
    wrong = storyreel("ledger", "show", typo)
    assert wrong.code == 2 and f"did you mean '{one.id[:8]}'?" in wrong.err
    for word in ("%", "", "_"):
        assert storyreel("ledger", "show", word).code == 2
    others = [ordered(f"boat {n}") for n in range(17)]  # of seventeen ids two begin with the same digit
    digits = [attempt.id[0] for attempt in (one, *others)]
    twice = next(digit for digit in digits if digits.count(digit) > 1)
    ambiguous = storyreel("ledger", "release", twice, "--yes")
    assert ambiguous.code == 2 and "write more of it" in ambiguous.err


def test_explain_cost(ordered: Order) -> None:
    ordered("a boat", state="blocked")
    boat = stored(ordered, "a boat")
    ordered("a bridge", state="unknown", film="Bridges")
    said = storyreel("ledger", "explain-cost", "--json").result
    by_prompt = {row["prompt"]: row for row in said["clips"]}
    assert by_prompt["a boat"]["paid"] == pytest.approx(float(boat.charged) + 0.6)
    assert (by_prompt["a boat"]["wasted"], by_prompt["a boat"]["why"]) == (0.6, "$0.60 blocked")
    assert by_prompt["a bridge"]["reserved"] == pytest.approx(float(boat.estimate))
    assert said["paid"] == pytest.approx(sum(row["paid"] for row in said["clips"]))
    for word in ("Boats", "boats", boat.key[:8], boat.id[:8]):
        rows = storyreel("ledger", "explain-cost", word, "--json").result["clips"]
        assert [row["prompt"] for row in rows] == ["a boat"]
    (model,) = said["models"]
    assert (model["model"], model["attempts"], model["stored"], model["unknown"]) == ("gen4.5", 3, 1, 1)
    assert model["charged"] == said["paid"]
    text = storyreel("ledger", "explain-cost").out
    assert "of which $0.60 for clips that didn't come" in text and "refused" in text
    wrong = storyreel("ledger", "explain-cost", "Bots")
    assert wrong.code == 2 and "did you mean 'Boats'?" in wrong.err


def test_check_reads_and_finds(ordered: Order) -> None:
    good, damaged, missing, cut = (stored(ordered, name) for name in ("good", "damaged", "missing", "cut"))
    vault = Vault()
    for key in (damaged.key, cut.key):
        vault.path(key).chmod(0o644)
    content = bytearray(vault.path(damaged.key).read_bytes())
    content[len(content) // 2] ^= 1
    vault.path(damaged.key).write_bytes(content)
    vault.path(cut.key).write_bytes(b"")
    vault.path(missing.key).unlink()
    stray = vault.path("f" * 32 + "-1")
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(vault.path(good.key).read_bytes())
    before = everything(vault.folder.parent)
    said = storyreel("ledger", "check", "--json")
    assert said.code == 1 and said.result["ok"] is False
    found = {finding["place"]: finding["kind"] for finding in said.result["findings"]}
    assert found == {
        damaged.key: "damaged",
        cut.key: "damaged",
        missing.key: "missing",
        "f" * 32 + "-1": "stray",
    }
    assert all("storyreel" in finding["cure"] for finding in said.result["findings"])
    quick = storyreel("ledger", "check", "--quick", "--json").result["findings"]
    assert {finding["place"] for finding in quick} == set(found) - {damaged.key}
    assert everything(vault.folder.parent) == before, "it changed something"
    for key in (damaged.key, cut.key, missing.key, "f" * 32 + "-1"):
        assert storyreel("vault", "prune", key[:12], "--yes").code == 0
    assert storyreel("ledger", "check").code == 0


def everything(folder: Path) -> dict[str, bytes]:
    """Every file of a folder; of the ledger what it holds, as SQLite's own files come and go."""
    import sqlite3

    files = {
        str(path): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("ledger.db")
    }
    connection = sqlite3.connect(folder / "ledger.db")
    files["ledger"] = "\n".join(connection.iterdump()).encode()
    connection.close()
    return files


def test_check_finds_a_ledger_that_was_changed_by_hand(ordered: Order) -> None:
    import sqlite3

    one = stored(ordered)
    connection = sqlite3.connect(Path(os.environ["STORYREEL_HOME"]) / "ledger.db")
    connection.execute("UPDATE attempts SET charged = 1, reserved = 5")
    connection.execute("DELETE FROM takes")
    connection.commit()
    connection.close()
    found = storyreel("ledger", "check", "--json").result["findings"]
    messages = " ".join(finding["message"] for finding in found if finding["kind"] == "altered")
    assert "still has $0.000005" in messages
    assert "its history ends otherwise" in messages
    assert "its charges are" in messages
    assert "the ledger has no clip of it" in messages
    assert {finding["kind"] for finding in found} == {"altered", "stray"}
    assert one.id in {finding["place"] for finding in found}


def test_no_command_shows_a_key(ordered: Order, emulator: Emulator) -> None:
    one = stored(ordered)
    secrets = [value for name, value in emulator.environment.items() if "KEY" in name or "SECRET" in name]
    assert secrets
    for words in (["list"], ["show", one.id], ["check"], ["explain-cost"], ["orphans"]):
        for more in ([], ["--json"]):
            said = storyreel("ledger", *words, *more)
            assert not [secret for secret in secrets if secret in said.out + said.err]


def test_an_extension_needs_the_clip_that_it_extends(ordered: Order) -> None:
    boat = stored(ordered, "a boat")
    for video, outcome in (("0" * 64, "running"), (measure(Vault().path(boat.key)).sha256, "stored")):
        one = ordered(f"after {video}")
        import sqlite3

        connection = sqlite3.connect(Path(os.environ["STORYREEL_HOME"]) / "ledger.db")
        (request,) = connection.execute("SELECT request FROM intents WHERE key = ?", (one.key,)).fetchone()
        asked = json.dumps(json.loads(request) | {"mode": "extend", "video": video})
        connection.execute("UPDATE intents SET request = ? WHERE key = ?", (asked, one.key))
        connection.commit()
        connection.close()
        (row,) = storyreel("ledger", "collect", one.id, "--wait", "--json").result["collected"]
        assert row["outcome"] == outcome, row
    take = storyreel("ledger", "show", one.id, "--json").result["take"]
    assert take["details"]["source_seconds"] == 0, "it came without the clip before it"


def test_what_was_asked_for_steers_no_terminal(ordered: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    evil = "\x1b[2J\x1b]0;x\x07\x9b31m\u202egnp [link=http://evil.example]go[/link]"
    one, two = stored(ordered, evil, film=evil), ordered(f"{evil} 2", film=evil)
    for words in (
        ["list"],
        ["orphans"],
        ["show", one.id[:8]],
        ["show", two.id[:8]],
        ["explain-cost"],
        ["explain-cost", evil],
        ["show", evil],
        ["check"],
        ["release", two.id[:8], "--why", evil, "--yes"],
    ):
        said = storyreel("ledger", *words)
        for sign in ("\x1b[2J", "\x1b]", "\x9b", "\x07", "\u202e"):
            assert sign not in said.out + said.err, words
    listed = storyreel("vault", "list")
    assert "\\u202egnp" in listed.out and "\u202e" not in listed.out
    rows = storyreel("ledger", "list", "--json")
    assert "\x9b" not in rows.out and rows.result["attempts"][0]["film"] == evil
