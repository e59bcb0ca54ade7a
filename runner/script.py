"""A storyboard that was read and checked whole: what will be shot, how long it lasts, what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..studio.timecode import frame_at

if TYPE_CHECKING:
    from ..studio.scenes import Storyboard
    from .document import Document


class Row(NamedTuple):
    """One scene as it will stand in the film. Seconds on frame boundaries, dollars."""

    index: int
    start: Fraction
    end: Fraction
    frames: int
    transition: str
    prompt: str
    provider: str
    cost: Decimal

    def to_plain(self) -> dict[str, Any]:
        return {
            "index": self.index,
            "start": float(self.start),
            "end": float(self.end),
            "prompt": self.prompt,
            "provider": self.provider,
            "clip": None,
            "cost": float(self.cost),
        }


@dataclass(frozen=True)
class Script:
    path: Path
    folder: Path
    """Where the files are that the storyboard names."""
    board: Storyboard
    warnings: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()
    """Those of the warnings that say that something asked for won't be there."""

    @property
    def title(self) -> str:
        return self.board.title or self.path.stem

    @property
    def frames(self) -> int:
        return frame_at(self.board.duration, self.board.settings.fps)

    @property
    def duration(self) -> Fraction:
        """Seconds, as many as the frames take."""
        return self.frames / self.board.settings.fps

    @property
    def cost(self) -> Decimal:
        return sum((row.cost for row in self.rows()), Decimal(0))

    def rows(self) -> list[Row]:
        from ..studio.providers import provider
        from ..studio.shots import shots

        fps = self.board.settings.fps
        rows, end = [], Fraction(0)
        for index, (scene, shot) in enumerate(
            zip(self.board.scenes, shots(self.board, self.folder), strict=True)
        ):
            name, overlap = self.board.entrance(index)
            start = end - overlap if index else Fraction(0)
            end = start + scene.duration
            first, last = frame_at(start, fps), frame_at(end, fps)
            by = self.board.provider_of(index)
            cost = provider(by).estimate(shot, provider(by).capabilities()[0]).cost
            rows.append(Row(index, first / fps, last / fps, last - first, name, scene.prompt, by, cost))
        return rows

    def to_plain(self, film: Path) -> dict[str, Any]:
        """The result of a dry run: what `render` would make."""
        settings = self.board.settings
        return {
            "ok": True,
            "dry_run": True,
            "film": {
                "path": str(film.resolve()),
                "duration": float(self.duration),
                "width": settings.width,
                "height": settings.height,
                "fps": float(settings.fps),
                "frames": self.frames,
            },
            "scenes": [row.to_plain() for row in self.rows()],
            "cost": float(self.cost),
            "warnings": list(self.warnings),
            "error": None,
        }


def checked(document: Document, provider: str | None = None, quality: str | None = None) -> Script:
    """Raises BadInput with every fault of the storyboard and of the files that it names."""
    from ..studio.check import examine, remarks

    folder = document.path.resolve().parent
    board = examine(document.text, folder, document.path.name, provider, quality)
    warnings = tuple(remarks(board))
    # What isn't there at all in the film is a loss; what is done in a simpler way is only a remark.
    losses = tuple(remark for remark in warnings if ".narration:" in remark)
    return Script(document.path, folder, board, warnings, losses)
