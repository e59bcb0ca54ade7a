"""What a browser makes of a film with captions and of a VTT file: the parser that the standard describes."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from storyreel.studio.captions import files
from storyreel.studio.production.shoot import shoot
from storyreel.studio.render.film import render
from storyreel.studio.storyboard.parser import from_plain
from storyreel.studio.timeline.settings import FilmSettings
from storyreel.studio.timeline.timeline import Caption, Timeline, TimelineClip

TEXTS = ["one\n\n\ntwo", "Tom & Jerry < 3 > 2", "<b>not bold</b> &amp; <i>", "a --> b\n00:01.000 --> 00:02.000",
         "مرحبا، كيف حالك؟", "こんにちは\n世界", "7", "NOTE this is said\nWEBVTT"]  # fmt: skip
CAPTIONS = [Caption(text=text, start=3.5 * n, end=3.5 * n + 3.25) for n, text in enumerate(TEXTS)]
CHROMIUM = Path("/usr/bin/chromium")
SWITCHES = ("--no-sandbox", "--disable-gpu", "--no-first-run")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser without a window; while it is open its loop runs here, so for this file only."""
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.is_file():
        pytest.skip(f"needs Chromium at {CHROMIUM}")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(
            executable_path=str(CHROMIUM),
            args=[*SWITCHES, "--autoplay-policy=no-user-gesture-required"],
        )
        yield started
        started.close()


def test_a_browser_shows_what_was_meant(browser) -> None:
    """The parser that the standard describes: every cue's text and times as it shows them."""
    url = "data:text/vtt;base64," + base64.b64encode(files.vtt(CAPTIONS).encode()).decode()
    page = browser.new_page()
    cues = page.evaluate(
        """url => new Promise((done, failed) => {
            const video = document.createElement('video'), track = document.createElement('track')
            track.onerror = () => failed('refused')
            track.onload = () => done([...track.track.cues].map(
                c => [c.startTime, c.endTime, c.getCueAsHTML().textContent]))
            track.kind = 'captions'; track.src = url; video.append(track); document.body.append(video)
            track.track.mode = 'showing'
        })""",
        url,
    )
    page.close()
    assert [text for _, _, text in cues] == ["one\ntwo", *TEXTS[1:]]
    for (start, end, _), caption in zip(cues, CAPTIONS, strict=True):
        assert (start, end) == pytest.approx((caption.start, caption.end), abs=0.0006)


def test_a_browser_plays_it(browser, clip, tmp_path: Path) -> None:
    timeline = Timeline(
        clips=(TimelineClip(path=str(clip(grey=180))),), captions=(Caption(text="A", start=0.5, end=1),)
    )
    film = render(
        timeline, FilmSettings(width=160, height=90, fps=20, preset="ultrafast"), tmp_path / "film.mp4"
    )
    (tmp_path / "page.html").write_text(
        "<video src=film.mp4 muted></video><canvas width=160 height=90></canvas>"
    )
    page = browser.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    seen = page.evaluate(
        """() => new Promise((done, failed) => {
            const video = document.querySelector('video'), pen = document.querySelector('canvas').getContext('2d')
            video.onerror = () => failed(video.error.message)
            video.onseeked = () => { pen.drawImage(video, 0, 0); done([video.duration, video.videoWidth]) }
            video.currentTime = 1.5
        })"""
    )
    page.close()
    assert seen == [pytest.approx(float(film.duration)), 160]


def test_a_narrated_film_plays_with_its_sound(browser, tmp_path: Path) -> None:
    """From its first second to its last, and what the browser's own decoder hears is the voice and the music."""
    scenes = [{"prompt": "a", "duration": 2, "narration": "Here we go!", "music_mood": "happy"}]
    board = from_plain({"size": "160x90", "fps": 10, "captions": "word", "scenes": scenes})
    shooting = shoot(board, tmp_path, tmp_path / "clips")
    film = render(shooting.timeline, shooting.settings, tmp_path / "film.mp4")
    (tmp_path / "page.html").write_text("<video src=film.mp4></video>")
    page = browser.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    played = page.evaluate(
        """() => new Promise((done, failed) => {
            const video = document.querySelector('video')
            video.onerror = () => failed(video.error.message)
            video.onended = () => done([video.currentTime, video.webkitAudioDecodedByteCount])
            video.play().catch(failed)
        })"""
    )
    heard = page.evaluate(
        """async data => {
            const bytes = Uint8Array.from(atob(data), each => each.charCodeAt(0))
            const sound = await new OfflineAudioContext(2, 1, 48000).decodeAudioData(bytes.buffer)
            const power = sound.getChannelData(0).reduce((sum, each) => sum + each * each, 0)
            return [sound.duration, Math.sqrt(power / sound.length)]
        }""",
        base64.b64encode((tmp_path / "film.mp4").read_bytes()).decode(),
    )
    page.close()
    assert played[0] == pytest.approx(float(film.duration), abs=0.1) and played[1] > 10_000
    assert heard[0] == pytest.approx(float(film.duration), abs=0.05) and heard[1] > 0.05
