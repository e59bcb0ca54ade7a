"""Who may import whom: studio ← host ← nodes, and runner beside them; nobody imports the runner."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

MAY_IMPORT = {
    "studio": {"studio"},
    "host": {"host", "studio"},
    "nodes": {"nodes", "host", "studio"},
    "runner": {"runner", "host", "studio"},
    "runner/engine": {"runner", "host", "studio", "nodes"},
}
OURS = {"studio", "host", "nodes", "runner", "web", "workflows", "tests"}


def imported_folders(path: Path, repo: Path) -> set[str]:
    """The top folders of this package that a file imports from; raises on an absolute import of ourselves."""
    found = set()
    here = path.relative_to(repo).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert not [a for a in node.names if a.name.split(".")[0] == "storyreel"], (
                f"{path}: absolute import"
            )
        if not isinstance(node, ast.ImportFrom):
            continue
        if not node.level:
            assert (node.module or "").split(".")[0] != "storyreel", f"{path}: absolute import"
            continue
        base = here[: len(here) - (node.level - 1)]
        parts = (*base, *(node.module or "").split(".")) if node.module else base
        names = [parts] if parts else [(alias.name,) for alias in node.names]
        found |= {name[0] for name in names if name and name[0] in OURS}
    return found


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_arrows(folder: str, repo: Path) -> None:
    files = [p for p in (repo / folder).rglob("*.py") if "__pycache__" not in p.parts]
    assert files
    for path in files:
        if folder == "runner" and (repo / "runner/engine") in path.parents:
            continue
        wrong = imported_folders(path, repo) - MAY_IMPORT[folder]
        assert not wrong, f"{path.relative_to(repo)} imports from {', '.join(sorted(wrong))}"


def test_only_the_host_names_comfyui(repo: Path) -> None:
    """Where we run is the host's knowledge alone; and torch, which not everybody has, a single file's."""
    foreign = {"comfy", "comfy_api", "comfy_execution", "comfy_extras", "folder_paths", "server", "torch"}
    for folder in ("studio", "nodes", "runner"):
        for path in (repo / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    names = [node.module or ""]
                else:
                    continue
                wrong = {name.split(".")[0] for name in names} & foreign
                wrong -= {"torch"} if path == repo / "studio" / "svd" / "pipeline.py" else set()
                assert not wrong, f"{path.relative_to(repo)} imports {wrong}"


def test_files_stay_readable(repo: Path) -> None:
    """A file with more than 450 lines has a second subject; a test file may have more cases of one."""
    long = {}
    for folder in ("studio", "host", "nodes", "runner", "web", "tests", "scripts", "benchmarks"):
        for path in [*(repo / folder).rglob("*.py"), *(repo / folder).rglob("*.js")]:
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > (800 if folder == "tests" else 450):
                long[str(path.relative_to(repo))] = lines
    assert not long
