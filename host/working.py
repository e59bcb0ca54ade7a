"""Running studio work off the event loop, and stopping it. Both hosts use it.

A node makes a watch, then awaits the work:

    watch = host.watch(cls)
    film = await host.run(render, timeline, settings, path, watch)
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from ..studio.progress import Watch

STEPS = 1000
"""A progress bar's length: value/STEPS of the node is done."""

_T = TypeVar("_T")
_stop: contextvars.ContextVar[threading.Event | None] = contextvars.ContextVar("storyreel_stop", default=None)


def watching(
    tell: Callable[[int, int], None], text: Callable[[str], None], cancelled: Callable[[], bool]
) -> Watch:
    """A watch that reports to the engine at most ten times a second, from any thread.

    `tell(value, STEPS)` moves the bar, `text(line)` says what is being done. The watch is cancelled when the
    engine says so, and also when the node's own task is: the engine may drop a node without raising its flag.
    """
    stop = threading.Event()
    _stop.set(stop)
    lock = threading.Lock()
    last = {"time": 0.0, "value": -1, "label": ""}

    def progress(done: float, label: str) -> None:
        value = round(done * STEPS)
        now = time.monotonic()
        with lock:
            new_label = label if label != last["label"] else ""
            due = now - last["time"] >= 0.1 or value >= STEPS
            if not new_label and (not due or value == last["value"]):
                return
            last.update(time=now, value=value, label=label)
        if not stop.is_set():
            tell(value, STEPS)
            if new_label:
                text(new_label)

    return Watch(progress=progress, cancelled=lambda: stop.is_set() or cancelled())


async def in_thread(function: Callable[..., _T], *args: Any, **keywords: Any) -> _T:
    """Calls `function` in a thread, with this task's context.

    If the task is cancelled the work is told to stop, and is waited for: nothing of it goes on unseen.
    """
    call = functools.partial(contextvars.copy_context().run, functools.partial(function, *args, **keywords))
    work = asyncio.get_running_loop().run_in_executor(None, call)
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        stop = _stop.get()
        if stop is not None:
            stop.set()
        await asyncio.wait([work])
        if not work.cancelled():
            work.exception()  # looked at, so that asyncio doesn't report it as never retrieved
        raise
