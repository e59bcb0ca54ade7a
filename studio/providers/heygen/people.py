"""Who can talk: the avatars and voices that a service lists, and how one is looked for among hundreds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from ...errors import BadInput


class Avatar(NamedTuple):
    """One look of an avatar: the same person in other clothes is another."""

    id: str
    """What a storyboard's `avatar` names."""
    name: str
    gender: str = ""
    kind: str = ""
    """studio_avatar, digital_twin or photo_avatar."""
    voice: str = ""
    """The id of the voice that goes with it."""
    preview: str = ""
    """The address of a picture."""


class Voice(NamedTuple):
    id: str
    """What a storyboard's `voice` names."""
    name: str
    language: str = ""
    """In English: German."""
    gender: str = ""
    preview: str = ""
    """The address of a sound."""


LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek",
    "en": "English", "es": "Spanish", "et": "Estonian", "fi": "Finnish", "fil": "Filipino", "fr": "French",
    "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "ms": "Malay", "nb": "Norwegian",
    "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "sk": "Slovak", "sl": "Slovenian", "sv": "Swedish", "ta": "Tamil", "th": "Thai", "tr": "Turkish",
    "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
"""What services call a language, by its code."""

_Listed = TypeVar("_Listed", Avatar, Voice)


def language_named(word: str) -> str:
    """`de`, `de-AT` and `german` as `German`; a name that isn't in the table as it is. Raises BadInput for a code that
    isn't."""
    named = LANGUAGES.get(word.strip().lower().partition("-")[0], word.strip().capitalize())
    if len(named) in (1, 2, 3):
        raise BadInput(f"{word!r} is not a language's code that is known here", "name it in English: German")
    return named


def matching(listed: Sequence[_Listed], search: str = "", language: str = "") -> list[_Listed]:
    """Those in which every word of `search` stands somewhere, and whose language it is. Raises BadInput."""
    wanted, spoken = search.lower().split(), language_named(language).lower()
    found = []
    for each in listed:
        said = " ".join(each._replace(preview="")).lower()
        if all(word in said for word in wanted) and spoken in getattr(each, "language", "").lower():
            found.append(each)
    return found
