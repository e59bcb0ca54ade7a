"""Loading the pack the way ComfyUI does: by file, under a name with slashes, with comfy_api already there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LOAD = """
import asyncio, importlib.util, sys
path = sys.argv[1]
name = path.replace(".", "_x_")
spec = importlib.util.spec_from_file_location(name, path + "/__init__.py")
module = importlib.util.module_from_spec(spec)
sys.modules[name] = module
spec.loader.exec_module(module)
assert not hasattr(module, "NODE_CLASS_MAPPINGS"), "the V1 mapping would hide comfy_entrypoint"
extension = asyncio.run(module.comfy_entrypoint())
nodes = asyncio.run(extension.get_node_list())
print(len(nodes), [m for m in sys.modules if m == "storyreel" or m.startswith("storyreel.")])
assert path not in sys.path
"""


def test_loads_by_file_under_comfyuis_name(repo: Path) -> None:
    """Only relative imports reach the pack's own files there: an absolute one would fail or load twice."""
    run = subprocess.run(
        [sys.executable, "-S", "-c", "import site; site.main()\n" + LOAD, str(repo)],
        capture_output=True,
        text=True,
        cwd="/",
    )
    assert run.returncode == 0, run.stderr
    count, loaded = run.stdout.split(" ", 1)
    assert int(count) >= 14
    assert loaded.strip() == "[]", "something imported the pack a second time, under its pip name"


def test_node_ids_are_what_comfyui_manager_finds(repo: Path) -> None:
    """The manager maps workflows to packs by reading source: a direct base and a literal node_id, or it is blind."""
    import ast

    found = {}
    for path in (repo / "nodes").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ClassDef):
                continue
            if not any(isinstance(base, ast.Attribute) and base.attr == "ComfyNode" for base in node.bases):
                continue
            ids = [
                keyword.value.value
                for call in ast.walk(node)
                if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "Schema"
                for keyword in call.keywords
                if keyword.arg == "node_id" and isinstance(keyword.value, ast.Constant)
            ]
            assert len(ids) == 1, f"{path.name}:{node.name} needs one literal node_id"
            found[ids[0]] = node.name
    import storyreel.nodes

    assert sorted(found) == sorted(node.define_schema().node_id for node in storyreel.nodes.NODES)
    assert all(node_id.startswith("Storyreel") for node_id in found)
