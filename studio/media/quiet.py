"""FFmpeg's own messages, and why none of them may go through Python."""

from __future__ import annotations

import av.logging


def quiet() -> None:
    """Has FFmpeg's messages dropped, as PyAV does until another library (torchvision, as it is imported) has them told
    to Python's logging. A decoder's thread with a message then waits for the interpreter's lock, while who closes the
    decoder holds the lock and waits for the thread: the whole process would stand still for ever."""
    av.logging.set_level(None)
