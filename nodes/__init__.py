"""Door 1: the canvas. One file per family of nodes; each node is a schema and a short execute."""

from __future__ import annotations

from .. import host
from ..host import io
from .audio_mix import Duck, Fade, Loudness, MixAudio, Volume
from .captions import Captions
from .clips import AnimaticClip, CropVideo, MatchColors, SyncAudio, Transition, TrimVideo
from .cloud import AutoVideo, ExtendVideo, GeminiOmni, Kling, Pika, Runway, Veo
from .film import FilmSettings, JoinClips, RenderFilm
from .frames import ContactSheet, ExtractFrame
from .heygen import HeyGen, HeyGenLists
from .keyframes import Keyframes
from .money import BudgetGuard, Estimate
from .pictures import Keyframe
from .samples import SamplePicture, SampleSound
from .sequence import NarratedSequence
from .speech_music import MusicByMood, Narrate
from .storyboard import LoadStoryboard, ScenesFromPrompts, ShootStoryboard, Storyboard
from .svd import SVDImageToVideo

NODES: list[type[io.ComfyNode]] = [
    LoadStoryboard,
    Storyboard,
    ScenesFromPrompts,
    NarratedSequence,
    Keyframes,
    ShootStoryboard,
    AnimaticClip,
    SVDImageToVideo,
    Transition,
    SyncAudio,
    TrimVideo,
    CropVideo,
    MatchColors,
    Veo,
    GeminiOmni,
    Kling,
    Pika,
    Runway,
    ExtendVideo,
    AutoVideo,
    HeyGen,
    HeyGenLists,
    Keyframe,
    Estimate,
    BudgetGuard,
    Narrate,
    MusicByMood,
    MixAudio,
    Duck,
    Loudness,
    Volume,
    Fade,
    JoinClips,
    Captions,
    FilmSettings,
    RenderFilm,
    ExtractFrame,
    ContactSheet,
    SamplePicture,
    SampleSound,
]


class StoryreelExtension(host.Extension):
    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        return NODES
