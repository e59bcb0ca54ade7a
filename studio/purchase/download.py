"""The last step of a purchase: the clip comes here, is decoded to its end, goes into the vault, and is settled.

It can be taken up again at any point: a download goes on where it left off, and a clip that already lies in the vault
without the ledger knowing is found there.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..errors import MediaError, OutputError, ProviderError, StoryreelError
from ..ledger import Attempt, NewTake
from ..media.flash import flash_seconds
from ..media.probe import probe
from ..planning.model_choice import about
from ..providers import provider as provider_of
from ..providers.capability import SOUNDS, TALKING
from ..providers.contract import Expired, Missed, Operation, Provider, Refused, State, Status, Take, answered
from ..providers.pricing import settled
from ..providers.shot import Shot
from ..store import vault
from ..store.vault import Facts
from .context import Store, row_of, still_running
from .scheduler import Pause

MISSES = 8
"""So many downloads in a row may go wrong before it is left to the next run."""

Said = dict[str, list[str]]
"""`notes` and `losses`: what was done differently, and those of it by which something asked for is missing."""

_LINES = {"360p": 360, "720p": 720, "1080p": 1080, "4k": 2160}


def kept(store: Store, key: str, shot: Shot, path: Path) -> Take | None:
    """The clip of a request, laid at `path` (or, if it is a picture or a sound, beside it, under its own suffix), if it
    was bought before. Raises MediaError where it should be in the vault and isn't, or isn't what it was: nothing is
    bought again by itself."""
    stored = store.ledger.take(key)
    if stored is None:
        return None
    try:
        clip = store.vault.get(key, stored.sha256)
    except MediaError as error:
        aside = store.vault.set_aside(key)
        raise MediaError(
            f"{error.message}; it was moved to {aside}",
            "put back a good copy, or buy another take with --retake",
        ) from None
    if clip is None:
        raise MediaError(
            f"the ledger has this clip, but {store.vault.path(key)} is not there",
            "bring it back from a backup or from the machine that made it, or buy another take with --retake",
        )
    attempt = store.ledger.attempt(stored.attempt)
    path = path.with_suffix(clip.suffix)
    if shot.audio is False and stored.audio and shot.makes == "clip":
        from ..render.replace_audio import without_sound

        without_sound(clip, path)
    else:
        vault.lay(clip, path)
    details = dict(stored.details)
    about = {
        "provider": attempt.provider,
        "model": attempt.model,
        "operation": attempt.operation,
        "attempt": attempt.id,
        "key": key,
        "sha256": stored.sha256,
        "reused": attempt.run != store.spend.run,
        "losses": details.get("losses", []),
        "source_seconds": details.get("source_seconds"),
        "flash_seconds": details.get("flash_seconds"),
    }
    return Take(path, store.ledger.cost(key), tuple(details.get("notes", ())), about)


def received(
    store: Store, attempt: Attempt, shot: Shot, status: Status, said: Said, rhythm: float
) -> Generator[Pause, None, None]:
    """Fetches the clip of an operation that is done. `said` are the notes and losses that the purchase has so far;
    `rhythm` is how often the door is asked, in seconds.

    Raises ProviderError where the service has thrown it away, StillRunning where it can't be had just now, OutputError
    where it can't be written.
    """
    provider = provider_of(attempt.provider)
    operation = Operation(attempt.provider, attempt.operation or "")
    charge = attempt.estimate if status.charge is None else status.charge
    part, misses, denials = store.vault.part(attempt.id), 0, 0
    while True:
        try:
            take = _goods(attempt, part) if answered(operation) else provider.fetch(operation, status, part)
            facts = vault.measure(part)
            if facts.suffix not in vault.ENDS[shot.makes]:
                raise MediaError(f"what {attempt.provider} sent is no {shot.makes}")
        except Expired as error:
            if rescued(store, attempt, shot, said):
                return
            if (
                not answered(operation) and (denials := denials + 1) < 3
            ):  # as of the job: it may know it in a moment
                yield Pause(rhythm, Status(State.RUNNING, None, f"{attempt.provider}: {error.message}"))
                status = _fresh(provider, operation, status)
                continue
            store.ledger.lost(attempt, error.message, charge)
            raise gone(attempt, error.message, charge) from None
        except (Missed, MediaError, FileNotFoundError) as error:
            if store.ledger.attempt(attempt.id).state == "stored":  # whoever took it over was quicker
                return
            if isinstance(error, FileNotFoundError):
                error = Missed("what was downloaded isn't here any more")
            misses += 1
            if answered(operation):  # it can't be had anew
                why = f"what {attempt.provider} sent is damaged: {error.message}"
                store.ledger.lost(attempt, why, charge)
                raise gone(attempt, why, charge) from None
            if isinstance(error, MediaError):  # what came isn't the clip: from the start again
                part.unlink(missing_ok=True)
            if misses > MISSES:
                raise still_running(attempt, f"its clip can't be fetched: {error.message}") from None
            message = f"{attempt.provider}: {error.message}; again"
            yield Pause(min(rhythm / 10 * 2.0**misses, 30), Status(State.RUNNING, None, message))
            status = _fresh(provider, operation, status)
            continue
        if status.charge is None:
            charge = settled(shot, row_of(attempt), facts.duration) or charge
        said["notes"] += [*take.notes, *_differences(shot, facts, said["losses"])]
        try:
            keep(store, attempt, shot, part, facts, charge, said)
        except (StoryreelError, FileNotFoundError):
            if store.ledger.attempt(attempt.id).state != "stored":
                raise
        return


def _fresh(provider: Provider, operation: Operation, status: Status) -> Status:
    """Links grow old, and are fresh in a new answer."""
    with suppress(Missed, Refused):
        again = provider.poll(operation)
        return again if again.state is State.DONE else status
    return status


def keep_goods(store: Store, attempt: Attempt, goods: bytes) -> None:
    """Puts what came with the answer where downloads are gathered, for good: the service has no other. Raises
    OutputError."""
    part = store.vault.part(attempt.id)
    draft = part.with_name(f".{part.name}")
    try:
        with draft.open("wb") as file:
            file.write(goods)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(part)
    except OSError as error:
        raise OutputError(f"{part} can't be written: {error.strerror}", "make room in the vault") from None


def has_goods(store: Store, attempt: Attempt) -> bool:
    """Whether what came with the answer to this very request lies here whole."""
    part = store.vault.part(attempt.id)
    return part.is_file() and whole(part) is not None


def _goods(attempt: Attempt, part: Path) -> Take:
    if not part.is_file():
        raise Expired(f"what {attempt.provider} sent with its answer isn't here any more")
    return Take(part)


def recovered(store: Store, attempt: Attempt, shot: Shot, said: Said) -> bool:
    """Whether the clip of this very attempt is here already: its process died before the ledger knew. Settles it."""
    noted, path = store.vault.note(attempt.key), store.vault.path(attempt.key)
    facts = whole(path) if noted.get("attempt") == attempt.id else None
    if facts is None:
        return False
    said["notes"] += noted.get("notes", [])
    said["losses"] += noted.get("losses", [])
    charge = Decimal(noted.get("charge") or attempt.estimate)
    keep(store, attempt, shot, path, facts, charge, said)
    return True


def rescued(store: Store, attempt: Attempt, shot: Shot, said: Said) -> bool:
    """Whether all of it was downloaded before the service forgot it. Settles it."""
    part = store.vault.part(attempt.id)
    facts = whole(part)
    if facts is None:
        return False
    keep(store, attempt, shot, part, facts, attempt.estimate, said)
    return True


def keep(
    store: Store, attempt: Attempt, shot: Shot, clip: Path, facts: Facts, charge: Decimal, said: Said
) -> None:
    """Into the vault and, after that, into the ledger."""
    details: dict[str, Any] = {"notes": list(dict.fromkeys(said["notes"])), "losses": list(said["losses"])}
    if shot.video and shot.task == "extend":
        before = float(probe(shot.video).duration)
        # Services give back the whole clip or only what they added; a scene shows what was added.
        details["source_seconds"] = before if facts.duration > before + 0.5 else 0.0
    if shot.makes == "clip" and (stills := [*filter(None, (shot.image,)), *shot.references]):
        flash = Fraction(0)
        with suppress(MediaError):  # whatever it looks like, a clip that was paid for is kept
            flash = flash_seconds(clip, stills)
        if flash:
            details["flash_seconds"] = str(flash)
            said_so = "first frame: it is the picture itself, and the clip cuts away from it at once"
            details["notes"] = list(dict.fromkeys([*details["notes"], said_so]))
    if clip != store.vault.path(attempt.key):
        intent = store.ledger.intent(attempt.key)
        # All that a ledger would have to be told again, were it lost.
        about = {
            "key": attempt.key,
            "attempt": attempt.id,
            "provider": attempt.provider,
            "model": attempt.model,
            "operation": attempt.operation,
            "prompt": shot.prompt or shot.script,
            "charge": str(charge),
            "base_url": attempt.base_url,
            "film": attempt.film,
            "run": attempt.run,
            "bought_at": attempt.begun_at,
            "request": intent.request if intent else {},
            **details,
        }
        store.vault.put(clip, attempt.key, facts, about)
    new = NewTake(
        path_name=f"{attempt.key}{facts.suffix}",
        sha256=facts.sha256,
        bytes=facts.bytes,
        duration=facts.duration,
        width=facts.width,
        height=facts.height,
        fps=facts.fps,
        audio=facts.audio,
        details=details,
    )
    store.ledger.stored(attempt, new, charge)


def whole(path: Path) -> Facts | None:
    """What the clip is, if it is a whole one."""
    try:
        return vault.measure(path) if path.is_file() else None
    except MediaError:
        return None


def gone(attempt: Attempt, why: str, charge: Decimal) -> ProviderError:
    booked = f"it is booked as paid ({about(charge)}); running again buys it anew"
    return ProviderError(
        f"{attempt.model} through {attempt.provider}: operation {attempt.operation}: {why}",
        booked if charge else "running again makes it anew",
    )


def _differences(shot: Shot, facts: Facts, losses: list[str]) -> list[str]:
    """How the clip that came differs from the one that was asked for."""
    notes = []
    if shot.mode in SOUNDS:
        if shot.makes == "music" and facts.duration < float(shot.duration) - 0.5:
            notes.append(f"music: a piece of {facts.duration:.1f} s came for {float(shot.duration):g} s")
        return notes
    if shot.makes == "picture":
        wide, high = (int(part) for part in shot.aspect_ratio.split(":"))
        if not 0.9 < facts.width / facts.height / (wide / high) < 1.1:
            notes.append(f"aspect_ratio: {facts.width}x{facts.height} came instead of {shot.aspect_ratio}")
        losses += notes
        return notes
    wanted = _LINES.get(shot.resolution)
    if wanted and min(facts.width, facts.height) < wanted * 0.9:
        notes.append(f"resolution: {facts.width}x{facts.height} came instead of {shot.resolution}")
    if shot.task != "edit" and shot.mode not in TALKING and facts.duration < float(shot.duration) - 0.5:
        notes.append(f"duration: {facts.duration:.2f} s came instead of {float(shot.duration):g} s")
    if shot.audio and not facts.audio:
        notes.append("audio: the clip came without sound")
    losses += notes
    return notes
