"""Whom the emulated HeyGen has: a dozen looks of avatars, and twenty voices in a dozen languages."""

from __future__ import annotations

import re
from typing import NamedTuple


class Look(NamedTuple):
    id: str
    name: str
    gender: str
    kind: str
    voice: str
    engines: tuple[str, ...] = ("avatar_iv", "avatar_iii")


class Speaker(NamedTuple):
    id: str
    name: str
    language: str
    gender: str
    rate: float
    """Characters a second."""
    type: str = "public"


VOICES = (
    Speaker("v_en_ada", "Ada", "English", "female", 14.5),
    Speaker("v_en_brian", "Brian - Newsreader", "English", "male", 15.5),
    Speaker("v_en_carla", "Carla", "English", "female", 13.0),
    Speaker("v_en_dean", "Dean - Calm", "English", "male", 12.5),
    Speaker("v_en_edith", "Edith", "English", "female", 16.0),
    Speaker("v_de_anna", "Anna", "German", "female", 14.0),
    Speaker("v_de_bernd", "Bernd - Ruhig", "German", "male", 12.5),
    Speaker("v_de_clara", "Clara", "German", "female", 15.0),
    Speaker("v_fr_denise", "Denise", "French", "female", 15.5),
    Speaker("v_fr_hugo", "Hugo", "French", "male", 14.0),
    Speaker("v_es_elena", "Elena", "Spanish", "female", 16.0),
    Speaker("v_es_mateo", "Mateo", "Spanish", "male", 15.0),
    Speaker("v_it_giulia", "Giulia", "Italian", "female", 15.0),
    Speaker("v_pt_rafael", "Rafael", "Portuguese", "male", 14.5),
    Speaker("v_nl_sanne", "Sanne", "Dutch", "female", 14.0),
    Speaker("v_pl_tomek", "Tomek", "Polish", "male", 14.0),
    Speaker("v_ja_yuki", "Yuki", "Japanese", "female", 6.5),
    Speaker("v_zh_lin", "Lin", "Chinese", "female", 5.0),
    Speaker("v_hi_asha", "Asha", "Hindi", "female", 13.5),
    Speaker("v_my_own", "Founder", "English", "male", 14.0, "private"),
)
LOOKS = (
    Look("abigail_office", "Abigail in the office", "female", "studio_avatar", "v_en_ada"),
    Look("abigail_sofa", "Abigail on a sofa", "female", "studio_avatar", "v_en_ada"),
    Look("bruno_suit", "Bruno in a suit", "male", "studio_avatar", "v_en_brian"),
    Look("bruno_shirt", "Bruno in a shirt", "male", "studio_avatar", "v_en_brian"),
    Look("chen_lab", "Chen in a lab", "female", "studio_avatar", "v_zh_lin"),
    Look("dora_desk", "Dora at her desk", "female", "digital_twin", "v_de_anna", ("avatar_v", "avatar_iv")),
    Look("emil_stage", "Emil on stage", "male", "digital_twin", "v_de_bernd", ("avatar_v", "avatar_iv")),
    Look("fatou_garden", "Fatou in a garden", "female", "studio_avatar", "v_fr_denise"),
    Look("gabriel_kitchen", "Gabriel in a kitchen", "male", "studio_avatar", "v_es_mateo"),
    Look("hana_street", "Hana in the street", "female", "photo_avatar", "v_ja_yuki"),
    Look("ivo_drawn", "Ivo, drawn", "male", "photo_avatar", "v_en_dean"),
    Look("founder_twin", "Our founder", "male", "digital_twin", "v_my_own"),
)
_THEIRS = re.compile(r"[0-9a-f]{32}|\w+_(public|\d{8,10})")
"""Ids as HeyGen gives them out: 32 hexadecimal digits, or a name and a date."""


def look_of(id: str) -> Look | None:
    """One of the emulator's own. An id of the shape that HeyGen's have is one of the account's, whom the emulator can't
    know: it lends it somebody, so that a storyboard that names real ones can be rehearsed."""
    lent = Look(id, f"Avatar {id[:24]}", "", "studio_avatar", VOICES[0].id)
    return next((look for look in LOOKS if look.id == id), lent if _THEIRS.fullmatch(id) else None)


def voice_of(id: str) -> Speaker | None:
    lent = Speaker(id, f"Voice {id[:24]}", "", "", 14.0)
    return next((voice for voice in VOICES if voice.id == id), lent if _THEIRS.fullmatch(id) else None)
