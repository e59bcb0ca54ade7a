"""Speech and music are paid for as clips are: once, through whichever door, within the caps, and they are there for
ever after. What comes with the answer is kept before the ledger hears of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from storyreel.emulators.rehearsing import rehearsal
from storyreel.emulators.sounds import seconds_of
from storyreel.runner.cli import app
from storyreel.studio.errors import BadInput, OverBudget, ProviderError, UnknownOutcome
from storyreel.studio.ledger import Run
from storyreel.studio.planning.model_choice import Wish, cast, cheaper, complaints, plan
from storyreel.studio.planning.request_key import canonical, hashed
from storyreel.studio.production.run_steps import falls_back
from storyreel.studio.production.shoot import Spend, take
from storyreel.studio.providers.contract import Take
from storyreel.studio.providers.shot import Shot
from storyreel.studio.purchase.collect import collect
from storyreel.studio.purchase.context import opened_store
from storyreel.studio.store.vault import Vault, measure
from typer.testing import CliRunner

from .conftest import Set

TTS, MINI = Wish("openai", "tts-1"), Wish("openai", "gpt-4o-mini-tts")
GEMINI, VERTEX = Wish("google", "gemini-3.8-flash-tts"), Wish("vertex", "gemini-3.8-flash-tts")
CLIP, LYRIA2 = Wish("google", "lyria-3-clip"), Wish("vertex", "lyria-2")
ALL = pytest.mark.parametrize("wish", [TTS, MINI, GEMINI, CLIP, LYRIA2], ids=str)
TEXT = "Once upon a time, there was a king."
SIZE: dict[str, Any] = {"width": 16, "height": 16, "fps": Fraction(24), "duration": Fraction(1)}


def shot(wish: Wish, **more: Any) -> Shot:
    if "lyria" in (wish.model or ""):
        return Shot(**{**SIZE, "makes": "music", "prompt": "calm", "duration": Fraction(30), **more})
    voice = "alloy" if wish.provider == "openai" else "Kore"
    return Shot(**{**SIZE, "makes": "speech", "script": TEXT, "voice": voice, **more})


def buy(studio: Set, wish: Wish, made: Shot | None = None, spend: Spend | None = None, **more: Any) -> Take:
    studio.clips += 1
    path = studio.folder / f"sound{studio.clips}.wav"
    return take(made or shot(wish), wish, path, None, spend or Spend(limit=Decimal(5)), **more)


@ALL
def test_bought_once_and_served_for_ever(studio: Set, wish: Wish) -> None:
    first = buy(studio, wish)
    [job] = studio.jobs()
    planned = plan(wish, shot(wish))
    assert planned is not None and 0 < first.cost <= planned.cost and planned.ready and planned.why
    assert abs(first.cost - Decimal(job["billed"])) < Decimal("0.00002"), "what it was billed, to a token"
    assert first.details["provider"] == wish.provider and first.details["model"] == wish.model
    assert not first.details["reused"] and not first.details["losses"] and not first.notes
    again = buy(studio, wish, spend=Spend())
    assert again.details["reused"] and again.path.read_bytes() == first.path.read_bytes()
    assert len(studio.jobs()) == 1 and studio.states() == [(wish.provider, "stored")]
    stored = Vault().path(first.details["key"])
    assert stored.suffix == first.path.suffix == (".mp3" if wish == CLIP else ".wav")
    facts = measure(stored)
    seconds = 30 if planned.capability.modes.keys() == {"music"} else seconds_of(TEXT)
    assert abs(facts.duration - seconds) < 0.05 and facts.sha256 == first.details["sha256"]
    assert [key for key, _, _ in Vault().entries()] == [first.details["key"]]
    assert not list((Vault().folder / "parts").iterdir()), "what came with an answer is moved, not copied"


def test_what_is_asked_tells_them_apart_and_nothing_else(studio: Set) -> None:
    base = canonical(shot(TTS), TTS)
    assert base == {"version": 1, "model": "tts-1", "mode": "speech", "script": TEXT, "voice": "alloy"}
    for same in ({"seed": 5}, {"duration": Fraction(9)}, {"resolution": "4k"}, {"width": 99}, {"speed": 1.0}):
        assert canonical(shot(TTS, **same), TTS) == base
    other = [{"voice": "echo"}, {"script": "No."}, {"language": "en"}, {"speed": 1.1}, {"style": "x"}]
    assert len({hashed(canonical(shot(TTS, **each), TTS)) for each in other} | {hashed(base)}) == 6
    assert canonical(shot(GEMINI), GEMINI) == canonical(shot(VERTEX), VERTEX), "any door's will do"
    music = canonical(shot(CLIP, duration=Fraction(20)), CLIP)
    assert music == {
        "version": 1,
        "model": "lyria-3-clip",
        "mode": "music",
        "seconds": 30.0,
        "seed": 0,
        "prompt": "calm",
    }
    assert canonical(shot(CLIP, duration=Fraction(600)), CLIP) == music, "a longer one repeats it"


def test_another_take_is_another_sound(studio: Set) -> None:
    first, second = buy(studio, TTS, number=1), buy(studio, TTS, number=2)
    assert second.details["key"] == first.details["key"].removesuffix("-1") + "-2"
    assert len(studio.jobs()) == 2


# Who says it ---------------------------------------------------------------------------------------------------------


def test_nobody_who_films_is_cast_for_what_is_heard(studio: Set, no_keys: None) -> None:
    for wish, makes in ((Wish(), TTS), (Wish("animatic"), TTS), (Wish("veo"), GEMINI), (Wish("fal"), CLIP)):
        made = shot(makes)
        assert all(set(can.modes) <= {"speech", "music"} for can in cast(wish, made, ready_only=False))
        assert cast(wish, made) == [] and not falls_back(wish, made)
        with pytest.raises(BadInput, match=r"has no key|makes no"):
            take(made, wish, studio.folder / "x.wav", spend=Spend(limit=Decimal(1)))
    assert "animatic makes no speech" in complaints(Wish("animatic"), shot(TTS))[0].message
    planned = plan(Wish(), shot(TTS))
    assert planned is not None and planned.capability.provider == "openai" and not planned.ready


def test_another_door_to_the_same_voice(studio: Set) -> None:
    studio.emulator.misbehave({"what": "503", "door": "vertex"})
    made = buy(studio, Wish("auto", "gemini-3.8-flash-tts"), shot(GEMINI))
    assert made.details["provider"] == "google" and not made.details["losses"]
    assert studio.states()[-1] == ("google", "stored") and len(studio.jobs()) == 1


def test_what_is_cheaper_says_it_with_the_same_voice(studio: Set) -> None:
    [google] = cast(GEMINI, shot(GEMINI))
    ways = cheaper(shot(GEMINI), google)
    assert ways and all(way.words.startswith("gemini-3.8-flash-lite-tts through ") for way in ways)
    [hd] = cast(Wish("openai", "tts-1-hd"), shot(TTS))
    assert str(cheaper(shot(TTS), hd)[0]) == "tts-1 through openai ($0.00052)"
    with pytest.raises(OverBudget, match="limit of this run") as caught:
        buy(studio, CLIP, spend=Spend(limit=Decimal("0.03")))
    assert caught.value.hint == "raise it" and not studio.jobs(), "no music costs less"


# Verdicts and what nobody knows --------------------------------------------------------------------------------------


@ALL
def test_what_is_blocked_is_owed_nothing(studio: Set, wish: Wish) -> None:
    studio.emulator.misbehave({"what": "empty"})
    with pytest.raises(ProviderError):
        buy(studio, wish)
    assert studio.states() == [(wish.provider, "refused")]
    with studio.ledger() as ledger:
        spent = ledger.spent(Run(ledger.list()[0].run))
    assert spent.charged == spent.reserved == 0 == Decimal(studio.jobs()[0]["billed"])


@ALL
def test_unknown_stays_unknown_and_goes_nowhere_else(studio: Set, wish: Wish) -> None:
    studio.emulator.misbehave({"what": "reset", "door": wish.provider, "at": "submit", "nth": 1})
    did = "made this music" if "lyria" in str(wish) else "spoke this text"
    for _ in range(2):
        with pytest.raises(UnknownOutcome, match=rf"whether {wish.provider} {did} \(\$0\.0+[1-9]\d*\)"):
            buy(studio, wish)
    assert len(studio.jobs()) == 1 and studio.states() == [(wish.provider, "unknown")]
    with studio.ledger() as ledger:
        [attempt] = ledger.list()
        assert ledger.spent(Run(attempt.run)).reserved == attempt.estimate > 0, "it may be owed"


@ALL
def test_a_damaged_answer_is_booked_and_not_bought_again_by_itself(studio: Set, wish: Wish) -> None:
    studio.emulator.misbehave({"what": "damaged", "door": wish.provider, "nth": 1})
    with pytest.raises(ProviderError, match=r"is damaged.*booked as paid"):
        buy(studio, wish)
    assert studio.states() == [(wish.provider, "lost")]
    with studio.ledger() as ledger:
        [attempt] = ledger.list()
    assert attempt.charged >= Decimal(studio.jobs()[0]["billed"]) > 0


AFTER_THE_ANSWER = """
import os, sys
from decimal import Decimal
from pathlib import Path
from storyreel.studio.planning.model_choice import Wish
from storyreel.studio.ledger.ledger import Ledger
from storyreel.studio.providers.contract import Shot
from storyreel.studio.production.shoot import Spend, take
Ledger.accepted = lambda *_: os._exit(9)
shot = Shot(makes="speech", script={text!r}, voice="alloy", duration=1, width=16, height=16, fps=24)
take(shot, Wish("openai", "tts-1"), Path(sys.argv[1]), spend=Spend(limit=Decimal(1)))
"""


def test_killed_between_the_answer_and_the_ledger_nothing_is_lost(studio: Set) -> None:
    """And `storyreel ledger collect` puts it where it belongs, from what the ledger knows alone."""
    code = AFTER_THE_ANSWER.format(text=TEXT)
    ran = subprocess.run([sys.executable, "-c", code, str(studio.folder / "a.wav")], env=dict(os.environ))
    assert ran.returncode == 9 and len(studio.jobs()) == 1
    store = opened_store(Spend(limit=Decimal(1)).identified())
    [attempt] = store.ledger.list()
    collected = collect(store, attempt)
    store.ledger.close()
    assert collected.outcome == "stored"
    again = buy(studio, TTS)
    assert again.details["reused"] and len(studio.jobs()) == 1
    assert again.cost == Decimal(studio.jobs()[0]["billed"])


def test_a_picture_is_no_speech(studio: Set) -> None:
    """And neither is a clip: what came is kept only where it is what was asked for."""
    studio.emulator.misbehave({"what": "unnamed_type", "door": "openai", "at": "submit"})
    with pytest.raises(ProviderError, match="sent is no speech"):
        buy(studio, TTS)


def test_a_rehearsal_says_it_too(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYREEL_HOME", str(tmp_path))
    with rehearsal(work=0.02, queue=0.0) as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        made = take(shot(TTS), TTS, tmp_path / "a.wav", spend=Spend(limit=Decimal(1)))
    assert abs(measure(made.path).duration - seconds_of(TEXT)) < 0.01 and made.cost > 0


def test_the_vault_s_commands_know_sounds(studio: Set) -> None:
    buy(studio, TTS)
    buy(studio, CLIP)
    listed = CliRunner().invoke(app, ["vault", "list"], env={"COLUMNS": "200"})
    assert listed.exit_code == 0 and listed.output.count(" sound ") == 2 and TEXT[:16] in listed.output, (
        listed.output
    )
    assert TEXT[:16] in CliRunner().invoke(app, ["ledger", "list"], env={"COLUMNS": "200"}).output
    out = studio.folder / "out"
    assert CliRunner().invoke(app, ["vault", "export", "-o", str(out)]).exit_code == 0
    assert sorted(path.suffix for path in out.iterdir()) == [".mp3", ".wav"]
    assert all(measure(path).audio for path in out.iterdir())
