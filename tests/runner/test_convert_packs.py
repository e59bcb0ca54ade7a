"""Saved workflows whose packs make widgets in JavaScript: no value that the file names is lost."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from storyreel.runner.comfy.convert import to_api
from storyreel.studio.errors import BadInput

H264 = [
    ["pix_fmt", ["yuv420p", "yuv420p10le"]],
    ["crf", "INT", {"default": 19}],
    ["save_metadata", "BOOLEAN", {"default": True}],
    ["trim_to_audio", "BOOLEAN", {"default": False}],
]
COMBINE: dict[str, Any] = {
    "VHS_VideoCombine": {
        "name": "VHS_VideoCombine",
        "input": {
            "required": {
                "images": ["IMAGE"],
                "frame_rate": ["FLOAT", {"default": 8}],
                "loop_count": ["INT", {"default": 0}],
                "filename_prefix": ["STRING", {"default": "AnimateDiff"}],
                "format": [
                    ["image/gif", "video/h264-mp4", "video/webm"],
                    {"formats": {"video/h264-mp4": H264, "video/webm": H264[1:2]}},
                ],
                "pingpong": ["BOOLEAN", {"default": False}],
                "save_output": ["BOOLEAN", {"default": True}],
            }
        },
    },
    "Number": {"name": "Number", "input": {"required": {"value": ["INT"]}}, "output": ["INT"]},
}
PREVIEW = {"hidden": False, "params": {"filename": "a.mp4", "type": "temp"}}
SAVED = {
    "frame_rate": 24,
    "loop_count": 0,
    "filename_prefix": "film",
    "format": "video/h264-mp4",
    "pix_fmt": "yuv420p10le",
    "crf": 12,
    "save_metadata": False,
    "trim_to_audio": True,
    "pingpong": False,
    "save_output": False,
    "videopreview": PREVIEW,
}


def combine(values: Any, **rest: Any) -> dict[str, Any]:
    node = {"id": 1, "type": "VHS_VideoCombine", "widgets_values": values, **rest}
    return to_api({"nodes": [node], "links": []}, COMBINE)["1"]["inputs"]


def test_the_settings_of_a_video_format_are_kept() -> None:
    assert combine(SAVED) == {name: value for name, value in SAVED.items() if name != "videopreview"}


def test_another_format_brings_its_own_settings_and_their_defaults() -> None:
    values = {"format": "video/webm", "videopreview": PREVIEW}
    assert combine(values)["crf"] == 19
    assert "pix_fmt" not in combine(values)
    assert "crf" not in combine({"format": "image/gif"})


def test_a_format_setting_can_be_linked() -> None:
    nodes = [
        {"id": 2, "type": "Number", "widgets_values": [30]},
        {
            "id": 1,
            "type": "VHS_VideoCombine",
            "inputs": [{"name": "crf", "type": "INT", "link": 5, "widget": {"name": "crf"}}],
            "widgets_values": SAVED,
        },
    ]
    result = to_api({"nodes": nodes, "links": [[5, 2, 0, 1, 0, "INT"]]}, COMBINE)["1"]["inputs"]
    assert result["crf"] == ["2", 0]
    assert result["pix_fmt"] == "yuv420p10le"


def test_a_list_of_values_has_no_places_for_the_settings_of_a_format() -> None:
    """So the pack itself reads a list, which its first releases wrote."""
    result = combine([24, 1, "film", "video/h264-mp4", True, False])
    assert (result["pingpong"], result["save_output"], result["crf"]) == (True, False, 19)


@pytest.mark.parametrize(("values", "want"), [({"save_image": False}, False), ({}, True)])
def test_the_old_name_of_a_widget_still_counts(values: dict[str, Any], want: bool) -> None:
    assert combine(values)["save_output"] is want
    assert "save_image" not in combine(values)


def test_patterns_in_the_name_of_a_combined_video_are_filled_in() -> None:
    assert combine({"filename_prefix": "%VHS_VideoCombine.frame_rate%_film"})["filename_prefix"] == "8_film"


def test_a_widget_of_a_packs_own_kind_holds_a_value_of_the_inputs_type() -> None:
    info = {
        "Clip": {
            "name": "Clip",
            "input": {
                "required": {
                    "start": ["FLOAT", {"default": 0, "widgetType": "VHSTIMESTAMP"}],
                    "name": ["STRING", {}],
                }
            },
        }
    }
    for values in ([2.5, "a"], {"start": 2.5, "name": "a"}):
        node = {"id": 1, "type": "Clip", "widgets_values": values}
        assert to_api({"nodes": [node], "links": []}, info)["1"]["inputs"] == {"start": 2.5, "name": "a"}


# Widgets that are in no definition

STEPS: dict[str, Any] = {
    "Steps": {
        "name": "Steps",
        "input": {
            "required": {
                "image": ["IMAGE"],
                "seed": ["INT", {"control_after_generate": True}],
                "steps": ["INT", {"default": 20}],
                "on": ["BOOLEAN", {"default": False}],
            }
        },
    }
}


def slots(*names: str) -> list[dict[str, Any]]:
    """The inputs as a frontend since 1.16 saves them: each widget has one."""
    return [{"name": name, "type": "*", "link": None, "widget": {"name": name}} for name in names]


def steps(values: Any, **rest: Any) -> dict[str, Any]:
    node = {"id": 7, "type": "Steps", "widgets_values": values, **rest}
    return to_api({"nodes": [node], "links": []}, STEPS)["7"]["inputs"]


def refusal(values: Any, **rest: Any) -> str:
    with pytest.raises(BadInput) as caught:
        steps(values, **rest)
    return "\n".join(map(str, caught.value.faults))


NAMED = {"seed": 5, "control_after_generate": "fixed", "style": "oil", "steps": 30, "on": True}


@pytest.mark.parametrize(
    "rest", [{"widgets_values_named": NAMED}, {"inputs": slots("seed", "style", "steps", "on")}]
)
def test_a_made_widget_between_the_declared_ones_is_passed_by_its_name(rest: dict[str, Any]) -> None:
    assert steps(list(NAMED.values()), **rest) == {"seed": 5, "steps": 30, "on": True, "style": "oil"}


def test_names_in_another_order_than_the_list_still_count() -> None:
    """As a program leaves them that sorts an object's names."""
    rest = {"widgets_values_named": dict(sorted(NAMED.items()))}
    assert steps(list(NAMED.values()), **rest) == {"seed": 5, "steps": 30, "on": True, "style": "oil"}


def test_names_alone_are_enough() -> None:
    assert steps([], widgets_values_named=NAMED) == {"seed": 5, "steps": 30, "on": True, "style": "oil"}


def test_a_list_edited_by_hand_counts_before_the_names_beside_it() -> None:
    old = {name: NAMED[name] for name in ("seed", "control_after_generate", "steps", "on")}
    assert steps([6, "fixed", 31, False], widgets_values_named=old) == {"seed": 6, "steps": 31, "on": False}
    alike = old | {"seed": 30}
    assert steps([6, "fixed", 30, True], widgets_values_named=alike)["seed"] == 6


def test_made_widgets_that_hold_objects_and_lists_are_passed_as_the_canvas_does() -> None:
    lora = {"on": True, "lora": "a.safetensors", "strength": 0.5}
    values = {"seed": 5, "lora_1": lora, "marks": [1, 2], "none": None}
    before = copy.deepcopy(values)
    result = steps(values)
    assert (result["lora_1"], result["marks"]) == (lora, {"__value__": [1, 2]})
    assert "none" not in result
    result["lora_1"].clear()
    assert values == before


def test_what_only_shows_is_not_passed() -> None:
    shown = (
        "video-preview",
        "videopreview",
        "vhslatentpreview",
        "previewMode",
        "preview_text",
        "audioUI",
        "upload",
    )
    values = dict.fromkeys((*shown, "choose video to upload", "$$canvas-image-preview", "image"), "x")
    assert steps(values) == {"seed": 0, "steps": 20, "on": False}  # nor the value of an input to link


def test_the_value_of_a_property_is_passed_where_an_input_has_its_name() -> None:
    rest = {"inputs": slots("seed", "steps", "on", "style"), "properties": {"style": "ink", "cnr_id": "pack"}}
    assert steps([5, "fixed", 30, True], **rest) == {"seed": 5, "steps": 30, "on": True, "style": "ink"}


def test_values_that_fit_no_order_of_the_names_are_taken_by_place() -> None:
    """A pack can add its inputs in an order of its own: then 30 would be the style, and "oil" no number."""
    rest = {"inputs": slots("seed", "steps", "on", "style")}
    assert "style" not in steps([5, "fixed", 30, True], **rest)
    assert "is not a number" in refusal([5, "fixed", "oil", 30, True], **rest)


def test_what_does_not_fit_is_called_by_the_widgets_that_no_definition_has() -> None:
    found = refusal([5, "fixed", "oil", 30, True], inputs=slots("seed", "steps", "on", "style"))
    assert found.startswith('node 7 (Steps), steps: "oil" is not a number, so the saved values don\'t fit')
    assert "the node also has 'style', which the server's definition of Steps lacks" in found
    assert "JavaScript" in found
    assert "Export (API)" in found


def test_what_does_not_fit_without_names_is_counted() -> None:
    found = refusal([5, "fixed", "oil", 30, True])
    assert "there are 5, and the server's definition of Steps has 4 widgets" in found
    assert "Export (API)" in found


def test_what_does_not_fit_with_nothing_more_is_another_version() -> None:
    assert "another version of the node: correct them in ComfyUI" in refusal([5, "fixed", "oil"])
