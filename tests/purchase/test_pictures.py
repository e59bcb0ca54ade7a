"""A picture is paid for as a clip is: once, through whichever door, within the caps, and it is there for ever after.
What comes with the answer itself is kept before the ledger hears of it, so that a crash between the two loses nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from storyreel.studio.errors import BadInput, OverBudget, ProviderError, StoryreelError, UnknownOutcome
from storyreel.studio.ledger import Run
from storyreel.studio.planning.model_choice import Wish, plan
from storyreel.studio.production.shoot import Spend, take
from storyreel.studio.providers.contract import Take
from storyreel.studio.providers.models import catalogue
from storyreel.studio.providers.shot import Shot
from storyreel.studio.purchase.collect import collect
from storyreel.studio.purchase.context import opened_store
from storyreel.studio.store.vault import Vault, measure

from .conftest import GEN, Set

GOOGLE = Wish("google", "gemini-3.1-flash-image")
VERTEX = Wish("vertex", "gemini-3.1-flash-image")
RUNWAY = Wish("runway", "gemini-2.5-flash-image")
ANYWHERE = Wish("auto", "gemini-2.5-flash-image")
DOORS = pytest.mark.parametrize("wish", [GOOGLE, VERTEX, RUNWAY], ids=str)


def shot(**more: Any) -> Shot:
    plain = {"prompt": "a hill", "duration": Fraction(1), "width": 1280, "height": 720, "fps": 24, "seed": 7}
    return Shot(**{**plain, "makes": "picture", "resolution": "1k", **more})


def draw(studio: Set, wish: Wish, made: Shot | None = None, spend: Spend | None = None, **more: Any) -> Take:
    studio.clips += 1
    path = studio.folder / f"picture{studio.clips}.png"
    return take(made or shot(), wish, path, None, spend or Spend(limit=Decimal(5)), **more)


def cost(wish: Wish, made: Shot | None = None) -> Decimal:
    planned = plan(wish, made or shot())
    assert planned is not None
    return planned.cost


@DOORS
def test_bought_once_and_served_for_ever(studio: Set, wish: Wish) -> None:
    first = draw(studio, wish)
    [job] = studio.jobs()
    assert first.cost == Decimal(job["billed"]) == cost(wish) > 0
    assert first.details["provider"] == wish.provider and not first.details["reused"]
    with Image.open(first.path) as image:
        assert image.format == "PNG" and image.size > (1200, 700)
    for _ in range(2):
        again = draw(studio, wish)
        assert again.details["reused"] and again.path.read_bytes() == first.path.read_bytes()
    assert len(studio.jobs()) == 1 and studio.states() == [(wish.provider, "stored")]
    stored = Vault().path(first.details["key"])
    assert stored.suffix == ".png" and stored.read_bytes() == first.path.read_bytes()
    assert not list((Vault().folder / "parts").iterdir()), "what came with an answer is moved, not copied"
    assert measure(stored).frames == 1 and Vault().note(first.details["key"])["prompt"] == "a hill"


@DOORS
def test_another_take_is_another_picture(studio: Set, wish: Wish) -> None:
    first, second = draw(studio, wish, number=1), draw(studio, wish, number=2)
    assert len(studio.jobs()) == 2
    assert second.details["key"] == first.details["key"].removesuffix("-1") + "-2"


def test_what_it_is_drawn_after_is_part_of_what_is_asked(studio: Set, tmp_path: Path) -> None:
    for name, colour in (("a", "red"), ("b", "red"), ("c", "blue")):
        Image.new("RGB", (320, 200), colour).save(tmp_path / f"{name}.png")
    a, b, c = (str(tmp_path / f"{name}.png") for name in "abc")
    first = draw(studio, VERTEX, shot(references=(a, c)))
    assert first.cost == cost(VERTEX) + 2 * Decimal("0.00056") == Decimal(studio.jobs()[0]["billed"])
    assert draw(studio, VERTEX, shot(references=(b, c))).details["reused"]
    assert not draw(studio, VERTEX, shot(references=(c, a))).details["reused"]
    assert len(studio.jobs()) == 2


def test_a_clip_and_a_picture_of_the_same_words_are_two_things(studio: Set) -> None:
    draw(studio, Wish("runway", "gen4-image"), shot())
    studio.shoot({"provider": "runway", "model": "gen4.5", "prompt": "a hill", "duration": 2})
    assert len({job["model"] for job in studio.jobs()}) == 2


# Caps ----------------------------------------------------------------------------------------------------------


@DOORS
def test_nothing_is_sent_above_the_cap(studio: Set, wish: Wish) -> None:
    with pytest.raises(OverBudget):
        draw(studio, wish, spend=Spend(limit=cost(wish) - Decimal("0.0001")))
    assert not studio.jobs()
    draw(studio, wish, spend=Spend(limit=cost(wish)))
    assert len(studio.jobs()) == 1


def test_what_would_be_cheaper_draws_as_well_and_no_more_pixels(studio: Set) -> None:
    with pytest.raises(OverBudget) as caught:
        draw(studio, Wish("runway", "gemini-3-pro-image"), spend=Spend(limit=Decimal("0.14")))
    hint = caught.value.hint
    assert "gemini-3-pro-image through vertex ($0.13)" in hint and "animatic" not in hint
    assert "resolution 2k" not in hint and "resolution 4k" not in hint
    with pytest.raises(OverBudget) as caught:
        draw(
            studio,
            Wish("runway", "gen4-image-turbo"),
            shot(references=(_red(studio.folder),)),
            Spend(Decimal("0.01")),
        )
    assert caught.value.hint == "raise it"


def _red(folder: Path) -> str:
    Image.new("RGB", (320, 200), "red").save(folder / "red.png")
    return str(folder / "red.png")


def test_the_day_s_budget_counts_pictures(studio: Set) -> None:
    studio.configure(f"[budgets]\nday = {cost(VERTEX) * 2}\n")
    draw(studio, VERTEX, shot(prompt="one"))
    draw(studio, GOOGLE, shot(prompt="two"))
    with pytest.raises(OverBudget, match="budget for a day"):
        draw(studio, VERTEX, shot(prompt="three"))
    assert len(studio.jobs()) == 2
    assert draw(studio, VERTEX, shot(prompt="one")).details["reused"], "what is here costs nothing"


def test_without_a_yes_nothing_is_spent(studio: Set) -> None:
    with pytest.raises(BadInput, match="max_cost"):
        draw(studio, VERTEX, spend=Spend())
    assert not studio.jobs()


@DOORS
def test_what_is_wrong_with_it_costs_nothing(studio: Set, wish: Wish, tmp_path: Path) -> None:
    Image.new("RGB", (320, 200)).save(tmp_path / "a.png")
    for wrong in (
        {"aspect_ratio": "2:1"},
        {"resolution": "720p"},
        {"references": (str(tmp_path / "a.png"),) * 15},
    ):
        with pytest.raises(BadInput):
            draw(studio, wish, shot(**wrong))
    assert not studio.jobs() and not studio.states()


# Verdicts ------------------------------------------------------------------------------------------------------


def test_another_door_to_the_same_model(studio: Set) -> None:
    """Vertex answers that it won't, google's job fails: runway draws it."""
    studio.emulator.misbehave({"what": "failed", "door": "vertex"}, {"what": "failed", "door": "google"})
    made = draw(studio, ANYWHERE)
    assert studio.states() == [("vertex", "refused"), ("google", "failed"), ("runway", "stored")]
    assert made.details["model"] == "gemini-2.5-flash-image" and not made.details["losses"]
    assert any("instead of gemini-2.5-flash-image through vertex" in note for note in made.notes)
    assert made.cost == Decimal("0.05") == sum(Decimal(job["billed"]) for job in studio.jobs())


def test_auto_goes_on_to_other_models_that_draw(studio: Set) -> None:
    studio.emulator.misbehave(
        *({"what": "failed", "model": name} for name in ("gemini-3.1-flash-image", "gemini_image3.1_flash"))
    )
    made = draw(studio, Wish())
    assert made.details["model"] == "gemini-3-pro-image" and made.details["losses"]


@pytest.mark.parametrize(
    ("wish", "state"),
    [(VERTEX, "refused"), (GOOGLE, "failed")],
    ids=str,
)
def test_a_blocked_picture_costs_nothing_at_google_s(studio: Set, wish: Wish, state: str) -> None:
    studio.emulator.misbehave({"what": "empty"})
    with pytest.raises(ProviderError):
        draw(studio, wish)
    assert studio.states() == [(wish.provider, state)]
    with studio.ledger() as ledger:
        spent = ledger.spent(Run(ledger.list()[0].run))
    assert spent.charged == spent.reserved == 0 == Decimal(studio.jobs()[0]["billed"])


def test_runway_isn_t_asked_for_what_google_s_doors_blocked(studio: Set) -> None:
    """It charges for what it blocks."""
    studio.emulator.misbehave({"what": "empty"})
    with pytest.raises(ProviderError, match="charges for what it blocks"):
        draw(studio, ANYWHERE)
    assert studio.states() == [("vertex", "refused"), ("google", "failed")]
    assert sum(Decimal(job["billed"]) for job in studio.jobs()) == 0


# What nobody knows ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["reset", "hang", "html_200", "truncated", "504"])
@pytest.mark.parametrize("wish", [VERTEX, GOOGLE, RUNWAY], ids=str)
def test_unknown_stays_unknown_and_goes_nowhere_else(studio: Set, wish: Wish, what: str) -> None:
    door = wish.provider
    if what == "hang":
        studio.configure(f"[doors.{door}]\npoll_seconds = 0.05\nanswer_seconds = 0.5\n")
    more = {"accepted": True} if what == "504" else {}
    studio.emulator.misbehave({"what": what, "door": door, "at": "submit", "nth": 1, **more})
    for _ in range(2):
        with pytest.raises(UnknownOutcome, match=door):
            draw(studio, wish)
    assert len(studio.jobs()) == 1 and studio.states() == [(door, "unknown")]
    with studio.ledger() as ledger:
        [attempt] = ledger.list()
        assert ledger.spent(Run(attempt.run)).reserved == attempt.estimate, "it may be owed"


def test_a_damaged_answer_is_booked_and_not_bought_again_by_itself(studio: Set) -> None:
    """It was made and is billed; there is no second copy to be had."""
    studio.emulator.misbehave({"what": "damaged", "door": "vertex", "nth": 1})
    with pytest.raises(ProviderError, match=r"is damaged.*booked as paid"):
        draw(studio, VERTEX)
    assert studio.states() == [("vertex", "lost")]
    with studio.ledger() as ledger:
        [attempt] = ledger.list()
    assert attempt.charged == Decimal(studio.jobs()[0]["billed"]) > 0


@pytest.mark.parametrize("what", ["truncated", "error_page", "reset", "500", "spoiled"])
def test_downloads_that_go_wrong_are_repeated(studio: Set, what: str) -> None:
    studio.emulator.misbehave({"what": what, "at": "download", "nth": [1, 2]})
    draw(studio, RUNWAY)
    assert len(studio.jobs()) == 1 and studio.states() == [("runway", "stored")]


def test_a_picture_in_place_of_a_clip_is_never_kept(studio: Set) -> None:
    """Where a link doesn't tell what is behind it, the file itself does."""
    studio.emulator.misbehave({"what": "unnamed_type", "at": "download", "nth": [1, 2]})
    shooting = studio.shoot(GEN)
    assert measure(shooting.takes[0].path).frames > 1 and len(studio.jobs()) == 1


def test_another_size_than_was_asked_is_kept_and_said(studio: Set) -> None:
    studio.emulator.misbehave({"what": "wrong_clip"})
    made = draw(studio, GOOGLE, shot(aspect_ratio="1:1"))
    assert any("320x180 came instead of 1:1" in note for note in made.notes)


def test_a_poll_that_was_lost_is_taken_up_again(studio: Set) -> None:
    """Google draws in the background: a run that ended in between finds its picture."""
    studio.configure("[doors.google]\npoll_seconds = 0.05\ntimeout_minutes = 0.002\n")
    studio.emulator.misbehave({"what": "late", "seconds": 0.6})
    with pytest.raises(StoryreelError):
        draw(studio, GOOGLE)
    assert studio.states() == [("google", "running")]
    studio.configure("")
    draw(studio, GOOGLE)
    assert len(studio.jobs()) == 1 and studio.states() == [("google", "stored")]


# The end of a process ------------------------------------------------------------------------------------------

DIES = """
import os, sys
from decimal import Decimal
from pathlib import Path
from storyreel.studio import ledger
from storyreel.studio.purchase import submit
from storyreel.studio.store import vault
from storyreel.studio.planning.model_choice import Wish
from storyreel.studio.providers.contract import Shot
from storyreel.studio.production.shoot import Spend, take
def die(*_, **__): os._exit(9)
where = sys.argv[1]
if where == "before it is kept": submit.keep_goods = die
if where == "before the ledger hears": ledger.Ledger.accepted = die
if where == "before it is done": ledger.Ledger.done = die
if where == "before it is in the vault": vault.Vault.put = die
if where == "before it is settled": ledger.Ledger.stored = die
shot = Shot(prompt="a hill", duration=1, width=1280, height=720, fps=24, seed=7, makes="picture", resolution="1k")
take(shot, Wish("vertex", "gemini-3.1-flash-image"), Path(sys.argv[2]), None, Spend(limit=Decimal(5)))
"""


def died(studio: Set, where: str) -> None:
    """A process of its own buys the picture, and is gone at that point."""
    command = [sys.executable, "-c", DIES, where, str(studio.folder / "lost.png")]
    ended = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, timeout=60)
    assert ended.returncode == 9, ended.stderr


AFTER = ["before the ledger hears", "before it is done", "before it is in the vault", "before it is settled"]


@pytest.mark.parametrize("where", AFTER)
def test_a_process_that_dies_after_the_answer_loses_nothing(studio: Set, where: str) -> None:
    died(studio, where)
    made = draw(studio, VERTEX)
    [job] = studio.jobs()
    assert studio.states() == [("vertex", "stored")] and made.cost == Decimal(job["billed"])
    assert made.details["operation"].startswith("answered/")
    assert measure(made.path).width >= 1280


@pytest.mark.parametrize("where", AFTER)
def test_and_collecting_finds_it_without_buying(studio: Set, where: str) -> None:
    died(studio, where)
    store = opened_store(Spend().identified())
    try:
        [attempt] = store.ledger.list()
        assert collect(store, attempt).outcome == "stored"
    finally:
        store.ledger.close()
    assert len(studio.jobs()) == 1 and draw(studio, VERTEX).details["reused"]


def test_a_process_that_dies_before_the_answer_is_kept_leaves_it_unknown(studio: Set) -> None:
    died(studio, "before it is kept")
    for _ in range(2):
        with pytest.raises(UnknownOutcome):
            draw(studio, VERTEX)
    assert len(studio.jobs()) == 1 and studio.states() == [("vertex", "unknown")]


def test_every_picture_model_can_be_bought(studio: Set, tmp_path: Path) -> None:
    Image.new("RGB", (320, 200)).save(tmp_path / "a.png")
    total = Decimal(0)
    rows = [can for can in catalogue() if "picture" in can.modes and can.provider != "fal"]
    for can in rows:
        mode = can.modes["picture"]
        made = shot(prompt=can.name, references=(str(tmp_path / "a.png"),) * mode.needs_references)
        total += draw(studio, Wish(can.provider, can.model), made).cost
    assert total == sum(Decimal(job["billed"]) for job in studio.jobs())
    assert studio.states() == [(can.provider, "stored") for can in rows]
