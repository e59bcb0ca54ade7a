"""`storyreel voices`: who can narrate, on this machine for nothing and through the doors for money."""

from __future__ import annotations

from typing import Any

from ...studio.errors import BadInput
from ...studio.planning.model_choice import unready
from ...studio.planning.voice_names import speakers
from ...studio.voices import missing, offline_voices, timbres


def voices(language: str = "") -> dict[str, Any]:
    """Those that a storyboard's `voice` can name, as the result of a command. Raises BadInput for a language that
    nobody speaks."""
    code = language.strip().lower().replace("_", "-").partition("-")[0]
    bought = []
    for can in speakers():
        mode = can.modes["speech"]
        if code and mode.languages and code not in mode.languages:
            continue
        lacking = unready(can.provider)
        bought.append(
            {
                "provider": can.provider,
                "model": can.model,
                "voices": list(mode.voices),
                "languages": list(mode.languages),
                "ready": not lacking,
                "missing": lacking,
            }
        )
    offline, warnings = [], []
    try:
        offline = [] if missing() else offline_voices(language)
    except BadInput as error:
        if not bought:
            raise
        warnings.append(str(error))
    return {
        "ok": True,
        "offline": [
            {"voice": each.name, "languages": list(each.languages), "gender": each.gender, "name": each.title}
            for each in offline
        ],
        "timbres": [{"timbre": each.name, "gender": each.gender} for each in timbres()],
        "missing": missing(),
        "doors": bought,
        "warnings": warnings,
        "error": None,
    }
