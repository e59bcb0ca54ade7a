"""The animatic: a clip from a picture over which the camera moves, or from a title card.

Made here, at once, for nothing. It needs no key, no network and no model: what a storyboard's timing, order
and transitions are worth can be seen before anything is paid for.
"""

from __future__ import annotations

import errno
import logging
import secrets
import shutil
import tempfile
import threading
import weakref
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from pydantic import ValidationError

from ...errors import BadInput, Fault, Interrupted, MediaError, OutputError, ProviderError, StoryreelError
from ...media import fonts, image
from ...media.encode import FilmWriter
from ...progress import Watch
from ...storyboard import camera_moves
from ...timecode import frame_at
from ...timeline.settings import FilmSettings
from ..capability import Capability, Mode
from ..contract import Estimate, Operation, State, Status, Take
from ..shot import Shot, frame_count
from . import title_card
from .pan_zoom import OVERSAMPLING, Still, window_for

_PRESET = "superfast"
"""The fastest that compresses well. Slower ones use x264's mbtree, whose AVX-512 code reads memory that
nobody wrote where the width is no multiple of 256: the same frames would not always give the same file."""

_log = logging.getLogger("storyreel")


class Animatic:
    name = "animatic"
    bills_moderated = False
    cancel_is_free = frozenset(State)
    can_find = False
    jobs_at = ""

    def __init__(self) -> None:
        self._jobs: dict[str, _Job] = {}

    def capabilities(self) -> tuple[Capability, ...]:
        any_length = {"shortest": Fraction(1, 240), "longest": Fraction(3601), "needs_prompt": False}
        return (
            Capability(
                provider=self.name,
                model=self.name,
                id=self.name,
                title="Animatic: stills with camera moves, and title cards",
                modes={name: Mode.model_validate(any_length) for name in ("text", "image")},
                max_width=8192,
                max_height=8192,
                max_fps=Fraction(240),
                audio="never",
            ),
        )

    def account(self) -> None:
        return None

    def one_per_id(self, capability: Capability) -> bool:
        return False

    def missing(self) -> list[str]:
        return []

    def base_url(self) -> str:
        return ""

    def check(self, shot: Shot, capability: Capability) -> list[Fault]:
        faults = []
        try:
            _settings(shot)
        except ValidationError as error:
            for detail in error.errors():
                message = detail["msg"].removeprefix("Value error, ")
                faults.append(Fault(".".join(map(str, detail["loc"])), message[:1].lower() + message[1:]))
        try:
            camera_moves.parse(shot.clip_action)
        except BadInput as error:
            faults += [Fault("clip_action", fault.message, fault.cure) for fault in error.faults]
        if shot.image is None:
            faults += _card_faults(shot)
        return faults

    def estimate(self, shot: Shot, capability: Capability) -> Estimate:
        return Estimate(Decimal(0), "made on this machine")

    def submit(self, shot: Shot, capability: Capability, ours: str = "") -> Operation:
        faults = self.check(shot, capability)
        if faults:
            raise BadInput("the shot can't be made", faults=faults)
        operation = Operation(self.name, secrets.token_hex(8))
        job = self._jobs[operation.id] = _Job(shot)
        job.thread.start()
        return operation

    def find(self, ours: str) -> Operation | None:
        raise NotImplementedError("an animatic ends with its process")

    def operation(self, id: str) -> Operation:
        return Operation(self.name, id)

    def poll(self, operation: Operation) -> Status:
        job = self._job(operation)
        if job.thread.is_alive():
            return Status(State.RUNNING, job.progress)
        if job.error is not None:
            return Status(State.FAILED, job.progress, str(job.error))
        return Status(State.DONE, 1.0)

    def fetch(self, operation: Operation, status: Status, path: Path) -> Take:
        job = self._job(operation)
        job.thread.join()
        if job.error is not None:
            raise job.error
        _put(job.clip, path)
        del self._jobs[operation.id]
        job.tidy()
        shot = job.shot
        details = {
            "frames": frame_count(shot),
            "width": shot.width,
            "height": shot.height,
            "fps": str(shot.fps),
        }
        return Take(path, Decimal(0), tuple(job.notes), details)

    def cancel(self, operation: Operation) -> None:
        job = self._jobs.pop(operation.id, None)
        if job is not None:
            job.cancelled.set()

    def _job(self, operation: Operation) -> _Job:
        try:
            return self._jobs[operation.id]
        except KeyError:
            raise ProviderError(
                f"the animatic knows no operation {operation.id}", "submit the shot again"
            ) from None


class _Job:
    """One clip in the making, on a thread of its own."""

    def __init__(self, shot: Shot) -> None:
        self.shot = shot
        folder = tempfile.mkdtemp(prefix="storyreel-animatic-")
        # Called by hand; at the latest when nobody knows this job any more, or Python ends.
        self.tidy = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.clip = Path(folder) / "clip.mp4"
        self.progress = 0.0
        self.notes: list[str] = []
        self.error: StoryreelError | None = None
        self.cancelled = threading.Event()
        self.thread = threading.Thread(target=self._run, name="animatic")

    def _run(self) -> None:
        watch = Watch(progress=self._tell, cancelled=self.cancelled.is_set)
        try:
            self.notes = make(self.shot, self.clip, watch)
        except StoryreelError as error:
            self.error = error
        except Exception as error:  # a thread's exception would only be printed, and the shot wait for ever
            _log.exception("the animatic failed")
            self.error = ProviderError(f"the animatic failed: {error}", "this is a bug; please report it")
        if self.cancelled.is_set():
            self.error = self.error or Interrupted()
        if self.error is not None:
            self.tidy()

    def _tell(self, done: float, label: str) -> None:
        self.progress = done


def make(shot: Shot, path: Path, watch: Watch | None = None) -> list[str]:
    """Makes the clip of a shot; returns what was done differently from what was asked, a sentence each.

    Raises MediaError for a picture or font that is none, OutputError where the clip can't be written, and
    Interrupted.
    """
    watch = watch or Watch()
    actions, note = camera_moves.simplify(camera_moves.parse(shot.clip_action), Fraction(shot.duration))
    notes = [f"clip_action: {note}"] if note else []
    watch.check()
    if shot.image is not None:
        still = _moving_picture(shot, Path(shot.image), actions)
        notes += [f"image: {each}" for each in image.notes(Path(shot.image))]
    else:
        still, whole = _moving_card(shot, actions)
        if not whole:
            notes.append(
                f"prompt: {len(shot.prompt)} characters don't fit on a title card; the end is left out"
            )
    frames = frame_count(shot)
    moving = min(frames, frame_at(_moves(shot), Fraction(shot.fps)))
    with FilmWriter(path, _settings(shot), audio=False) as clip:
        for number in range(frames):
            watch.check()
            clip.write(still.frame(min(1.0, number / max(1, moving - 1))))
            watch.tell((number + 1) / frames)
    return notes


def _moves(shot: Shot) -> Fraction:
    """Seconds for which the camera moves."""
    lasts = Fraction(shot.duration)
    return lasts if shot.moves_for is None else min(lasts, Fraction(shot.moves_for))


def _settings(shot: Shot) -> FilmSettings:
    return FilmSettings.model_validate(
        {"width": shot.width, "height": shot.height, "fps": shot.fps, "crf": shot.crf, "preset": _PRESET}
    )


def _moving_picture(shot: Shot, path: Path, actions: tuple[camera_moves.Action, ...]) -> Still:
    frame, duration = (shot.width, shot.height), _moves(shot)

    def window(whole: image.Size) -> tuple[int, int, int, int]:
        return window_for(whole, frame) if shot.fit == "contain" else (0, 0, *frame)

    def enough(whole: image.Size) -> image.Size:
        """So large that the camera need not enlarge it."""
        seen = window(whole)
        planned = camera_moves.path(actions, whole, seen[2:], duration)
        scale = OVERSAMPLING * seen[2] / min(planned.start.width, planned.end.width)
        return round(whole[0] * scale), round(whole[1] * scale)

    pixels = image.read(path, enough)
    whole = (pixels.shape[1], pixels.shape[0])
    return Still(pixels, camera_moves.path(actions, whole, window(whole)[2:], duration), frame, window(whole))


def _moving_card(shot: Shot, actions: tuple[camera_moves.Action, ...]) -> tuple[Still, bool]:
    frame, duration = (shot.width, shot.height), _moves(shot)
    planned = camera_moves.path(actions, frame, frame, duration)
    # As large as its nearest view needs, except that the largest frames would take a card of gigabytes.
    nearest = min(planned.start.width, planned.end.width)
    scale = 1.0 if planned.still else OVERSAMPLING * frame[0] / nearest
    scale = min(scale, max(1.0, 5000 / max(frame)))
    size = (round(frame[0] * scale), round(frame[1] * scale))
    moves = camera_moves.path(actions, size, frame, duration)
    drawn = title_card.draw(shot.prompt, size, shot.seed, _font(shot), within=moves.always())
    return Still(drawn.pixels, moves, frame), drawn.whole


def _card_faults(shot: Shot) -> list[Fault]:
    if not fonts.tidy(shot.prompt).strip():
        return [Fault("prompt", "is empty, and there is no image", "give it one of them")]
    font = _font(shot)
    try:
        lacking = fonts.lacking(shot.prompt, font)
    except MediaError as error:
        return [Fault("font", error.message, error.hint)]
    if not lacking:
        return []
    named = " ".join(lacking[:12]) + (f" and {len(lacking) - 12} more" if len(lacking) > 12 else "")
    where = font.name if font else "the title card's font"
    return [Fault("prompt", f"{where} has no {named}", 'give the scene an image, or the storyboard a "font"')]


def _font(shot: Shot) -> Path | None:
    return Path(shot.font) if shot.font else None


def _put(clip: Path, path: Path) -> None:
    """Moves a file into place, whole or not at all; if that fails it stays where it was."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        try:
            clip.replace(path)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            try:
                shutil.copyfile(clip, part)
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path} can't be written: {error.strerror}", "choose another folder") from None
