"""A clip is bought once and kept: what comes of it, what serves it again, and what buys another."""

from __future__ import annotations

import threading
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image
from storyreel.studio.errors import BadInput, StoryreelError
from storyreel.studio.ledger import Run
from storyreel.studio.production.shoot import Shooting, Spend
from storyreel.studio.store.vault import Vault, measure

from .conftest import GEN, OMNI, VEO, Set


def keys_of(shooting: Shooting) -> list[str]:
    return [take.details["key"] for take in shooting.takes]


def test_a_scene_at_every_door(studio: Set) -> None:
    shooting = studio.shoot(VEO, OMNI, GEN)
    jobs = studio.jobs()
    assert sorted(job["door"] for job in jobs) == ["google", "runway", "vertex"]
    assert shooting.cost == shooting.spent == sum(Decimal(job["billed"]) for job in jobs)
    assert [take.details["provider"] for take in shooting.takes] == ["vertex", "google", "runway"]
    assert [take.details["reused"] for take in shooting.takes] == [False, False, False]
    assert all(measure(take.path).duration >= 2 for take in shooting.takes)
    assert studio.states() and {state for _, state in studio.states()} == {"stored"}


def test_bought_before_costs_nothing(studio: Set) -> None:
    first = studio.shoot(VEO, GEN)
    again = studio.shoot(VEO, GEN)
    assert len(studio.jobs()) == 2
    assert again.spent == 0 and again.cost == first.cost
    assert [take.details["reused"] for take in again.takes] == [True, True]
    assert [Path(take.path).read_bytes() for take in first.takes] == [
        Path(take.path).read_bytes() for take in again.takes
    ]


def test_a_scene_that_is_shown_shorter_needs_no_other_clip(studio: Set) -> None:
    studio.shoot(VEO)
    shorter = studio.shoot({**VEO, "duration": 3.5})
    assert len(studio.jobs()) == 1 and shorter.spent == 0


def test_the_same_scene_twice_in_one_storyboard_is_bought_once(studio: Set) -> None:
    scene = {**GEN, "prompt": "twice"}
    shooting = studio.shoot(scene, {**GEN, "prompt": "between"}, scene)
    assert len(studio.jobs()) == 2
    assert shooting.cost == shooting.spent == sum(Decimal(job["billed"]) for job in studio.jobs())
    first, _, last = shooting.takes
    assert first.path.read_bytes() == last.path.read_bytes()
    assert first.details["key"] == last.details["key"]


def test_two_runs_at_once_share_a_clip(studio: Set) -> None:
    """Single flight: one asks the door, the other waits for it; as between processes, since each opens a ledger."""
    studio.emulator.misbehave({"what": "late", "seconds": 0.5})
    made: list[Shooting] = []
    runs = [threading.Thread(target=lambda: made.append(studio.shoot(GEN, OMNI))) for _ in range(3)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert len(made) == 3 and len(studio.jobs()) == 2
    assert sum((shooting.spent for shooting in made), Decimal(0)) == made[0].cost


def test_another_take_by_number(studio: Set) -> None:
    first = studio.shoot(GEN)
    second = studio.shoot({**GEN, "take": 2})
    assert len(studio.jobs()) == 2
    assert keys_of(second)[0] == keys_of(first)[0].removesuffix("-1") + "-2"
    seeds = {job["body"]["seed"] for job in studio.jobs()}
    assert len(seeds) == 2, "the same seed may give the same clip again"
    old = studio.shoot({**GEN, "take": 1})
    assert keys_of(old) == keys_of(first) and len(studio.jobs()) == 2


def test_a_retake_keeps_the_old_take_and_becomes_the_one_that_is_served(studio: Set) -> None:
    first = studio.shoot(GEN, OMNI)
    again = studio.shoot(GEN, OMNI, spend=Spend(Decimal(5), retakes={0: "a token"}))
    assert [job["door"] for job in studio.jobs()].count("runway") == 2 and len(studio.jobs()) == 3
    assert keys_of(again)[0] != keys_of(first)[0] and keys_of(again)[1] == keys_of(first)[1]
    same = studio.shoot(GEN, OMNI, spend=Spend(Decimal(5), retakes={0: "a token"}))
    assert keys_of(same) == keys_of(again), "the same token means the same take"
    later = studio.shoot(GEN, OMNI)
    assert keys_of(later) == keys_of(again) and len(studio.jobs()) == 3
    assert Vault().path(keys_of(first)[0]).is_file()


def test_a_damaged_clip_is_said_and_not_bought_again(studio: Set) -> None:
    key = keys_of(studio.shoot(GEN))[0]
    path = Vault().path(key)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(StoryreelError) as caught:
        studio.shoot(GEN)
    assert str(path) in str(caught.value) and "--retake" in str(caught.value)
    assert len(studio.jobs()) == 1
    aside = path.with_suffix(".damaged.mp4")
    assert aside.is_file() and not path.exists()
    with pytest.raises(StoryreelError, match="is not there"):
        studio.shoot(GEN)
    bought = studio.shoot(GEN, spend=Spend(Decimal(5), retakes={0: "anew"}))
    assert len(studio.jobs()) == 2 and bought.spent > 0


def test_a_clip_put_back_is_served(studio: Set, tmp_path: Path) -> None:
    key = keys_of(studio.shoot(GEN))[0]
    path, kept = Vault().path(key), tmp_path / "backup.mp4"
    path.replace(kept)
    with pytest.raises(StoryreelError, match="is not there"):
        studio.shoot(GEN)
    kept.replace(path)
    assert studio.shoot(GEN).spent == 0 and len(studio.jobs()) == 1


def test_a_failed_scene_leaves_the_others_going(studio: Set) -> None:
    studio.emulator.misbehave({"what": "failed", "door": "runway", "failure": "out of ideas"})
    with pytest.raises(StoryreelError, match=r"scenes\[1\].*out of ideas"):
        studio.shoot(VEO, GEN, OMNI)
    assert sorted(studio.states()) == [("google", "stored"), ("runway", "failed"), ("vertex", "stored")]
    studio.emulator.misbehave()
    shooting = studio.shoot(VEO, GEN, OMNI)
    assert len(studio.jobs()) == 4, "only what was missing is bought"
    assert [take.details["reused"] for take in shooting.takes] == [True, False, True]


def test_gaps_only_where_they_are_allowed(studio: Set) -> None:
    studio.emulator.misbehave({"what": "failed", "door": "runway"})
    shooting = studio.shoot(VEO, GEN, OMNI, spend=Spend(Decimal(5), gaps=True))
    assert [scene.number for scene in shooting.missing] == [1]
    assert [clip.about["index"] for clip in shooting.timeline.clips] == [0, 2]
    assert shooting.timeline.about["missing"][0]["index"] == 1
    studio.emulator.misbehave({"what": "failed"})
    with pytest.raises(StoryreelError):  # a film of nothing isn't one
        studio.shoot({**GEN, "prompt": "alone"}, spend=Spend(Decimal(5), gaps=True))


def test_a_scene_goes_on_from_the_one_before(studio: Set) -> None:
    omni = {"provider": "google", "model": "gemini-omni-1.2", "resolution": "720p", "duration": 3}
    shooting = studio.shoot(omni, {**omni, "extend": "previous"})
    first, second = studio.jobs()
    assert second["time"] >= first["states"][-1]["time"], "it waited for the clip that it goes on from"
    source = shooting.timeline.clips[1].start
    added = measure(shooting.takes[1].path).duration - float(source)
    assert added >= 2.9
    again = studio.shoot(omni, {**omni, "extend": "previous"})
    assert again.spent == 0 and len(studio.jobs()) == 2
    assert again.timeline.clips[1].start == source


def test_without_the_scene_before_there_is_none_after(studio: Set) -> None:
    omni = {"provider": "google", "model": "gemini-omni-1.2", "resolution": "720p", "duration": 3}
    studio.emulator.misbehave({"what": "failed", "nth": 1})
    with pytest.raises(StoryreelError) as caught:
        studio.shoot(omni, {**omni, "extend": "previous"})
    assert "scenes[0]" in str(caught.value) and "scenes[1]" in str(caught.value)
    assert len(studio.jobs()) == 1, "nothing was sent for the second"


def test_pictures_by_their_contents(studio: Set, tmp_path: Path) -> None:
    Image.linear_gradient("L").resize((320, 180)).convert("RGB").save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes())
    studio.shoot({**GEN, "first_frame": "a.png"})
    assert studio.shoot({**GEN, "first_frame": "b.png"}).spent == 0
    Image.radial_gradient("L").resize((320, 180)).convert("RGB").save(tmp_path / "a.png")
    assert studio.shoot({**GEN, "first_frame": "a.png"}).spent > 0
    assert len(studio.jobs()) == 2


def test_nothing_is_spent_without_a_yes(studio: Set) -> None:
    with pytest.raises(BadInput, match="max_cost"):
        studio.shoot(GEN, spend=Spend())
    assert not studio.jobs()


def test_sound_that_isn_t_wanted(studio: Set) -> None:
    """A model that always makes sound: the clip is kept as it came, the scene has none."""
    shooting = studio.shoot({**OMNI, "audio": False})
    assert not measure(shooting.takes[0].path).audio
    assert measure(Vault().path(keys_of(shooting)[0])).audio


def test_what_a_run_was_charged_is_in_the_ledger(studio: Set) -> None:
    shooting = studio.shoot(VEO, GEN, spend=Spend(Decimal(5), run="friday"))
    with studio.ledger() as ledger:
        assert ledger.spent(Run("friday")).charged == shooting.spent
        assert ledger.spent(Run("friday")).reserved == 0
        assert sum(ledger.cost(key) for key in keys_of(shooting)) == shooting.cost
