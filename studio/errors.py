"""Everything that can go wrong, as one tree. Nodes raise these, the command line prints them, `--json` carries them.

StoryreelError              code, a sentence for a person, a hint
├── BadInput                bad_input      what was given can't be used; nothing was run; carries every fault found
│   └── NeedsConsent        needs_consent  it costs money, and no person has agreed on this machine
├── MediaError              media          a file that isn't what it says: not a picture, cut short, no decoder
├── OutputError             output         the result can't be written: disk full, no permission
├── ProviderError           provider       a provider refused or failed a shot
│   ├── UnknownOutcome      unknown_outcome  nobody knows whether a paid request was accepted
│   └── StillRunning        still_running    the provider is still at work; running again waits again
├── OverBudget              over_budget    a budget doesn't allow it; nothing was sent
├── ServerError             server         the engine is gone, refuses, or speaks something else
├── RunFailed               run_failed     the engine ran the workflow and a node raised
└── Interrupted             interrupted    somebody asked to stop; not a failure
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Fault:
    """One thing wrong with what was given: where, what, and what to do about it.

    >>> str(Fault("scenes[2].transition", "'crosfade' is not a transition", "did you mean 'crossfade'?"))
    "scenes[2].transition: 'crosfade' is not a transition; did you mean 'crossfade'?"
    """

    place: str
    message: str
    cure: str = ""

    def __str__(self) -> str:
        sentence = f"{self.place}: {self.message}" if self.place else self.message
        return f"{sentence}; {self.cure}" if self.cure else sentence


class StoryreelError(Exception):
    """The root. `exit_code` is what the command line ends with when this error reaches it."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message

    def to_plain(self) -> dict[str, Any]:
        """The `error` object of `--json`."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class BadInput(StoryreelError):
    """What was given can't be used, and nothing was run. `faults` lists all of it, not the first."""

    code = "bad_input"
    exit_code = 2

    def __init__(self, message: str, hint: str = "", faults: Iterable[Fault] = ()) -> None:
        super().__init__(message, hint)
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"  {fault}" for fault in self.faults)])

    def to_plain(self) -> dict[str, Any]:
        faults = [{"place": f.place, "message": f.message, "cure": f.cure} for f in self.faults]
        return super().to_plain() | {"faults": faults}


class NeedsConsent(BadInput):
    """Something costs money, and no person has agreed to spend any on this machine. Nothing was sent."""

    code = "needs_consent"


class MediaError(StoryreelError):
    """A media file isn't what it says it is: not a picture, cut short, or in a format nothing here decodes."""

    code = "media"


class OutputError(StoryreelError):
    """The result can't be written. Nothing partial was left, and what was there before still is."""

    code = "output"


class ProviderError(StoryreelError):
    """A provider refused or failed a shot."""

    code = "provider"


class UnknownOutcome(ProviderError):
    """A paid request left, and nobody knows whether it was accepted. It isn't sent again by itself."""

    code = "unknown_outcome"


class StillRunning(ProviderError):
    """The provider is still at work on a paid clip. Nothing is lost; running the same again waits again."""

    code = "still_running"


class OverBudget(StoryreelError):
    """A budget doesn't allow it. Nothing was sent."""

    code = "over_budget"


class ServerError(StoryreelError):
    """The engine can't be reached, went away, or answered something that isn't its protocol."""

    code = "server"


class RunFailed(StoryreelError):
    """The engine ran the workflow and a node raised."""

    code = "run_failed"

    def __init__(
        self, message: str, hint: str = "", node_id: str = "", node_type: str = "", raised: str = ""
    ) -> None:
        super().__init__(message, hint)
        self.node_id = node_id
        self.node_type = node_type
        self.raised = raised
        """The code of what the node raised, where it is one of ours."""

    def to_plain(self) -> dict[str, Any]:
        about = {"node_id": self.node_id, "node_type": self.node_type}
        return super().to_plain() | {"code": self.raised or self.code} | about


class Interrupted(StoryreelError):
    """Somebody asked to stop. Nothing partial was left behind."""

    code = "interrupted"
    exit_code = 130

    def __init__(self, message: str = "interrupted", hint: str = "") -> None:
        super().__init__(message, hint)


_LONGEST_WORD = 200


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The cure for a mistyped word: the nearest known one, or all of them if none is near."""
    known = list(known)
    # Comparing takes as long as one is long times the other, and nobody mistypes a word of that length.
    short = [each for each in known if len(each) <= _LONGEST_WORD] if len(word) <= _LONGEST_WORD else []
    near = [each for each in short if each.lower() == word.lower()]
    near = near or difflib.get_close_matches(word.lower(), short, n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else "use one of " + ", ".join(known)
