"""The words for moods: what people write, and which mood they mean.

>>> mood_of("Upbeat"), mood_of("bebop")
('happy', None)
"""

from __future__ import annotations

import re

MOODS = (
    *("calm", "happy", "sad", "epic", "tense", "mysterious", "romantic", "playful"),
    *("dark", "hopeful", "energetic", "corporate"),
)
"""The moods that the composer knows; a folder of tracks may have others too."""

_MEANT = {
    "calm": "peaceful relaxing relaxed relax quiet gentle soothing serene tranquil ambient meditative meditation dreamy"
    " chill soft mellow",
    "happy": "upbeat joyful joy cheerful sunny bright merry glad festive feelgood positive",
    "sad": "melancholic melancholy sorrowful gloomy grief tearful blue mournful nostalgic emotional lonely",
    "epic": "dramatic heroic cinematic trailer grand majestic powerful triumphant orchestral adventure",
    "tense": "suspense suspenseful thriller nervous anxious tension urgent danger action",
    "mysterious": "mystery magical magic enigmatic strange eerie mystic mystical fantasy curious",
    "romantic": "love romance loving tender intimate sentimental passionate wedding",
    "playful": "funny quirky comedy comic humorous whimsical cute silly childlike children bouncy",
    "dark": "horror scary ominous sinister menacing creepy evil brooding",
    "hopeful": "inspiring inspirational uplifting optimistic motivational hope warm",
    "energetic": "energy driving exciting fast sport sports electronic dance edm rock techno workout",
    "corporate": "business technology tech presentation neutral background commercial professional explainer",
}
SYNONYMS = {word: mood for mood, words in _MEANT.items() for word in words.split()}


def words_of(text: str) -> list[str]:
    """The words of a name or a tag, in small letters: "Epic-Battle_02" has epic, battle, 02."""
    return re.findall(r"\w+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).replace("_", " ").lower())


def mood_of(word: str) -> str | None:
    """The composer's mood that a word means; None for a word of somebody's own."""
    plain = word.strip().lower()
    return plain if plain in MOODS else SYNONYMS.get(plain.replace(" ", "").replace("-", ""))
