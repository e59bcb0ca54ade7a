"""Rules by which the emulators misbehave: which requests they strike, when, and what happens then.

>>> rule = Rule.of({"what": "reset", "door": "runway", "at": "submit", "nth": 2})

A rule counts the requests that it matches. It strikes the `nth` of them (a number or several), or each with
`chance` (by `seed`), or all; at most `times`. With `each: "job"` it counts for every job by itself. The first
rule that strikes wins.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ..studio.errors import BadInput, Fault, did_you_mean
from .jobs import Fate
from .makes import ODD
from .registry import DOORS

INSTEAD = {
    "429": "answers 429; after: Retry-After seconds, retry: RetryInfo seconds, quota: PerMinute or PerDay, "
    "code: the service's own",
    "500": "answers 500 as JSON",
    "502": "answers 502 with a page of HTML",
    "503": "answers 503; after: Retry-After seconds",
    "504": "answers 504 with a page of HTML",
    "hang_before": "never answers, and does nothing",
    "reset_before": "resets the connection, and does nothing",
    "held": "is held up on its way: does it `seconds` later, and answers who is still there",
    "proxy": "answers `status` as something before the service does; form: html, json or empty",
    "arrives_late": "resets the connection, and does it `seconds` later",
    "echo": "answers 401 and repeats the key in the message",
    "spurious_400": "answers 400 as if the key were wrong",
    "404": "answers 404 as if the job were unknown",
    "expired": "answers 403 as an expired link does",
    "error_page": "answers 200, video/mp4, with a page of HTML in place of a clip",
    "wrong_type": "answers 200 with a picture in place of a clip",
    "unnamed_type": "the same, and doesn't say what it is",
}
"""What happens instead of what was asked."""
AFTER = {
    "hang": "does it and never answers",
    "reset": "does it and resets the connection",
    "slow": "does it and waits `seconds` before the first byte",
    "truncated": "does it and breaks the answer off, half way or after `bytes`",
    "twice": "does it and sends the answer two times",
    "duplicate_id": "does it and answers with the id of the job before",
    "no_id": "does it and answers without the id",
    "html_200": "does it and answers 200 with a page of HTML",
    "spoiled": "does it and spoils bytes of the answer",
}
"""What happens to the answer."""
FATES = {
    "late": "the job takes `seconds` longer",
    "never": "the job never ends",
    "empty": "the job is moderated: text only, no videos, or a safety code",
    "failed": "the job fails; failure: the message, code: the code",
    "unknown_state": "the job's state is a word that nobody knows",
    "extra_fields": "the answers about the job hold fields that nobody knows",
    "damaged": "the clip can't be decoded",
    "wrong_clip": "the clip is of another length and size than was asked",
    "silent": "the clip has no sound, though it was asked for",
    "shorter": "the clip ends `seconds` early",
    "odd_file": "the clip's file is as only one service's are; form: late_picture, long_sound, short_sound, low_sound, "
    "high_sound, signed, other_pps, few_frames, odd_size, fine_ticks or fragments",
    "expires": "the link lives for `seconds` only",
    "flash": "frame 0 of the clip is the picture it was made from, and frame 1 a hard cut (in footage only)",
    "drift": "the clip gets brighter, to `factor` times what it began with (in footage only)",
    "wrong_price": "the price told is `factor` times the real one",
}
"""What becomes of the job that a submit makes."""
ACCEPTED = ("429", "500", "502", "503", "504", "proxy")
"""With accepted: true these come after the job was made; with array: true Google sends them as a JSON array."""
KINDS = ("submit", "poll", "download", "cancel", "upload", "file", "token", "other", "*")
PLACES = (*DOORS, "results", "storage", "*")
_OPTIONS = {
    "accepted": bool,
    "after": (int, float),
    "array": bool,
    "bytes": int,
    "code": str,
    "factor": (int, float),
    "failure": str,
    "form": str,
    "model": str,
    "quota": str,
    "retry": (int, float),
    "seconds": (int, float),
    "status": int,
}


@dataclass
class Rule:
    what: str
    door: str = "*"
    at: str = "submit"
    nth: tuple[int, ...] = ()
    chance: float | None = None
    seed: int = 0
    times: int | None = None
    each: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    struck: int = 0

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Rule:
        """A rule from JSON. Raises BadInput with every fault."""
        rest = dict(plain)
        what, nth = rest.pop("what", None), rest.pop("nth", ())
        door, at = rest.pop("door", "*"), rest.pop("at", None)
        default = "download" if what in ("expired", "error_page", "wrong_type", "unnamed_type") else "submit"
        rule = cls(
            str(what),
            door,
            default if at is None else at,
            (nth,) if isinstance(nth, int) else tuple(nth),
            rest.pop("chance", None),
            rest.pop("seed", 0),
            rest.pop("times", None),
            rest.pop("each", ""),
            rest,
        )
        faults = [
            Fault(name, f"{value!r} is none of them", did_you_mean(str(value), known))
            for name, value, known in (
                ("what", rule.what, (*INSTEAD, *AFTER, *FATES)),
                ("door", rule.door, PLACES),
                ("at", rule.at, KINDS),
                ("each", rule.each or "job", ("job",)),
            )
            if value not in known
        ]
        faults += [
            Fault(name, "is no option of a rule", did_you_mean(name, _OPTIONS))
            for name in rest
            if name not in _OPTIONS
        ]
        faults += [
            Fault(name, f"{value!r} is of the wrong type")
            for name, value in rest.items()
            if name in _OPTIONS and not isinstance(value, _OPTIONS[name])
        ]
        if rule.what == "odd_file" and rule.option("form") not in ODD:
            faults.append(Fault("form", "names no odd file", f"use one of {', '.join(ODD)}"))
        if rule.what in FATES and rule.at != "submit":
            faults.append(Fault("at", f"{rule.what} is settled when a job is made", "use submit"))
        if faults:
            raise BadInput("the rule can't be used", faults=faults)
        return rule

    def strikes(self, door: str, at: str, job: str) -> bool:
        if self.door not in ("*", door) or self.at not in ("*", at):
            return False
        if self.times is not None and self.struck >= self.times:
            return False
        key = job if self.each else ""
        self.counts[key] += 1
        if self.nth:
            hit = self.counts[key] in self.nth
        else:
            hit = self.chance is None or self._dice.random() < self.chance
        self.struck += hit
        return hit

    def option(self, name: str, default: Any = None) -> Any:
        return self.options.get(name, default)

    @property
    def instead(self) -> bool:
        return self.what in INSTEAD and not (self.what in ACCEPTED and self.option("accepted"))

    def fate(self) -> Fate | None:
        """What it wants to become of a job; None where the rule is about requests."""
        if self.what not in FATES:
            return None
        seconds = float(self.option("seconds", 1.0))
        words = {name: value for name, value in self.options.items() if name in ("failure", "code")}
        if self.what == "late":
            return Fate(late=seconds)
        ends = {"never": "never", "empty": "blocked", "failed": "failed"}
        if self.what in ends:
            return Fate(end=ends[self.what], words=words)
        factor = self.option("factor", 1.01 if self.what == "drift" else 2)
        value = {
            "expires": seconds,
            "shorter": seconds,
            "wrong_price": factor,
            "drift": factor,
            "damaged": True,
            "odd_file": self.option("form"),
        }
        name = {"wrong_price": "price", "damaged": "damage"}.get(self.what, self.what)
        return Fate(words={**words, name: value.get(self.what, True)})


class Rules:
    """The rules in force, in order."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def set(self, plain: list[dict[str, Any]], keep: bool = False) -> None:
        """Puts rules in force; those before stay only if `keep`. Raises BadInput, and then nothing changes."""
        made = []
        for number, item in enumerate(plain):
            try:
                made.append(Rule.of(item))
            except BadInput as error:
                raise BadInput(
                    "the rules can't be used",
                    faults=[
                        Fault(f"[{number}].{fault.place}", fault.message, fault.cure)
                        for fault in error.faults
                    ],
                ) from None
        self.rules = (self.rules if keep else []) + made

    def pick(self, door: str, at: str, job: str = "", model: str = "") -> Rule | None:
        for rule in self.rules:
            if rule.option("model") in (None, model) and rule.strikes(door, at, job):
                return rule
        return None


def unheard_of() -> dict[str, Any]:
    """Fields that a later version of a service may add."""
    return {"quantumState": {"entangled": True, "with": [1, 2, 3]}, "moodOfTheModel": "serene"}
