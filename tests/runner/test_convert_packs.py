"""Saved workflows whose packs make widgets in JavaScript: no value that the file names is lost."""

from __future__ import annotations

from typing import Any

import pytest
from storyreel.runner.convert import to_api

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
