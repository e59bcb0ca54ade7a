"""Which clips were bought before: those are served at no cost, without a key and without a door."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import StoryreelError
from ..ledger.adopt import Stray, newest
from ..ledger.budgets import has_ledger
from ..providers.shot import Shot
from ..store.vault import Vault
from ..storyboard.model import Storyboard
from .continuity import Made, begins
from .model_choice import Wish, is_local
from .steps import Step, filled, steps

if TYPE_CHECKING:
    from ..ledger import Ledger


class Known(NamedTuple):
    """What is known of a step before anything is made."""

    step: Step
    shot: Shot
    """With what is there already; as it stands where that isn't all."""
    key: str
    """Of the take that is meant; empty as long as something isn't there that it is made from."""
    made: Made | None
    """What was bought for it before."""


def known(storyboard: Storyboard, wanted: Sequence[Step], ledger: Ledger | None) -> Iterator[Known]:
    """Which of a storyboard's steps were bought before."""
    made: dict[int, Made] = {}
    for step in wanted:
        shot = None
        with suppress(StoryreelError):  # a frame that can't be taken: the run itself will say
            shot = None if is_local(step.wish) else filled(step, made)
        take = storyboard.scenes[step.scene].take if step.what == "clip" else None
        key = "" if shot is None else _key(ledger, shot, step.wish, take)
        if (kept := _kept(ledger, key)) is not None:
            clip, sha256, details = kept
            start = begins(details, bool(storyboard.given(step.scene, "keep_first_frame")))
            made[step.number] = Made(clip, sha256, step.shows, start)
        yield Known(step, shot or step.shot, key, made.get(step.number))


def owned(storyboard: Storyboard, folder: Path, without: Collection[int] = ()) -> set[int]:
    """The numbers of the scenes of which all is in the vault; files are named from `folder`."""
    with ledger_if_any() as ledger:
        found = list(known(storyboard, steps(storyboard, folder, without=without), ledger))
    return {each.step.scene for each in found} - {each.step.scene for each in found if each.made is None}


def is_owned(shot: Shot, wish: Wish, take: int | None = None) -> bool:
    """Whether a single shot's clip is in the vault."""
    with ledger_if_any() as ledger:
        return _kept(ledger, _key(ledger, shot, wish, take)) is not None


@contextmanager
def ledger_if_any() -> Iterator[Ledger | None]:
    """The ledger, if there is one: to look is no reason to make it."""
    if not has_ledger():
        yield None
        return
    from ..ledger import open_ledger

    try:
        opened = open_ledger()
    except StoryreelError:  # the run itself will say
        yield None
        return
    with opened as ledger:
        yield ledger


def key_of(ledger: Ledger | None, shot: Shot, wish: Wish, take: int | None) -> str:
    """Of the take that is meant. Raises MediaError for an input that can't be read."""
    from .request_key import canonical, hashed

    base = hashed(canonical(shot, wish))
    return f"{base}-{newest(ledger, Vault(), base, take)}"


def _kept(ledger: Ledger | None, key: str) -> tuple[Path, str, Mapping[str, Any]] | None:
    """The clip that would be served, its hash and its details, if it was bought before: by this ledger, or by one that
    was lost."""
    if not key:
        return None
    vault = Vault()
    path, stored = vault.path(key), ledger.take(key) if ledger else None
    if not path.is_file():
        return None
    if stored is not None:
        return path, stored.sha256, stored.details
    one = Stray(key, path, vault.note(key))
    return (path, one.note["sha256"], one.note) if one.recorded and one.note.get("key") == key else None


def _key(ledger: Ledger | None, shot: Shot, wish: Wish, take: int | None) -> str:
    try:
        return key_of(ledger, shot, wish, take)
    except StoryreelError:  # an input that isn't there: somebody else says so
        return ""
