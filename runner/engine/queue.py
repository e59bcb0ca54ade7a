"""What waits, what runs, and what has been: in the shapes of /queue, /history and /api/jobs."""

from __future__ import annotations

import heapq
import json
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from .execute import Outcome
from .graph import Graph
from .limits import USUAL, Limits

MOST_REMEMBERED = 1000


class Item(NamedTuple):
    """A workflow handed in. Lower numbers run first."""

    number: float
    prompt_id: str
    graph: Graph
    extra_data: dict[str, Any]
    outputs: list[str]

    def __lt__(self, other: tuple) -> bool:
        return self.number < other[0]


class Queue:
    """Thread-safe. `changed` is called, outside of the lock, whenever the number of workflows left may
    have.
    """

    def __init__(self, changed: Callable[[], None], limits: Limits = USUAL) -> None:
        self._limits = limits
        self._changed = changed
        self._lock = threading.Condition()
        self._pending: list[Item] = []
        self._running: Item | None = None
        self._history: dict[str, dict[str, Any]] = {}
        self._sizes: dict[str, int] = {}
        """Of everything here, by its id: how large it is as JSON."""
        self._closed = False

    def put(self, item: Item, size: int = 0) -> bool:
        """Whether there is room for a workflow that came as `size` bytes."""
        with self._lock:
            waiting = sum(self._sizes.get(each.prompt_id, 0) for each in self._pending)
            limits = self._limits
            if len(self._pending) >= limits.waiting or waiting + size > limits.waiting_bytes:
                return False
            self._sizes[item.prompt_id] = size
            heapq.heappush(self._pending, item)
            self._lock.notify()
        self._changed()
        return True

    def get(self) -> Item | None:
        """Waits for the next workflow, which then counts as running; None once the queue is closed."""
        with self._lock:
            self._lock.wait_for(lambda: self._pending or self._closed)
            if self._closed:
                return None
            self._running = heapq.heappop(self._pending)
            item = self._running
        self._changed()
        return item

    def done(self, outcome: Outcome, messages: list[tuple[str, dict[str, Any]]]) -> None:
        """The running workflow has ended."""
        size = len(json.dumps([outcome.outputs, outcome.meta, messages], default=str))
        with self._lock:
            item, self._running = self._running, None
            assert item is not None
            self._history.pop(item.prompt_id, None)
            self._history[item.prompt_id] = {
                "prompt": list(item),
                "outputs": outcome.outputs,
                "status": {
                    "status_str": "success" if outcome.success else "error",
                    "completed": outcome.success,
                    "messages": [[event, data] for event, data in messages],
                },
                "meta": outcome.meta,
            }
            self._sizes[item.prompt_id] = self._sizes.get(item.prompt_id, 0) + size
            self._forget_the_oldest()
        self._changed()

    def _forget_the_oldest(self) -> None:
        whole = sum(self._sizes.get(prompt_id, 0) for prompt_id in self._history)
        while len(self._history) > 1 and (
            len(self._history) > MOST_REMEMBERED or whole > self._limits.remembered_bytes
        ):
            oldest = next(iter(self._history))
            whole -= self._sizes.get(oldest, 0)
            del self._history[oldest]
        self._drop_sizes()

    def _drop_sizes(self) -> None:
        """Of what isn't here any more."""
        here = {item.prompt_id for item in self._pending} | set(self._history)
        here |= {self._running.prompt_id} if self._running else set()
        self._sizes = {prompt_id: size for prompt_id, size in self._sizes.items() if prompt_id in here}

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._pending.clear()
            self._lock.notify_all()

    def left(self) -> int:
        with self._lock:
            return len(self._pending) + (self._running is not None)

    def standing(self) -> tuple[list[Item], list[Item]]:
        """What runs and what waits, the next one first."""
        with self._lock:
            return [self._running] if self._running else [], sorted(self._pending)

    def known(self, prompt_id: str) -> Item | None:
        """The workflow of that id, if it waits, runs, or has ended well."""
        with self._lock:
            for item in (*([self._running] if self._running else []), *self._pending):
                if item.prompt_id == prompt_id:
                    return item
            past = self._history.get(prompt_id)
            return Item(*past["prompt"]) if past and past["status"]["completed"] else None

    def delete(self, prompt_ids: list[str] | None = None) -> int:
        """Takes workflows that wait out of the queue, all of them if no ids are given; says how many these were."""
        with self._lock:
            before = len(self._pending)
            self._pending = (
                [] if prompt_ids is None else [i for i in self._pending if i.prompt_id not in prompt_ids]
            )
            heapq.heapify(self._pending)
            self._drop_sizes()
            gone = before - len(self._pending)
        self._changed()
        return gone

    def history(
        self, prompt_id: str | None = None, max_items: int | None = None, offset: int = -1
    ) -> dict[str, dict[str, Any]]:
        """What has ended, oldest first: one, or `max_items` from `offset` on (-1: the latest)."""
        with self._lock:
            if prompt_id is not None:
                return {prompt_id: self._history[prompt_id]} if prompt_id in self._history else {}
            entries = list(self._history.items())
        if offset < 0:
            offset = 0 if max_items is None else max(0, len(entries) - max_items)
        return dict(entries[offset:] if max_items is None else entries[offset : offset + max_items])

    def forget(self, prompt_ids: list[str] | None = None) -> None:
        """Takes entries out of the history; all of them if no ids are given."""
        with self._lock:
            for prompt_id in list(self._history) if prompt_ids is None else prompt_ids:
                self._history.pop(prompt_id, None)
            self._drop_sizes()
