"""/object_info of the embedded engine is ComfyUI's own, byte for byte: keys, their order, and what is left
out.

object_info.json is what a real ComfyUI 0.8.0 said of this pack's nodes. After a change of a schema record it
anew:

    STORYREEL_TEST_COMFYUI=http://127.0.0.1:8188 STORYREEL_TEST_RECORD=1 pytest
    tests/engine/test_object_info.py
"""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from storyreel.nodes import NODES
from storyreel.runner.engine import EmbeddedServer, object_info
from storyreel.runner.engine.builtins import BUILTINS

RECORDED = Path(__file__).with_name("object_info.json")
OURS = sorted(node.GET_SCHEMA().node_id for node in NODES)
STAND_INS = sorted(node.GET_SCHEMA().node_id for node in BUILTINS)


def without_files(info: dict[str, Any]) -> dict[str, Any]:
    """The entry without the names that are in somebody's input folder: those of our examples stay."""
    info = json.loads(json.dumps(info))
    for inputs in info["input"].values():
        for spec in inputs.values():
            if isinstance(spec, list) and isinstance(spec[0], list):
                spec[0] = []
            elif isinstance(spec, list) and len(spec) > 1 and any(key.endswith("_upload") for key in spec[1]):
                spec[1]["options"] = []
            elif isinstance(spec, list) and spec[0] == "COMBO":
                options = spec[1]["options"]
                examples = [name for name in options if str(name).endswith("[examples]")]
                spec[1]["options"] = examples or options
    return info


@pytest.mark.comfyui
@pytest.mark.parametrize("node_id", [*OURS, *STAND_INS])
def test_a_real_comfyui_says_the_same_of_every_node(comfyui: str, node_id: str) -> None:
    theirs = requests.get(f"{comfyui}/object_info/{node_id}", timeout=60).json()[node_id]
    assert json.dumps(without_files(object_info()[node_id])) == json.dumps(without_files(theirs))


@pytest.mark.comfyui
def test_the_recording_is_current(comfyui: str) -> None:
    theirs = requests.get(f"{comfyui}/object_info", timeout=60).json()
    text = json.dumps({node_id: without_files(theirs[node_id]) for node_id in OURS}, indent=1) + "\n"
    if os.environ.get("STORYREEL_TEST_RECORD"):
        RECORDED.write_text(text, encoding="utf-8")
    assert RECORDED.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("node_id", OURS)
def test_our_nodes_are_as_a_real_comfyui_was_recorded_to_show_them(node_id: str) -> None:
    theirs = json.loads(RECORDED.read_text(encoding="utf-8"))
    assert json.dumps(without_files(object_info()[node_id])) == json.dumps(theirs[node_id])


def test_the_stand_ins_are_as_they_were_recorded(recordings: Path) -> None:
    theirs = json.loads((recordings / "core_object_info.json").read_text(encoding="utf-8"))
    mine = object_info()
    assert set(theirs) <= set(STAND_INS)
    for node_id, info in theirs.items():
        assert json.dumps(without_files(mine[node_id])) == json.dumps(without_files(info)), node_id


def test_the_server_shows_the_same_and_nothing_else(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path) as server:
        shown = requests.get(f"{server.url}/object_info", timeout=20).json()
        assert shown == requests.get(f"{server.url}/api/object_info", timeout=20).json()
    assert sorted(shown) == sorted([*OURS, *STAND_INS])
    for node_id, info in json.loads(json.dumps(object_info())).items():
        assert {**shown[node_id], "api_node": False} == {**info, "api_node": False}, node_id


@pytest.mark.parametrize("spend", [Decimal(0), Decimal(5), None])
def test_nodes_that_cost_money_say_so_where_clients_look(tmp_path: Path, spend: Decimal | None) -> None:
    """Where the server may spend, all that have a max_cost; where it may not, those that have one unasked."""
    with EmbeddedServer(tmp_path, spend=spend) as server:
        shown = requests.get(f"{server.url}/object_info", timeout=20).json()
    costs = {
        node_id: known["max_cost"][1]["default"]
        for node_id, info in shown.items()
        if "max_cost" in (known := {**info["input"]["required"], **info["input"].get("optional", {})})
    }
    assert {"StoryreelVeo", "StoryreelShoot"} <= set(costs) and 0 < sum(map(bool, costs.values())) < len(
        costs
    )
    expected = {node_id for node_id, most in costs.items() if most > 0 or spend != 0}
    assert {node_id for node_id, info in shown.items() if info.get("api_node")} == expected
