"""Shooting: every scene of a storyboard becomes a clip, many at once, and the clips a timeline.

>>> shooting = shoot(storyboard, Path("/films"), Path("/tmp/clips"), spend=Spend(limit=Decimal(5)))
>>> film.render(shooting.timeline, shooting.settings, Path("film.mp4"))

This is the one place that waits for clips. What is made here is handed in, asked after and fetched; what is bought goes
its own course (purchase/), so that it is paid for once. A scene that fails leaves the others going.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from . import casting, errands
from .assembly import Missing, assembled
from .casting import Wish
from .check import check, remarks
from .errands import Course, Errand, Pause
from .errors import (
    BadInput,
    Fault,
    OutputError,
    OverBudget,
    ProviderError,
    StillRunning,
    StoryreelError,
    UnknownOutcome,
)
from .owned import is_owned
from .providers import provider as provider_of
from .providers.contract import Operation, Shot, State, Status, Take
from .scenes import Storyboard
from .settings import FilmSettings
from .shots import extends_previous, shots, wish_of
from .spend import Spend
from .timeline import Timeline
from .watch import Watch

if TYPE_CHECKING:
    from .purchase import Purchase, Store

__all__ = ["Shooting", "Spend", "shoot", "shots", "take"]

POLL_SECONDS = 0.04
"""Between looks at what is made on this machine."""
OnScene = Callable[[int, Status], None]
"""Told the scene's number and how its shot stands, whenever that changes."""


class Shooting(NamedTuple):
    """What came of a storyboard."""

    timeline: Timeline
    settings: FilmSettings
    takes: tuple[Take, ...]
    """One per scene that was made."""
    warnings: tuple[str, ...]
    """What was done differently from what is written, each with its scene."""
    missing: tuple[Missing, ...] = ()
    spent: Decimal = Decimal(0)
    """Dollars that this run was charged."""

    @property
    def cost(self) -> Decimal:
        """Dollars that the clips cost, whenever they were bought."""
        return sum((take.cost for take in self.takes), Decimal(0))

    def report(self) -> str:
        """The same for a person: a line per scene, and the warnings."""
        lines = [
            f"{clip.about['index'] + 1}. {clip.title} · {float(clip.duration or 0):g} s · {_by(clip.about)} · "
            f"${clip.about['cost']:.2f}{' (bought before)' if clip.about['reused'] else ''}"
            for clip in self.timeline.clips
        ]
        lines += [f"{scene.number + 1}. missing: {scene.error}" for scene in self.missing]
        return "\n".join([*lines, *(f"note: {warning}" for warning in self.warnings)])


def shoot(
    storyboard: Storyboard,
    folder: Path,
    clips: Path,
    watch: Watch | None = None,
    parallel: int | None = None,
    on_scene: OnScene | None = None,
    spend: Spend | None = None,
) -> Shooting:
    """Shoots every scene; files are named from `folder`, clips are written into the folder `clips`.

    At most `parallel` scenes are made on this machine at once; None is as many as there are processors, four at the
    most. Without `spend` only what is free is made. Raises BadInput with every fault before anything is shot, and after
    all others were shot, what is wrong with those that failed; Interrupted, having cancelled what can be cancelled
    without being paid.
    """
    watch, spend = watch or Watch(), (spend or Spend()).identified()
    faults = check(storyboard, folder)
    if faults:
        raise BadInput("the storyboard can't be shot as it is", faults=faults)
    asked = shots(storyboard, folder)
    wishes = [wish_of(storyboard, number) for number in range(len(asked))]
    _made_folder(clips)
    begun: list[Errand] = []
    with _store(asked, wishes, spend, begun) as store:
        for number, (shot, wish) in enumerate(zip(asked, wishes, strict=True)):
            path = clips / f"scene_{number + 1:03}.mp4"
            before = begun[-1] if extends_previous(storyboard, number) else None
            asked_take = storyboard.scenes[number].take, spend.retakes.get(number)
            begun.append(_errand(number, shot, wish, path, store, asked_take, before))
        weights = [float(shot.duration) for shot in asked]
        _go(begun, weights, watch, parallel or min(4, os.cpu_count() or 1), on_scene)
        spent = store.spent() if store else Decimal(0)
    missing = tuple(Missing(each.number, each.error) for each in begun if each.error is not None)
    made = _counted_once({each.number: each.take for each in begun if each.take is not None})
    if missing and not (spend.gaps and made):
        raise _failure(missing, len(begun))
    timeline = assembled(storyboard, folder, made, missing)
    timeline = timeline.model_copy(
        update={"about": {**timeline.about, "spent": float(spent), "run": spend.run}}
    )
    warnings = tuple(_warnings(storyboard, made))
    return Shooting(timeline, storyboard.settings, tuple(made.values()), warnings, missing, spent)


def take(
    shot: Shot,
    wish: Wish | str,
    path: Path,
    watch: Watch | None = None,
    spend: Spend | None = None,
    number: int | None = None,
) -> Take:
    """One shot, as `shoot` makes them; the clip is written to `path`. `number` is which take, the latest without it."""
    wish = Wish(wish) if isinstance(wish, str) else wish
    spend = (spend or Spend()).identified()
    faults = casting.complaints(wish, shot)
    lacking = [] if faults else casting.readiness(wish)
    if lacking and not is_owned(shot, wish, number):
        faults = [Fault("provider", sentence) for sentence in lacking]
    if faults:
        raise BadInput("the shot can't be made as it is", faults=faults)
    begun: list[Errand] = []
    with _store([shot], [wish], spend, begun) as store:
        errand = _errand(0, shot, wish, path, store, (number, spend.retakes.get(0)), None)
        begun.append(errand)
        _go(begun, [1.0], watch or Watch(), 1, None)
    if errand.error is not None:
        raise errand.error
    assert errand.take is not None
    return errand.take


def _counted_once(made: dict[int, Take]) -> dict[int, Take]:
    """Scenes that ask for the same clip share it: it was paid for with the first of them."""
    counted: set[str] = set()
    once = {}
    for number, take in made.items():
        key = take.details.get("key")
        again = key is not None and key in counted
        once[number] = (
            take._replace(cost=Decimal(0), details={**take.details, "reused": True}) if again else take
        )
        counted.add(key or "")
    return once


def _made_here(shot: Shot, name: str, path: Path, running: list[Operation], instead: bool) -> Course:
    """The course of a clip that is made on this machine, at once and for nothing; `instead` of a bought one."""
    provider = provider_of(name)
    operation = provider.submit(shot, provider.capabilities()[0], "")
    running.append(operation)
    while not (status := provider.poll(operation)).final:
        yield Pause(POLL_SECONDS, status)
    running.clear()
    if status.state is not State.DONE:
        raise ProviderError(status.message or f"{name} failed and doesn't say why")
    made = provider.fetch(operation, status, path)
    losses = ["provider: no door is ready, so it is an animatic"] if instead else []
    about = {"provider": name, "model": name, "reused": False, "losses": losses}
    return made._replace(details={**made.details, **about})


def _errand(
    number: int,
    shot: Shot,
    wish: Wish,
    path: Path,
    store: Store | None,
    asked: tuple[int | None, str | None],
    before: Errand | None,
) -> Errand:
    if store is None or casting.is_local(wish) or _falls_back(wish, shot):
        running: list[Operation] = []
        stop = partial(_cancel_here, casting.FREE, running)
        instead = not casting.is_local(wish)
        return Errand(
            number, lambda: _made_here(shot, casting.FREE, path, running, instead), stop, True, before
        )
    from .purchase import Purchase

    purchase = Purchase(shot, wish, path, store, *asked)
    if before is None:
        purchase.identify()
        _consented(number, purchase)

    def begin() -> Course:
        if before is not None:
            if before.take is None:
                raise ProviderError(f"scenes[{before.number}], from which it goes on, wasn't made")
            purchase.shot = shot.model_copy(update={"video": str(before.take.path), "continues": False})
        return purchase.course()

    return Errand(number, begin, purchase.cancel, False, before)


def _cancel_here(name: str, running: list[Operation]) -> None:
    for operation in running:
        provider_of(name).cancel(operation)


def _falls_back(wish: Wish, shot: Shot) -> bool:
    """Whether `auto` finds no door ready and the animatic makes it, as nobody has bought its clip before."""
    found = casting.cast(wish, shot)
    return bool(found) and all(can.free for can in found) and not is_owned(shot, wish)


def _consented(number: int, purchase: Purchase) -> None:
    """Raises BadInput if a clip would have to be bought and nobody has said that anything may be spent. What was bought
    before, or is under way, needs no consent."""
    ledger, limit = purchase.store.ledger, purchase.store.spend.limit
    if limit is None or limit > 0 or ledger.take(purchase.key):
        return
    if any(attempt.open for attempt in ledger.attempts(purchase.key)):
        return
    planned = casting.plan(purchase.wish, purchase.shot)
    if planned and planned.ready and planned.cost:
        said = f"{planned.capability.name} costs money (${planned.cost:.2f}), and no spending is allowed"
        cure = "set max_cost to what may be spent, or run `storyreel render` with --allow-spend"
        raise BadInput("nothing may be spent", faults=[Fault(f"scenes[{number}]", said, cure)])


@contextmanager
def _store(
    asked: Sequence[Shot], wishes: Sequence[Wish], spend: Spend, begun: list[Errand]
) -> Iterator[Store | None]:
    """The ledger and the vault, where something is bought; None where all is made here."""
    pairs = zip(asked, wishes, strict=True)
    if all(casting.is_local(wish) or _falls_back(wish, shot) for shot, wish in pairs):
        yield None
        return
    from .purchase import opened_store

    store = opened_store(spend)
    try:
        yield store
    finally:
        if all(errand.idle.is_set() for errand in begun):
            store.ledger.close()
        else:  # an answer that comes after an interruption is still written down
            threading.Thread(target=_close_later, args=(store, begun), name="ledger", daemon=True).start()


def _close_later(store: Store, begun: list[Errand]) -> None:
    for errand in begun:
        errand.idle.wait()
    store.ledger.close()


def _go(
    begun: Sequence[Errand], weights: Sequence[float], watch: Watch, parallel: int, on_scene: OnScene | None
) -> None:
    told: dict[int, Status] = {}
    whole = sum(weights)
    share = {each.number: weight / whole for each, weight in zip(begun, weights, strict=True)}
    done = dict.fromkeys(share, 0.0)
    over: set[int] = set()
    so_far = 0.0  # the sum of `done`, not added up anew for each of hundreds

    def changed(errand: Errand) -> None:
        nonlocal so_far
        number = errand.number
        if told.get(number) == errand.status:
            return
        told[number] = errand.status
        if on_scene:
            on_scene(number, errand.status)
        if errand.over:
            over.add(number)
        now = errand.done * share[number]
        so_far += now - done[number]
        done[number] = now
        watch.tell(so_far if len(over) < len(begun) else 1.0, _progress(len(over), len(begun), errand))

    errands.run(begun, watch, parallel, changed)


def _progress(over: int, count: int, latest: Errand) -> str:
    message = latest.status.message
    if count == 1:
        return message or "shooting"
    said = f"shooting: {over} of {count} scenes"
    return f"{said} · scene {latest.number + 1}: {message}" if message else said


def _made_folder(clips: Path) -> None:
    try:
        clips.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{clips} can't be made: {error.strerror}", "choose another folder") from None


def _failure(missing: Sequence[Missing], count: int) -> StoryreelError:
    """One error for all that failed, of the kind that asks most of its reader."""
    sentences = [f"scenes[{scene.number}]: {scene.error}" for scene in missing]
    kinds = [UnknownOutcome, StillRunning, OverBudget, type(missing[0].error), ProviderError]
    kind = next(kind for kind in kinds if any(isinstance(scene.error, kind) for scene in missing))
    if (
        not issubclass(kind, (ProviderError, OverBudget, OutputError))
        or kind.__init__ is not StoryreelError.__init__
    ):
        kind = ProviderError
    if len(missing) == 1:
        return kind(f"scenes[{missing[0].number}]: {missing[0].error.message}", missing[0].error.hint)
    return kind(f"{len(missing)} of {count} scenes failed\n  " + "\n  ".join(sentences))


def _warnings(storyboard: Storyboard, made: dict[int, Take]) -> list[str]:
    noted = [
        f"scenes[{number}].{note}"
        for number, take in made.items()
        for note in (*take.notes, *take.details.get("losses", ()))
    ]
    return list(dict.fromkeys([*noted, *remarks(storyboard)]))


def _by(about: dict[str, Any]) -> str:
    model, provider = about.get("model"), about["provider"]
    return provider if model in (None, provider) else f"{model} through {provider}"
