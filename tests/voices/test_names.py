"""Whose voice a storyboard names."""

from __future__ import annotations

import json

import pytest
from storyreel.runner.cli import app
from storyreel.studio.errors import BadInput
from storyreel.studio.planning.voice_names import voice_named
from typer.testing import CliRunner


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", ("offline", None, "")),
        ("en-gb", ("offline", None, "en-gb")),
        ("de+f2", ("offline", None, "de+f2")),
        ("offline/de", ("offline", None, "de")),
        ("espeak/de", ("offline", None, "espeak/de")),
        ("alloy", ("openai", None, "alloy")),
        ("openai/Alloy", ("openai", None, "alloy")),
        ("openai/tts-1/nova", ("openai", "tts-1", "nova")),
        ("google/Kore", ("google", None, "Kore")),
        ("kore", ("", None, "Kore")),
        ("gemini-3.8-flash-lite-tts/Kore", ("", "gemini-3.8-flash-lite-tts", "Kore")),
    ],
)
def test_a_voice_that_there_is(text: str, meant: tuple[str, str | None, str]) -> None:
    assert voice_named(text) == meant


@pytest.mark.parametrize(
    ("text", "fault", "cure"),
    [
        ("aloy", "'aloy' is not a voice", "'alloy'"),
        ("en-bg", "'en-bg' is not a voice", "'en-gb'"),
        ("opena/alloy", "'opena' has none", "'openai'"),
        ("openai/aloy", "'aloy' is not a voice of openai", "'alloy'"),
        ("openai/Kore", "'Kore' is not a voice of openai", "alloy, ash"),
        ("tts-1/ballad", "'ballad' is not a voice of tts-1", "alloy, ash"),
        ("runway/x", "'runway' has none", "openai"),
        ("google/tts-1/nova", "'tts-1' is no model of google", "gemini"),
        ("something else", "not a voice", "storyreel voices"),
    ],
)
def test_a_voice_that_there_is_not(text: str, fault: str, cure: str) -> None:
    with pytest.raises(BadInput) as raised:
        voice_named(text)
    assert fault in raised.value.message and cure in raised.value.hint


def test_the_command_lists_them() -> None:
    shown = CliRunner().invoke(app, ["voices", "--language", "de"], env={"COLUMNS": "120"})
    assert shown.exit_code == 0 and "German" in shown.output and "Polish" not in shown.output
    assert "alloy" in shown.output and "OPENAI_API_KEY" in shown.output
    told = json.loads(CliRunner().invoke(app, ["voices", "--language", "pl", "--json"]).output)
    assert [each["voice"] for each in told["offline"]] == ["pl"]
    assert {door["provider"] for door in told["doors"]} >= {"openai", "google"}
    unspoken = CliRunner().invoke(app, ["voices", "--language", "qqq"])
    assert "no offline voice speaks 'qqq'" in unspoken.output
