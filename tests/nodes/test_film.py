"""From clips to the film: the timeline, the settings, the rendering and the still pictures of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import numpy as np
import pytest
from storyreel.nodes.film import FilmSettings, JoinClips, RenderFilm
from storyreel.nodes.frames import ContactSheet, ExtractFrame
from storyreel.studio.errors import BadInput


def test_join_clips_lays_them_on_a_timeline(execute: Any, clip: Any) -> None:
    clips = {"clip0": [clip("a")], "clip1": [clip("b")], "clip3": None, "clip4": [clip("c")]}
    (timeline,) = execute(
        JoinClips,
        clips=clips,
        transition=["crossfade"],
        transition_duration=[0.25],
        each=["\nwipe 0.5\nnone"],
    )
    json.dumps(timeline)
    assert [one["path"].rsplit("/")[-1] for one in timeline["clips"]] == ["a.mp4", "b.mp4", "c.mp4"]
    assert [(one["transition"], one["overlap"]) for one in timeline["clips"]] == [
        ("crossfade", "1/4"),
        ("wipe", "1/2"),
        ("none", "0"),
    ]


def test_a_list_is_joined_in_the_place_of_its_socket(execute: Any, clip: Any) -> None:
    """Shoot's clips made a film of one scene each."""
    clips = {"clip0": [clip("a")], "clip1": [clip("b"), clip("c")], "clip2": [clip("d")]}
    (timeline,) = execute(JoinClips, clips=clips, transition=["none"], transition_duration=[0.0])
    assert [one["path"].rsplit("/")[-1] for one in timeline["clips"]] == ["a.mp4", "b.mp4", "c.mp4", "d.mp4"]
    with pytest.raises(BadInput, match="no clip came"):
        execute(JoinClips, clips={"clip0": []}, transition=["none"], transition_duration=[0.0])
    with pytest.raises(BadInput, match="transition got 2 values"):
        execute(JoinClips, clips=clips, transition=["none", "wipe"], transition_duration=[0.0])


def test_clips_begin_on_the_bars(place: Any, execute: Any, clip: Any, look: Any) -> None:
    """Each begins at a whole number of bars, to the frame, also where they overlap, and nothing of their sound is heard
    where it is to be still."""
    clips = {
        f"clip{number}": [clip(str(number), 60 * number + 40, frames=24, tone=440)] for number in range(4)
    }
    joined = {
        "clips": clips,
        "transition": ["none"],
        "transition_duration": [0.0],
        "every": [0.4375],
    }  # 10.5 frames
    (timeline,) = execute(JoinClips, **joined, own_sound=[False])
    film = look(execute(RenderFilm, timeline=timeline, filename_prefix="film")[0])
    assert film.frames == 32 + 24 and not np.abs(film.sound).any()
    changes = np.flatnonzero(np.abs(np.diff(film.greys)) > 20) + 1
    assert changes.tolist() == [11, 21, 32], "10.5, 21, 31.5"
    (timeline,) = execute(JoinClips, **{**joined, "transition": ["crossfade"], "transition_duration": [0.25]})
    film = look(execute(RenderFilm, timeline=timeline, filename_prefix="film")[0])
    assert film.frames == 32 + 24 and np.abs(film.sound).max() > 0.1
    assert np.abs(film.greys[[5, 19, 30, 50]] - [40, 100, 160, 220]).max() < 4


def test_join_clips_names_every_line_at_fault() -> None:
    assert JoinClips.validate_inputs(each="wipe\n\nslide 1.5") is True
    assert JoinClips.validate_inputs() is True and JoinClips.validate_inputs(each=None) is True
    sentences = str(JoinClips.validate_inputs(each="wip\ncrossfade soon\nnone"))
    assert "line 1: 'wip' is not a transition; did you mean 'wipe'?" in sentences
    assert "line 2: 'soon' is not a length" in sentences and "line 3" not in sentences


def test_a_line_for_a_clip_that_is_not_there(execute: Any, clip: Any) -> None:
    with pytest.raises(BadInput, match="there is no clip 2"):
        execute(
            JoinClips,
            clips={"clip0": [clip("a")]},
            transition=["none"],
            transition_duration=[0],
            each=["fade\nwipe"],
        )


@pytest.mark.parametrize(
    ("preset", "fps", "expected"),
    [
        ({"preset": "quality", "quality": "draft", "aspect_ratio": "16:9"}, 0.0, (854, 480, "24", 1_500_000)),
        (
            {"preset": "quality", "quality": "high", "aspect_ratio": "9:16"},
            25.0,
            (1080, 1920, "25", 6_000_000),
        ),
        ({"preset": "platform", "platform": "Instagram Reel"}, 0.0, (1080, 1920, "30", 6_000_000)),
        ({"preset": "custom", "width": 320, "height": 180, "bitrate": 0.5}, 0.0, (320, 180, "30", 500_000)),
        (
            {"preset": "custom", "width": 320, "height": 180, "bitrate": 2.0},
            29.97,
            (320, 180, "2997/100", 2_000_000),
        ),
    ],
)
def test_film_settings(execute: Any, preset: dict[str, Any], fps: float, expected: tuple[Any, ...]) -> None:
    (made,) = execute(FilmSettings, preset=preset, fps=fps, fit="contain")
    assert (made["width"], made["height"], made["fps"], made["bitrate"]) == expected
    assert made["fit"] == "contain"


def test_odd_sizes_are_refused_with_their_neighbour(execute: Any) -> None:
    with pytest.raises(BadInput, match="320 x 180"):
        execute(
            FilmSettings,
            preset={"preset": "custom", "width": 321, "height": 180, "bitrate": 1},
            fps=0,
            fit="cover",
        )
    assert FilmSettings.validate_inputs(fps=0.5) is not True
    assert FilmSettings.validate_inputs(fps=0.0) is True


@pytest.fixture
def timeline(execute: Any, clip: Any) -> dict[str, Any]:
    """A dark second, a bright second, crossfaded over a quarter."""
    clips = {"clip0": [clip("dark", 50, 24)], "clip1": [clip("bright", 200, 24, tone=1000)]}
    return execute(
        JoinClips, clips=clips, transition=["crossfade"], transition_duration=[0.25], each=["none"]
    )[0]


def test_render_film_writes_into_the_output_folder(place: Any, timeline: Any, look: Any) -> None:
    output = asyncio.run(RenderFilm.execute(timeline=timeline, filename_prefix="films/first"))
    video, markers = output.result
    seen = look(video)
    assert seen.path == place.output.resolve() / "films" / "first_00001_.mp4"
    assert (seen.frames, seen.fps, seen.size) == (24 + 24 - 6, 24, (64, 36)), (
        "without settings, like the first clip"
    )
    assert seen.greys[10] == pytest.approx(50, abs=3) and seen.greys[40] == pytest.approx(200, abs=3)
    assert seen.greys[18 + 3] == pytest.approx(125, abs=4), "half of each"
    scenes = json.loads(markers)
    assert [(scene["start"], scene["end"]) for scene in scenes] == [(0, 1), (0.75, 1.75)]
    saved = {"filename": "first_00001_.mp4", "subfolder": "films", "type": "output"}
    assert output.ui["images"] == [saved] and output.ui["animated"] == (True,)
    assert output.ui["storyreel"][0]["frames"] == 42
    json.dumps(output.ui)


def test_render_film_takes_the_next_number(place: Any, timeline: Any) -> None:
    for number in (1, 2):
        video = asyncio.run(RenderFilm.execute(timeline=timeline, filename_prefix="film")).result[0]
        assert video.get_stream_source().endswith(f"film_0000{number}_.mp4")


def test_render_film_lays_audio_over_it(
    place: Any, timeline: Any, tone: Any, look: Any, execute: Any
) -> None:
    settings = execute(
        FilmSettings,
        preset={"preset": "custom", "width": 96, "height": 54, "bitrate": 1.0},
        fps=0.0,
        fit="cover",
    )[0]
    video, _ = execute(
        RenderFilm,
        timeline=timeline,
        filename_prefix="film",
        settings=settings,
        audio=tone(0.5, 440),
        audio_gain_db=-6.0,
        audio_fit="loop",
    )
    seen = look(video)
    assert seen.size == (96, 54) and seen.fps == 30 and seen.frames == 53, "52.5: a tie goes up"
    spectrum = np.abs(np.fft.rfft(seen.sound[0][2400:33600])) / 31200 * 2
    assert spectrum[round(440 * 31200 / 48000) + np.arange(-3, 4)].max() == pytest.approx(0.25, rel=0.15)
    late = np.abs(np.fft.rfft(seen.sound[0][50400:81600])) / 31200 * 2
    assert late[round(440 * 31200 / 48000) + np.arange(-3, 4)].max() == pytest.approx(0.25, rel=0.15), (
        "looped"
    )
    assert late[round(1000 * 31200 / 48000) + np.arange(-3, 4)].max() > 0.4, (
        "the clip's own sound is still there"
    )


def test_render_film_stays_in_the_output_folder(place: Any, timeline: Any) -> None:
    with pytest.raises(BadInput, match="leaves its folder"):
        asyncio.run(RenderFilm.execute(timeline=timeline, filename_prefix="../../film"))


@pytest.mark.parametrize(
    ("which", "expected"),
    [({"which": "first"}, 20), ({"which": "last"}, 20 + 4 * 47), ({"which": "at", "time": 1.0}, 20 + 4 * 24)],
)
def test_extract_frame_is_exact(execute: Any, clip: Any, which: dict[str, Any], expected: int) -> None:
    (image,) = execute(ExtractFrame, video=clip("numbers", lambda n: 20 + 4 * n, frames=48), which=which)
    assert image.shape == (1, 36, 64, 3) and image.dtype == np.float32
    luma = (expected - 16) / 219
    assert float(image.mean()) == pytest.approx(min(luma, 1), abs=0.012)


def test_contact_sheet_shows_the_whole_video(execute: Any, clip: Any) -> None:
    video = clip("numbers", lambda n: 20 + 4 * n, frames=48, size=(64, 36))
    (image,) = execute(ContactSheet, video=video, columns=3, rows=2, width=192)
    assert image.shape == (1, 72, 192, 3)
    cells = [image[0, y : y + 36, x : x + 64].mean() for y in (0, 36) for x in (0, 64, 128)]
    assert cells == sorted(cells) and cells[-1] - cells[0] > 0.5
