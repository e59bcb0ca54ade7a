"""Errands: many things that mostly wait, done side by side by a few threads.

An errand is a generator that yields a Pause whenever it has to wait; nobody sleeps in it. A few hundred of them cost a
few hundred small objects, and a thread only while they have something to do.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from typing import NamedTuple

from ..errors import ProviderError, StoryreelError
from ..progress import Watch
from ..providers.contract import State, Status, Take

THREADS = 24
AT_ONCE = 128
"""So many errands in the cloud are begun before one has ended; their doors' limits are narrower."""
LOOKS = 0.1
"""Seconds between looks at whether somebody asked to stop."""
GRACE = 5.0
"""Seconds that those get which are in the middle of something when somebody asks to stop."""

_log = logging.getLogger("storyreel")


class Pause(NamedTuple):
    """Nothing to do for so many seconds, and what to tell meanwhile."""

    seconds: float
    status: Status


Course = Generator[Pause, None, Take]


class Errand:
    """One shot on its way to its clip. `begin` makes its course once its turn has come; `stop` is called when somebody
    asked to stop while it is under way."""

    def __init__(
        self,
        number: int,
        begin: Callable[[], Course],
        stop: Callable[[], None],
        local: bool,
        after: Sequence[Errand] = (),
    ) -> None:
        self.number = number
        self.local = local
        self.after = after
        self.status = Status(State.QUEUED, 0.0)
        self.take: Take | None = None
        self.error: StoryreelError | None = None
        self.idle = threading.Event()
        """Whether no thread is at it."""
        self.idle.set()
        self._begin = begin
        self._stop = stop
        self._course: Course | None = None

    @property
    def over(self) -> bool:
        return self.take is not None or self.error is not None

    @property
    def done(self) -> float:
        """0 to 1."""
        return 1.0 if self.over else (self.status.progress or 0.0)

    def step(self) -> float:
        """Goes on until it has to wait again; returns for how many seconds."""
        try:
            self._course = self._course or self._begin()
            pause = next(self._course)
        except StopIteration as end:
            self.take, self.status = end.value, Status(State.DONE, 1.0)
        except StoryreelError as error:
            self.error, self.status = error, Status(State.FAILED, None, str(error))
        except BaseException as error:  # a thread's exception would only be printed, and the errand never end
            _log.exception("a shot failed")
            sentence = f"{type(error).__name__}: {error}"
            self.error = ProviderError(sentence, "this is a bug; please report it")
            self.status = Status(State.FAILED, None, sentence)
        else:
            self.status = pause.status
            return pause.seconds
        return 0.0

    def give_up(self) -> None:
        """Stops what is under way, and lets go of what it held."""
        if not self.over and self._course is not None:
            try:
                self._stop()
            finally:
                self._course.close()


def run(
    errands: Sequence[Errand],
    watch: Watch,
    parallel: int,
    on_change: Callable[[Errand], None],
) -> None:
    """Until all are over: at most `parallel` of the local ones at once. Raises Interrupted, having given up the rest;
    one that is waiting for an answer just then may not be `idle` yet."""
    _Round(errands, watch, parallel, on_change).run()


class _Round:
    def __init__(
        self, errands: Sequence[Errand], watch: Watch, parallel: int, on_change: Callable[[Errand], None]
    ) -> None:
        self.waiting = {local: deque(e for e in errands if e.local is local) for local in (True, False)}
        self.watch = watch
        self.room = {True: parallel, False: AT_ONCE}
        self.on_change = on_change
        self.left = len(errands)
        self.asleep: list[tuple[float, int, Errand]] = []
        self.todo: queue.SimpleQueue[Errand | None] = queue.SimpleQueue()
        self.back: queue.SimpleQueue[tuple[Errand, float]] = queue.SimpleQueue()
        self.busy: set[Errand] = set()
        self.threads: list[threading.Thread] = []
        self.stopping = False
        self.order = itertools.count()

    def run(self) -> None:
        try:
            while self.left:
                self.watch.check()
                self._begin_some()
                self._wake_some()
                self._hear()
        except BaseException:
            self._stop()
            raise
        finally:
            for _ in self.threads:
                self.todo.put(None)

    def _begin_some(self) -> None:
        for local, waiting in self.waiting.items():
            for _ in range(len(waiting)):
                if not self.room[local]:
                    break
                errand = waiting.popleft()
                if all(each.over for each in errand.after):
                    self.room[local] -= 1
                    self._send(errand)
                else:
                    waiting.append(errand)

    def _wake_some(self) -> None:
        while self.asleep and self.asleep[0][0] <= time.monotonic():
            self._send(heapq.heappop(self.asleep)[2])

    def _send(self, errand: Errand) -> None:
        self.busy.add(errand)
        errand.idle.clear()
        if len(self.threads) < min(len(self.busy), THREADS):
            # Daemons: one that waits for an answer must not keep the program from ending.
            thread = threading.Thread(target=self._work, name="shooting", daemon=True)
            self.threads.append(thread)
            thread.start()
        self.todo.put(errand)

    def _work(self) -> None:
        while (errand := self.todo.get()) is not None:
            pause = 0.0 if self.stopping else errand.step()
            if self.stopping:
                errand.give_up()
            errand.idle.set()
            self.back.put((errand, pause))

    def _hear(self) -> None:
        """Takes back those that have to wait or are over."""
        until = self.asleep[0][0] - time.monotonic() if self.asleep else LOOKS
        try:
            errand, pause = self.back.get(timeout=max(0.0, min(until, LOOKS)))
        except queue.Empty:
            return
        while True:
            self.busy.discard(errand)
            if errand.over:
                self.left -= 1
                self.room[errand.local] += 1
            else:
                heapq.heappush(self.asleep, (time.monotonic() + pause, next(self.order), errand))
            self.on_change(errand)
            try:
                errand, pause = self.back.get_nowait()
            except queue.Empty:
                return

    def _stop(self) -> None:
        """Everybody gives up; those that are in the middle of something as soon as they can."""
        self.stopping = True
        for _, _, errand in self.asleep:
            self._send(errand)
        until = time.monotonic() + GRACE
        while self.busy and time.monotonic() < until:
            try:
                self.busy.discard(self.back.get(timeout=LOOKS)[0])
            except queue.Empty:
                continue
