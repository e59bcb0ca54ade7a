"""Judges a run by the two histories alone: ours (the ledger's tables) and the services' (the emulators' record).

Every function returns what is wrong, a sentence each. Nothing of the product is asked: the ledger's file is read
with sqlite3, the record as JSON lines. Times of both are of one machine's clock.
"""

from __future__ import annotations

import itertools
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

MICRO = Decimal(1_000_000)
CENT = Decimal("0.005")
ENDED = ("failed", "cancelled", "lost", "released", "refused")
"""Events after which another may be asked for the same take."""


class Job(NamedTuple):
    """What a service took on."""

    id: str
    door: str
    prompt: str
    at: float
    state: str
    billed: Decimal
    fate: dict[str, Any]


@dataclass
class Histories:
    """`rows` are the ledger's history, in order; `attempts` and `requests` by attempt's and take's id."""

    rows: list[dict[str, Any]]
    attempts: dict[str, dict[str, Any]]
    requests: dict[str, dict[str, Any]]
    stored: dict[str, str]
    """The attempt that made a take's clip."""
    jobs: list[Job]

    def takes(self) -> Iterator[tuple[str, list[Job]]]:
        """Each take that anything was accepted for, and its jobs in their order. Prompts tell them apart."""
        by_prompt: dict[str, list[Job]] = {}
        for job in self.jobs:
            by_prompt.setdefault(job.prompt, []).append(job)
        for key, request in self.requests.items():
            if request["prompt"] in by_prompt:
                yield key, by_prompt[request["prompt"]]


def read(ledger: Path, record: Path, pattern: str) -> Histories:
    """`pattern` is a regular expression that finds a scene's prompt in what a job was asked for."""
    with closing(sqlite3.connect(ledger)) as connection:
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute("SELECT * FROM history ORDER BY seq")]
        attempts = {row["id"]: dict(row) for row in connection.execute("SELECT * FROM attempts")}
        requests = {
            row["key"]: json.loads(row["request"]) for row in connection.execute("SELECT * FROM intents")
        }
        stored = {row["key"]: row["attempt"] for row in connection.execute("SELECT * FROM takes")}
    jobs = _jobs(record, pattern)
    ids = {last(job.id): job.id for job in jobs}
    for attempt in attempts.values():
        attempt["operation"] = ids.get(last(attempt["operation"] or ""), attempt["operation"])
    return Histories(rows, attempts, requests, stored, jobs)


def last(id: str) -> str:
    """An id without what a door puts before it, to know later where it is to be asked about."""
    return id.rpartition("/")[2]


def _jobs(record: Path, pattern: str) -> list[Job]:
    jobs: dict[str, Job] = {}
    for line in record.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        if event["event"] == "accepted":
            found = re.search(pattern, json.dumps(event["ask"]))
            assert found, event
            fate = event["ask"]["life"]["fate"]
            jobs[event["id"]] = Job(event["id"], event["door"], found[0], event["time"], "", Decimal(0), fate)
        elif event["event"] == "state":
            job = jobs[event["id"]]
            jobs[job.id] = job._replace(state=event["to"], billed=Decimal(str(event["billed"])))
    return sorted(jobs.values(), key=lambda job: job.at)


def second_charges(found: Histories) -> list[str]:
    """P1: a take gets another job only after ours says how the one before it ended; only one of them is ever kept."""
    wrong = []
    for key, jobs in found.takes():
        ends = [row["at"] for row in found.rows if row["key"] == key and row["after"] in ENDED]
        for before, after in itertools.pairwise(jobs):
            if not any(before.at <= at <= after.at for at in ends):
                wrong.append(f"{key}: {after.id} was accepted while {before.id} hadn't ended")
    return wrong


def unknown_sent_again(found: Histories) -> list[str]:
    """P3: after an attempt was unknown, nothing is begun for its take before somebody settled it."""
    wrong, open_ = [], {}
    for row in found.rows:
        key, attempt = row["key"], row["attempt"]
        if row["event"] == "begin" and open_.get(key):
            wrong.append(f"{key}: {attempt} was begun while {open_[key]} was open")
        open_[key] = attempt if row["after"] in ("sending", "unknown", "running", "done") else None
    return wrong


def unheard_of(found: Histories) -> list[str]:
    """P2, P3: every job that was accepted is known to us by its id, or as one of which nobody knows."""
    known = {attempt["operation"] for attempt in found.attempts.values()}
    open_ = {
        attempt["key"] for attempt in found.attempts.values() if attempt["state"] in ("sending", "unknown")
    }
    return [
        f"{key}: the ledger knows nothing of {job.id}"
        for key, jobs in found.takes()
        for job in jobs
        if job.id not in known and key not in open_
    ]


def lost_clips(found: Histories) -> list[str]:
    """P2: what a service finished, and gives out, is here in the end."""
    by_operation = {attempt["operation"]: attempt for attempt in found.attempts.values()}
    return [
        f"{key}: {job.id} is done, and its clip isn't here ({by_operation.get(job.id, {}).get('state')})"
        for key, jobs in found.takes()
        for job in jobs
        if job.state == "done"
        and key not in found.stored
        and not job.fate["words"].get("damage")
        and by_operation.get(job.id, {}).get("state") != "stored"
    ]


def over_cap(found: Histories, cap: Callable[[float], Decimal]) -> list[str]:
    """P4: what is reserved and charged never passes the cap, after any event. `cap` is the one in force at a time."""
    held: dict[str, int] = {}
    wrong = []
    for row in found.rows:
        before = sum(held.values())
        held[row["attempt"]] = row["reserved"] + row["charged"]
        used = sum(held.values())
        if used > before and Decimal(used) / MICRO > cap(row["at"]):
            wrong.append(f"{row['event']} of {row['attempt']}: {Decimal(used) / MICRO} of {cap(row['at'])}")
    return wrong


def wrong_charges(found: Histories) -> list[str]:
    """What an ended attempt is charged is what its service billed, to the cent; what has ended reserves nothing."""
    billed = {job.id: job for job in found.jobs}
    wrong = []
    for attempt in found.attempts.values():
        charged = Decimal(attempt["charged"]) / MICRO
        if attempt["state"] not in ("sending", "unknown", "running", "done") and attempt["reserved"]:
            wrong.append(f"{attempt['id']} is {attempt['state']} and reserves {attempt['reserved']}")
        job = billed.get(attempt["operation"])
        if attempt["state"] in ("refused", "released") and charged:
            wrong.append(f"{attempt['id']} is {attempt['state']} and costs {charged}")
        settled = attempt["state"] in ("stored", "failed", "cancelled", "lost")
        if job is not None and settled and abs(charged - job.billed) > CENT:
            wrong.append(f"{attempt['id']}: charged {charged}, {job.door} billed {job.billed}")
    return wrong


def misbooked(found: Histories) -> list[str]:
    """The history and the attempts tell the same money, and every event follows from the one before."""
    last: dict[str, dict[str, Any]] = {}
    wrong = []
    for row in found.rows:
        before = last.get(row["attempt"])
        if before is not None and row["before"] != before["after"]:
            wrong.append(
                f"{row['attempt']}: {row['event']} of one that is {before['after']}, not {row['before']}"
            )
        last[row["attempt"]] = row
    for id, attempt in found.attempts.items():
        told = last[id]
        if (told["reserved"], told["charged"]) != (attempt["reserved"], attempt["charged"]):
            wrong.append(f"{id}: the history ends with other amounts than the attempt has")
        if told["after"] != attempt["state"]:
            wrong.append(f"{id}: the history ends with {told['after']}, the attempt is {attempt['state']}")
    return wrong


def faults(found: Histories, cap: Callable[[float], Decimal]) -> list[str]:
    """All that must hold at any time, also in the middle of a run."""
    return [
        *second_charges(found),
        *unknown_sent_again(found),
        *unheard_of(found),
        *over_cap(found, cap),
        *misbooked(found),
    ]


def final_faults(found: Histories, cap: Callable[[float], Decimal]) -> list[str]:
    """All that must hold when everything is settled."""
    return [*faults(found, cap), *lost_clips(found), *wrong_charges(found)]
