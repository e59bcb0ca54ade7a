"""The plan of a film: frames counted exactly, spans named, every fault at once."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from storyreel.studio.errors import BadInput
from storyreel.studio.render.plan import plan
from storyreel.studio.timeline.settings import FilmSettings
from storyreel.studio.timeline.timeline import AudioTrack, Timeline, TimelineClip

SETTINGS = FilmSettings(width=64, height=36, fps=24)


def film(*clips: TimelineClip, **more) -> Timeline:
    return Timeline(clips=clips, **more)


def test_spans_and_markers(clip) -> None:
    path = str(clip("a.mp4", seconds=2, tone=440))
    made = plan(
        film(
            TimelineClip(path=path, title="One", transition="fade", overlap=0.5),
            TimelineClip(path=path, transition="wipe", overlap=0.5, about={"prompt": "x"}),
            TimelineClip(path=path),
        ),
        SETTINGS,
    )
    assert made.frames == 48 + 48 + 48 - 12
    assert [(s.kind, s.first, s.frames, s.clips, s.transition) for s in made.spans] == [
        ("fade-in", 0, 12, (0,), "fade"),
        ("body", 12, 24, (0,), "none"),
        ("join", 36, 12, (0, 1), "wipe"),
        ("body", 48, 36, (1,), "none"),
        ("body", 84, 48, (2,), "none"),
    ]
    assert [(m.start, m.end, m.title) for m in made.markers] == [
        (0, 2, "One"),
        (Fraction(3, 2), Fraction(7, 2), ""),
        (Fraction(7, 2), Fraction(11, 2), ""),
    ]
    assert made.markers[1].to_plain() == {
        "index": 1,
        "start": 1.5,
        "end": 3.5,
        "title": "",
        "about": {"prompt": "x"},
    }
    assert made.chapters == [(0, Fraction(3, 2), "One")], "a clip without a title makes no chapter"
    assert made.samples == 132 * 2000 and made.has_audio
    assert made.notes == ()
    assert "film of 0:05.500: 132 frames of 64x36 at 24 fps, with sound" in str(made)
    assert "12 frames  clips 0 → 1   wipe" in str(made)


def test_many_odd_lengths_add_up_to_the_exact_film(clip) -> None:
    path = str(clip("a.mp4", seconds=4, fps=30))
    settings = SETTINGS.model_copy(update={"fps": Fraction(30000, 1001)})
    clips = [TimelineClip(path=path, duration=3.33, transition="crossfade", overlap=0.37) for _ in range(100)]
    made = plan(film(*clips), settings)
    exact = (100 * Fraction(333, 100) - 99 * Fraction(37, 100)) * settings.fps
    assert abs(made.frames - exact) <= Fraction(1, 2)
    # Every frame belongs to one span, and every clip is used for its frames.
    assert [s.first for s in made.spans[1:]] == [s.first + s.frames for s in made.spans[:-1]]
    for use in made.uses:
        assert sum(s.frames for s in made.spans if use.index in s.clips) == use.frames
        assert abs(use.frames - Fraction(333, 100) * settings.fps) <= 1


def test_says_what_is_touched_and_why(clip) -> None:
    same = clip("same.mp4", seconds=1)
    other = clip("other.webm", "testsrc2=s=128x96:r=30:d=1,format=yuv420p", words=("-c:v", "libvpx-vp9"))
    made = plan(film(TimelineClip(path=str(same)), TimelineClip(path=str(other))), SETTINGS)
    assert made.uses[0].touched == ()
    assert made.uses[1].touched == (
        "vp9 → h264",
        "30 → 24 fps",
        "cropped to 128x72",
        "scaled 128x72 → 64x36",
    )
    assert "clip 0        as it is" in str(made)


def test_a_first_clip_only_fades(clip) -> None:
    path = str(clip("a.mp4"))
    made = plan(film(TimelineClip(path=path, transition="wipe", overlap=0.5)), SETTINGS)
    assert [s.kind for s in made.spans] == ["body"]
    assert made.notes == ("clips[0]: nothing comes before it, so its wipe does not show",)


@pytest.mark.parametrize(("curve", "name"), [("smpte2084", "PQ"), ("arib-std-b67", "HLG")])
def test_hdr_is_said(clip, curve: str, name: str) -> None:
    tags = f"colorspace=bt2020nc:color_primaries=bt2020:color_trc={curve}:range=tv"
    path = clip("hdr.mp4", "color=gray:s=64x36:r=24:d=1,format=yuv420p10le", tags=tags)
    made = plan(film(TimelineClip(path=str(path))), SETTINGS)
    (note,) = made.notes
    assert note.startswith(
        f"clips[0]: hdr.mp4 is HDR ({name}); its brightness is brought to an ordinary screen's"
    )
    assert made.uses[0].touched == (f"{name} tone-mapped to bt709", "yuv420p10le → yuv420p")


def test_none_is_a_hard_cut_whatever_its_overlap(clip) -> None:
    path = str(clip("a.mp4"))
    made = plan(
        film(TimelineClip(path=path), TimelineClip(path=path, transition="none", overlap=0.5)), SETTINGS
    )
    assert (made.frames, [s.kind for s in made.spans]) == (48, ["body", "body"])


def test_transitions_may_touch_but_not_meet(clip) -> None:
    path = str(clip("a.mp4"))

    def three(overlap: float) -> Timeline:
        return film(
            *(TimelineClip(path=path, transition="zoom", overlap=overlap if k else 0) for k in range(3))
        )

    assert [s.kind for s in plan(three(0.5), SETTINGS).spans] == ["body", "join", "join", "body"]
    with pytest.raises(BadInput, match="meet"):
        plan(three(0.51), SETTINGS)


def test_every_fault_at_once(clip, tmp_path: Path) -> None:
    path = str(clip("a.mp4", seconds=1))
    text = tmp_path / "text.mp4"
    text.write_text("no film")
    with pytest.raises(BadInput) as caught:
        plan(
            film(
                TimelineClip(path=path, duration=0),
                TimelineClip(path=path, duration=5),
                TimelineClip(path=path, start=2),
                TimelineClip(path=path, start=-1),
                TimelineClip(path=path, transition="crosfade", overlap=0.1),
                TimelineClip(path=path, transition="wipe", overlap=1.5),
                TimelineClip(path=path, crop=(40, 0, 40, 20)),
                TimelineClip(path=path, transition="zoom", overlap=-1),
                TimelineClip(path=str(text)),
                audio=(AudioTrack(path=path), AudioTrack(path="nowhere.wav", gain_db=300, fade_out=-1)),
            ),
            SETTINGS,
        )
    assert caught.value.exit_code == 2
    found = {fault.place: str(fault) for fault in caught.value.faults}
    assert found["clips[0].duration"] == "clips[0].duration: 0 s is no time on screen; use more than 0"
    assert (
        found["clips[1].duration"] == "clips[1].duration: 5 s were asked for, a.mp4 has 1 s; use at most 1 s"
    )
    assert found["clips[2].start"] == "clips[2].start: 2 s is not before the end of a.mp4, 1 s; start earlier"
    assert "negative" in found["clips[3].start"]
    assert found["clips[4].transition"].endswith("'crosfade' is not a transition; did you mean 'crossfade'?")
    assert "1.5 s is longer than the clip, 1 s; use at most 1 s" in found["clips[5].overlap"]
    assert "40x20 at 40,0 is not inside a.mp4, 64x36" in found["clips[6].crop"]
    assert "negative" in found["clips[7].overlap"]
    assert "is not a video" in found["clips[8].path"]
    assert "has no sound" in found["audio[0].path"]
    assert "does not exist" in found["audio[1].path"]
    assert {"audio[1].gain_db", "audio[1].fade_out"} <= set(found)


def test_no_clips(clip) -> None:
    with pytest.raises(BadInput, match="there are none"):
        plan(film(), SETTINGS)


def test_shorter_than_a_frame(clip) -> None:
    with pytest.raises(BadInput, match="shorter than a frame"):
        plan(film(TimelineClip(path=str(clip("a.mp4")), duration=0.01)), SETTINGS)


def test_a_clip_made_for_its_time_is_long_enough(clip) -> None:
    """3.3 s at 8 fps are 26 frames, which last 3.25 s: a clip rounded to its own frames is no fault."""
    short = str(clip("short.mp4", seconds=3.25, fps=8))
    assert plan(film(TimelineClip(path=short, duration=3.3)), SETTINGS).frames == 79


def test_replaced_sound(clip, ffmpeg, tmp_path: Path) -> None:
    path, song = str(clip("a.mp4", tone=440)), tmp_path / "song.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", song)
    mute = str(clip("mute.mp4"))
    assert plan(film(TimelineClip(path=path)), SETTINGS).has_audio
    assert not plan(film(TimelineClip(path=mute)), SETTINGS).has_audio
    assert plan(film(TimelineClip(path=mute), audio=(AudioTrack(path=str(song)),)), SETTINGS).has_audio


@pytest.mark.parametrize(
    ("about", "says"),
    [
        ({"start": 1}, "clips[0].start: 1 s is not before the end of"),
        ({"duration": 1, "hold": 1}, "clips[0].hold: 1 s of 1 s leave no time to play"),
        ({"hold": Fraction(-1, 100)}, "clips[0].hold: "),
        ({"crop": (1, 0, 64, 36)}, "clips[0].crop: 64x36 at 1,0 is not inside"),
        ({"crop": (0, 1, 64, 36)}, "clips[0].crop: 64x36 at 0,1 is not inside"),
        ({"crop": (0, 0, 64, 36)}, ""),
        ({"start": Fraction(23, 24)}, ""),
    ],
)
def test_the_last_value_that_is_allowed_and_the_first_that_is_not(clip, about: dict, says: str) -> None:
    timeline = film(TimelineClip(path=str(clip("a.mp4", seconds=1)), **about))
    if not says:
        assert plan(timeline, SETTINGS).frames > 0
        return
    with pytest.raises(BadInput) as raised:
        plan(timeline, SETTINGS)
    assert says in str(raised.value)
