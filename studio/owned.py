"""Which clips were bought before: those are served at no cost, without a key and without a door."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .budgets import has_ledger
from .casting import Wish, is_local
from .errors import StoryreelError
from .providers.contract import Shot
from .scenes import Storyboard
from .shots import shot_of, wish_of

if TYPE_CHECKING:
    from .ledger import Ledger


def owned(storyboard: Storyboard, folder: Path) -> set[int]:
    """The numbers of the scenes whose clips are in the vault; files are named from `folder`."""
    found: set[int] = set()
    before: Path | None = None
    with ledger_if_any() as ledger:
        if ledger is None:
            return found
        for number, scene in enumerate(storyboard.scenes):
            wish = wish_of(storyboard, number)
            clip = None
            if not is_local(wish):
                shot = shot_of(storyboard, number, folder)
                shot = shot.model_copy(update={"video": before and str(before)}) if shot.continues else shot
                clip = (
                    None
                    if shot.continues and not shot.video
                    else clip_of(ledger, _key(ledger, shot, wish, scene.take))
                )
            if clip:
                found.add(number)
            before = clip
    return found


def is_owned(shot: Shot, wish: Wish, take: int | None = None) -> bool:
    """Whether a single shot's clip is in the vault."""
    with ledger_if_any() as ledger:
        return ledger is not None and clip_of(ledger, _key(ledger, shot, wish, take)) is not None


@contextmanager
def ledger_if_any() -> Iterator[Ledger | None]:
    """The ledger, if there is one: to look is no reason to make it."""
    if not has_ledger():
        yield None
        return
    from .ledger import open_ledger

    try:
        opened = open_ledger()
    except StoryreelError:  # the run itself will say
        yield None
        return
    with opened as ledger:
        yield ledger


def key_of(ledger: Ledger | None, shot: Shot, wish: Wish, take: int | None) -> str:
    """Of the take that is meant. Raises MediaError for an input that can't be read."""
    from .request import canonical, hashed

    base = hashed(canonical(shot, wish))
    return f"{base}-{ledger.number(base, take, None) if ledger else take or 1}"


def clip_of(ledger: Ledger | None, key: str) -> Path | None:
    """The clip that would be served, if it was bought before."""
    if ledger is None or not key or ledger.take(key) is None:
        return None
    from .vault import Vault

    path = Vault().path(key)
    return path if path.is_file() else None


def _key(ledger: Ledger, shot: Shot, wish: Wish, take: int | None) -> str:
    try:
        return key_of(ledger, shot, wish, take)
    except StoryreelError:  # an input that isn't there: somebody else says so
        return ""
