"""`storyreel check`: every fault of a storyboard, a narrated sequence or a workflow at once.

Nothing is run, nothing sent.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from ...studio.errors import BadInput, Fault
from ..comfy.client.refusal import place_of
from ..comfy.graph.verify import faults_of
from ..display.progress import many
from ..jobs import document
from ..jobs.allowed_folders import PermitGraph, refuse_outside
from ..jobs.connect import object_info
from ..jobs.upload_folders import folder_faults
from ..jobs.uploads import file_faults, storyboard_files_of, storyboard_texts
from .run import read_graph


class Verdict(NamedTuple):
    """A file that is good."""

    path: Path
    kind: str
    scenes: int = 0
    nodes: int = 0
    frames: int = 0
    duration: float = 0.0
    warnings: tuple[str, ...] = ()

    def to_plain(self) -> dict[str, Any]:
        return (
            {"ok": True}
            | self._asdict()
            | {"path": str(self.path), "warnings": list(self.warnings), "error": None}
        )

    def sentence(self) -> str:
        if self.kind in ("storyboard", "sequence"):
            what = "storyboard" if self.kind == "storyboard" else "narrated sequence"
            what = f"a good {what}: {many(self.scenes, 'scene')}, {many(self.frames, 'frame')}, {self.duration:.2f} s"
        else:
            what = f"a good workflow of {many(self.nodes, 'node')}"
        return "\n".join([f"{self.path} is {what}", *(f"  note: {warning}" for warning in self.warnings)])


def check(
    path: Path,
    server: str | None = None,
    pictures: Path | None = None,
    permit: PermitGraph = refuse_outside,
) -> Verdict:
    """Raises BadInput with every fault. Of a storyboard, a missing key is one: `render` couldn't make it here.

    `pictures` is the folder of a narrated sequence's; `permit` opens further folders for what a workflow names, where a
    person agrees.
    """
    found = document.read(path)
    if found.kind in ("storyboard", "sequence"):
        from ..jobs.load import checked

        script = checked(found, elsewhere=server is not None, pictures=pictures)
        return Verdict(
            path,
            found.kind,
            scenes=len(script.board.scenes),
            frames=script.frames,
            duration=float(script.duration),
            warnings=script.warnings,
        )
    if pictures is not None:
        raise BadInput("--pictures is for narrated sequences", f"{path} is {document.WHAT_IT_IS[found.kind]}")
    info = object_info(server)
    graph, missing = read_graph(found.data, info, server)
    permit(graph, info, path, ())
    home = path.resolve().parent
    faults = [*missing, *faults_of(graph, info), *file_faults(graph, info, home)]
    faults += folder_faults(graph, info, home)
    if not faults:
        from ..engine import complaints

        for node, said in complaints(graph).items():
            faults += [Fault(place_of(graph, node), line) for line in said.splitlines()]
    for node, text in storyboard_texts(graph):
        faults += _storyboard_faults(place_of(graph, node, "text"), text, path.resolve().parent)
    for node, file in storyboard_files_of(graph, info, path.resolve().parent):
        faults += _storyboard_faults(place_of(graph, node, file.name), document.read(file).text, file.parent)
    if faults:
        raise BadInput(f"{path.name} has {len(faults)} fault{'' if len(faults) == 1 else 's'}", faults=faults)
    return Verdict(path, document.WHAT_IT_IS[found.kind], nodes=len(graph))


def _storyboard_faults(place: str, text: str, folder: Path) -> list[Fault]:
    from ...studio.planning.validate import check as check_storyboard
    from ...studio.storyboard.parser import draft

    try:
        read = draft(text)
    except BadInput as error:
        return list(error.faults) or [Fault(place, error.message, error.hint)]
    faults = [
        *read.faults,
        *(check_storyboard(read.storyboard, folder, ready=False) if read.storyboard else ()),
    ]
    return [
        Fault(f"{place} {fault.place}".strip(), fault.message, fault.cure) for fault in dict.fromkeys(faults)
    ]
