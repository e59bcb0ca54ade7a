"""`--set`: the node found by id, title or class; the value made the input's own type; every fault at once."""

from __future__ import annotations

from typing import Any

import pytest
from storyreel.runner.comfy.graph.overrides import apply
from storyreel.studio.errors import BadInput


@pytest.mark.parametrize(
    ("text", "node", "name", "value"),
    [
        ("2.seed=12", "2", "seed", 12),
        ("2.seconds=1", "2", "seconds", 1.0),
        ("2.text=a = b, c.d", "2", "text", "a = b, c.d"),
        ("2.text=", "2", "text", ""),
        ("2.flag=yes", "2", "flag", True),
        ("2.flag=False", "2", "flag", False),
        ("2.mode=hard", "2", "mode", "hard"),
        ("Scene 1. Dawn.mode=hard", "2", "mode", "hard"),
        ("scene 1. dawn.size.name=tiny", "2", "size.name", "tiny"),
        ("Mixer.seed=5", "2", "seed", 5),
        ("Keep Picture.filename_prefix=x/y", "3", "filename_prefix", "x/y"),
        ("1.image=photo.jpg", "1", "image", "photo.jpg"),
    ],
)
def test_values(graph: Any, object_info: Any, text: str, node: str, name: str, value: Any) -> None:
    changed = apply(graph, [text], object_info)
    got = changed.graph[node]["inputs"][name]
    assert got == value and type(got) is type(value)
    assert changed.overrides[0][1:] == (node, name, value)
    assert changed.files == ({("1", "image")} if name == "image" else set())


def test_the_graph_given_is_left_alone(graph: Any, object_info: Any) -> None:
    apply(graph, ["2.seed=12"], object_info)
    assert graph["2"]["inputs"]["seed"] == 7


def fault(graph: Any, object_info: Any, *texts: str) -> list[str]:
    with pytest.raises(BadInput) as caught:
        apply(graph, texts, object_info)
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2.sead=1", "has no input 'sead'; did you mean 'seed'?"),
        ("Scene 1. Down.seed=1", "there is no node"),
        ("Keep Pictur.filename_prefix=1", "there is no node 'Keep Pictur'; did you mean 'Keep Picture'?"),
        ("9.seed=1", "there is no node '9'"),
        ("2.seed=1.5", "'1.5' is not a whole number"),
        ("2.seed=100", "more than 99"),
        ("2.seconds=-1", "less than 0.0"),
        ("2.seconds=nan", "not a finite number"),
        ("2.seconds=soon", "'soon' is not a number"),
        ("2.mode=hart", "did you mean 'hard'?"),
        ("2.flag=perhaps", "neither true nor false"),
        ("2.picture=x", "takes a connection (IMAGE), not a value"),
        ("2.seed", "NODE.INPUT=VALUE"),
        ("seed=1", "NODE.INPUT=VALUE"),
    ],
)
def test_faults(graph: Any, object_info: Any, text: str, says: str) -> None:
    (said,) = fault(graph, object_info, text)
    assert said.startswith(f"--set {text}: ") and says in said


def test_every_fault_at_once(graph: Any, object_info: Any) -> None:
    assert len(fault(graph, object_info, "2.seed=x", "2.flag=true", "7.a=b")) == 2


def test_a_title_that_two_nodes_have(graph: Any, object_info: Any) -> None:
    graph["4"] = {**graph["2"], "inputs": dict(graph["2"]["inputs"])}
    (said,) = fault(graph, object_info, "Scene 1. Dawn.seed=1")
    assert "2 nodes are called" in said and "2.seed, 4.seed" in said


def test_another_choice_has_other_inputs(graph: Any, object_info: Any) -> None:
    """The inputs of the old choice go, those of the new one get their defaults, and can be set too."""
    changed = apply(graph, ["2.size=custom", "2.size.height=480"], object_info).graph["2"]["inputs"]
    assert {key: value for key, value in changed.items() if key.startswith("size")} == {
        "size": "custom",
        "size.width": 640,
        "size.height": 480,
    }


def test_a_value_takes_a_links_place(graph: Any, object_info: Any) -> None:
    graph["2"]["inputs"]["text"] = ["1", 0]
    assert apply(graph, ["2.text=typed"], object_info).graph["2"]["inputs"]["text"] == "typed"
