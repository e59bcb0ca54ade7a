"""Casting: which model makes a shot, and through which door.

A wish is what the storyboard says: a door (`vertex`), a model (`veo-3.1`), a family of models (`veo`), or `auto`.
Casting reads the capabilities, which doors are ready and what the config prefers; it asks nobody and spends nothing.

    [can.name for can in cast(Wish("veo"), shot)]
    # ['veo-3.1 through vertex', 'veo-3.1 through runway', 'veo-3.1 through fal']
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal, NamedTuple

from ..config import Failover, config
from ..errors import Fault, did_you_mean
from ..providers import AUTO, FAMILIES, PROVIDERS, complaint, provider
from ..providers.capability import Capability, bought, made_by
from ..providers.faults import faults
from ..providers.models import catalogue, gone
from ..providers.pricing import price
from ..providers.shot import Shot

FREE = "animatic"

Order = Literal["best", "cheapest", "fastest"]
"""The config's and the catalogue's order; by the price of the clip; by how long each has taken here before."""
_SIZES = {"clip": ("360p", "720p", "1080p", "4k"), "picture": ("512", "1k", "2k", "4k")}  # sounds have none


class Wish(NamedTuple):
    """Who shall make a shot, as it is written."""

    provider: str = AUTO
    model: str | None = None
    order: Order = "best"
    models: tuple[str, ...] = ()
    """Only these, the first first; empty: all."""

    @property
    def named_model(self) -> str | None:
        """The model that is meant, if one is: by itself or by its family."""
        return self.model or FAMILIES.get(self.provider)

    @property
    def door(self) -> str | None:
        """The one door that may be used, or None for any."""
        return None if self.provider == AUTO or self.provider in FAMILIES else self.provider

    def __str__(self) -> str:
        return " ".join(dict.fromkeys(word for word in (self.provider, self.model) if word))


class Planned(NamedTuple):
    """Who would be asked first."""

    capability: Capability
    seconds: Fraction
    """Of clip that are made and paid for."""
    cost: Decimal
    why: str
    ready: bool


def is_local(wish: Wish) -> bool:
    """Whether nobody but this machine is meant."""
    return wish.provider == FREE


def stands_in(can: Capability) -> bool:
    """Whether it is what `auto` makes of a scene that no model can be asked for."""
    return can.provider == FREE


def _anybody(wish: Wish) -> bool:
    return wish.provider == AUTO and wish.named_model is None and not wish.models


def mistakes(wish: Wish) -> list[Fault]:
    """Names that there aren't."""
    if wish.provider != AUTO and wish.provider not in FAMILIES and wish.provider not in PROVIDERS:
        return [Fault("provider", *complaint(wish.provider))]
    models = list(dict.fromkeys(can.model for can in catalogue()))
    for name in (*([wish.model] if wish.model else []), *wish.models):
        if name not in models and (was := gone().get(name)):
            return [Fault("model", *was.fault)]
    for name in (*([wish.model] if wish.model else []), *wish.models):
        if name not in models and not (wish.provider == FREE and name == FREE):
            return [Fault("model", f"{name!r} is not a model", did_you_mean(name, models))]
    if wish.model and not meant(wish):
        doors = dict.fromkeys(can.provider for can in catalogue() if can.model == wish.model)
        said = f"{wish.model} can't be reached through {wish.provider}"
        return [Fault("model", said, f"use the provider {' or '.join(doors)}, or auto")]
    return []


def meant(wish: Wish) -> list[Capability]:
    """Whom the wish names, in order of preference, whatever they can do."""
    return _split(wish)[0]


def cast(wish: Wish, shot: Shot, ready_only: bool = True, today: date | None = None) -> list[Capability]:
    """All that can make the shot, in the order in which they are asked. The first is whom the wish means; the others
    follow only as far as the failover policy goes. Empty if nobody can. `today` is the day by UTC: models whose end has
    come are asked only by whoever names them or their provider."""
    first, others = _split(wish)
    able = _lasting([can for can in first if not _faults(shot, can)], not _anybody(wish), today)
    also = _lasting([can for can in others if not _faults(shot, can)], False, today)
    # A door that somebody pays for is a key away. What this machine hasn't got counts only where it is meant.
    able = [
        can for can in able if not (ready_only or (can.free and _anybody(wish))) or not unready(can.provider)
    ]
    also = [can for can in also if not (ready_only or can.free) or not unready(can.provider)]
    if wish.order == "cheapest":
        able.sort(key=lambda can: price(shot, can) or Decimal(0))
    if wish.order == "fastest":
        speeds = _speeds()
        able.sort(key=lambda can: speeds.get((can.provider, can.model), math.inf))
    if wish.door and not wish.model:
        able = able[:1]  # the door's own first choice
    found = _as_far_as_allowed([*able, *also], wish)
    if not found and _anybody(wish):
        free = provider(FREE).capabilities()[0]
        return [] if _faults(shot, free) else [free]
    return found


def _lasting(found: list[Capability], named: bool, today: date | None) -> list[Capability]:
    """Those that are still to be had. The days that makers name are the earliest, so that a model which somebody has
    named is asked all the same where there is no other."""
    lasting = [can for can in found if not can.ended(today)]
    return lasting or (found if named else [])


def endings(wish: Wish, makes: str = "", today: date | None = None) -> list[str]:
    """Of the models that a wish names: that they end soon or have ended, a sentence; nothing as long as another one is
    meant too that stays. `makes`: only of those that make it (clip, picture, speech, music)."""
    if _anybody(wish) or is_local(wish):
        return []
    found = [can for can in meant(wish) if not makes or makes in {made_by(mode) for mode in can.modes}]
    said = [can.ending(today) for can in found]
    return said[:1] if said and all(said) else []


def complaints(wish: Wish, shot: Shot) -> list[Fault]:
    """Why nobody whom the wish allows can make the shot, said of the one it means first; empty if somebody can."""
    wrong = mistakes(wish)
    # That `auto` could make an animatic of what no model makes is no answer: nobody asked for one.
    if wrong or any(is_local(wish) or not stands_in(can) for can in cast(wish, shot, ready_only=False)):
        return wrong
    first, others = _split(wish)
    # Of several models, the one that can do this kind of shot at all says what else is in the way.
    suited = [can for can in (*first, *others) if shot.mode in can.modes] or [*first, *others]
    return (
        _faults(shot, suited[0])
        if suited
        else [Fault("provider", f"{wish} can't be reached by this version")]
    )


def readiness(wish: Wish, shot: Shot | None = None) -> list[str]:
    """What is missing before the wish can be fulfilled, a sentence each; empty if a door is ready. `auto` always finds
    somebody for a clip; for a `shot` of a sound not without a door."""
    meant, anybody = _split(wish)[0], _anybody(wish)
    if anybody and shot is not None and not cast(wish, shot):
        meant, anybody = cast(wish, shot, ready_only=False), False
    lacking = {door: unready(door) for door in dict.fromkeys(can.provider for can in meant)}
    if anybody or not all(lacking.values()):
        return []
    return [sentence for sentences in lacking.values() for sentence in sentences]


def plan(wish: Wish, shot: Shot) -> Planned | None:
    """Who would make the shot and for how much: a ready one, else the one that would be if it had its key."""
    ready = cast(wish, shot)
    found = [can for can in ready if not stands_in(can)]
    if not found and not is_local(wish):
        found = [can for can in cast(wish, shot, ready_only=False) if not stands_in(can)]
    found = found or ready
    if not found:
        return None
    can = found[0]
    estimate = provider(can.provider).estimate(shot, can)
    seconds = bought(shot, can) or Fraction(shot.duration)
    return Planned(can, seconds, estimate.cost, estimate.why, can in ready)


class Way(NamedTuple):
    """A way to have nearly the same for less."""

    words: str
    cost: Decimal
    saves: Decimal
    """Dollars less than what was meant."""

    def __str__(self) -> str:
        return f"{self.words} ({about(self.cost) if self.cost else 'free'})"


def cheaper(shot: Shot, can: Capability, most: int = 3, within: Decimal | None = None) -> list[Way]:
    """Ways to have nearly the same for less, the nearest in price first; only those of at most `within` dollars."""
    now = price(shot, can)
    if not now:
        return []
    ways: dict[str, Decimal] = {}
    sizes = _SIZES.get(shot.makes, ())
    for other in _lasting(list(catalogue()), False, None):
        for resolution in other.prices or ("",):  # who is paid by the character has no other price
            if resolution in sizes and shot.resolution in sizes[: sizes.index(resolution)]:
                continue  # larger than what was asked for
            changed = shot.model_copy(update={"resolution": resolution}) if resolution else shot
            cost = price(changed, other)
            if cost is None or cost >= now or _faults(changed, other):
                continue
            same = other.model == can.model and other.provider == can.provider
            words = [] if same else [other.name]
            words += [] if changed.resolution == shot.resolution else [f"resolution {changed.resolution}"]
            if words and (within is None or cost <= within):
                ways[" at ".join(words)] = cost
    best = sorted(ways.items(), key=lambda way: -way[1])[:most]
    free = [Way("animatic", Decimal(0), now)] if shot.makes == "clip" else []
    return [Way(words, cost, now - cost) for words, cost in best] + free


def about(cost: Decimal) -> str:
    """Dollars as a sentence says them, to the cent, or, of less than one, to two digits: $0.48; $0.0019."""
    return f"${cost:.2f}" if not 0 < cost < Decimal("0.01") else f"${Decimal(f'{cost:.2g}'):f}"


def unready(door: str) -> list[str]:
    """Why a door can't be used, a sentence each."""
    if not config().door(door).enabled:
        return [f"{door} is switched off in config.toml: set enabled = true in [doors.{door}]"]
    return provider(door).missing()


def _faults(shot: Shot, can: Capability) -> list[Fault]:
    return faults(shot, can) or provider(can.provider).check(shot, can)


def _split(wish: Wish) -> tuple[list[Capability], list[Capability]]:
    """Whom the wish means, and to whom a shot may go after they have failed it."""
    preferred = config().failover  # frozen, so that it has a hash, which pydantic doesn't tell
    first, others = _parted(wish, preferred)  # pyright: ignore[reportArgumentType]
    return [*first], [*others]


@lru_cache(maxsize=500)
def _parted(wish: Wish, preferred: Failover) -> tuple[tuple[Capability, ...], tuple[Capability, ...]]:
    first, policy = _roles(wish, preferred), _policy(wish, preferred)
    if policy == "off" or wish.provider == FREE or wish.models:
        return tuple(first), ()
    models = {can.model for can in first[:1]} if wish.door else {can.model for can in first}
    known = {(can.provider, can.model) for can in first}
    others = [
        can
        for can in _ranked(preferred)
        if (can.provider, can.model) not in known and _may_be_chosen(can, wish, preferred)
    ]
    if policy == "door":
        others = [can for can in others if can.model in models]
    # another door to the same model comes before the next model
    others.sort(key=lambda can: can.model not in models)
    return tuple(first), tuple(others)


def _roles(wish: Wish, preferred: Failover) -> list[Capability]:
    """Whom the wish names, in order of preference."""
    if wish.provider == FREE:
        return list(provider(FREE).capabilities())
    model = wish.named_model
    roles = [
        can
        for can in _ranked(preferred, wish.models)
        if (wish.door is None or can.provider == wish.door)
        and (model is None or can.model == model)
        and (not wish.models or can.model in wish.models)
        and (model or _may_be_chosen(can, wish, preferred))
    ]
    if wish.door and not (model or wish.models or preferred.models):
        # Who says runway means Runway's own models, not those that it passes on.
        roles.sort(key=lambda can: not can.own)
    return roles


def _may_be_chosen(can: Capability, wish: Wish, preferred: Failover) -> bool:
    """Whether a model may be taken that the scene doesn't name. One whose lost answer can't be looked up may leave a
    clip paid for and out of reach: it is asked only where a person has named it."""
    return can.finds or can.model in (*wish.models, *preferred.models)


def _speeds() -> dict[tuple[str, str], float]:
    """Seconds from request to clip, by door and model, in the median of the last month; of those that made any."""
    from ..ledger import open_ledger
    from ..ledger.budgets import has_ledger

    if not has_ledger():
        return {}
    with open_ledger() as ledger:
        found = ledger.performance(time.time() - 30 * 24 * 3600)
    return {(each.provider, each.model): each.seconds for each in found if each.seconds is not None}


def _policy(wish: Wish, preferred: Failover) -> str:
    return preferred.policy or ("off" if wish.door else "door" if wish.named_model else "model")


def _as_far_as_allowed(found: list[Capability], wish: Wish) -> list[Capability]:
    """Where the wish itself allows several, the failover policy may still allow only the first, or its model."""
    policy = _policy(wish, config().failover)
    if policy == "off":
        return found[:1]
    return [can for can in found if policy == "model" or can.model == found[0].model]


def _ranked(preferred: Failover, models: Sequence[str] = ()) -> list[Capability]:
    """The catalogue, as the config prefers it: by model, then by door."""
    by_model = _order(models or preferred.models, [can.model for can in catalogue()])
    by_door = _order(preferred.doors, list(PROVIDERS))
    return sorted(catalogue(), key=lambda can: (by_model[can.model], by_door[can.provider]))


def _order(preferred: Sequence[str], known: Sequence[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(dict.fromkeys((*preferred, *known)))}
