"""Whatever reads a text reads a hundred thousand characters of anything in seconds, or refuses them with a sentence: a
node's text holds up the server that checks it.

Where the time grew with the square of the length these took from minutes to hours; the bound is for a busy machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SECONDS = 5
LENGTH = 100_000

READERS = {
    "captions node": "Captions.validate_inputs(text=text)",
    "timed captions": "reading.is_timed(text)",
    "SRT": "reading.read('1\\n00:00:01,000 --> 00:00:02,000\\n' + text)",
    "VTT": "reading.read('WEBVTT\\n\\n00:00:01.000 --> 00:00:02.000\\n' + text)",
    "a storyboard": "parser.draft(text)",
    "a storyboard's prompt": "parser.draft(json.dumps({'scenes': [text]}))",
    "a storyboard's key": "parser.draft(json.dumps({'scenes': ['a'], text: 1}))",
    "a storyboard's action": "parser.draft(json.dumps({'scenes': [{'prompt': 'a', 'clip_action': text}]}))",
    "a YAML text": "yaml_json.parse('a: ' + text)",
    "a kind of file": "document.read(save(text))",
    "a script's length": "speech_length._seconds_of_words(text)",
    "a movement": "camera_moves.parse(text)",
    "a number in a name": "numbered_files.number_in(text)",
    "a mood": "moods.words_of(text)",
    "a file's folder": "split_name(text)",
    "choices": "expand_choices(text, lambda options: options[-1])",
    "patterns": "fill_patterns(text, lambda node, widget: None)",
    "keys masked": "credentials.redact(text)",
    "a refusal": "http_errors.told(text.encode('utf-8', 'replace'))",
    "a refusal's page": "http_errors.told(('<' + text).encode('utf-8', 'replace'))",
    "a mistyped word": "errors.did_you_mean(text, ['scenes', 'title', text[1:] + 'a'])",
}
SETTERS = {
    "a caption's words": "cues.spread(Caption(text=text[:100_000], start=0, end=3))",
    "a caption's lines": "lines.balanced(lines.pieces_of(text), 42)",
    "a drawn caption": "drawing.draw(Caption(text=text, start=0, end=3), CaptionLook(), (320, 180))",
    "a title card": "fonts.fit(text, None, 400, 200, 45)",
    "letters of a font": "fonts.lacking(text)",
    "a word's syllables": "syllables.weigh(text, 'en')",
    "words to be said": "words.written(text)",
}
"""What looks at each letter for itself, and longer."""
AWKWARD = [
    '\n', '\r', ' ', '\t', '\xa0', 'a', 'a ', '0', '0:', '-', '-a', '-->', '-->\n', '<', '<b ', '<0', '<c.',
    '{', '{\\', '{\\p1', '<a', '1:', '{|', '{a|b}', '[', '(', '/', '/a', '/* ', '\\', "'", '"', '\u3042', '\u4e00',
    'a\u0301', '\u0301\u0316', '\u200d', '!', '. ', ',', 'ae', 'es', '<break ', '%', '%a',
    '00:00:01,000 --> 00:00:02,000\n', '1\n00:00:01,000 --> 00:00:02,000\nx\n', '<title>', '<script',
    '-----BEGIN PRIVATE KEY-----', 'eyJaaaaaaaa.', '?key=', 'bearer ', '&amp;', '\u0627', '\u1100', '- ',
    'a: ', 'a: b\n', '&a ', '{"a":', 'scene1', 'slow ', '\x00', '\ud800', '*a ', '<<: ', '1e9', '? ', '|\n',
    '!!a ',
]  # fmt: skip
LETTERS = ["a", "a ", "(", "-a", "\n", "\u3042", "\u0301\u0316", "0"]

PROGRAM = """
import json, sys, time, tempfile
from pathlib import Path
from storyreel.host.files import split_name
from storyreel.nodes.captions import Captions
from storyreel.runner.comfy.convert.text import expand_choices, fill_patterns
from storyreel.runner.jobs import document
from storyreel.studio import credentials, errors, yaml_json
from storyreel.studio.captions import cues, drawing, lines, reading
from storyreel.studio.media import fonts
from storyreel.studio.music import moods
from storyreel.studio.providers import http_errors, speech_length
from storyreel.studio.storyboard import camera_moves, numbered_files, parser
from storyreel.studio.timeline.timeline import Caption, CaptionLook
from storyreel.studio.voices import syllables, words

place = Path(sys.argv[1]) / "a.yaml"

def save(text):
    place.write_bytes(text.encode("utf-8", "replace"))
    return place

for name, reader in json.loads(sys.argv[2]).items():
    read = eval("lambda text: " + reader)
    for piece in json.loads(sys.argv[3]):
        print(name, ascii(piece), flush=True)
        began = time.process_time()
        try:
            read((piece * (LENGTH // len(piece) + 1))[:LENGTH])
        except (errors.StoryreelError, ValueError) as error:
            assert not isinstance(error, UnicodeError), error
        took = time.process_time() - began
        assert took < SECONDS, f"{name} takes {took:.0f} s for {piece!r}"
print("done")
"""


@pytest.mark.slow
@pytest.mark.parametrize("part", range(5))
def test_a_long_text_is_read_in_bounded_time(part: int, tmp_path: Path) -> None:
    """In a program of its own: an expression that is being matched can't be stopped otherwise."""
    pieces = LETTERS if part == 4 else AWKWARD
    readers = SETTERS if part == 4 else {name: READERS[name] for name in list(READERS)[part::4]}
    program = f"LENGTH, SECONDS = {LENGTH}, {SECONDS}\n{PROGRAM}"
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path), json.dumps(readers), json.dumps(pieces)],
        capture_output=True,
        text=True,
        cwd="/",
        timeout=300,
        env={**os.environ, "STORYREEL_HOME": str(tmp_path)},
    )
    assert done.stdout.endswith("done\n"), done.stdout.splitlines()[-1:] + done.stderr.splitlines()[-3:]
