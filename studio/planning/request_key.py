"""What is asked for, as one hash: the same wish for the same clip from the same inputs has the same one.

It says what the clip is to be, not how it gets here: which door makes it, what the files are called and how long the
scene shows of what was bought doesn't change it. The ledger and the vault are addressed by it.
"""

from __future__ import annotations

import hashlib
import json
import math
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import MediaError
from ..providers.capability import SOUNDS, TALKING, bought
from ..providers.models import catalogue
from ..providers.shot import Shot
from ..providers.svd import options
from ..store.vault import DERIVED, Vault, sha256_of
from .model_choice import Wish, is_local, plan

VERSION = 1
"""Goes into every hash. Another would buy every clip again: never change it; add keys that are left out when empty."""


def canonical(shot: Shot, wish: Wish) -> dict[str, Any]:
    """The request in JSON, inputs by the hash of their contents. Raises MediaError for a file that can't be read."""
    words = {
        "prompt": shot.prompt.strip(),
        "camera": (shot.camera or shot.clip_action).strip(),
        "style": shot.style.strip(),
        "negative_prompt": shot.negative_prompt.strip(),
        "sound": shot.sound.strip(),
        "avatar": shot.avatar,
        "voice": shot.voice,
        "script": shot.script.strip(),
    }
    files = {
        "image": shot.image and digest(shot.image),
        "last_frame": shot.last_frame and digest(shot.last_frame),
        "references": [digest(path) for path in shot.references],
        "video": shot.video and digest(shot.video),
        "speech": shot.speech and digest(shot.speech),
    }
    as_it_takes = (*TALKING, "speech")
    seen = shot.mode not in SOUNDS
    asked = {
        "version": VERSION,
        "model": wish.named_model or _only_model(wish, shot) or wish.provider,
        "mode": shot.mode,
        "seconds": None if shot.mode in as_it_takes else seconds_of(shot, wish),
        "resolution": shot.resolution if seen else None,
        "aspect_ratio": shot.aspect_ratio if seen else None,
        "seed": None if shot.mode == "speech" else shot.seed,
        "audio": shot.audio if seen else None,
    }
    spoken = {"language": shot.language, "speed": 0 if shot.speed == 1 else float(shot.speed)}
    if asked["model"] in options.MODELS:  # it reads no words
        words, files = options.told(shot), {"image": files["image"]}
    if is_local(wish) and shot.moves_for:
        asked["moves_for"] = float(shot.moves_for)
    wanted = {"order": "" if wish.order == "best" else wish.order, "models": list(wish.models)}
    given = {key: value for key, value in {**words, **files, **spoken, **wanted}.items() if value}
    return {key: value for key, value in {**asked, **given}.items() if value is not None}


def hashed(request: dict[str, Any]) -> str:
    """32 hexadecimal digits."""
    text = json.dumps(request, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def digest(path: str | Path) -> str:
    """The SHA-256 of a file; of one that was derived from a clip, that of its recipe, so that another version of a
    codec or of a library makes no other request of it. Raises MediaError."""
    path = Path(path)
    try:
        found = path.stat()
    except OSError as error:
        raise MediaError(f"{path} can't be read: {error.strerror}") from None
    if path.parent == Vault().folder / DERIVED:
        return path.stem
    return _digest(str(path), found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=4096)
def _digest(path: str, _changed: int, _length: int) -> str:
    return sha256_of(Path(path))


def _only_model(wish: Wish, shot: Shot) -> str | None:
    """The model of a door that is named without one; `auto` stays auto, whichever doors are ready today."""
    if wish.door is None:
        return None
    planned = plan(wish, shot)
    return planned.capability.model if planned else None


def seconds_of(shot: Shot, wish: Wish) -> float:
    """What is bought for the scene's duration: a scene that is shown a little shorter needs no other clip."""
    model = wish.named_model or _only_model(wish, shot)
    for can in catalogue():
        if can.model == model:
            length = bought(shot, can)
            if length is not None:
                return float(length)
    return float(math.ceil(shot.duration))
