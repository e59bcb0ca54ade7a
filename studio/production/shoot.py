"""Shooting: every scene of a storyboard becomes a clip, many at once, and the clips a timeline.

    shooting = shoot(storyboard, Path("/films"), Path("/tmp/clips"), spend=Spend(limit=Decimal(5)))
    film.render(shooting.timeline, shooting.settings, Path("film.mp4"))

This is the one place that waits for clips. What is made here is handed in, asked after and fetched; what is bought goes
its own course (purchase/), so that it is paid for once. A scene that fails leaves the others going.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import BadInput, Fault, OutputError, StoryreelError
from ..ledger.spend_policy import Spend
from ..planning import model_choice
from ..planning.model_choice import Wish
from ..planning.narration import lengthened
from ..planning.reuse import is_owned
from ..planning.shots import shot_of, shots, wish_of
from ..planning.steps import steps
from ..planning.validate import check
from ..progress import Watch
from ..providers.contract import Operation, Status, Take
from ..providers.shot import Shot
from ..purchase import scheduler
from ..purchase.scheduler import Errand
from ..storyboard.model import Storyboard
from ..timeline.settings import FilmSettings
from ..timeline.timeline import Timeline
from .assemble import Missing, assembled, cuts, lengths_noted, too_short
from .keyframes import Drawing, before_clips
from .narrate import heard_of
from .run_steps import Making, cancel_here, consented, counted_once, falls_back, made_here
from .soundtrack import sounded
from .takes import failure, missing, sounds_noted, takes, warnings

if TYPE_CHECKING:
    from ..purchase import Store

__all__ = ["Shooting", "Spend", "draw", "shoot", "shots", "take"]

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
    def clips(self) -> list[Path]:
        """The files of all clips in order; of a scene that is made of several, all of them."""
        return [Path(name) for take in self.takes for name in take.details["clips"]]

    @property
    def cost(self) -> Decimal:
        """Dollars that the clips cost, whenever they were bought."""
        return sum((take.cost for take in self.takes), Decimal(0))

    def _seconds(self, place: int) -> Fraction:
        """Of the scene whose first clip is there in the timeline."""
        more = takewhile(lambda clip: clip.goes_on, self.timeline.clips[place + 1 :])
        return sum(
            (clip.duration or Fraction(0) for clip in more),
            self.timeline.clips[place].duration or Fraction(0),
        )

    def report(self) -> str:
        """The same for a person: a line per scene, and the warnings."""
        lines = [
            f"scene {clip.about['index']}: {clip.title} · {float(self._seconds(place)):g} s · {_by(clip.about)} · "
            f"${clip.about['cost']:.2f}{' (bought before)' if clip.about['reused'] else ''}"
            for place, clip in enumerate(self.timeline.clips)
            if not clip.goes_on
        ]
        lines += [f"scene {scene.number} is missing: {scene.error}" for scene in self.missing]
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
    drawn = {
        number
        for number in range(len(storyboard.scenes))
        if not model_choice.is_local(wish := wish_of(storyboard, number))
        and falls_back(wish, shot_of(storyboard, number, folder))
    }
    wanted = steps(storyboard, folder, drawn)
    _made_folder(clips)
    begun: list[Errand] = []
    with _store(
        any(not model_choice.is_local(s.wish) and (s.sounds or s.scene not in drawn) for s in wanted),
        spend,
        begun,
    ) as store:
        making = Making(storyboard, wanted, clips, store, drawn)
        voices = making.begin(begun, [step for step in wanted if step.sounds])
        if voices:
            _go(voices, [1.0] * len(voices), watch.part(0, 0.1), 1, None, "voices and pieces of music")
        sound = heard_of(making, storyboard, folder)
        if sound.errors and not spend.gaps:
            raise failure([Missing(*each) for each in sound.errors.items()], len(storyboard.scenes))
        making.wanted = steps(_longer(storyboard, sound.lengths, drawn), folder, drawn)
        filmed = [step for step in making.wanted if not step.sounds]
        filming = making.begin(begun, filmed)
        weights = [float(step.shot.duration) for step in filmed]
        rest = watch.part(0.1 if voices else 0, 1)
        _go(filming, weights, rest, parallel or min(4, os.cpu_count() or 1), on_scene, store=store)
        spent = store.spent() if store else Decimal(0)
    gaps = _gaps(making)
    made = takes(making, {scene.number for scene in gaps})
    if gaps and not (spend.gaps and made):
        raise failure(gaps, len(storyboard.scenes))
    shown = cuts(making)
    final = lengthened(storyboard, sound.lengths)
    made = sounds_noted(lengths_noted(final, made, shown), sound)
    timeline = sounded(assembled(final, folder, made, shown, gaps), final, folder, sound.sound)
    timeline = timeline.model_copy(
        update={"about": {**timeline.about, "spent": float(spent), "run": spend.run}}
    )
    noted = tuple(warnings(storyboard, made))
    return Shooting(timeline, storyboard.settings, tuple(made.values()), noted, gaps, spent)


def _gaps(making: Making) -> tuple[Missing, ...]:
    """The scenes that the film can't show: without a clip, or with one that is far too short."""
    found = {scene.number: scene for scene in (*too_short(making), *missing(making))}
    return tuple(found[number] for number in sorted(found))


def draw(
    storyboard: Storyboard,
    folder: Path,
    pictures: Path,
    watch: Watch | None = None,
    spend: Spend | None = None,
) -> Drawing:
    """Draws the described frames of every scene and makes no clip; `shoot` finds them afterwards. Frames that are drawn
    after a clip of their own chain come with that clip.

    A frame that can't be drawn leaves the others going, and is told. Raises as `shoot` does.
    """
    watch, spend = watch or Watch(), (spend or Spend()).identified()
    faults = check(storyboard, folder)
    if faults:
        raise BadInput("the storyboard can't be drawn as it is", faults=faults)
    wanted = steps(storyboard, folder)
    begun: list[Errand] = []
    frames = before_clips(wanted)
    _made_folder(pictures)
    with _store(bool(frames), spend, begun) as store:
        making = Making(storyboard, frames, pictures, store, keyframes=True)
        making.begin(begun)
        if begun:
            _go(begun, [1.0] * len(begun), watch, 1, None)
        spent = store.spent() if store else Decimal(0)
    takes = counted_once([(s.number, take) for s in frames if (take := making.take_of(s)) is not None])
    errors = {s.number: error for s in frames if (error := making.error_of(s)) is not None}
    return Drawing(tuple(wanted), takes, errors, spent)


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
    faults = model_choice.complaints(wish, shot)
    lacking = [] if faults else model_choice.readiness(wish, shot)
    if lacking and not is_owned(shot, wish, number):
        faults = [Fault("provider", sentence) for sentence in lacking]
    if faults:
        raise BadInput("the shot can't be made as it is", faults=faults)
    begun: list[Errand] = []
    local = model_choice.is_local(wish) or falls_back(wish, shot)
    with _store(not local, spend, begun) as store:
        errand = _one(shot, wish, path, store, number, spend)
        begun.append(errand)
        _go(begun, [1.0], watch or Watch(), 1, None)
    if errand.error is not None:
        raise errand.error
    assert errand.take is not None
    return errand.take


def _one(shot: Shot, wish: Wish, path: Path, store: Store | None, number: int | None, spend: Spend) -> Errand:
    if store is None:
        running: list[Operation] = []
        instead = not model_choice.is_local(wish)
        return Errand(0, lambda: made_here(shot, path, running, instead), partial(cancel_here, running), True)
    from ..purchase import Purchase

    purchase = Purchase(shot, wish, path, store, number, spend.retakes.get(0))
    purchase.identify()
    consented("scenes[0]", purchase)
    return Errand(0, purchase.course, purchase.cancel, False)


def _longer(storyboard: Storyboard, lengths: Mapping[int, Fraction], drawn: Collection[int]) -> Storyboard:
    """With the lengths of the scenes that are made here: they fill the time that their narration takes. What is bought
    stays as it is, and its last frame stands."""
    here = {
        number: length
        for number, length in lengths.items()
        if number in drawn or model_choice.is_local(wish_of(storyboard, number))
    }
    return lengthened(storyboard, here)


@contextmanager
def _store(needed: bool, spend: Spend, begun: list[Errand]) -> Iterator[Store | None]:
    """The ledger and the vault, where something is bought; None where all is made here."""
    if not needed:
        yield None
        return
    from ..purchase import opened_store

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
    begun: Sequence[Errand],
    weights: Sequence[float],
    watch: Watch,
    parallel: int,
    on_scene: OnScene | None,
    called: str = "",
    store: Store | None = None,
) -> None:
    told: dict[Errand, Status] = {}
    whole = sum(weights)
    share = {each: weight / whole for each, weight in zip(begun, weights, strict=True)}
    done = dict.fromkeys(share, 0.0)
    over: set[Errand] = set()
    one_each = len({each.number for each in begun}) == len(begun)
    what = called or ("scenes" if one_each else "frames and clips")
    paid = ""
    so_far = 0.0  # the sum of `done`, not added up anew for each of hundreds

    def changed(errand: Errand) -> None:
        nonlocal so_far, paid
        if told.get(errand) == errand.status:
            return
        told[errand] = errand.status
        if on_scene:
            on_scene(errand.number, errand.status)
        if errand.over:
            over.add(errand)
            paid = _paid(store) or paid
        now = errand.done * share[errand]
        so_far += now - done[errand]
        done[errand] = now
        watch.tell(
            so_far if len(over) < len(begun) else 1.0, _progress(len(over), len(begun), what, paid, errand)
        )

    scheduler.run(begun, watch, parallel, changed)


def _paid(store: Store | None) -> str:
    """What this run has spent so far; nothing where that is nothing, or where the ledger can't be asked just now."""
    if store is None:
        return ""
    from ..ledger.money import dollars_text

    with suppress(StoryreelError):
        spent = store.spent()
        return f", {dollars_text(spent)} spent" if spent else ""
    return ""


def _progress(over: int, count: int, what: str, paid: str, latest: Errand) -> str:
    message = latest.status.message
    if count == 1:
        return message or "shooting"
    said = f"shooting: {over} of {count} {what}{paid}"
    return f"{said} · scene {latest.number}: {message}" if message else said


def _made_folder(clips: Path) -> None:
    try:
        clips.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{clips} can't be made: {error.strerror}", "choose another folder") from None


def _by(about: dict[str, Any]) -> str:
    model, provider = about.get("model"), about["provider"]
    return provider if model in (None, provider) else f"{model} through {provider}"
