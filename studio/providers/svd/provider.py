"""Stable Video Diffusion on this machine: a clip from a picture, for nothing, where torch and the weights are.

It is asked like any other door: its clips are kept in the vault and written down in the ledger at $0, and it takes part
in `auto` after all that are paid for. A job lives as long as its process; of one whose process ended nothing is left,
and it is made again.
"""

from __future__ import annotations

import atexit
import logging
import secrets
import shutil
import tempfile
import threading
import time
import weakref
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import BadInput, Fault, Interrupted, OutputError, ProviderError, StoryreelError
from ...progress import Watch
from ...store.vault import lay
from ..base import hold
from ..capability import Capability, bought, rows
from ..contract import Estimate, Expired, Operation, State, Status, Take
from ..pricing import estimate
from ..shot import Shot
from . import options
from .engine import Diffusers

if TYPE_CHECKING:
    from .model import Engine

_GRACE = 10.0
"""Seconds that jobs get to stop when the process ends."""
_log = logging.getLogger("storyreel")


class Svd:
    name = "svd"
    bills_moderated = False
    cancel_is_free = frozenset(State)
    can_find = True
    jobs_at = ""

    def __init__(self, engine: Engine | None = None) -> None:
        self.engine: Engine = engine or Diffusers()
        """What loads the models."""
        self._jobs: dict[str, _Job] = {}
        atexit.register(_stop, self._jobs)

    def capabilities(self) -> tuple[Capability, ...]:
        return rows(self.name)

    def account(self) -> None:
        return None

    def one_per_id(self, capability: Capability) -> bool:
        return False

    def missing(self) -> list[str]:
        return self.engine.missing()

    def base_url(self) -> str:
        return ""

    def check(self, shot: Shot, capability: Capability) -> list[Fault]:
        try:
            faults = options.size_faults(options.settings_of(shot).size)
        except BadInput as error:
            return list(error.faults)
        if (lacking := self.engine.lacking(capability.model)) and not self.missing():
            others = [can.model for can in self.capabilities() if can.model != capability.model]
            faults.append(Fault("model", lacking, f"or use {' or '.join(others)}"))
        return faults

    def estimate(self, shot: Shot, capability: Capability) -> Estimate:
        return estimate(shot, capability)._replace(why="made on this machine")

    def submit(self, shot: Shot, capability: Capability, ours: str = "") -> Operation:
        hold(shot, capability, self.check(shot, capability))
        operation = Operation(self.name, secrets.token_hex(8))
        job = self._jobs[operation.id] = _Job(shot, capability, self.engine, ours)
        job.thread.start()
        return operation

    def find(self, ours: str) -> Operation | None:
        return next((Operation(self.name, id) for id, job in [*self._jobs.items()] if job.ours == ours), None)

    def operation(self, id: str) -> Operation:
        return Operation(self.name, id)

    def poll(self, operation: Operation) -> Status:
        job = self._jobs.get(operation.id)
        if job is None:
            return Status(State.GONE, None, "the process that made it has ended")
        if job.cancelled.is_set():
            return Status(State.CANCELLED, job.progress, "somebody asked to stop")
        if job.thread.is_alive():
            return Status(State.RUNNING if job.begun else State.QUEUED, job.progress, job.said)
        if job.error is not None:
            return Status(State.FAILED, job.progress, str(job.error))
        return Status(State.DONE, 1.0)

    def fetch(self, operation: Operation, status: Status, path: Path) -> Take:
        job = self._jobs.get(operation.id)
        if job is None or job.cancelled.is_set():
            raise Expired("the process that made it has ended")
        job.thread.join()
        if job.error is not None:
            raise job.error
        if not path.parent.is_dir():
            raise OutputError(f"{path} can't be written: there is no such folder", "choose another folder")
        lay(job.clip, path)
        del self._jobs[operation.id]
        job.tidy()
        return Take(path, notes=job.notes, details=job.details)

    def cancel(self, operation: Operation) -> None:
        job = self._jobs.get(operation.id)
        if job is not None:
            job.cancelled.set()


class _Job:
    """One clip in the making, on a thread of its own."""

    def __init__(self, shot: Shot, can: Capability, engine: Engine, ours: str) -> None:
        self.shot, self.can, self.engine, self.ours = shot, can, engine, ours
        folder = tempfile.mkdtemp(prefix="storyreel-svd-")
        # Called by hand; at the latest when nobody knows this job any more, or Python ends.
        self.tidy = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.clip = Path(folder) / "clip.mp4"
        self.begun = False
        self.progress = 0.0
        self.said = "waits for the model"
        self.notes: tuple[str, ...] = ()
        self.details: dict[str, object] = {}
        self.error: StoryreelError | None = None
        self.cancelled = threading.Event()
        # A step on the processor takes minutes, and nobody waits for it who wants to end.
        self.thread = threading.Thread(target=self._run, name="svd", daemon=True)

    def _run(self) -> None:
        watch = Watch(progress=self._tell, cancelled=self.cancelled.is_set)
        try:
            self._film(watch)
        except StoryreelError as error:
            # Where it was raised is known by what it says; its traceback would keep the model in memory.
            error.__cause__ = error.__context__ = None
            self.error = error.with_traceback(None)
        except Exception as error:  # a thread's exception would only be printed, and the shot wait for ever
            _log.exception("svd failed")
            self.error = ProviderError(f"svd failed: {error}", "this is a bug; please report it")
        if self.cancelled.is_set():
            self.error = self.error or Interrupted()
        if self.error is not None:
            self.tidy()

    def _film(self, watch: Watch) -> None:
        from .generate import film  # brings cv2 and av

        settings = options.settings_of(self.shot)
        frames = int((bought(self.shot, self.can) or Fraction(0)) * settings.fps)
        areas = self.can.wire["pixels"]
        area = areas.get(self.shot.resolution, max(areas.values()))
        began = time.monotonic()
        with self.engine.loaded(self.can.model, settings) as model:
            watch.check()
            self.begun = True
            made = film(self.shot, area, frames, model, self.clip, watch)
            where = model.place
        self.notes = made.notes
        self.details = {
            "frames": made.frames,
            "width": made.size[0],
            "height": made.size[1],
            "fps": str(settings.fps),
            "place": where,
            "took_seconds": round(time.monotonic() - began, 1),
        }

    def _tell(self, done: float, label: str) -> None:
        self.progress, self.said = done, label


def _stop(jobs: dict[str, _Job]) -> None:
    """At the end of the process: a thread that is in the middle of a step would pull torch from under itself."""
    until = time.monotonic() + _GRACE
    for job in jobs.values():
        job.cancelled.set()
    for job in jobs.values():
        if job.thread.is_alive():
            job.thread.join(max(0.0, until - time.monotonic()))
