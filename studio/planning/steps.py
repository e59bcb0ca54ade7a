"""Steps: what a storyboard takes, one thing after another: keyframes, clips, the parts of a clip that is long, and the
voices and the music that are bought.

A step's shot stands with what other steps make left open; `filled` puts it in once it is there. Checking, pricing and
shooting all go by the same steps.

    [(step.scene, step.what) for step in steps(storyboard, Path("/films"))]
    # [(0, 'first_frame'), (0, 'last_frame'), (0, 'clip'), (1, 'clip')]
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ..providers import PROVIDERS
from ..providers.capability import TALKING, Capability, bought
from ..providers.faults import faults
from ..providers.shot import Shot
from ..storyboard.model import Storyboard
from . import model_choice
from .continuity import LONGEST, Made, handed_on
from .model_choice import AUTO, FREE, Wish
from .music_sections import buys, sections
from .music_sections import shot_of as shot_of_music
from .narration import narrated
from .shots import path_of, shot_of, wish_of

What = Literal["first_frame", "last_frame", "clip", "narration", "music"]

TO_THE_END = Fraction(3600)
OPEN = "(made before)"
"""Stands for a picture that another step makes."""

_SIZES = {"360p": "1k", "720p": "1k", "1080p": "2k", "4k": "4k"}
"""What size of picture a clip begins with."""

# These sentences go into what is paid for: another wording would buy every frame anew.
_LOOKS = "Keep the looks of who and what the first {count}."
_PLACE = "The last picture shows the place and the light a moment before: keep them."


class Feed(NamedTuple):
    """An input of a shot that another step makes."""

    field: Literal["image", "last_frame", "references", "video"]
    step: int
    frame: bool = False
    """Whether it is the last frame that the film shows of that step's clip."""
    colors: int | None = None
    """The step whose clip's colours that frame gets: the first of the chain."""


class Step(NamedTuple):
    number: int
    scene: int
    what: What
    wish: Wish
    shot: Shot
    feeds: tuple[Feed, ...] = ()
    part: int = 0
    """From 0, of a clip that is made in parts."""
    stand_in: str | None = None
    """The picture in place of a keyframe that couldn't be drawn."""

    @property
    def draws(self) -> bool:
        """Whether it is a frame that is drawn."""
        return self.what in ("first_frame", "last_frame")

    @property
    def sounds(self) -> bool:
        """Whether it is a narration or music."""
        return self.what in ("narration", "music")

    @property
    def shows(self) -> Fraction:
        """Seconds of its clip that are in the film; all of it, where somebody talks."""
        return TO_THE_END if self.shot.mode in TALKING else Fraction(self.shot.duration)

    @property
    def chain(self) -> int:
        """The step with which its chain of matched colours begins."""
        return next((feed.colors for feed in self.feeds if feed.colors is not None), self.number)


def steps(
    storyboard: Storyboard, folder: Path, drawn: Collection[int] = (), without: Collection[int] = ()
) -> list[Step]:
    """Every step, each after those that it is made from; no keyframes for the scenes in `drawn`, which are animatics,
    and nothing for those left out. Last come the voices and the music that are bought.

    Raises BadInput for a file's name that leaves the folder.
    """
    made: list[Step] = []
    for number in range(len(storyboard.scenes)):
        if number in without:
            continue
        if number in drawn or storyboard.provider_of(number) == FREE:
            shot = shot_of(storyboard, number, folder)
            made.append(Step(len(made), number, "clip", wish_of(storyboard, number), shot))
        else:
            made += _scene(storyboard, number, folder, made)
    for told in narrated(storyboard, folder):
        if told.wish is not None and told.scene not in without:
            made.append(Step(len(made), told.scene, "narration", told.wish, told.shot))
    composer = buys(storyboard)
    for section in sections(storyboard):
        if composer is not None and section.first not in without:
            made.append(Step(len(made), section.first, "music", composer, shot_of_music(section, storyboard)))
    return made


def of_scene(found: Sequence[Step], number: int) -> list[Step]:
    return [step for step in found if step.scene == number]


def filled(step: Step, made: Mapping[int, Made]) -> Shot | None:
    """The step's shot with all that other steps have made; None while some of it isn't there.

    Raises MediaError, OutputError where a frame can't be taken out of a clip.
    """
    changes: dict[str, Any] = {}
    references = list(step.shot.references)
    for feed in step.feeds:
        source = made.get(feed.step)
        anchor = made.get(feed.colors) if feed.colors is not None else None
        if source is None or (feed.colors is not None and anchor is None):
            return None
        path = str(handed_on(source, anchor) if feed.frame else source.path)
        if feed.field == "references":
            references.append(path)
        else:
            changes[feed.field] = path
    if not step.feeds:
        return step.shot
    changes["references"] = tuple(dict.fromkeys(name for name in references if name != OPEN))
    return step.shot.model_copy(update={**changes, "continues": False})


def drawn_by(storyboard: Storyboard, number: int) -> Wish:
    """Who draws the keyframes of scene `number`."""
    door, _, model = str(storyboard.given(number, "keyframes") or AUTO).partition("/")
    if not model and door != AUTO and door not in PROVIDERS:
        door, model = AUTO, door
    return Wish(door.strip(), model.strip() or None)


def _scene(storyboard: Storyboard, number: int, folder: Path, before: Sequence[Step]) -> list[Step]:
    """The steps of one scene; `before` are those of the scenes before it."""
    made: list[Step] = []
    wish, shot = wish_of(storyboard, number), shot_of(storyboard, number, folder)
    clip = next((step for step in reversed(before) if step.scene == number - 1 and step.what == "clip"), None)
    feeds: list[Feed] = []
    if storyboard.continues_previous(number) and clip is not None:
        colors = clip.chain if storyboard.given(number, "color_match") else None
        feeds.append(Feed("image", clip.number, True, colors))
    elif shot.continues and clip is not None:
        feeds.append(Feed("video", clip.number))
    for what in ("first_frame", "last_frame"):
        step = _keyframe(storyboard, number, folder, what, [*before, *made], feeds, shot)
        if step is not None:
            made.append(step)
            feeds.append(Feed("image" if what == "first_frame" else "last_frame", step.number))
    pending = {feed.field: OPEN for feed in feeds if feed.field in ("image", "last_frame")}
    shot = shot.model_copy(update=pending)
    step = Step(len(before) + len(made), number, "clip", wish, shot, tuple(feeds))
    return [
        *made,
        *_parts(step, bool(storyboard.given(number, "chain")), bool(storyboard.given(number, "color_match"))),
    ]


def _keyframe(
    storyboard: Storyboard,
    number: int,
    folder: Path,
    what: What,
    before: Sequence[Step],
    feeds: Sequence[Feed],
    clip: Shot,
) -> Step | None:
    """The step that draws the scene's first or last frame, where it is described."""
    described = getattr(storyboard.scenes[number], f"{what}_description")
    if not (described or "").strip():
        return None
    character = [str(path_of(name, folder)) for name in storyboard.given(number, "character") or ()]
    references, own, hints = list(character), [], []
    if character:
        count = "picture" if len(character) == 1 else f"{len(character)} pictures"
        hints.append(_LOOKS.format(count=f"{count} {'shows' if len(character) == 1 else 'show'}"))
    if what == "last_frame":
        place = _place(storyboard, number, folder, before, feeds, clip)
        if place is not None:
            references.append(place if isinstance(place, str) else OPEN)
            own += [] if isinstance(place, str) else [place]
            hints.append(_PLACE)
    wish = drawn_by(storyboard, number)
    shot = clip.model_copy(
        update={
            "makes": "picture",
            "prompt": "\n".join([described.strip(), *hints]),
            "duration": Fraction(1),
            "resolution": _size(wish, clip),
            "references": tuple(references),
            "image": None,
            "last_frame": None,
            "video": None,
            "continues": False,
            "camera": "",
            "clip_action": "",
            "sound": "",
            "audio": None,
            "script": "",
            "speech": None,
            "avatar": "",
            "voice": "",
        }
    )
    stand_in = character[0] if character else None
    return Step(len(before), number, what, wish, shot, tuple(own), stand_in=stand_in)


def _place(
    storyboard: Storyboard,
    number: int,
    folder: Path,
    before: Sequence[Step],
    feeds: Sequence[Feed],
    clip: Shot,
) -> Feed | str | None:
    """What shows a last frame its scene's place and light: the scene's first frame. In a chain it is the frame with
    which the scene before ends, as it was drawn or given, so that all frames can be drawn before any clip is made."""
    image = next((feed for feed in feeds if feed.field == "image"), None)
    if image is None:
        return clip.image
    if not image.frame:
        return Feed("references", image.step)
    given = storyboard.given(number - 1, "last_frame")
    if given:
        return path_of(given, folder)
    ends = [step for step in before if step.scene == number - 1 and step.what == "last_frame"]
    return Feed("references", ends[0].number) if ends else Feed("references", image.step, frame=True)


def _size(wish: Wish, clip: Shot) -> str:
    """What fills the clip's frame; what the named model makes at most, where that is less."""
    wanted = _SIZES.get(clip.resolution, "1k")
    known = [
        size
        for can in model_choice.meant(wish)
        if "picture" in can.modes
        for size in can.modes["picture"].resolutions
    ]
    sizes = ["4k", "2k", "1k"]
    return next((size for size in sizes[sizes.index(wanted) :] if size in known), wanted)


def _parts(whole: Step, chained: bool, matched: bool) -> list[Step]:
    """The step of a scene's clip; several, where it is longer than anybody makes at once and may be `chained`."""
    wish, shot = whole.wish, whole.shot
    able = model_choice.cast(wish, shot, ready_only=False)
    # That this machine could make it at once for nothing keeps nobody from dividing it among paid models.
    if not chained or any(model_choice.stands_in(can) or not can.free for can in able):
        return [whole]
    planned = next(
        (found for can in model_choice.meant(wish) if (found := divided(shot, can, not matched))), None
    )
    if planned is None:
        return [whole]
    colors = whole.chain if matched else None
    made: list[Step] = []
    for part, one in enumerate(planned):
        number = whole.number + part
        feeds = tuple(feed for feed in whole.feeds if feed.field != "last_frame" or one.last_frame)
        if one.continues:
            feeds = (Feed("video", number - 1),)
        elif part:
            ending = tuple(feed for feed in feeds if feed.field == "last_frame")
            feeds = (Feed("image", number - 1, True, colors), *ending)
        made.append(Step(number, whole.scene, "clip", wish, one, feeds, part))
    return made


def divided(shot: Shot, can: Capability, extends: bool = True) -> list[Shot] | None:
    """The shots of the parts in which a model makes a clip that is longer than it makes at once; None if it can't.

    It extends what there is as far as it can, and begins anew with the last frame where it can't go on; without
    `extends` always the latter.
    """
    total = Fraction(shot.duration)
    if total > LONGEST or shot.mode not in can.modes:
        return None
    parts: list[Shot] = []
    left, so_far = total, Fraction(0)
    while left > 0:
        asked = _next(shot, can, left, so_far, bool(parts), extends)
        if asked is None:
            return None
        so_far = so_far + asked.duration if asked.continues else Fraction(asked.duration)
        left -= asked.duration
        parts.append(asked)
    return parts


def _next(
    shot: Shot, can: Capability, left: Fraction, so_far: Fraction, goes_on: bool, extends: bool
) -> Shot | None:
    ways: list[dict[str, Any]] = [{}]
    if goes_on:
        begun: dict[str, Any] = {"image": OPEN, "references": (), "video": None, "last_frame": None}
        ways = [{**begun, "image": None, "continues": True, "task": "extend"}] if extends else []
        ways.append(begun)
        if shot.last_frame:  # it is the end of the last part only
            ways.append({**begun, "last_frame": shot.last_frame})
    elif shot.last_frame:
        ways = [{"last_frame": None}]
    for way in ways:
        asked = shot.model_copy(update=way)
        mode = can.modes.get(asked.mode)
        if mode is None:
            continue
        longest = max(mode.durations, default=mode.longest)
        lasts = bool(shot.last_frame) and left <= longest
        if bool(asked.last_frame) != (lasts and not asked.continues):
            continue
        asked = asked.model_copy(update={"duration": min(left, Fraction(longest))})
        if asked.continues:
            result = so_far + (bought(asked, can) or Fraction(0))
            if so_far > (mode.source_longest or so_far) or result > (mode.result_longest or result):
                continue
        if not faults(asked, can):
            return asked
    return None
