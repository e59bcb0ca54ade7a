"""What the result of a render tells of the film's scenes, from what Render Film reports and from what went wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...studio.errors import RunFailed
from ..comfy.client.api import ComfyClient, OutputFile

if TYPE_CHECKING:
    from .preflight import Script


def scenes_of(reported: Mapping[str, Any], client: ComfyClient | None) -> list[dict[str, Any]]:
    """The scenes as the result lists them, those that are missing in the film too. A clip is its path, or its URL
    where the server is another's."""
    scenes = []
    for marker in reported.get("markers") or []:
        about = marker.get("about") or {}
        clip = about.get("clip")
        if clip and client:
            clip = _clip_url(client, str(clip))
        times = {key: marker.get(key) for key in ("start", "end")}
        scenes.append({**_scene(about), **times, "index": _number(marker), "clip": clip})
    for missing in (reported.get("about") or {}).get("missing") or []:
        state = _STATES.get(str((missing.get("error") or {}).get("code")), "failed")
        scenes.append({**_scene({**missing, "state": state}), "index": missing.get("index")})
    return sorted(scenes, key=lambda scene: scene["index"] or 0)


_STATES = {"unknown_outcome": "unknown", "still_running": "running"}
"""How a scene without a clip stands, by the code of its error; others have failed."""


_SIGNS = {"storyreel ledger release": "unknown_outcome", "storyreel ledger collect": "still_running"}
"""By the command that a sentence names, of which kind the error is: of several a node tells only the text."""


def _scene(about: Mapping[str, Any]) -> dict[str, Any]:
    """A scene's entry; the frames that were drawn for it, the parts of a long clip, and what is said over it, where it
    has any."""
    more = {key: about[key] for key in ("keyframes", "clips", "narration") if about.get(key)}
    return more | {
        "index": None,
        "start": None,
        "end": None,
        "prompt": about.get("prompt", ""),
        "provider": about.get("provider"),
        "model": about.get("model"),
        "clip": None,
        "cost": about.get("cost"),
        "state": about.get("state") or "done",
        "reused": bool(about.get("reused")),
        "error": about.get("error"),
    }


def failed_scenes(script: Script, error: RunFailed) -> list[dict[str, Any]]:
    """The scenes of a film that wasn't made: which failed and why, as the error tells. The others' clips are kept."""
    told = dict(re.findall(r"scenes\[(\d+)\]: (.+)", str(error)))
    whole = (
        error.to_plain()["code"] if len(told) == 1 else "provider"
    )  # the gravest of several is nobody's own
    scenes = []
    for row in script.rows:
        said = told.get(str(row.index))
        code = next((code for sign, code in _SIGNS.items() if said and sign in said), whole)
        state = _STATES.get(code, "failed") if said else "done" if told else "unmade"
        plain = _scene({"prompt": row.prompt, "provider": row.provider, "model": row.model, "state": state})
        wrong = {"code": code, "message": said.strip()} if said else None
        scenes.append(
            {**plain, "index": row.index, "start": float(row.start), "end": float(row.end), "error": wrong}
        )
    return scenes


def say_what_next(error: RunFailed, script: Script) -> None:
    """After a failed shooting: that what was paid for isn't lost."""
    if error.hint or not error.raised or error.node_type != "StoryreelShoot":
        return
    if any(row.bought is not None for row in script.rows):
        error.hint = (
            "what was made is kept: the same command again makes only what is missing; with --allow-gaps the "
            "film is made without it"
        )


def said(reported: Mapping[str, Any], kind: str) -> list[str]:
    """What the takes say of themselves, each with its scene: `notes` of what is different, `losses` of what is
    missing or replaced."""
    return [
        f"scenes[{_number(marker)}].{said}"
        for marker in reported.get("markers") or []
        for said in (marker.get("about") or {}).get(kind) or []
    ]


def missing(scenes: list[dict[str, Any]]) -> list[str]:
    """A sentence for every scene that the film lacks."""
    return [
        f"scenes[{scene['index']}] is missing in the film: {_message(scene['error'])}"
        for scene in scenes
        if scene["start"] is None
    ]


def _number(marker: Mapping[str, Any]) -> int:
    """The scene's number in the storyboard: with gaps it isn't its place in the film."""
    number = (marker.get("about") or {}).get("index")
    return marker["index"] if number is None else number


def _message(error: Any) -> str:
    """The sentence, and what to do."""
    if not isinstance(error, Mapping):
        return str(error or "it wasn't made")
    message, hint = error.get("message") or "it wasn't made", error.get("hint")
    return f"{message} ({hint})" if hint else str(message)


def _clip_url(client: ComfyClient, path: str) -> str | None:
    """Where the server shows a file of its temp folder; None if it doesn't."""
    found = re.search(r"[/\\]temp[/\\]((?:[^/\\]+[/\\])*)([^/\\]+)$", path)
    if not found:
        return None
    return client.view_url(OutputFile("", found[2], found[1].replace("\\", "/").rstrip("/"), "temp"))
