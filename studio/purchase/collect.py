"""Fetching what nobody waits for any more: an attempt's clip, from what the ledger knows alone. It costs nothing.

A run that was killed is best run again; this is for a film that nobody wants to make again just now.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ..errors import BadInput, OutputError, StillRunning, StoryreelError, UnknownOutcome
from ..ledger import Attempt, Intent
from ..ledger.alerts import sound
from ..planning.model_choice import Wish
from ..providers.capability import SOUNDS
from ..providers.contract import State
from ..providers.shot import Shot
from .context import Store, unwritten
from .purchase import Purchase
from .scheduler import Pause
from .submit import looked_up

Outcome = Literal["stored", "running", "unknown", "failed", "busy"]


class Collected(NamedTuple):
    """What became of one attempt. `busy`: a living process is at it."""

    attempt: Attempt
    outcome: Outcome
    message: str = ""
    hint: str = ""


def collect(
    store: Store, attempt: Attempt, wait: bool = False, sleep: Callable[[float], object] = time.sleep
) -> Collected:
    """Fetches the clip of an open attempt into the vault and settles it; one that the provider still works on is
    followed to its end only if `wait`."""
    ledger = store.ledger
    intent = ledger.intent(attempt.key)
    assert intent is not None  # an attempt refers to it
    claim = ledger.claim(
        attempt.key,
        base=intent.base,
        take=intent.take,
        request=intent.request,
        film=intent.film,
        run=intent.run,
    )
    if claim is None:
        return Collected(attempt, "busy", f"{ledger.holder(attempt.key) or 'another process'} is at it")
    try:
        shot = _shot(store, intent)
        if attempt.state in ("sending", "unknown"):
            attempt = _driven(looked_up(store, attempt, "its process ended before the answer came"), sleep)
        if not attempt.open:
            return Collected(attempt, "failed", f"{attempt.provider} has no such job; nothing is owed")
        purchase = Purchase(shot, Wish(attempt.provider, attempt.model), Path(), store)
        purchase.request, purchase.base, purchase.key = intent.request, intent.base, intent.key
        purchase.number = intent.take
        course = purchase.followed(attempt)
        while True:
            try:
                pause = next(course)
            except StopIteration as end:
                failure = end.value
                break
            under_way = pause.status.state in (State.QUEUED, State.RUNNING)
            if under_way and not wait and ledger.attempt(attempt.id).state == "running":
                course.close()
                return Collected(ledger.attempt(attempt.id), "running", pause.status.message)
            sleep(pause.seconds)
    except UnknownOutcome as error:
        return Collected(ledger.attempt(attempt.id), "unknown", error.message, error.hint)
    except (StillRunning, BadInput) as error:
        return Collected(ledger.attempt(attempt.id), "running", error.message, error.hint)
    except OutputError as error:
        raise unwritten(store, attempt.key, error) from error
    except StoryreelError as error:
        if ledger.attempt(attempt.id).open:
            raise
        failure = error
    finally:
        ledger.let_go(claim)
        sound(ledger, store.config)
    settled = ledger.attempt(attempt.id)
    if failure is None:
        return Collected(settled, "stored")
    return Collected(settled, "failed", failure.message, failure.hint)


def _driven(course: Generator[Pause, None, Attempt], sleep: Callable[[float], object]) -> Attempt:
    while True:
        try:
            sleep(next(course).seconds)
        except StopIteration as end:
            return end.value


def _shot(store: Store, intent: Intent) -> Shot:
    """As much of the shot as its clip is judged by. Raises BadInput where that needs a file that isn't known here."""
    asked: dict[str, Any] = intent.request
    video = None
    if asked.get("mode") == "extend":
        # What was added is known from how long the clip was before.
        known = [take for take in store.ledger.takes() if take.sha256 == asked.get("video")]
        video = next((str(path) for take in known if (path := store.vault.path(take.key)).is_file()), None)
        if video is None:
            raise BadInput(
                "it extends a clip that isn't in the vault",
                "run the command again that asked for it: it fetches it",
            )
    return Shot(
        prompt=asked.get("prompt", ""),
        duration=Fraction(str(asked.get("seconds", 1))),
        width=0,
        height=0,
        fps=Fraction(0),
        resolution=asked.get("resolution", "720p"),
        aspect_ratio=asked.get("aspect_ratio", "16:9"),
        audio=asked.get("audio"),
        makes=asked["mode"] if asked.get("mode") in ("picture", *SOUNDS) else "clip",
        script=asked.get("script", ""),
        voice=asked.get("voice", ""),
        speed=asked.get("speed", 1.0),
        video=video,
        task="edit" if asked.get("mode") == "edit" else "extend",
    )
