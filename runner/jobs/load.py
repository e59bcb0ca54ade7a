"""From a file to the script of its film: a storyboard, or the narrated sequence that asks for one, checked whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ...studio.errors import BadInput, Fault
from ...studio.planning.overrides import overridden
from .preflight import Script, counted

if TYPE_CHECKING:
    from ...studio.planning.narrated_sequence import Sequence
    from ...studio.storyboard.model import Storyboard
    from ...studio.storyboard.parser import Draft
    from .document import Document


class Source(NamedTuple):
    """A storyboard as it could be read, or what a narrated sequence asks for as one."""

    draft: Draft
    folder: Path
    notes: tuple[str, ...] = ()
    sequence: Sequence | None = None

    @classmethod
    def of(cls, document: Document, pictures: Path | None = None) -> Source:
        """`pictures` is where those of a narrated sequence are; without it they are looked for beside it. Raises
        BadInput."""
        if document.kind == "sequence":
            from ...studio.planning import narrated_sequence
            from ...studio.storyboard import numbered_files

            folder = pictures.resolve() if pictures else numbered_files.beside(document.path)
            found = narrated_sequence.draft(document.text, folder, document.path.name)
            return cls(found.draft, folder, found.notes, found)
        from ...studio.storyboard.parser import draft

        if pictures is not None:
            cure = "a storyboard names its pictures itself, from its own folder"
            raise BadInput("--pictures is for narrated sequences", cure)
        return cls(draft(document.text, document.path.name), document.path.resolve().parent)

    def placed(self, faults: Iterable[Fault]) -> list[Fault]:
        """Faults of the storyboard where they are in the file."""
        return [self.sequence.placed(fault) if self.sequence else fault for fault in faults]

    def scenes_of(self, faults: Iterable[Fault]) -> frozenset[int]:
        """The storyboard's scenes that faults in the file are in."""
        from ...studio.storyboard.parser import scene_number

        places = {scene_number(fault) for fault in faults} - {-1}
        order = self.sequence.order if self.sequence else ()
        return frozenset(order.index(place) for place in places) if order else frozenset(places)

    def remarks(self, board: Storyboard) -> Mapping[str, Any]:
        """What is told of the storyboard, as a Script holds it."""
        remarks = _remarks(board)
        if self.sequence is None:
            return remarks
        named = {key: tuple(map(self.sequence.named, told)) for key, told in remarks.items()}
        return {**named, "warnings": (*self.notes, *named["warnings"]), "named": self.sequence.named}


def checked(
    document: Document,
    provider: str | None = None,
    quality: str | None = None,
    elsewhere: bool = False,
    pictures: Path | None = None,
) -> Script:
    """Raises BadInput with every fault of the storyboard and of the files that it names, and what its doors lack; what
    is made `elsewhere` is made with keys that nobody here knows."""
    from ...studio.planning.validate import check
    from ...studio.storyboard.parser import scene_number

    source = Source.of(document, pictures)
    faults, board = list(source.draft.faults), source.draft.storyboard
    if board is not None:
        board = overridden(board, provider, quality)
        known = {fault.place for fault in faults}
        more = source.placed(check(board, source.folder, ready=not elsewhere))
        faults += [fault for fault in more if fault.place not in known]
        faults.sort(key=scene_number)
    if faults or board is None:
        raise BadInput(f"{document.path.name} has {counted(faults)}", faults=faults)
    about = {"keys": not elsewhere, "elsewhere": elsewhere}
    return Script(document.path, source.folder, board, **about, **source.remarks(board))


def surveyed(
    document: Document,
    provider: str | None = None,
    quality: str | None = None,
    elsewhere: bool = False,
    pictures: Path | None = None,
) -> Script:
    """As much as can be said of a storyboard, faults and all, without any key. Raises BadInput if its scenes can't even
    be read."""
    from ...studio.planning.validate import check, unready
    from ...studio.storyboard.parser import scene_number

    source = Source.of(document, pictures)
    found, folder = source.draft, source.folder
    if found.storyboard is None:
        raise BadInput(f"{document.path.name} has {counted(found.faults)}", faults=found.faults)
    board = overridden(found.storyboard, provider, quality)
    known = {fault.place for fault in found.faults}
    more = check(board, folder, ready=False)
    faults = [*found.faults, *(f for f in source.placed(more) if f.place not in known)]
    faults.sort(key=scene_number)
    faulty = source.scenes_of(faults)
    lacking = [
        replace(fault, place="") if fault.place == "provider" else fault
        for fault in unready(board, folder, [Fault(f"scenes[{number}]", "") for number in faulty])
    ]
    about = {
        "faults": tuple(faults),
        "faulty": faulty,
        "unready": tuple(dict.fromkeys(map(str, source.placed(lacking)))),
        "keys": False,
        "elsewhere": elsewhere,
    }
    return Script(document.path, folder, board, **about, **source.remarks(board))


def _remarks(board: Storyboard) -> Mapping[str, Any]:
    from ...studio.planning.validate import remarks

    warnings = tuple(remarks(board))
    # What isn't there at all in the film is a loss; what is done in a simpler way is only a remark.
    return {"warnings": warnings, "losses": tuple(each for each in warnings if ".narration:" in each)}
