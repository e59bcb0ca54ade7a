"""Where a sentence ends, for captions that are divided there and voices that rest there.

A full stop may belong to the word: St. Moritz, z. B., J. R. Hartley, No. 7.
"""

from __future__ import annotations

import re

ENDS = ".!?…。！？।؟۔։"
OPENING, CLOSING = "\"'“„‘‚«‹»›([¿¡（「『【《", "\"'”’“»›«)]）」』】》"

_TITLES = re.compile(
    "st|ste|sta|mr|mrs|ms|mx|dr|prof|rev|fr|hr|hrn|mme|mlle|mgr|sr|sra|srta|dott|gen|gov|sen|rep|col|capt|"
    "cpt|cmdr|lt|sgt|maj|hon|messrs|mt|ft|dipl|ing"
)
"""What follows them is a name."""
_GO_ON = re.compile(
    "vs|cf|eg|ie|viz|resp|approx|bzw|ca|evtl|ggf|inkl|exkl|sog|vgl|zzgl|bspw|geb|gest|österr|jan|feb|apr|"
    "jun|jul|aug|sep|sept|okt|oct|nov|dez|dec"
)
"""They stand in a sentence, never at its end."""
_NUMBERED = re.compile(
    "no|nos|nr|nrn|núm|vol|bd|fig|abb|tab|ch|chap|kap|sec|art|abs|eq|ex|p|pp|pg|pt|ep|op|s|§"
)
"""They belong to a number that follows; "No." alone is an answer."""
_NUMBER = re.compile(r"[#(]?\d|[IVXLC]+\b")
_LETTERS = re.compile(r"(?:[^\W\d_]\.-?)+")


def abbreviated(word: str, following: str) -> bool:
    """Whether the full stop that a word ends with is its own, and what follows goes on with the sentence.

    >>> [abbreviated(*each) for each in [("St.", "Moritz"), ("No.", "7"), ("No.", "He"), ("z.B.", "Äpfel")]]
    [True, True, False, True]
    """
    bare = word.strip().rstrip(CLOSING).lstrip(OPENING)
    following = following.strip().lstrip(OPENING)
    if not bare.endswith(".") or bare.endswith("..") or not following:
        return False
    if _LETTERS.fullmatch(bare):
        return bare not in ("I.", "a.m.", "p.m.")  # those may end a sentence as well
    name = bare[:-1].casefold()
    return bool(
        _TITLES.fullmatch(name)
        or _GO_ON.fullmatch(name)
        or (_NUMBERED.fullmatch(name) and _NUMBER.match(following))
    )


def ends(word: str, following: str) -> bool:
    """Whether a sentence ends between two words. “Why?” asked he: that is one sentence.

    >>> ends("rain.", "Then"), ends("Dr.", "Jones"), ends("usw.", "und")
    (True, False, False)
    """
    closed = word.rstrip().rstrip(CLOSING).endswith(tuple(ENDS))
    return closed and not following[:1].islower() and not abbreviated(word, following)
