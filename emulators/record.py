"""What the emulators saw, event by event, in memory and in a file that outlives them.

Each event is one JSON line, written and flushed before the answer that it is about leaves: after a kill the
file tells everything that a client can have been told. Times are UTC epoch seconds.

    accepted   a job was taken on            door model id ours labels sha256 body price ask
    state      a job came to another state   id from to billed
    refused    a request was turned away     door at status why sha256 body
    poll, download, cancel, delete           door id status sha256 (of the clip that went out)
    submit     a picture went out with the answer to its request   door id status sha256
    misbehaved a rule struck                 door at what id
    unheard    a job's client had gone       door id
    broken_off a request ended in its middle door at
    file       something got a name          name sha256 type size
    leak       a key went where it must not  door at
    fault      the emulator itself failed    door at why
"""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any, TextIO

from ..studio.errors import OutputError

Event = dict[str, Any]


class Record:
    """The events so far. With a `path` they are appended to that file, and those already in it are the first."""

    def __init__(self, path: Path | None = None) -> None:
        self.events: list[Event] = []
        self._lock = threading.Lock()
        self._file: TextIO | None = None
        if path is None:
            return
        try:
            self.events = read(path) if path.exists() else []
            path.parent.mkdir(parents=True, exist_ok=True)
            torn = path.exists() and path.stat().st_size > 0 and not path.read_bytes().endswith(b"\n")
            self._file = path.open("a", encoding="utf-8")
            if torn:  # killed in the middle of a line: that event was never answered for
                self._file.write("\n")
        except OSError as error:
            raise OutputError(
                f"the record {path} can't be used: {error.strerror or error}", "name another file"
            ) from None

    def write(self, event: str, **about: Any) -> Event:
        with self._lock:
            seq = self.events[-1]["seq"] + 1 if self.events else 1
            line = {"seq": seq, "time": round(time.time(), 6), "event": event, **about}
            self.events.append(line)
            if self._file is not None:
                self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
                self._file.flush()
            return line

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def read(path: Path) -> list[Event]:
    """The events of a record file, in order. A last line that was cut off is left out."""
    events = []
    for line in path.read_text(encoding="utf-8", errors="replace").split("\n"):
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and "seq" in event:
            events.append(event)
    return events


def summary(events: list[Event]) -> dict[str, Any]:
    """The events as a checker wants them: every job with what became of it, and what was turned away.

    jobs: seq, time, door, model, id, ours, labels, sha256, body, ask (jobs.Ask), price (dollars if it is done), billed
    (dollars so far), state, states (each with its time), answered (whether the client was told the id), polls,
    downloads, deliveries (when a clip went out, inside an answer or by itself, and its SHA-256).

    requests: how much was asked; events count as well how jobs went on by the clock.
    """
    jobs: dict[str, dict[str, Any]] = {}
    told: dict[str, list[Event]] = {
        "refused": [],
        "misbehaved": [],
        "leak": [],
        "fault": [],
        "broken_off": [],
    }
    for event in events:
        kind = event["event"]
        job = jobs.get(event.get("id") or "")
        if kind == "accepted":
            about = {key: value for key, value in event.items() if key != "event"}
            about["ask"] = {key: value for key, value in event["ask"].items() if key != "life"}
            more = {"state": "", "states": [], "billed": "0", "answered": True, "polls": 0, "downloads": 0}
            jobs[event["id"]] = about | more
        elif job is not None and kind == "unheard":
            job["answered"] = False
        elif kind in told:
            told[kind].append(event)
            if kind == "misbehaved" and job is not None and event.get("unanswered"):
                job["answered"] = False
        elif job is not None and kind == "state":
            job["state"] = event["to"]
            job["states"].append({"state": event["to"], "time": event["at"]})
            job["billed"] = event["billed"]
        elif job is not None and kind in ("poll", "download", "submit"):
            if kind != "submit":
                job[f"{kind}s"] += 1
            if event.get("sha256") or kind == "download":
                job.setdefault("deliveries", []).append(
                    {"time": event["time"], "status": event["status"], "sha256": event.get("sha256")}
                )
        elif job is not None and kind in ("cancel", "delete"):
            job["cancelled" if kind == "cancel" else "deleted"] = True
    return {
        "jobs": list(jobs.values()),
        "refused": told["refused"],
        "misbehaved": told["misbehaved"],
        "leaks": told["leak"],
        "faults": told["fault"],
        "broken_off": told["broken_off"],
        "events": len(events),
        "requests": sum(event["event"] != "state" for event in events),
    }
