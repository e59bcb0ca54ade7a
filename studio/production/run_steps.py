"""What a storyboard's steps become: an errand for each, which begins once those before it are over.

What is made on this machine is handed in, asked after and fetched here; what is bought goes its own course (purchase/),
so that it is paid for once.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import (
    BadInput,
    Fault,
    MediaError,
    NeedsConsent,
    ProviderError,
    StillRunning,
    StoryreelError,
    UnknownOutcome,
)
from ..planning import model_choice
from ..planning.continuity import Made, begins
from ..planning.request_key import canonical, digest, hashed
from ..planning.reuse import is_owned
from ..planning.steps import Step, filled
from ..providers import provider as provider_of
from ..providers.contract import Operation, State, Take
from ..providers.shot import Shot
from ..purchase.scheduler import Course, Errand, Pause
from ..storyboard.model import Storyboard

if TYPE_CHECKING:
    from ..purchase import Purchase, Store

POLL_SECONDS = 0.04
"""Between looks at what is made on this machine."""


class Making:
    """The errands of some steps, and what they have made so far. `drawn` are the scenes that are animatics because
    nobody is ready; `keyframes` says that pictures are taken anew where another take is wanted, and not clips."""

    def __init__(
        self,
        board: Storyboard,
        wanted: Sequence[Step],
        clips: Path,
        store: Store | None,
        drawn: Collection[int] = (),
        keyframes: bool = False,
    ) -> None:
        self.board = board
        self.wanted = wanted
        self.store = store
        self.errands: dict[int, Errand] = {}
        self.made: dict[int, Made] = {}
        self.losses: dict[int, list[str]] = {}
        """By scene: what stands in for what couldn't be made."""
        self._clips, self._drawn, self._retakes_pictures = clips, drawn, keyframes
        self._lock = threading.Lock()

    def begin(self, errands: list[Errand], some: Sequence[Step] | None = None) -> list[Errand]:
        """An errand for each step, or for `some`; they are added to the list too. Raises BadInput where something had
        to be paid for and nothing may be spent."""
        begun = []
        for step in self.wanted if some is None else some:
            self.errands[step.number] = self._errand(step)
            begun.append(self.errands[step.number])
        errands += begun
        return begun

    def error_of(self, step: Step) -> StoryreelError | None:
        return self.errands[step.number].error

    def take_of(self, step: Step) -> Take | None:
        return self.errands[step.number].take

    def _errand(self, step: Step) -> Errand:
        after = tuple(
            self.errands[number]
            for feed in step.feeds
            for number in (feed.step, feed.colors)
            if number is not None and number in self.errands
        )
        path = self._clips / _name(step)
        instead = step.scene in self._drawn and not step.sounds
        if self.store is None or model_choice.is_local(step.wish) or instead:
            running: list[Operation] = []
            stop = partial(cancel_here, running)
            return Errand(
                step.scene, lambda: self._drawn_here(step, path, running, instead), stop, True, after
            )
        from ..purchase import Purchase

        purchase = Purchase(step.shot, step.wish, path, self.store, *self._take(step))
        if not step.feeds:
            purchase.identify()
            consented(f"scenes[{step.scene}]", purchase)
        return Errand(step.scene, lambda: self._bought(step, purchase), purchase.cancel, False, after)

    def _take(self, step: Step) -> tuple[int | None, str | None]:
        """Which take is meant, or the word for another one."""
        assert self.store is not None
        retake = self.store.spend.retakes.get(step.scene)
        if step.what != "clip":
            return None, retake if self._retakes_pictures and step.draws else None
        return self.board.scenes[step.scene].take, retake

    def _drawn_here(self, step: Step, path: Path, running: list[Operation], instead: bool) -> Course:
        take = yield from made_here(step.shot, path, running, instead)
        try:
            identity = f"{take.details['provider']} {hashed(canonical(step.shot, step.wish))}"
        except MediaError:
            identity = digest(take.path)
        self.made[step.number] = Made(take.path, identity, step.shows)
        return take

    def _bought(self, step: Step, purchase: Purchase) -> Course:
        if step.feeds:
            purchase.shot = self._filled(step)
        take = yield from purchase.course()
        start = begins(take.details, bool(self.board.given(step.scene, "keep_first_frame")))
        self.made[step.number] = Made(take.path, take.details["sha256"], step.shows, start)
        return take

    def _filled(self, step: Step) -> Shot:
        """The step's shot with what those before it have made. Raises what went wrong with them, where nothing can
        stand in for it."""
        for feed in step.feeds:
            source = self.wanted[feed.step]
            error = self.error_of(source)
            if error is None:
                continue
            if source.what == "clip":
                raise ProviderError(f"scenes[{source.scene}], from which it goes on, wasn't made")
            self._stand_in(source, error)
        shot = filled(step, self.made)
        if shot is None:
            raise ProviderError("what it is made from wasn't made")
        return shot

    def _stand_in(self, step: Step, error: StoryreelError) -> None:
        """Puts the character's picture in the place of a keyframe that certainly won't be drawn; raises the error where
        that isn't certain, or there is no such picture."""
        certain = isinstance(error, ProviderError) and not isinstance(error, UnknownOutcome | StillRunning)
        if step.stand_in is None or not certain:
            raise error
        with self._lock:
            if step.number not in self.made:
                self.made[step.number] = Made(Path(step.stand_in), digest(step.stand_in))
                said = f"{step.what}_description: the character's picture stands in for the frame"
                said += f", which wasn't drawn: {error.message}"
                self.losses.setdefault(step.scene, []).append(said)


def made_here(shot: Shot, path: Path, running: list[Operation], instead: bool) -> Course:
    """The course of a clip that is made on this machine, at once and for nothing; `instead` of a bought one."""
    name = model_choice.FREE
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


def cancel_here(running: list[Operation]) -> None:
    for operation in running:
        provider_of(operation.provider).cancel(operation)


def falls_back(wish: model_choice.Wish, shot: Shot) -> bool:
    """Whether `auto` finds no door ready and the animatic makes it, as nobody has bought its clip before."""
    found = model_choice.cast(wish, shot)
    return bool(found) and all(model_choice.stands_in(can) for can in found) and not is_owned(shot, wish)


def consented(place: str, purchase: Purchase) -> None:
    """Raises BadInput if something would have to be bought and nobody has said that anything may be spent. What was
    bought before, or is under way, needs no consent."""
    ledger, limit = purchase.store.ledger, purchase.store.spend.limit
    if limit is None or limit > 0 or ledger.take(purchase.key):
        return
    if any(attempt.open for attempt in ledger.attempts(purchase.key)):
        return
    planned = model_choice.plan(purchase.wish, purchase.shot)
    if planned and planned.ready and planned.cost:
        said = f"{planned.capability.name} costs money ({model_choice.about(planned.cost)}), and no spending is allowed"
        spend = purchase.store.spend
        cure = spend.cure or "set max_cost to what may be spent, or run `storyreel render` with --allow-spend"
        kind = NeedsConsent if spend.cure else BadInput
        raise kind("nothing may be spent", faults=[Fault(place, said, cure)])


def counted_once(takes: Sequence[tuple[int, Take]]) -> dict[int, Take]:
    """Steps that ask for the same thing share it: it was paid for with the first of them."""
    counted: set[str] = set()
    once = {}
    for number, take in takes:
        key = take.details.get("key")
        again = key is not None and key in counted
        once[number] = (
            take._replace(cost=Decimal(0), details={**take.details, "reused": True}) if again else take
        )
        counted.add(key or "")
    return once


def _name(step: Step) -> str:
    """scene_001.mp4; scene_001_2.mp4 of a second part; scene_001_first_frame.png"""
    name = f"scene_{step.scene + 1:03}"
    if step.what != "clip":
        return f"{name}_{step.what}{'.png' if step.draws else '.wav'}"
    return f"{name}_{step.part + 1}.mp4" if step.part else f"{name}.mp4"
