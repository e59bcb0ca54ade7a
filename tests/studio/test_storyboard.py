"""Storyboards: what is read, in which forms, and that everything wrong is said at once, at its place."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import get_args

import jsonschema
import pytest
from storyreel.studio.errors import BadInput
from storyreel.studio.planning.overrides import overridden
from storyreel.studio.storyboard.model import Transition
from storyreel.studio.storyboard.parser import Storyboard, from_plain, from_prompts, json_schema, parse, read
from storyreel.studio.timeline.settings import FilmSettings
from storyreel.studio.timeline.timeline import TRANSITION_NAMES


def faults(text: str) -> list[str]:
    with pytest.raises(BadInput) as caught:
        parse(text)
    assert caught.value.exit_code == 2
    return [str(fault) for fault in caught.value.faults]


def test_a_whole_storyboard() -> None:
    board = parse(
        """{"title": "Rain", "aspect_ratio": "9:16", "quality": "draft", "fps": 25, "seed": 7,
        "provider": "animatic", "transition_duration": 0.4, "music": "calm.wav",
        "scenes": [{"prompt": "a street", "duration": 3.0, "image": "01.jpg", "narration": "It rains.",
                    "clip_action": "slow zoom out, pan right"},
                   {"prompt": "a door", "duration": 2.5, "transition": "crossfade", "provider": "veo"},
                   {"prompt": "a room", "transition": "none"}]}"""
    )
    assert board.settings == FilmSettings.of("draft", "9:16", 25)
    assert board.settings.size == (480, 854)
    assert board.duration == Fraction(3) + Fraction(5, 2) - Fraction(2, 5) + 3
    assert [board.entrance(n) for n in range(3)] == [("none", 0), ("crossfade", Fraction(2, 5)), ("none", 0)]
    assert [board.provider_of(n) for n in range(3)] == ["animatic", "veo", "animatic"]


def test_what_is_not_written() -> None:
    board = parse('{"scenes": ["a", {"prompt": "b"}]}')
    assert board.settings == FilmSettings.of("standard", "16:9")
    assert [scene.duration for scene in board.scenes] == [3, 3]
    assert board.entrance(1) == ("none", 0)
    assert board.duration == 6


def test_the_storyboards_transition_holds_for_scenes_without_one() -> None:
    board = parse('{"transition": "wipe", "scenes": ["a", "b", {"prompt": "c", "transition": "none"}]}')
    assert [board.entrance(n).transition for n in range(3)] == ["none", "wipe", "none"]
    assert board.duration == Fraction(17, 2)


def test_the_first_scene_only_fades() -> None:
    assert parse('{"scenes": [{"prompt": "a", "transition": "fade"}]}').entrance(0) == (
        "fade",
        Fraction(1, 2),
    )
    for other in set(TRANSITION_NAMES) - {"fade"}:
        board = parse(json.dumps({"scenes": [{"prompt": "a", "transition": other}]}))
        assert board.entrance(0) == ("none", 0)
    board = parse('{"scenes": [{"prompt": "a", "transition": "fade"}, "b"]}')
    assert board.duration == 6, "rising from black takes no time away"


@pytest.mark.parametrize(
    "text",
    [
        '["a", "b"]',
        '{"scenes": ["a", "b"]}',
        '{"prompt": ["a", "b"]}',
        '{"prompts": ["a", "b"]}',
        "- a\n- b\n",
        "scenes:\n  - a\n  - prompt: b\n",
        '\ufeff["a", "b"]',
        '{"$schema": "storyboard.schema.json", "scenes": ["a", "b"]}',
        '{"title": null, "scenes": ["a", {"prompt": "b", "image": null}]}',
    ],
)
def test_every_form_of_a_list_of_prompts(text: str) -> None:
    assert [scene.prompt for scene in parse(text).scenes] == ["a", "b"]


def test_the_multi_scene_form() -> None:
    board = parse(
        '{"prompt": ["a", "b"], "duration_per_frame": 2, "transition": "crossfade", "quality": "high"}'
    )
    assert board.settings.size == (1920, 1080)
    assert [scene.duration for scene in board.scenes] == [2, 2]
    assert board.entrance(1) == ("crossfade", Fraction(1, 2))


def test_from_prompts() -> None:
    board = from_prompts(["a", "b"], duration=2.5, transition="slide", title="T")
    assert board == parse(
        '{"title": "T", "transition": "slide", "scenes": [{"prompt": "a", "duration": 2.5}, '
        '{"prompt": "b", "duration": 2.5}]}'
    )
    with pytest.raises(BadInput, match="transition: 'slid' is not a transition; did you mean 'slide'"):
        from_prompts(["a"], transition="slid")


def test_yaml_without_its_traps() -> None:
    board = parse(
        "title: 2024-05-01\naspect_ratio: 16:9\nfps: 30000/1001\n"
        "scenes:\n  - prompt: no\n    duration: 1.5e0\n"
    )
    assert (board.title, board.aspect_ratio, board.scenes[0].prompt) == ("2024-05-01", "16:9", "no")
    assert board.settings.fps == Fraction(30000, 1001)
    assert parse("aspect_ratio: 9:16\nscenes: [a]").aspect_ratio == "9:16"


def test_ten_faults_at_once() -> None:
    found = faults(
        """{"titel": "x", "quality": "hi", "fps": NaN, "aspect_ratio": "16x9",
        "scenes": [{"prompt": "a", "duration": 0},
                   {"prompt": "b", "transition": "crosfade"},
                   {"prompt": "c", "duration": 36000, "clip_action": "zom in"},
                   5,
                   {"prompt": "d", "durration": 3},
                   {"prompt": "e", "duration": 1, "duration": 2},
                   {},
                   {"prompt": 7, "seed": -1}]}"""
    )
    assert found == [
        "aspect_ratio: '16x9' is not an aspect ratio; did you mean '16:9'?",
        "quality: 'hi' is not a quality; did you mean 'high'?",
        "fps: NaN is not a number",
        "titel: there is no such key; did you mean 'title'?",
        "scenes[0].duration: 0 is not a length; give more than 0 seconds",
        "scenes[1].transition: 'crosfade' is not a transition; did you mean 'crossfade'?",
        "scenes[2].duration: 36000 s is more than an hour; split the scene",
        "scenes[2].clip_action: 'zom in' is not a movement; did you mean 'zoom in'?",
        "scenes[3]: 5 is not a scene; write its prompt as text, or its keys and values in { }",
        "scenes[4].durration: there is no such key; did you mean 'duration'?",
        "scenes[5].duration: is given twice; keep one",
        "scenes[6]: has neither a prompt nor an image; give it one",
        "scenes[7].prompt: 7 is not text; put it in quotes",
        "scenes[7].seed: -1 is too small; use at least 0",
    ]


@pytest.mark.parametrize(
    "duration",
    [
        "NaN",
        "Infinity",
        "-Infinity",
        "0",
        "-3",
        "36000",
        "1e400",
        '"long"',
        "true",
        "[]",
        '"1e999999999"',
        "1" + "0" * 400,
    ],
)
def test_durations_that_are_none(duration: str) -> None:
    found = faults(f'{{"scenes": [{{"prompt": "a", "duration": {duration}}}]}}')
    assert len(found) == 1
    assert found[0].startswith("scenes[0].duration: ")
    assert len(found[0]) < 150


def test_durations_at_the_limits() -> None:
    assert parse('{"scenes": [{"prompt": "a", "duration": 3600}]}').duration == 3600
    assert parse('{"scenes": [{"prompt": "a", "duration": 0.034}]}').duration == Fraction(34, 1000)
    assert faults('{"scenes": [{"prompt": "a", "duration": 0.033}]}') == [
        "scenes[0].duration: 0.033 s is shorter than a frame; give at least 0.034"
    ]


def test_transitions_must_fit() -> None:
    assert faults(
        '{"scenes": ["a", {"prompt": "b", "duration": 1, "transition": "wipe", "transition_duration": 1.5}]}'
    ) == [
        "scenes[1].transition_duration: the wipe takes 1.5 s but scenes[1] lasts only 1 s; "
        "make the transition at most 1 s, or scenes[1] at least 1.5 s"
    ]
    assert faults(
        '{"scenes": [{"prompt": "a", "duration": 0.4}, {"prompt": "b", "transition": "wipe"}]}'
    ) == [
        "scenes[1].transition_duration: the wipe takes 0.5 s but scenes[0] lasts only 0.4 s; "
        "make the transition at most 0.4 s, or scenes[0] at least 0.5 s"
    ]
    assert faults(
        '{"transition": "zoom", "transition_duration": 0.6, '
        '"scenes": ["a", {"prompt": "b", "duration": 1}, "c"]}'
    ) == [
        "scenes[1].duration: 1 s has no room for the transitions at its start (0.6 s) and at its end "
        "(0.6 s); give at least 1.2, or shorten the transition_duration of scenes[1] or scenes[2]"
    ]
    assert faults('{"transition": "fade", "transition_duration": 4, "scenes": ["a"]}') == [
        "scenes[0].transition_duration: the fade takes 4 s but scenes[0] lasts only 3 s; "
        "make the transition at most 3 s, or scenes[0] at least 4 s"
    ]
    whole = parse(
        '{"transition": "zoom", "scenes": [{"prompt": "a", "duration": 0.5}, '
        '{"prompt": "b", "duration": 1}, "c"]}'
    )
    assert whole.duration == Fraction(7, 2), "neighbouring transitions may touch"


def test_a_fault_in_a_scene_does_not_hide_or_invent_others() -> None:
    found = faults(
        '{"scenes": [{"prompt": "a", "duration": "?"}, '
        '{"prompt": "b", "transition": "wipe", "duration": 0.2, "x": 1}]}'
    )
    assert [fault.split(": ")[0] for fault in found] == [
        "scenes[0].duration",
        "scenes[1].x",
        "scenes[1].transition_duration",
    ]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('{"scenes": [\n  "a",\n]}', "line ", "column"),
        ("scenes: [a\nb: c", "line 2, column 2", "expected"),
        ("a: &x [1]\nb: *x", "line 2, column 4", "aliases"),
        ("a: !!python/object:os.system x", "line 1, column 4", "isn't read"),
        ("[" * 100_000, "line 1, column 21", "levels deep; take out"),
        ('{"a": ' * 100_000, "line 1, column 121", "levels deep; take out"),
        ('{"a": [["[[[", "\\"["], ' + "[" * 20, "line 1, column 42", "levels deep"),
        ('{"a": ' * 500 + "1" + "}" * 500, "line 1, column 121", "levels deep; take out"),
        ("a: " + "[" * 100_000, "line 1, column 23", "levels deep; take out"),
        ("a: 1\nb: " + "[ " * 2_000, "line 2, column 42", "levels deep; take out"),
        ("a: " + "{" * 100_000, "line 1, column 23", "levels deep; take out"),
        ("a:\n" + "- " * 5_000 + "x", "line 2, column 39", "levels deep; take out"),
        ('{"a": ' + "1" * 5000 + "}", "a", "digits; write a shorter"),
        ('{"scenes": [{"duration": -' + "1" * 400 + "}]}", "scenes[0].duration", "digits; write a shorter"),
        ("scenes:\n- duration: " + "1" * 5000, "scenes[0].duration", "digits; write a shorter"),
        ("a: !!int many", "line 1, column 4", "isn't read; use plain"),
        ("a: !!float many", "line 1, column 4", "isn't read; use plain"),
        ("a: \ud800", "line 1, column 4", "doesn't allow; remove it"),
        ("a: b\nc: x\x07", "line 2, column 5", "doesn't allow; remove it"),
        ("a: b\nc: x\0", "line 2, column 5", "doesn't allow; remove it"),
        ('{"scenes": ["a"], "\\ud800": 1}', "", "no text"),
        ('{"scenes": ["a"], "seed": Infinity}', "seed", "not a"),
        ('a: "without an end', "line 1", "in quotes"),
        ('{"a" 1}', "line 1, column 6", "a quote or a bracket"),
        ("", "", "nothing in it"),
        (" \n\t ", "", "nothing in it"),
        ('"' + "x" * 1_000_001 + '"', "", "at most 1,000,000"),
        ("scenes: [a]\n---\nscenes: [b]", "line 2, column 1", "another document"),
        ("just words", "", "is not a storyboard"),
        ("# nothing yet", "", "is not a storyboard"),
        ("42", "", "is not a storyboard"),
        ('{"scenes": []}', "scenes", "is empty"),
        ('{"scenes": {"a": 1}}', "scenes", "is not a list"),
        ('{"title": "x"}', "scenes", "is missing"),
        ('{"scenes": ["a"], "prompt": ["b"]}', "prompt", "stands beside scenes"),
        ('{"scenes": ["\\ud800"]}', "scenes[0]", "no text"),
        ('{"scenes": ["\\u0000"]}', "scenes[0]", "no text"),
        (json.dumps(["a"] * 1001), "scenes", "more than 1,000 entries"),
        (json.dumps(["a" * 5001]), "scenes[0].prompt", "5,001 characters"),
        ('{"scenes": ["a"], "music_gain_db": NaN}', "music_gain_db", "not a number"),
        ('{"scenes": ["a"], "fps": 1000}', "fps", "can't be made"),
        ('{"scenes": [{"prompt": "a", "clip_action": "pan"}]}', "scenes[0].clip_action", "which way"),
    ],
)
def test_what_is_no_storyboard(text: str, place: str, words: str) -> None:
    found = faults(text)
    assert any(fault.startswith(place) and words in fault for fault in found), found


@pytest.mark.parametrize(
    "text",
    ["a: " + "[" * 100_000, "a: [b", "a: x\x07", "a: \ud800", "a: *b", "a: !!int b", "a: 1\n- b", "a: @b"],
)
def test_the_parser_of_a_machine_without_libyaml_says_where_and_what_to_do_too(text: str) -> None:
    program = "import sys, yaml; del yaml.CSafeLoader; from storyreel.studio.yaml_json import parse; "
    program += "parse(eval(sys.stdin.read()))"
    run = [sys.executable, "-c", program]
    found = subprocess.run(run, input=repr(text), capture_output=True, text=True, timeout=60, check=False)
    last = found.stderr.splitlines()[-1]
    assert re.match(r"  line \d+, column \d+: .+; .+", last), found.stderr[-500:]


def test_marks_at_the_beginning_of_a_file_are_no_part_of_it() -> None:
    assert parse('\ufeff\ufeff{"scenes": ["a"]}').scenes[0].prompt == "a"


def test_a_billion_laughs_is_refused_at_once() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{new}: &{new} [{','.join(['*' + old] * 9)}]\n"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert "aliases" in faults(bomb)[0]


def test_reading_files(tmp_path: Path) -> None:
    path = tmp_path / "film.yaml"
    path.write_bytes("scenes: [Туман]".encode())
    assert read(path).scenes[0].prompt == "Туман"
    path.write_bytes("scenes: [Nebel für alle]".encode("latin-1"))
    with pytest.raises(BadInput, match="not text in UTF-8"):
        read(path)
    with pytest.raises(BadInput, match="No such file"):
        read(tmp_path / "other.json")


def test_plain_data_comes_back_the_same() -> None:
    board = parse(
        '{"fps": "24000/1001", "transition": "wipe", "scenes": [{"prompt": "a", "duration": 1.1}, "b"]}'
    )
    plain = board.to_plain()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["scenes"] == [{"prompt": "a", "duration": 1.1}, {"prompt": "b"}]
    assert from_plain(plain) == board


def test_overriding() -> None:
    board = parse('{"provider": "veo", "scenes": ["a", {"prompt": "b", "provider": "kling"}]}')
    other = overridden(board, provider="animatic", quality="draft")
    assert [other.provider_of(n) for n in range(2)] == ["animatic", "animatic"]
    assert other.settings.size == (854, 480)
    assert overridden(board) == board
    with pytest.raises(BadInput, match="did you mean 'draft'"):
        overridden(board, quality="drft")


def test_the_words_agree() -> None:
    assert get_args(Transition) == TRANSITION_NAMES


def test_the_published_schema_is_current(repo: Path) -> None:
    published = json.loads(
        (repo / "workflows/storyboards/storyboard.schema.json").read_text(encoding="utf-8")
    )
    assert published == json_schema(), "run scripts/make_schema.py"


def test_the_schema_agrees_with_the_reader(repo: Path) -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    good = [
        ["a"],
        {"prompt": ["a"], "duration_per_frame": 3, "transition": "wipe", "quality": "high"},
        {"$schema": "x", "fps": "30000/1001", "scenes": ["a", {"image": "b.jpg", "duration": 0.5}]},
        *(
            json.loads(path.read_text(encoding="utf-8"))
            for path in sorted((repo / "workflows/storyboards").glob("*.json"))
            if not path.name.endswith(".schema.json")
        ),
    ]
    for data in good:
        jsonschema.validate(data, schema)
        assert isinstance(from_plain(data), Storyboard)
    bad = [
        {"scenes": []},
        {"scenes": [{}]},
        {"scenes": [{"prompt": "a", "transition": "x"}]},
        {"scenes": ["a"], "x": 1},
    ]
    for data in bad:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(data, schema)
        with pytest.raises(BadInput):
            from_plain(data)
