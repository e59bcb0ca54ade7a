"""The emulators' rules against the types in the vendors' own SDKs: the same fields, the same choices."""

from __future__ import annotations

import importlib
import re
import typing

import pytest
import typing_extensions
from storyreel.emulators import google_rules, vertex_rules
from storyreel.emulators.runway_rules import KINDS

SURE = [(kind, model) for kind, models in KINDS.items() for model in models]
NOT_MADE = {"outputFormat", "proresProfile"}
"""The emulator makes MP4s only."""


def sdk_type(kind: str, model: str) -> type:
    """The TypedDict with which runwayml describes a model's request."""
    module = importlib.import_module(f"runwayml.types.{kind}_create_params")
    union = getattr(module, kind.title().replace("_", "").replace("To", "To") + "CreateParams")
    for member in typing.get_args(union):
        if typing.get_args(typing_extensions.get_type_hints(member)["model"]) == (model,):
            return member
    raise AssertionError(f"runwayml has no {model} in {kind}")


def wire_name(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)


def choices(rule: object) -> set[object]:
    """The values that a rule names when it refuses one that is none of them."""
    (issue,) = rule("none of them", ())[-1:]  # type: ignore[operator]
    return {
        int(word) if word.isdigit() else word for word in re.findall(r"'?([\w:.]+)'?(?: \||,)", issue.message)
    }


@pytest.mark.parametrize(("kind", "model"), SURE)
def test_runways_fields_and_ratios_are_the_sdks(kind: str, model: str) -> None:
    pytest.importorskip("runwayml")
    theirs = sdk_type(kind, model)
    hints = typing_extensions.get_type_hints(theirs)
    ours = KINDS[kind][model]
    names = {wire_name(name) for name in hints} - {"model"}
    assert set(ours.keys) - NOT_MADE == names - NOT_MADE
    raw = {name: str(hint) for name, hint in theirs.__annotations__.items()}
    needed = {wire_name(name) for name, hint in raw.items() if "Required[" in hint} - {"model"}
    assert set(ours.required) == needed
    for name in ("ratio", "resolution", "duration", "targetAspectRatio"):
        literal = hints.get(re.sub(r"[A-Z]", lambda m: "_" + m[0].lower(), name))
        values = set(typing.get_args(literal)) if typing.get_origin(literal) is typing.Literal else set()
        if values:
            assert choices(ours.keys[name]) == values


def test_vertexs_fields_are_those_that_the_sdk_sends() -> None:
    models = pytest.importorskip("google.genai.models")
    sent: dict = {}
    config = {
        "number_of_videos": 1,
        "output_gcs_uri": "gs://b",
        "fps": 24,
        "duration_seconds": 8,
        "seed": 1,
        "aspect_ratio": "16:9",
        "resolution": "720p",
        "person_generation": "allow_adult",
        "pubsub_topic": "t",
        "negative_prompt": "n",
        "enhance_prompt": True,
        "generate_audio": True,
        "compression_quality": "OPTIMIZED",
        "resize_mode": "CROP",
        "labels": {"a": "b"},
    }
    models._GenerateVideosConfig_to_vertex(config, sent)
    issues = vertex_rules._parameters(vertex_rules.VEO["veo-3.1-generate-001"])(sent["parameters"], ())
    assert issues == [] and len(sent["parameters"]) == 14


def test_omnis_fields_and_words_are_the_sdks() -> None:
    pytest.importorskip("google.genai")
    types = importlib.import_module("google.genai._gaos.types.interactions")

    def words(union: object) -> set[str]:
        literal = next(part for part in typing.get_args(union) if typing.get_origin(part) is typing.Literal)
        return set(typing.get_args(literal))

    form = importlib.import_module("google.genai._gaos.types.interactions.videoresponseformat")
    assert words(form.Resolution) == set(google_rules.SIZES)
    assert words(form.VideoResponseFormatAspectRatio) == {"16:9", "9:16"}
    task = importlib.import_module("google.genai._gaos.types.interactions.videoconfig")
    assert words(task.Task) == set(google_rules.TASKS)
    fields = set(types.CreateModelInteraction.model_fields)
    unknown = dict.fromkeys(fields | {"more"}, 1)
    faults = {issue.message for issue in google_rules._BODY(unknown, ()) if issue.code == "unrecognized_keys"}
    assert {fault.rpartition(" ")[2] for fault in faults} == {"cached_content", "environment", "more"}
