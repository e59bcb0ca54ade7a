"""Speaking on this machine: the same every time, whatever is in the text, from as many threads as like."""

from __future__ import annotations

import ast
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from storyreel.studio.errors import BadInput, Interrupted, StoryreelError
from storyreel.studio.progress import Watch
from storyreel.studio.voices import Line, missing, offline_voices, speak
from storyreel.studio.voices.espeak import Espeak, Place
from storyreel.studio.voices.program import ask

from .sounds import heard, onsets

LINE = Line("She sells sea shells; in 1984 the fish was fresh.", "en-gb+f3")


def test_the_offline_voice_speaks_after_pip_install() -> None:
    assert missing() == []
    assert len(offline_voices()) > 100
    assert "German" in [voice.title for voice in offline_voices("de-AT")]
    speech = speak(Line("Hello"))
    rate, sound = heard(speech.path)
    assert rate >= 16_000 and np.abs(sound).max() > 0.1
    assert 0 <= speech.start < speech.end <= len(sound) / rate


def test_a_line_sounds_the_same_every_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = []
    for number in range(3):
        monkeypatch.setenv("STORYREEL_HOME", str(tmp_path / str(number)))
        speech = speak(LINE)
        said.append((speech.path.read_bytes(), *speech[1:]))
    assert said[0] == said[1] == said[2]


def test_what_was_said_once_is_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = speak(LINE)
    monkeypatch.setattr(sys, "executable", "")  # no engine's program can be started now
    assert speak(LINE) == first
    for other in (
        LINE._replace(text="Other words."),
        LINE._replace(speed=1.1),
        LINE._replace(voice="en-gb+f4"),
    ):
        with pytest.raises(StoryreelError, match="no Python can be started"):
            speak(other)


def test_speed_is_times_the_usual() -> None:
    usual, quick = speak(LINE), speak(LINE._replace(speed=1.5))
    assert 1.3 < usual.seconds / quick.seconds < 1.7


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("before <break time='4000ms'/> after", 2.5),
        ('<speak><prosody rate="x-slow">before</prosody></speak> after', 3),
        ("before \x01150S after", 1),  # eSpeak's own marks of speed and pitch
        ("before [[h@l'oU]] after", 1.8),
    ],
)
def test_marks_in_a_text_are_said_and_not_obeyed(text: str, seconds: float) -> None:
    speech = speak(Line(text))
    assert speech.seconds > seconds and len(onsets(speech.path, rest=0.7)) == 1
    last = speech.words[-1]
    assert last.text == "after" and 0.2 < last.end - last.start < 0.5, "nor is what follows said otherwise"


@pytest.mark.parametrize(
    "text", ["😀 party 👨‍👩‍👧 time 🎉", "a\x00b \ud800 c", "word\u200bjoiner ﷽ ∑ ½", "x" * 3000]
)
def test_any_text_is_said(text: str) -> None:
    speech = speak(Line(text, "en-gb"))
    assert speech.words and speech.seconds > 0.2


@pytest.mark.parametrize(
    ("line", "fault", "cure"),
    [
        (Line("Hi", "en-bg"), "'en-bg' is not a voice", "did you mean 'en-gb'?"),
        (Line("Hi", "en-gb+f33"), "sound like 'f33'", "did you mean 'f3'?"),
        (Line("Hi", "nobody/en-gb"), "not a voice", "storyreel voices"),
        (Line("Hi", "", "qqq"), "speaks 'qqq'", "storyreel voices"),
        (Line("Hi", "en-gb", "de"), "speaks English (Great Britain), and the language is 'de'", "leave one"),
        (Line("Hi", speed=3), "3 times the usual", "use 0.5 to 2"),
        (Line("Hi", speed=float("nan")), "nan times", "use 0.5 to 2"),
        (Line(" — … "), "nothing in the text", "write what is to be said"),
        (Line("世界", "ja"), "can't read '世'", "write it in kana"),
    ],
)
def test_what_cannot_be_said_says_why(line: Line, fault: str, cure: str) -> None:
    with pytest.raises(BadInput) as raised:
        speak(line)
    assert fault in raised.value.message and cure in raised.value.hint


def test_many_speak_at_once() -> None:
    lines = [
        Line(f"Scene {number} of five is told here.", voice)
        for number in range(9)
        for voice in ("en-gb", "de")
    ]
    with ThreadPoolExecutor(12) as threads:
        at_once = list(threads.map(speak, [*lines, *lines]))
    assert at_once[: len(lines)] == at_once[len(lines) :]
    assert len({speech.path for speech in at_once}) == len(lines)


def test_the_engine_stays_in_its_own_process() -> None:
    """It is another's work under another licence; and a program that ComfyUI's copy of the pack can start too imports
    nothing of ours."""
    speak(LINE)
    assert "espeakng_loader" not in sys.modules
    maps = Path("/proc/self/maps")
    assert not maps.exists() or "espeak" not in maps.read_text()
    folder = Path(sys.modules[Espeak.__module__].__file__ or "").parent
    for name in ("espeak_program.py", "pico_program.py"):
        tree = ast.parse((folder / name).read_text(encoding="utf-8"))
        imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        roots = {each.name for node in imported for each in node.names if isinstance(node, ast.Import)}
        assert roots <= {"ctypes", "json", "os", "sys", "ttspico"}
        assert all(node.module == "__future__" for node in imported if isinstance(node, ast.ImportFrom))


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("import sys; sys.exit('the library is broken')", "the library is broken"),
        ("import os; os.abort()", "it ended with status -6"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("", "it ended with status 0"),
    ],
)
def test_a_program_that_dies_is_a_sentence(tmp_path: Path, code: str, sentence: str) -> None:
    program = tmp_path / "program.py"
    program.write_text(code)
    with pytest.raises(StoryreelError, match=sentence):
        ask(program, [], {"text": "hello"})


def test_stopping_ends_the_program(tmp_path: Path) -> None:
    program, mark = tmp_path / "program.py", tmp_path / "pid"
    program.write_text(
        "import os, pathlib, sys, time\n"
        "pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))\n"
        "time.sleep(60)"
    )
    stop = threading.Event()
    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(ask, program, [str(mark)], {}, Watch(cancelled=stop.is_set))
        while not (mark.exists() and mark.read_text()):
            time.sleep(0.01)
        stop.set()
        with pytest.raises(Interrupted):
            asked.result(timeout=10)
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


@pytest.mark.parametrize(
    ("place", "why"),
    [
        (None, "pip install it"),
        (Place(("/nowhere.so",)), "can't be loaded: /nowhere.so"),
        (Place(("libc.so.6",)), "undefined symbol"),
    ],
)
def test_an_engine_that_does_not_speak_says_why(place: Place | None, why: str) -> None:
    engine = Espeak("espeak", lambda: place, "pip install it")
    assert why in engine.missing() and engine.voices() == ()
