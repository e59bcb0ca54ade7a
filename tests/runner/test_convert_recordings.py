"""The conversion against what ComfyUI's own frontend made of 77 saved workflows."""

from __future__ import annotations

import copy
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from storyreel.runner.comfy.convert import to_api
from storyreel.studio.errors import BadInput


@pytest.fixture(scope="module")
def conversion(recordings: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Workflows with what ComfyUI's frontend made of them, and the object_info it had."""
    folder = recordings / "conversion"

    def read(name: str) -> dict[str, Any]:
        return json.loads(gzip.decompress((folder / name).read_bytes()))

    return read("pairs.json.gz"), read("object_info.json.gz")


def test_equals_the_canvas_on_every_recorded_workflow(conversion: Any) -> None:
    """Ids, classes, inputs and titles, all 77, those with missing packs included."""
    pairs, object_info = conversion
    assert len(pairs) == 77
    assert [
        name
        for name, pair in pairs.items()
        if to_api(pair["ui"], object_info, missing=[]) != _today(pair["api"])
    ] == []


def _today(api: dict[str, Any]) -> dict[str, Any]:
    """Without the players and previews that the recorded frontend still sent and 1.58 sends no more."""
    shown = {"LoadAudio": {"audioUI"}, "PreviewAny": {"preview", "previewMode"}}
    return {
        node_id: {
            **entry,
            "inputs": {
                name: value
                for name, value in entry["inputs"].items()
                if name not in shown.get(entry["class_type"], ())
            },
        }
        for node_id, entry in api.items()
    }


def test_only_missing_packs_are_reported_missing(conversion: Any) -> None:
    pairs, object_info = conversion
    for pair in pairs.values():
        missing: list[Any] = []
        to_api(pair["ui"], object_info, missing=missing)
        assert bool(missing) == bool(_unknown(pair))


def test_recorded_workflows_with_missing_packs_are_refused(conversion: Any) -> None:
    """Unless asked otherwise: what the canvas makes of these can only fail on a server."""
    pairs, object_info = conversion
    incomplete = {name: pair for name, pair in pairs.items() if _unknown(pair)}
    assert incomplete
    for pair in incomplete.values():
        with pytest.raises(BadInput) as caught:
            to_api(pair["ui"], object_info)
        found = caught.value.faults
        assert [i for i in _unknown(pair) if not any(f"node {i} " in fault.message for fault in found)] == []
        assert all(fault.cure.startswith("install comfyui") for fault in found)


def test_recorded_workflows_stay_as_they_were(conversion: Any) -> None:
    pairs, object_info = conversion
    ui = pairs["api_kling_omni_edit_video"]["ui"]
    before = copy.deepcopy(ui), copy.deepcopy(object_info)
    first = to_api(ui, object_info)
    assert (ui, object_info) == before
    assert to_api(ui, object_info) == first


def _unknown(pair: dict[str, Any]) -> set[str]:
    return {node_id for node_id, entry in pair["api"].items() if entry["class_type"] is None}
