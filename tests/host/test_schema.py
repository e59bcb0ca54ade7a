"""The stand-in for ComfyUI's schema: what it refuses, and how dynamic inputs unfold."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from storyreel import host
from storyreel.host import io, ui
from storyreel.host.standalone.dynamic import expand, nest
from storyreel.studio.errors import StoryreelError

WHICH_HOST = """
import sys, types
import storyreel.host as host
assert host.io.__name__ == "storyreel.host.standalone.io"
heavy = {"comfy_api", "torch", "numpy", "av", "PIL", "cv2"} & set(sys.modules)
assert not heavy, heavy
for name in [name for name in sys.modules if name.startswith("storyreel.host")]:
    del sys.modules[name]
sys.modules["comfy_api"] = types.ModuleType("comfy_api")
try:
    import storyreel.host
except ImportError as error:
    assert "comfy" in str(error), error
else:
    raise AssertionError("the standalone host was taken inside ComfyUI")
"""


def types(*inputs: io.Input) -> dict[str, Any]:
    return io.Schema(node_id="X", inputs=list(inputs)).types()


def test_both_hosts_offer_the_same_names(repo: Any) -> None:
    """Read from the sources: the other host can't be imported here."""
    import ast

    def offered(path: Any) -> set[str]:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
                return set(ast.literal_eval(node.value))
        return set()

    assert (
        offered(repo / "host/comfyui.py")
        == offered(repo / "host/standalone/__init__.py")
        == set(host.__all__)
    )


def test_the_presence_of_comfy_api_decides_which_host_it_is() -> None:
    """Not whether it could be imported: the command line may be started from within a ComfyUI folder."""
    run = subprocess.run([sys.executable, "-c", WHICH_HOST], capture_output=True, text=True, cwd="/")
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("name", ["Latent", "MultiCombo", "MatchType", "PriceBadge"])
def test_what_there_is_not_is_refused_where_it_is_written(name: str) -> None:
    with pytest.raises(AttributeError, match="not available headless"):
        getattr(io, name)
    with pytest.raises(AttributeError, match="not available headless"):
        getattr(ui, "PreviewUI3D")  # noqa: B009


def test_what_the_engine_cannot_do_is_refused_where_it_is_written() -> None:
    with pytest.raises(NotImplementedError, match="lazy"):
        io.Image.Input("image", lazy=True)
    with pytest.raises(NotImplementedError, match="expansion"):
        io.Schema(node_id="X", enable_expand=True).finalize()
    for refused in ({"expand": {"1": {}}}, {"block_execution": "stop"}):
        with pytest.raises(StoryreelError, match="run it on ComfyUI"):
            io.NodeOutput(**refused)


def test_ids_must_be_unique_and_templates_plain() -> None:
    with pytest.raises(ValueError, match="unique"):
        io.Schema(node_id="X", inputs=[io.Int.Input("a"), io.Float.Input("a")]).validate()
    with pytest.raises(TypeError, match="dynamic"):
        io.Autogrow.TemplatePrefix(io.DynamicCombo.Input("a", []), prefix="a")
    with pytest.raises(TypeError, match="optional"):
        io.Autogrow.TemplatePrefix(io.Int.Input("a", optional=True), prefix="a")
    with pytest.raises(ValueError, match="1 to 100"):
        io.Autogrow.TemplatePrefix(io.Int.Input("a"), prefix="a", max=101)


def test_hidden_values_that_were_not_asked_for_are_none() -> None:
    holder = io.HiddenHolder({io.Hidden.prompt: {"1": {}}})
    assert holder.prompt == {"1": {}}
    assert holder.unique_id is None
    assert holder.anything_else is None


def test_grown_inputs_unfold_by_what_is_connected() -> None:
    template = io.Autogrow.TemplatePrefix(io.Video.Input("clip"), prefix="clip", min=2, max=50)
    shown = types(io.Autogrow.Input("clips", template), io.Int.Input("n"))
    values = {"clips.clip0": "a", "clips.clip1": "b", "clips.clip7": "c", "n": 1}
    flat, places = expand(shown, values)
    assert list(flat["required"]) == ["clips.clip0", "clips.clip1", "n"]
    assert list(flat["optional"]) == ["clips.clip7"]
    assert nest(values, places) == {"n": 1, "clips": {"clip0": "a", "clip1": "b", "clip7": "c"}}


def test_grown_inputs_may_have_names() -> None:
    template = io.Autogrow.TemplateNames(io.Audio.Input("sound"), names=["voice", "music"], min=1)
    shown = types(io.Autogrow.Input("sounds", template, optional=True))
    flat, places = expand(shown, {"sounds.music": "m"})
    assert flat == {"required": {}, "optional": {"sounds.music": ["AUDIO", {}]}}
    assert nest({"sounds.music": "m"}, places) == {"sounds": {"music": "m"}}


def test_a_dynamic_combo_unfolds_by_its_choice_even_within_another() -> None:
    inner = io.DynamicCombo.Input("inner", [io.DynamicCombo.Option("deep", [io.Int.Input("n")])])
    outer = io.DynamicCombo.Input(
        "outer", [io.DynamicCombo.Option("plain", []), io.DynamicCombo.Option("nested", [inner])]
    )
    shown = types(outer)
    values = {"outer": "nested", "outer.inner": "deep", "outer.inner.n": 3}
    flat, places = expand(shown, values)
    assert set(flat["required"]) == set(values)
    assert nest(values, places) == {"outer": {"outer": "nested", "inner": {"inner": "deep", "n": 3}}}
    flat, places = expand(shown, {"outer": "plain"})
    assert set(flat["required"]) == {"outer"}
    assert nest({"outer": "plain"}, places) == {"outer": {"outer": "plain"}}
