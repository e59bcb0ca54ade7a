"""Saved workflows become what the server runs, exactly as ComfyUI's own canvas makes it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from storyreel.runner.comfy.convert import is_api_format, is_ui_format, to_api
from storyreel.studio.errors import BadInput

# A few node classes, in the shapes /object_info has them.
INFO: dict[str, Any] = {
    "Load": {
        "input": {"required": {"image": [["a.png", "b.png"], {"image_upload": True}]}},
        "output": ["IMAGE", "MASK"],
    },
    "Sample": {
        "input": {
            "required": {
                "image": ["IMAGE"],
                "seed": ["INT", {"default": 0, "control_after_generate": True}],
                "cfg": ["FLOAT", {"default": 8.0}],
            },
            "optional": {"text": ["STRING", {"multiline": True}]},
        },
        "input_order": {"required": ["image", "seed", "cfg"], "optional": ["text"]},
        "output": ["IMAGE"],
    },
    "Masked": {
        "input": {"required": {"mask": ["MASK"], "image": ["IMAGE"], "on": ["BOOLEAN", {"default": True}]}},
        "output": ["IMAGE", "MASK"],
    },
    "SaveImage": {
        "display_name": "Save Image",
        "input": {"required": {"images": ["IMAGE"], "filename_prefix": ["STRING", {"default": "ComfyUI"}]}},
        "output": [],
        "output_node": True,
    },
    "Prompt": {
        "input": {"required": {"text": ["STRING", {"multiline": True, "dynamicPrompts": True}]}},
        "output": ["STRING"],
    },
    "Batch": {
        "input": {
            "required": {
                "images": [
                    "COMFY_AUTOGROW_V3",
                    {
                        "template": {
                            "input": {"required": {"image": ["IMAGE", {}]}},
                            "prefix": "image",
                            "min": 2,
                            "max": 50,
                        }
                    },
                ]
            }
        },
        "output": ["IMAGE"],
    },
    "Resize": {
        "input": {
            "required": {
                "input": ["COMFY_MATCHTYPE_V3", {"template": {"allowed_types": "IMAGE,MASK"}}],
                "how": [
                    "COMFY_DYNAMICCOMBO_V3",
                    {
                        "options": [
                            {"key": "by", "inputs": {"required": {"factor": ["FLOAT", {"default": 1.0}]}}},
                            {
                                "key": "to",
                                "inputs": {
                                    "required": {
                                        "width": ["INT", {"default": 512}],
                                        "crop": [["no", "yes"], {}],
                                    }
                                },
                            },
                            {"key": "like", "inputs": {"required": {"other": ["IMAGE", {}]}}},
                        ]
                    },
                ],
                "method": [["area", "nearest"], {}],
            }
        },
        "output": ["COMFY_MATCHTYPE_V3"],
    },
    "Old": {
        "input": {"required": {"tag": ["STRING", {"forceInput": True}], "steps": ["INT", {}]}},
        "output": ["STRING"],
    },
    "Many": {
        "input": {"required": {"styles": ["COMBO", {"options": ["a", "b"], "multi_select": {}}]}},
        "output": ["STRING"],
    },
}
for _name, _definition in INFO.items():
    _definition.setdefault("name", _name)


def node(node_id: Any, kind: str, values: Any = (), links: Any = None, **rest: Any) -> dict[str, Any]:
    """A saved node. `links` is {input: link}, or {input: (link, type)} where the type matters."""
    inputs = []
    for name, link in (links or {}).items():
        link, slot_type = link if isinstance(link, tuple) else (link, "IMAGE")
        inputs.append({"name": name, "type": slot_type, "link": link})
    values = values if isinstance(values, dict) else list(values)
    return {"id": node_id, "type": kind, "inputs": inputs, "widgets_values": values, **rest}


def saved(*nodes: dict[str, Any], links: Any = (), subgraphs: Any = ()) -> dict[str, Any]:
    """`links` are (id, from node, from slot, to node, to slot)."""
    workflow: dict[str, Any] = {
        "nodes": list(nodes),
        "links": [[*link, "IMAGE"] for link in links],
        "version": 0.4,
    }
    if subgraphs:
        workflow["definitions"] = {"subgraphs": list(subgraphs)}
    return workflow


def subgraph(
    name: str, *nodes: dict[str, Any], links: Any, inputs: Any = (), outputs: Any = ()
) -> dict[str, Any]:
    """`inputs` and `outputs` are (name, type, link ids). Links inside a subgraph are objects."""
    keys = ("id", "origin_id", "origin_slot", "target_id", "target_slot")
    return {
        "id": name,
        "name": name,
        "nodes": list(nodes),
        "links": [dict(zip(keys, link, strict=True)) for link in links],
        "inputs": [{"name": n, "type": t, "linkIds": list(ids)} for n, t, ids in inputs],
        "outputs": [{"name": n, "type": t, "linkIds": list(ids)} for n, t, ids in outputs],
    }


def inputs(workflow: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Only the inputs of each node of the result, which is what most rules are about."""
    return {node_id: entry["inputs"] for node_id, entry in to_api(workflow, INFO, **options).items()}


def faults(workflow: Any) -> list[str]:
    with pytest.raises(BadInput) as caught:
        to_api(workflow, INFO)
    assert caught.value.faults
    return [str(fault) for fault in caught.value.faults]


LOAD = node(1, "Load", ["b.png", "image"])


# The two formats


def test_tells_the_formats_apart() -> None:
    ui, api = saved(LOAD), {"1": {"class_type": "Load", "inputs": {}}}
    assert (is_ui_format(ui), is_ui_format(api), is_ui_format([])) == (True, False, False)
    assert (is_api_format(api), is_api_format(ui), is_api_format({})) == (True, False, False)


def test_api_format_passes_unchanged_as_a_copy() -> None:
    api = {"9": {"class_type": "FromAnyPack", "inputs": {"list": ["1", 0]}, "_meta": {"title": "x"}}}
    result = to_api(api, {})
    assert result == api
    result["9"]["inputs"].clear()
    assert api["9"]["inputs"] == {"list": ["1", 0]}


def test_a_whole_entry() -> None:
    workflow = saved(LOAD, node(2, "SaveImage", ["out"], {"images": 7}), links=[(7, 1, 0, 2, 0)])
    assert to_api(workflow, INFO) == {
        "1": {"inputs": {"image": "b.png"}, "class_type": "Load", "_meta": {"title": "Load"}},
        "2": {
            "inputs": {"filename_prefix": "out", "images": ["1", 0]},
            "class_type": "SaveImage",
            "_meta": {"title": "Save Image"},
        },
    }


def test_own_title_wins() -> None:
    assert to_api(saved(node(1, "SaveImage", title="Film")), INFO)["1"]["_meta"] == {"title": "Film"}


def test_links_as_objects_at_the_top_too() -> None:
    workflow = saved(LOAD, node(2, "SaveImage", ["out"], {"images": 7}))
    workflow["links"] = [
        {"id": 7, "origin_id": 1, "origin_slot": 0, "target_id": 2, "target_slot": 0, "type": "IMAGE"}
    ]
    assert inputs(workflow)["2"]["images"] == ["1", 0]


def test_result_is_its_owners() -> None:
    workflow = saved(node(1, "Many", [["a"]]))
    before = copy.deepcopy(workflow)
    result = to_api(workflow, INFO)
    result["1"]["inputs"]["styles"]["__value__"].append("changed")
    assert workflow == before
    assert to_api(workflow, INFO)["1"]["inputs"] == {"styles": {"__value__": ["a"]}}


# Widgets


def test_control_after_generate_takes_a_place_but_is_not_sent() -> None:
    result = inputs(saved(node(1, "Sample", [42, "randomize", 3.5, "hello"])))["1"]
    assert result == {"seed": 42, "cfg": 3.5, "text": "hello"}


def test_missing_values_are_defaults_and_spare_ones_are_dropped() -> None:
    assert inputs(saved(node(1, "Sample", [42])))["1"] == {"seed": 42, "cfg": 8.0, "text": ""}
    assert inputs(saved(node(1, "Masked", [False, "left", "over"])))["1"] == {"on": False}


def test_values_as_an_object_go_by_name() -> None:
    assert inputs(saved(node(1, "Sample", {"cfg": 2.0, "preview": {}})))["1"] == {
        "seed": 0,
        "cfg": 2.0,
        "text": "",
    }


def test_input_order_decides_the_places() -> None:
    info = {
        "Turned": {
            "input": {"required": {"a": ["INT"], "b": ["INT"]}},
            "input_order": {"required": ["b", "a"]},
        }
    }
    assert to_api(saved(node(1, "Turned", [1, 2])), info)["1"]["inputs"] == {"b": 1, "a": 2}


def test_values_of_inputs_that_can_only_be_linked_are_skipped() -> None:
    assert inputs(saved(node(1, "Old", ["dummy", 20])))["1"] == {"steps": 20}  # from before frontend 1.16
    assert inputs(saved(node(1, "Old", [20])))["1"] == {"steps": 20}


def test_a_linked_widget_sends_the_link_and_keeps_its_place() -> None:
    workflow = saved(
        node(1, "Old", [5]),
        node(2, "Sample", [42, "fixed", 3.5, "typed"], {"text": (7, "STRING")}),
        links=[(7, 1, 0, 2, 3)],
    )
    assert inputs(workflow)["2"] == {"seed": 42, "cfg": 3.5, "text": ["1", 0]}


def test_a_list_of_values_is_wrapped() -> None:
    assert inputs(saved(node(1, "Many", [["a", 1]])))["1"] == {"styles": {"__value__": ["a", 1]}}


def test_upload_widgets_write_the_folder() -> None:
    info = copy.deepcopy(INFO)
    info["Load"]["input"]["required"]["image"][1]["image_folder"] = "output"

    def converted(value: Any) -> Any:
        return to_api(saved(node(1, "Load", [value, "image"])), info)["1"]["inputs"]["image"]

    assert converted("b.png") == "b.png [output]"
    assert converted("b.png [temp]") == "b.png [temp]"
    assert converted({"filename": "b.png", "subfolder": "x", "type": "output"}) == "x/b.png [output]"
    assert converted("") == "a.png"


def test_text_areas_hold_text_with_one_kind_of_line_end() -> None:
    assert inputs(saved(node(1, "Sample", [1, "fixed", 1.0, "a\r\nb"])))["1"]["text"] == "a\nb"
    assert inputs(saved(node(1, "Sample", [1, "fixed", 1.0, 12.0])))["1"]["text"] == "12"


def test_players_and_previews_of_the_canvas_stay_out() -> None:
    info = {
        "LoadAudio": {
            "name": "LoadAudio",
            "input": {"required": {"audio": [["a.wav"], {"audio_upload": True}]}},
        },
        "PreviewAny": {"name": "PreviewAny", "input": {"required": {"source": ["*"]}}},
    }
    workflow = saved(node(1, "LoadAudio", ["b.wav", "upload"]), node(2, "PreviewAny", [True]))
    result = to_api(workflow, info)
    assert result["1"]["inputs"] == {"audio": "b.wav"}
    assert result["2"]["inputs"] == {}


def test_custom_combo_has_as_many_options_as_were_saved() -> None:
    info = {"CustomCombo": {"name": "CustomCombo", "input": {"required": {"choice": [[], {}]}}}}
    result = to_api(saved(node(1, "CustomCombo", ["b", "a", "b", ""])), info)
    assert result["1"]["inputs"] == {"choice": "b", "option0": "a", "option1": "b", "option2": ""}


# Dynamic inputs


def test_dynamic_combo_brings_the_inputs_of_its_choice() -> None:
    assert inputs(saved(node(1, "Resize", ["by", 2.0, "nearest"])))["1"] == {
        "how": "by",
        "how.factor": 2.0,
        "method": "nearest",
    }
    assert inputs(saved(node(1, "Resize", ["to", 640, "yes", "nearest"])))["1"] == {
        "how": "to",
        "how.width": 640,
        "how.crop": "yes",
        "method": "nearest",
    }


def test_dynamic_combo_links_only_the_inputs_of_its_choice() -> None:
    links = [(7, 1, 0, 2, 0)]
    like = saved(LOAD, node(2, "Resize", ["like", "area"], {"how.other": 7}), links=links)
    assert inputs(like)["2"] == {"how": "like", "how.other": ["1", 0], "method": "area"}
    by = saved(LOAD, node(2, "Resize", ["by", 2.0, "area"], {"how.other": 7}), links=links)
    assert inputs(by)["2"] == {"how": "by", "how.factor": 2.0, "method": "area"}


def test_autogrow_inputs_have_dotted_names() -> None:
    grown = node(
        2, "Batch", (), {"images.image0": 7, "images.image1": 8, "images.image2": 9, "images.image3": None}
    )
    workflow = saved(LOAD, grown, links=[(link, 1, 0, 2, link - 7) for link in (7, 8, 9)])
    assert inputs(workflow)["2"] == {f"images.image{i}": ["1", 0] for i in range(3)}


def test_unknown_dynamic_inputs_are_plain_links() -> None:
    info = INFO | {
        "Slots": {"input": {"required": {"slot": ["COMFY_DYNAMICSLOT_V3", {"slotType": "IMAGE"}]}}}
    }
    workflow = saved(
        LOAD, node(2, "Slots", (), {"slot": 7, "slot.more": 8}), links=[(7, 1, 0, 2, 0), (8, 1, 0, 2, 1)]
    )
    assert to_api(workflow, info)["2"]["inputs"] == {"slot": ["1", 0], "slot.more": ["1", 0]}


# Nodes the server never sees


def test_notes_are_left_out() -> None:
    assert list(inputs(saved(LOAD, node(2, "Note", ["hi"]), node(3, "MarkdownNote", ["hi"])))) == ["1"]


def test_a_reroute_chain_leads_to_its_source() -> None:
    workflow = saved(
        LOAD,
        node(2, "Reroute", (), {"": (7, "*")}),
        node(3, "Reroute", (), {"": (8, "*")}),
        node(4, "Masked", [True], {"mask": (9, "MASK")}),
        links=[(7, 1, 1, 2, 0), (8, 2, 0, 3, 0), (9, 3, 0, 4, 0)],
    )
    assert inputs(workflow) == {"1": {"image": "b.png"}, "4": {"on": True, "mask": ["1", 1]}}


def test_native_reroutes_change_nothing() -> None:
    workflow = saved(LOAD, node(2, "SaveImage", ["x"], {"images": 7}), links=[(7, 1, 0, 2, 0)])
    plain = inputs(workflow)
    workflow["extra"] = {
        "reroutes": [{"id": 1, "pos": [0, 0], "linkIds": [7]}],
        "linkExtensions": [{"id": 7, "parentId": 1}],
    }
    assert inputs(workflow) == plain


def test_an_unfed_reroute_gives_nothing() -> None:
    workflow = saved(
        node(2, "Reroute", (), {"": None}),
        node(3, "SaveImage", ["x"], {"images": 7}),
        links=[(7, 2, 0, 3, 0)],
    )
    assert inputs(workflow) == {"3": {"filename_prefix": "x"}}


def test_a_primitive_sets_the_widgets_it_is_linked_to() -> None:
    workflow = saved(
        node(1, "PrimitiveNode", [99, "randomize"]),
        node(2, "Sample", [1, "fixed", 1.0, ""], {"seed": (7, "INT")}),
        node(3, "Sample", [2, "fixed", 1.0, ""], {"seed": (8, "INT")}),
        links=[(7, 1, 0, 2, 1), (8, 1, 0, 3, 1)],
    )
    assert [entry["seed"] for entry in inputs(workflow).values()] == [99, 99]


def test_named_wires_lead_to_where_they_are_set() -> None:
    workflow = saved(
        LOAD,
        node(2, "SetNode", ["picture"], {"IMAGE": 7}),
        node(3, "GetNode", ["picture"]),
        node(4, "SaveImage", ["x"], {"images": 8}),
        links=[(7, 1, 0, 2, 0), (8, 3, 0, 4, 0)],
    )
    assert inputs(workflow)["4"]["images"] == ["1", 0]


# Mute and bypass


def test_a_muted_node_takes_the_links_to_it_along() -> None:
    workflow = saved(
        node(1, "Old", [5], mode=2),
        node(2, "Sample", [1, "fixed", 1.0, "typed"], {"text": (7, "STRING")}),
        links=[(7, 1, 0, 2, 3)],
    )
    assert inputs(workflow) == {"2": {"seed": 1, "cfg": 1.0}}  # not even the typed text: so does the canvas


def test_a_bypassed_node_passes_what_fits() -> None:
    workflow = saved(
        LOAD,
        node(2, "Masked", [True], {"mask": (7, "MASK"), "image": 8}, mode=4),
        node(3, "SaveImage", ["x"], {"images": 9}),
        links=[(7, 1, 1, 2, 0), (8, 1, 0, 2, 1), (9, 2, 0, 3, 0)],
    )
    assert inputs(workflow)["3"]["images"] == ["1", 0]  # output 0 is an image, input 0 is a mask


def test_a_chain_of_bypassed_nodes_matches_types_at_each() -> None:
    workflow = saved(
        LOAD,
        node(2, "Masked", [True], {"mask": (7, "MASK"), "image": 8}, mode=4),
        node(3, "Reroute", (), {"": (9, "*")}),
        node(4, "Masked", [True], {"mask": (10, "MASK")}, mode=4),
        node(5, "Masked", [True], {"mask": (11, "MASK")}),
        links=[(7, 1, 1, 2, 0), (8, 1, 0, 2, 1), (9, 2, 1, 3, 0), (10, 3, 0, 4, 0), (11, 4, 1, 5, 0)],
    )
    assert inputs(workflow)["5"] == {"on": True, "mask": ["1", 1]}


@pytest.mark.parametrize(("wanted", "given"), [("FLOAT", {"cfg": 8.0}), ("INT", {"cfg": ["1", 0]})])
def test_a_bypassed_node_of_several_types_passes_only_the_one_that_is_wanted(wanted: str, given: Any) -> None:
    workflow = saved(
        node(1, "Number", [3]),
        node(2, "Either", (), {"a": (7, "INT")}, mode=4, outputs=[{"name": "number", "type": "INT,FLOAT"}]),
        node(3, "Wanting", [8.0], {"cfg": (8, wanted)}),
        links=[(7, 1, 0, 2, 0), (8, 2, 0, 3, 0)],
    )
    info = {
        "Number": {"input": {"required": {"value": ["INT"]}}, "output": ["INT"], "name": "Number"},
        "Either": {"input": {"required": {"a": ["INT"]}}, "output": ["INT,FLOAT"], "name": "Either"},
        "Wanting": {
            "input": {"required": {"cfg": [wanted, {"default": 8.0}]}},
            "output": [],
            "name": "Wanting",
        },
    }
    assert to_api(workflow, info)["3"]["inputs"] == given


def test_a_bypassed_node_without_a_fitting_input_gives_nothing() -> None:
    workflow = saved(
        node(1, "Load", ["b.png"], mode=4),
        node(2, "SaveImage", ["x"], {"images": 7}),
        links=[(7, 1, 0, 2, 0)],
    )
    assert inputs(workflow) == {"2": {"filename_prefix": "x"}}


def test_the_widget_counts_where_a_bypassed_node_gives_nothing() -> None:
    workflow = saved(
        node(1, "Prompt", ["from afar"], mode=4),
        node(2, "Sample", [1, "fixed", 1.0, "typed"], {"text": (7, "INT")}),
        links=[(7, 1, 0, 2, 3)],
    )
    info = copy.deepcopy(INFO)
    info["Prompt"]["input"] = {}
    assert to_api(workflow, info)["2"]["inputs"]["text"] == "typed"


def test_an_unknown_node_may_be_muted_or_bypassed() -> None:
    workflow = saved(
        LOAD,
        node(2, "Gone", (), {"picture": 7}, mode=4, outputs=[{"name": "o", "type": "IMAGE"}]),
        node(3, "SaveImage", ["x"], {"images": 8}),
        node(4, "GoneToo", mode=2),
        links=[(7, 1, 0, 2, 0), (8, 2, 0, 3, 0)],
    )
    assert inputs(workflow)["3"]["images"] == ["1", 0]


# Subgraphs

INNER = subgraph(
    "inner",
    node(
        5, "Sample", [1, "fixed", 2.0, "inside"], {"image": 20, "text": (21, "STRING"), "seed": (22, "INT")}
    ),
    inputs=[("picture", "IMAGE", [20]), ("words", "STRING", [21]), ("luck", "INT", [22])],
    outputs=[("out", "IMAGE", [23])],
    links=[(20, -10, 0, 5, 0), (21, -10, 1, 5, 3), (22, -10, 2, 5, 1), (23, 5, 0, -20, 0)],
)


def boxed(*values: Any, **rest: Any) -> dict[str, Any]:
    """The subgraph between a loader and a saver."""
    return saved(
        LOAD,
        node(2, "inner", values, {"picture": 7}, **rest),
        node(3, "SaveImage", ["x"], {"images": 8}),
        links=[(7, 1, 0, 2, 0), (8, 2, 0, 3, 0)],
        subgraphs=[INNER],
    )


def test_a_subgraph_is_expanded_with_ids_of_its_path() -> None:
    result = inputs(boxed())
    assert set(result) == {"1", "2:5", "3"}
    assert result["2:5"] == {"seed": 1, "cfg": 2.0, "text": "inside", "image": ["1", 0]}
    assert result["3"]["images"] == ["2:5", 0]


def test_values_typed_into_the_box_replace_those_inside() -> None:
    result = inputs(boxed("outside", 77))["2:5"]
    assert (result["text"], result["seed"]) == ("outside", 77)


def test_proxy_widgets_say_which_values_are_the_boxs_own() -> None:
    properties = {"proxyWidgets": [["5", "cfg"], ["-1", "luck"], ["-1", "words"]]}
    result = inputs(boxed(None, 77, "outside", properties=properties))["2:5"]
    assert (result["text"], result["seed"], result["cfg"]) == ("outside", 77, 2.0)
    as_text = {"proxyWidgets": json.dumps(properties["proxyWidgets"])}
    assert inputs(boxed(None, 77, "outside", properties=as_text))["2:5"] == result


def test_two_boxes_of_one_subgraph_keep_their_own_values() -> None:
    workflow = saved(node(1, "inner", ["one", 11]), node(2, "inner", ["two", 22]), subgraphs=[INNER])
    result = inputs(workflow)
    assert [(entry["text"], entry["seed"]) for entry in result.values()] == [("one", 11), ("two", 22)]
    assert list(result) == ["1:5", "2:5"]


def test_subgraphs_nest() -> None:
    outer = subgraph(
        "outer",
        node(4, "inner", ["middle", 44], {"picture": 30, "words": (31, "STRING")}),
        inputs=[("img", "IMAGE", [30]), ("txt", "STRING", [31])],
        outputs=[("o", "IMAGE", [32])],
        links=[(30, -10, 0, 4, 0), (31, -10, 1, 4, 1), (32, 4, 0, -20, 0)],
    )
    workflow = saved(
        LOAD,
        node(2, "outer", ["top"], {"img": 7}),
        node(3, "SaveImage", ["x"], {"images": 8}),
        links=[(7, 1, 0, 2, 0), (8, 2, 0, 3, 0)],
        subgraphs=[outer, INNER],
    )
    result = inputs(workflow)
    assert result["2:4:5"] == {"seed": 44, "cfg": 2.0, "text": "top", "image": ["1", 0]}
    assert result["3"]["images"] == ["2:4:5", 0]


def test_a_bypassed_box_passes_what_fits() -> None:
    assert inputs(boxed(mode=4))["3"]["images"] == ["1", 0]


@pytest.mark.parametrize("mode", [2, 2.0])
def test_nothing_inside_a_muted_box_is_sent(mode: float) -> None:
    assert inputs(boxed(mode=mode)) == {"1": {"image": "b.png"}, "3": {"filename_prefix": "x"}}


def test_a_bypassed_box_sends_nothing_from_inside() -> None:
    assert set(inputs(boxed(mode=4))) == {"1", "3"}


@pytest.mark.parametrize("outside", [0, 2, 4])
@pytest.mark.parametrize("inside", [0, 2, 4])
def test_a_box_within_a_muted_or_bypassed_box_is_silent_too(outside: int, inside: int) -> None:
    """At any depth: the outer box's own mode, or that of the box within."""
    outer = subgraph(
        "outer",
        node(4, "inner", mode=inside),
        node(6, "SaveImage", ["kept"]),
        links=[],
    )
    workflow = saved(node(2, "outer", mode=outside), node(9, "SaveImage", ["x"]), subgraphs=[outer, INNER])
    sent = {"9"} if outside else {"9", "2:6"} if inside else {"9", "2:6", "2:4:5"}
    assert set(inputs(workflow)) == sent


def test_one_muted_box_of_two_leaves_the_other_alone() -> None:
    workflow = saved(node(1, "inner", ["one", 11], mode=2), node(2, "inner", ["two", 22]), subgraphs=[INNER])
    assert set(inputs(workflow)) == {"2:5"}


def test_a_muted_node_inside_a_live_box_stays_out() -> None:
    quiet = subgraph("quiet", node(5, "SaveImage", ["no"], mode=2), node(6, "SaveImage", ["yes"]), links=[])
    assert set(inputs(saved(node(1, "quiet"), subgraphs=[quiet]))) == {"1:6"}


def test_a_muted_box_or_reroute_hides_what_lies_behind_it() -> None:
    """A wire straight through either would lead round the mute."""
    through = subgraph(
        "wire", inputs=[("a", "IMAGE", [1])], outputs=[("b", "IMAGE", [1])], links=[(1, -10, 0, -20, 0)]
    )
    for muted in ("wire", "Reroute"):
        workflow = saved(
            LOAD,
            node(2, muted, (), {"a": 7}, mode=2),
            node(3, "SaveImage", ["x"], {"images": 8}),
            links=[(7, 1, 0, 2, 0), (8, 2, 0, 3, 0)],
            subgraphs=[through],
        )
        assert inputs(workflow)["3"] == {"filename_prefix": "x"}


def test_what_a_muted_box_holds_is_no_fault() -> None:
    gone = subgraph("gone", node(5, "NoSuchNode"), links=[])
    workflow = saved(node(1, "gone", mode=2), node(2, "workflow/group", mode=2), subgraphs=[gone])
    assert inputs(workflow) == {}


def test_a_primitive_reaches_into_a_box() -> None:
    workflow = saved(
        node(1, "PrimitiveNode", [99, "fixed"]),
        node(2, "inner", ["", 0], {"luck": (7, "INT")}),
        links=[(7, 1, 0, 2, 2)],
        subgraphs=[INNER],
    )
    assert inputs(workflow)["2:5"]["seed"] == 99


def test_a_link_can_go_straight_through_a_box() -> None:
    through = subgraph(
        "wire", inputs=[("a", "IMAGE", [1])], outputs=[("b", "IMAGE", [1])], links=[(1, -10, 0, -20, 0)]
    )
    workflow = saved(
        LOAD,
        node(2, "wire", (), {"a": 7}),
        node(3, "SaveImage", ["x"], {"images": 8}),
        links=[(7, 1, 0, 2, 0), (8, 2, 0, 3, 0)],
        subgraphs=[through],
    )
    assert inputs(workflow)["3"]["images"] == ["1", 0]


# What the canvas does to text


def test_choices_in_prompts_are_taken_and_comments_dropped() -> None:
    workflow = saved(node(1, "Prompt", [r"a {red|{light|dark} blue} \{car\} // why not /* 1 */"]))
    assert inputs(workflow)["1"]["text"] == "a red {car} "
    assert inputs(workflow, choose=lambda options: options[-1])["1"]["text"] == "a dark blue {car} "


def test_file_names_are_filled_in() -> None:
    prefix = "%date:yyyy-MM-dd%/%Sample.cfg%_%The one.text%_%width%_%Nobody.x%"
    workflow = saved(
        node(1, "SaveImage", [prefix]), node(2, "Sample", [1, "fixed", 4.0, "a/b"], title="The one")
    )
    want = "%year%-%month%-%day%/4_a_b_%width%_%Nobody.x%"
    assert inputs(workflow)["1"]["filename_prefix"] == want


# Faults


def test_all_unknown_classes_are_named_at_once_with_their_packs() -> None:
    workflow = saved(
        node(1, "Math+", properties={"cnr_id": "comfyui_essentials"}),
        node(2, "Math+", title="Half", properties={"cnr_id": "comfyui_essentials"}),
        node(3, "Fresh", properties={"cnr_id": "comfy-core"}),
        node(4, "Loader9", properties={"aux_id": "someone/pack"}),
        node(5, "Nowhere"),
        node(6, "workflow/mine"),
        node(7, "0d05d1fd-5be0-41f8-8ce9-5ba1bd6d8a0f"),
    )
    missing = "is no node that this ComfyUI has"
    assert sorted(faults(workflow)) == [
        f"'Fresh': {missing}: node 3 (Fresh); update ComfyUI",
        f"'Loader9': {missing}: node 4 (Loader9); install someone/pack",
        f"'Math+': {missing}: node 1 (Math+), node 2 'Half'; install comfyui_essentials",
        f"'Nowhere': {missing}: node 5 (Nowhere); install the pack it is from",
        "'workflow/mine': is a group node: node 6 (workflow/mine); "
        "convert it to a subgraph in ComfyUI and save",
        "node 7 (0d05d1fd-5be0-41f8-8ce9-5ba1bd6d8a0f): is a subgraph whose definition isn't in the file; "
        "save it in ComfyUI again",
    ]


@pytest.mark.parametrize(
    ("workflow", "sentence"),
    [
        ([], "no JSON object"),
        (None, "no JSON object"),
        ({}, "empty object"),
        ({"prompt": {}}, "neither a list of nodes"),
        ({"1": {"inputs": {}}, "2": {"inputs": {}, "class_type": "Load"}}, "no class_type in 1"),
        ({"nodes": "many", "links": []}, "nodes: is text, not a list"),
        ({"nodes": {"1": {}}, "links": []}, "nodes: is an object, not a list"),
        ({"nodes": [5, {"type": "Load"}], "links": []}, "nodes[1]: is not a node: it has no id, or no type"),
        ({"nodes": [LOAD, LOAD], "links": []}, "nodes[1]: has the id 1, which another node has too"),
        ({"nodes": [{**LOAD, "inputs": [{"link": 1}]}], "links": []}, "nodes[0].inputs[0]: is not an input"),
        ({"nodes": [{**LOAD, "widgets_values": "a"}], "links": []}, "nodes[0].widgets_values: is neither"),
        ({"nodes": [LOAD], "links": [[1, 2]]}, "links[0]: is not a link"),
        ({"nodes": [LOAD], "links": [[1, 1, "x", 2, 0, "*"]]}, "links[0]: is not a link"),
        ({"nodes": [], "links": [], "definitions": {"subgraphs": [{}]}}, "subgraphs[0]: is not a subgraph"),
    ],
)
def test_a_damaged_file_is_refused_with_the_place(workflow: Any, sentence: str) -> None:
    assert any(sentence in fault for fault in faults(workflow))


def test_every_fault_of_a_damaged_file_is_listed() -> None:
    assert len(faults({"nodes": [5, 6, {**LOAD, "inputs": 3}], "links": ["x"]})) == 4


@pytest.mark.parametrize(
    ("workflow", "sentence"),
    [
        (
            saved(node(2, "SaveImage", ["x"], {"images": 7})),
            "images: refers to link 7, which isn't in the file",
        ),
        (
            saved(node(2, "SaveImage", ["x"], {"images": 7}), links=[(7, 9, 0, 2, 0)]),
            "node 2 (SaveImage), images: is linked to node 9, which isn't there",
        ),
        (
            saved(LOAD, node(2, "SaveImage", ["x"], {"images": 7}), links=[(7, 1, -1, 2, 0)]),
            "images: is linked to output -1, and outputs count from 0",
        ),
        (
            saved(LOAD, node(2, "w"), node(3, "SaveImage", ["x"], {"images": 7}), links=[(7, 2, 0, 3, 0)])
            | {
                "definitions": {
                    "subgraphs": [
                        subgraph("w", LOAD, outputs=[("o", "IMAGE", [1])], links=[(1, 1, -1, -20, 0)])
                    ]
                }
            },
            "node 2 (w): its output 'o' is linked to no output inside",
        ),
        (
            saved(
                node(1, "Reroute", (), {"": 1}),
                node(2, "Reroute", (), {"": 2}),
                node(3, "SaveImage", ["x"], {"images": 3}),
                links=[(1, 2, 0, 1, 0), (2, 1, 0, 2, 0), (3, 2, 0, 3, 0)],
            ),
            "is linked to itself in a circle",
        ),
        (saved(node(1, "me"), subgraphs=[subgraph("me", node(2, "me"), links=[])]), "'me': holds itself"),
        (
            saved(
                node(1, "GetNode", ["lost"]),
                node(2, "SaveImage", ["x"], {"images": 7}),
                links=[(7, 1, 0, 2, 0)],
            ),
            "gets 'lost', which no SetNode beside it sets",
        ),
        (
            saved(LOAD, node(2, "inner"), node(3, "SaveImage", ["x"], {"images": 7}), links=[(7, 2, 4, 3, 0)])
            | {"definitions": {"subgraphs": [INNER]}},
            "node 2 (inner): has no output 4",
        ),
        (saved(node(1, "Sample", ["randomize", 3])), 'node 1 (Sample), seed: "randomize" is not a number'),
    ],
)
def test_what_cannot_run_is_refused_with_the_place(workflow: Any, sentence: str) -> None:
    assert any(sentence in fault for fault in faults(workflow))


def test_a_file_that_would_fill_the_memory_is_refused() -> None:
    boxes = [subgraph(f"s{i}", *(node(n, f"s{i + 1}") for n in range(10)), links=[]) for i in range(9)]
    boxes.append(subgraph("s9", LOAD, links=[]))
    assert "more than 10000 subgraphs" in faults(saved(node(1, "s0"), subgraphs=boxes))[0]


def test_a_file_nested_without_end_is_refused() -> None:
    assert "nested too deep" in faults(saved(node(1, "Prompt", ["{" * 1500])))[0]


def test_what_only_a_browser_can_make_is_refused() -> None:
    info = {"Load3D": {"name": "Load3D", "input": {"required": {"image": ["LOAD_3D", {}]}}}}
    with pytest.raises(BadInput, match="comes from a 3D view"):
        to_api(saved(node(1, "Load3D")), info)
    assert to_api(saved(node(1, "Load3D", mode=4)), info) == {}
