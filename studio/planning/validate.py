"""Whether a storyboard can be shot: its files are there and are what they should be, its text can be set, its
providers can make it. Everything that is wrong is listed at once; nothing is made and nothing is spent.

    [str(fault) for fault in check(storyboard, Path("/films"))]
    # ["scenes[0].image: there is no file 'photos/1.jpg' in /films; did you mean 'photos/01.jpg'?"]
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

from ..captions.check import look_faults
from ..errors import BadInput, Fault
from ..providers.capability import Capability, Mode, bought
from ..providers.shot import Shot
from ..storyboard.camera_moves import parse, simplify
from ..storyboard.model import Scene, Storyboard, fields_of
from ..storyboard.parser import draft, scene_number
from . import model_choice
from .duplicates import notes
from .input_files import LOOKS, file_faults, files_of, folder_faults, length_of
from .music_sections import buys, by_faults, mood_faults
from .narrate import lacking, spoken_here
from .narration import caption_look, narrated, voice_faults
from .overrides import overridden
from .reuse import owned
from .shots import extends_previous, shot_of, wish_of
from .steps import Step, divided, drawn_by, steps


def check(storyboard: Storyboard, folder: Path, *, cast: bool = True, ready: bool = True) -> list[Fault]:
    """Every fault that keeps the storyboard from being shot; its files are looked for in `folder`.

    Without `cast` only its files and the names of its providers and models are looked at: on the canvas another node
    may say who shoots it. Without `ready` a missing key is no fault.
    """
    faults = [
        *file_faults(storyboard.font, "font", folder, LOOKS["font"]),
        *file_faults(storyboard.music, "music", folder, LOOKS["music"]),
        *folder_faults(storyboard.music_folder, "music_folder", folder),
        *voice_faults(storyboard),
        *by_faults(storyboard),
    ]
    bad_font = any(fault.place == "font" for fault in faults)
    if not bad_font:
        faults += _unreadable(storyboard, folder)
    left_out: set[int] = set()
    for number, scene in enumerate(storyboard.scenes):
        bad_files = [
            fault
            for key, name in files_of(storyboard, number)
            for fault in file_faults(name, _place(storyboard, number, key), folder, LOOKS[key])
        ]
        wish = wish_of(storyboard, number)
        wrong = model_choice.mistakes(wish)
        faults += [
            *bad_files,
            *(Fault(_place(storyboard, number, f.place), f.message, f.cure) for f in wrong),
        ]
        # A scene that shows nothing is a fault of its own, that was found in the text.
        shown = (
            scene.prompt.strip() or any(scene_shows(storyboard, number)) or [*files_of(storyboard, number)]
        )
        if wrong or bad_files or not shown or (bad_font and model_choice.is_local(wish)):
            left_out.add(number)
    if cast:
        board = storyboard.model_copy(update={"font": None}) if bad_font else storyboard
        faults += _asked(board, folder, left_out)
        faults += _heard(storyboard, folder, faults)
    faults.sort(key=scene_number)
    if ready:
        faults += unready(storyboard, folder, faults)
    return list(dict.fromkeys(faults))


def _unreadable(storyboard: Storyboard, folder: Path) -> list[Fault]:
    """What keeps the narration from being burned in: its font lacks a letter, or this machine can't join them."""
    look = caption_look(storyboard, folder)
    if look is None:
        return []
    said = " ".join(scene.narration for scene in storyboard.scenes)
    return [
        Fault("captions", f.message, f.cure.replace("captions", "storyboard"))
        for f in look_faults(look, said)
    ]


def _heard(storyboard: Storyboard, folder: Path, known: Sequence[Fault]) -> list[Fault]:
    """What is wrong with what is said and composed on this machine."""
    faults = []
    if not {scene_number(fault) for fault in known if ".speech" in fault.place}:
        faults += spoken_here(storyboard, folder).faults
    if not any(fault.place in ("music_folder", "music_by") for fault in known):
        faults += mood_faults(storyboard, folder)
    return faults


def _asked(storyboard: Storyboard, folder: Path, left_out: Set[int]) -> list[Fault]:
    """What those who are asked can't do of what the scenes ask for."""
    faults = []
    lengths = [scene.duration for scene in storyboard.scenes]
    # of each scene's clip as it is made, for the one that goes on from it
    for step in steps(storyboard, folder, without=left_out):
        number, shot, scene = step.scene, step.shot, storyboard.scenes[step.scene]
        found = model_choice.mistakes(step.wish) or model_choice.complaints(step.wish, shot)
        if step.what == "clip" and not step.part and not found:
            if shot.mode in ("extend", "edit"):
                before = lengths[number - 1] if shot.continues else None
                found, lengths[number] = source_faults(step.wish, shot, before)
                found += _other_size(shot, storyboard, number, folder)
            else:
                lengths[number] = _made(step.wish, shot)
        for fault in found:
            key = _key(storyboard, number, fault.place, step.what)
            place = f"scenes[{number}].{key}" if key in fields_of(Scene) else key
            if key == "duration" and not scene.chain and _divides(step):
                fault = replace(fault, cure=f"{fault.cure}, or set chain to true")
            if key in ("character", "keyframes", "voice", "language", "voice_speed", "music_mood"):
                place = _place(storyboard, number, key)
            faults.append(Fault(place, fault.message, fault.cure))
    return faults


def _divides(step: Step) -> bool:
    """Whether a clip that is too long could be made in parts."""
    return any(divided(step.shot, can) for can in model_choice.meant(step.wish))


def scene_shows(storyboard: Storyboard, number: int) -> list[bool]:
    """What a scene without words and files may still be made from."""
    scene = storyboard.scenes[number]
    described = (scene.first_frame_description or "") + (scene.last_frame_description or "")
    talks = bool(scene.narration.strip() and storyboard.given(number, "avatar"))
    goes_on = extends_previous(storyboard, number) or storyboard.continues_previous(number)
    return [goes_on, bool(described.strip()), talks]


def unready(storyboard: Storyboard, folder: Path, faults: Sequence[Fault] = ()) -> list[Fault]:
    """What the doors lack that are asked for; one that is ready is enough for each wish. Scenes with `faults` are left
    out, and those whose clips were bought before: they need no door."""
    storyboard = storyboard.model_copy(update={"font": None})  # it may be at fault, and no door asks for it
    found = _lacking(storyboard, folder, faults, frozenset())
    faulty = {scene_number(fault) for fault in faults}
    return found and _lacking(storyboard, folder, faults, owned(storyboard, folder, faulty))


def _lacking(storyboard: Storyboard, folder: Path, faults: Sequence[Fault], without: Set[int]) -> list[Fault]:
    faulty = {number for number in range(len(storyboard.scenes)) if _is_faulty(number, faults)}
    asked: dict[tuple[model_choice.Wish, str], list[Step]] = {}
    left_out = faulty | without
    drawn = {
        n for n in range(len(storyboard.scenes)) if n not in left_out and _is_drawn(storyboard, n, folder)
    }
    for step in steps(storyboard, folder, drawn, left_out):
        if not model_choice.mistakes(step.wish):
            asked.setdefault((step.wish, _MAKER[step.what]), []).append(step)
    for number in faulty - without:  # their doors are asked for all the same
        wish = wish_of(storyboard, number)
        if not model_choice.mistakes(wish):
            asked.setdefault((wish, "provider"), [])
    found = []
    for (wish, key), wanted in asked.items():
        first = wanted[0].scene if wanted else min(n for n in faulty if wish_of(storyboard, n) == wish)
        place = _place(storyboard, first, key)
        if wish.provider == model_choice.AUTO and wish.named_model is None:
            stuck = list(dict.fromkeys(s.scene for s in wanted if not model_choice.cast(s.wish, s.shot)))
            if stuck:
                which = f"scene {stuck[0]}" if len(stuck) == 1 else f"scenes {', '.join(map(str, stuck))}"
                said = f"no door is ready that {_DOES[key]} {which}"
                found.append(Fault(place, said, "`storyreel providers` shows what is missing"))
            continue
        by_door: dict[str, list[str]] = {}
        for sentence in model_choice.readiness(wish):
            by_door.setdefault(sentence.split(" ")[0], []).append(sentence)
        if len(by_door) > 1:
            ways = "; or ".join(", and ".join(sentences) for sentences in by_door.values())
            found.append(Fault(place, f"no door to {wish} is ready", f"one is enough: {ways}"))
        else:
            found += [Fault(place, sentence) for sentences in by_door.values() for sentence in sentences]
    return found


_MAKER = {
    "clip": "provider",
    "first_frame": "keyframes",
    "last_frame": "keyframes",
    "narration": "voice",
    "music": "music_by",
}
"""The key that says who makes what."""
_DOES = {
    "provider": "can make",
    "keyframes": "draws the frames of",
    "voice": "says the narration of",
    "music_by": "makes the music of",
}


def _is_drawn(storyboard: Storyboard, number: int, folder: Path) -> bool:
    """Whether `auto` makes an animatic of it, since no door is ready: then no frames are drawn for it either."""
    wish = wish_of(storyboard, number)
    if wish.provider != model_choice.AUTO:
        return False
    found = model_choice.cast(wish, shot_of(storyboard, number, folder))
    return bool(found) and all(model_choice.stands_in(can) for can in found)


def _is_faulty(number: int, faults: Sequence[Fault]) -> bool:
    return any(scene_number(fault) == number for fault in faults)


def examine(
    text: str,
    folder: Path,
    name: str = "the storyboard",
    provider: str | None = None,
    quality: str | None = None,
    *,
    cast: bool = True,
    ready: bool = True,
) -> Storyboard:
    """Reads and checks at once: a slip in one scene doesn't hide the missing picture of another.

    `provider` and `quality` take the place of the storyboard's own. Raises BadInput with every fault.
    """
    found = draft(text, name)
    faults = list(found.faults)
    storyboard = found.storyboard
    if storyboard is not None:
        storyboard = overridden(storyboard, provider, quality)
        known = {fault.place for fault in faults}
        more = check(storyboard, folder, cast=cast, ready=ready)
        faults += [fault for fault in more if fault.place not in known]
        faults.sort(key=scene_number)
    if faults or storyboard is None:
        count = len(faults)
        raise BadInput(f"{name} has {count} fault{'s' if count != 1 else ''}", faults=faults)
    return storyboard


def remarks(storyboard: Storyboard, today: date | None = None) -> list[str]:
    """What will be done differently from what is written, and which models that it names end soon, by `today` (UTC): a
    sentence each, known before anything is made."""
    said, unused = [], dict[str, list[int]]()
    here_told = [each for each in narrated(storyboard, Path()) if each.wish is None and not each.recording]
    told, silent = {each.scene for each in here_told}, lacking() if here_told else []
    for number, scene in enumerate(storyboard.scenes):
        here = f"scenes[{number}]"
        if model_choice.is_local(wish_of(storyboard, number)):
            _, note = simplify(parse(scene.clip_action), scene.duration)
            if note:
                said.append(f"{here}.clip_action: {note}")
            for key in _FOR_MODELS:
                if storyboard.given(number, key):
                    unused.setdefault(key, []).append(number)
        elif scene.image and (scene.video or storyboard.given(number, "extend")):
            said.append(f"{here}.image: isn't used, the scene is made from a clip")
        elif scene.image and (used := _first_frame(storyboard, number)):
            said.append(f"{here}.image: isn't used, {used} is")
        if silent and number in told:
            said.append(f"{here}.narration: isn't said: {silent[0]}")
        if storyboard.music and scene.music_mood:
            said.append(f"{here}.music_mood: isn't used, music is")
    said += notes(storyboard)
    said += _endings(storyboard, today)
    if unused:
        scenes = sorted({number for numbers in unused.values() for number in numbers})
        which = f"scene {scenes[0]}" if len(scenes) == 1 else f"scenes {', '.join(map(str, scenes))}"
        said.append(f"animatics are made of pictures and prompts: {which} without {', '.join(unused)}")
    return said


def _endings(storyboard: Storyboard, today: date | None) -> list[str]:
    """Which models that the storyboard names end soon, or may be gone: each once, where it is named first."""
    asked: list[tuple[int, str, model_choice.Wish, str]] = []
    for number, scene in enumerate(storyboard.scenes):
        key = "model" if storyboard.model_of(number) else "provider"
        asked.append((number, key, wish_of(storyboard, number), "clip"))
        if scene.first_frame_description or scene.last_frame_description:
            asked.append((number, "keyframes", drawn_by(storyboard, number), "picture"))
    asked += [
        (each.scene, "voice", each.wish, "speech") for each in narrated(storyboard, Path()) if each.wish
    ]
    if music := buys(storyboard):
        asked.append((0, "music_by", music, "music"))
    found: dict[str, str] = {}
    for number, key, wish, makes in asked:
        if not model_choice.mistakes(wish):
            for sentence in model_choice.endings(wish, makes, today):
                found.setdefault(sentence, _place(storyboard, number, key))
    return [f"{place}: {sentence}" for sentence, place in found.items()]


_FOR_MODELS = (
    *(
        "first_frame_description",
        "last_frame",
        "last_frame_description",
        "references",
        "extend",
        "video",
        "character",
    ),
    *("negative_prompt", "camera", "style", "audio", "avatar"),
)
"""Keys that an animatic leaves out."""


def _first_frame(storyboard: Storyboard, number: int) -> str:
    """The key by which a scene has a first frame other than its image."""
    if storyboard.continues_previous(number):
        return "continue"
    return next(
        (key for key in ("first_frame", "first_frame_description") if storyboard.given(number, key)), ""
    )


def _place(storyboard: Storyboard, number: int, key: str) -> str:
    """Where a key is written that holds for scene `number`."""
    scene = storyboard.scenes[number]
    own = key not in fields_of(type(storyboard)) or getattr(scene, key, None) is not None
    return f"scenes[{number}].{key}" if own else key


def _key(storyboard: Storyboard, number: int, field: str, what: str = "clip") -> str:
    """The storyboard's key for a shot's field."""
    if what == "narration":
        said = {"script": "narration", "speed": "voice_speed", "provider": "voice", "model": "voice"}
        return said.get(field, field)
    if what == "music":
        return "music_by" if field in ("provider", "model") else "music_mood"
    if what != "clip":
        drawn = {"prompt": f"{what}_description", "references": "character"}
        return {**drawn, "provider": "keyframes", "model": "keyframes"}.get(field, field)
    scene = storyboard.scenes[number]
    if field == "image":
        if storyboard.continues_previous(number):
            return "continue"
        given = "first_frame" if storyboard.given(number, "first_frame") else "image"
        return "first_frame_description" if scene.first_frame_description else given
    if field == "last_frame" and scene.last_frame_description:
        return "last_frame_description"
    if field == "video":
        return "video" if scene.video else "extend"
    return {"sound": "audio", "continues": "extend", "width": "quality", "height": "quality"}.get(
        field, field
    )


def _made(wish: model_choice.Wish, shot: Shot) -> Fraction:
    """Seconds of clip that the first in question makes."""
    able = model_choice.cast(wish, shot, ready_only=False)
    return (bought(shot, able[0]) if able else None) or Fraction(shot.duration)


def source_faults(
    wish: model_choice.Wish, shot: Shot, before: Fraction | None
) -> tuple[list[Fault], Fraction]:
    """Whether a clip is of a length that can be extended or changed, and how long what comes of it is."""
    can = model_choice.cast(wish, shot, ready_only=False)[0]
    mode = can.modes[shot.mode]
    source = before if before is not None else length_of(Path(shot.video or ""))
    result = source + (bought(shot, can) or Fraction(0)) if shot.mode == "extend" else source
    said = _length_complaint(can, mode, source, result)
    verb = "extends" if shot.mode == "extend" else "changes"
    return ([Fault("video", f"{can.name} {verb} {said[0]}", said[1])] if said else []), result


def _other_size(shot: Shot, storyboard: Storyboard, number: int, folder: Path) -> list[Fault]:
    """A clip that goes on from the scene before has that one's size."""
    if not shot.continues:
        return []
    before = shot_of(storyboard, number - 1, folder)
    if before.resolution == shot.resolution:
        return []
    said = f"is {shot.resolution}, and scenes[{number - 1}], from which it goes on, is {before.resolution}"
    return [Fault("resolution", said, "give both the same")]


def _length_complaint(
    can: Capability, mode: Mode, source: Fraction, result: Fraction
) -> tuple[str, str] | None:
    is_now = f"this one lasts {float(source):.3g} s"
    if mode.source_longest and source > mode.source_longest:
        return f"clips of at most {float(mode.source_longest):g} s, and {is_now}", "cut it, or begin anew"
    if source < mode.source_shortest:
        return f"clips of at least {float(mode.source_shortest):g} s, and {is_now}", "give a longer one"
    if mode.result_longest is not None and result > mode.result_longest:
        most = float(mode.result_longest)
        return f"a clip to {most:g} s in all, and it would be {float(result):.3g} s", "begin anew"
    return None
