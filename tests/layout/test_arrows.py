"""Which folder may import which: studio ← host ← nodes, runner and emulators beside them, and nothing the runner.
Inside each of them too, and no file imports itself by way of others."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

STUDIO = (
    # What stands below imports nothing of what stands above it.
    "studio",  # errors, time, paths, config, HTTP clients
    "studio/timeline",
    "studio/media",
    "studio/store",
    "studio/storyboard",
    "studio/ledger",
    "studio/voices",
    "studio/captions",
    "studio/render",
    "studio/music",
    "studio/providers",
    "studio/planning",
    "studio/purchase",
    "studio/production",
)
RUNNER = (
    "runner/display",
    "runner/comfy",
    "runner/engine",
    "runner/jobs",
    "runner/tables",
    "runner/commands",
    "runner",
)
HOST, NODES, EMULATORS = ("host", "host/standalone"), ("nodes",), ("emulators",)
LAYERS = (*STUDIO, *HOST, *NODES, *EMULATORS, *RUNNER)
"""Lowest first: a folder may import from those before it, except where NEVER says otherwise."""
NEVER = {
    "emulators": {*HOST, *NODES},
    **{folder: {*NODES, *EMULATORS} for folder in RUNNER},
    "runner/engine": {*EMULATORS},
    "runner/commands": {*NODES},
    "runner": {*NODES},
}
BOTH_WAYS = {("host", "host/standalone")}
"""The host chooses what stands behind it, and what stands behind it speaks the host's words."""


def files_of(repo: Path) -> list[Path]:
    tops = ("studio", "host", "nodes", "emulators", "runner")
    return [p for top in tops for p in sorted((repo / top).rglob("*.py")) if "__pycache__" not in p.parts]


def imports(path: Path, repo: Path) -> Iterator[Path]:
    """The files of this package that a file imports, at its top or inside a function, as paths in the repository.
    Raises AssertionError for an absolute import of ourselves."""
    here = path.relative_to(repo).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            ours = [each.name for each in node.names if each.name.split(".")[0] == "storyreel"]
            assert not ours, f"{path}: absolute import"
        if not isinstance(node, ast.ImportFrom):
            continue
        if not node.level:
            assert (node.module or "").split(".")[0] != "storyreel", f"{path}: absolute import"
            continue
        base = (
            *here[: len(here) - (node.level - 1)],
            *((node.module or "").split(".") if node.module else ()),
        )
        for each in node.names:
            found = _file(repo, (*base, each.name)) or _file(repo, base)
            assert found is not None, f"{path}: {ast.unparse(node)} leads nowhere"
            yield found.relative_to(repo)


def _file(repo: Path, parts: tuple[str, ...]) -> Path | None:
    place = repo.joinpath(*parts)
    if parts and place.with_suffix(".py").is_file():
        return place.with_suffix(".py")
    return place / "__init__.py" if (place / "__init__.py").is_file() else None


@cache
def arrows(repo: Path) -> Mapping[Path, frozenset[Path]]:
    return {
        path.relative_to(repo): frozenset(imports(path, repo)) - {path.relative_to(repo)}
        for path in files_of(repo)
    }


def layer_of(file: Path) -> str:
    """`studio/media` of studio/media/probe.py; what lies deeper belongs to the folder that it lies in."""
    return "/".join(file.parent.parts[:2])


def test_every_folder_is_in_the_table(repo: Path) -> None:
    assert {layer_of(file) for file in arrows(repo)} == set(LAYERS)


@pytest.mark.parametrize("folder", LAYERS)
def test_a_folder_imports_from_those_below_it(folder: str, repo: Path) -> None:
    wrong = []
    for file, others in arrows(repo).items():
        if layer_of(file) != folder:
            continue
        for other in others:
            there = layer_of(other)
            up = LAYERS.index(there) > LAYERS.index(folder) and (folder, there) not in BOTH_WAYS
            if up or there in NEVER.get(folder, ()):
                wrong.append(f"{file} imports {other}")
    assert not wrong


def test_no_file_imports_itself_by_way_of_others(repo: Path) -> None:
    """Imports inside functions and for types alone count as well: whoever reads follows them too."""
    graph = arrows(repo)
    done: set[Path] = set()

    def visit(file: Path, way: tuple[Path, ...]) -> None:
        if file in way:
            circle = [*way[way.index(file) :], file]
            pytest.fail(" → ".join(map(str, circle)))
        if file not in done:
            for other in sorted(graph.get(file, ())):
                visit(other, (*way, file))
            done.add(file)

    for file in graph:
        visit(file, ())


def test_only_the_host_names_comfyui(repo: Path) -> None:
    """Where we run is the host's knowledge alone; and torch, which not everybody has, a single file's."""
    foreign = {"comfy", "comfy_api", "comfy_execution", "comfy_extras", "folder_paths", "server", "torch"}
    for folder in ("studio", "nodes", "runner", "emulators"):
        for path in (repo / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    names = [node.module or ""]
                else:
                    continue
                wrong = {name.split(".")[0] for name in names} & foreign
                wrong -= {"torch"} if path == repo / "studio/providers/svd/pipeline.py" else set()
                assert not wrong, f"{path.relative_to(repo)} imports {wrong}"


def test_files_stay_readable(repo: Path) -> None:
    """A file with more than 700 lines has a second subject; a test file may have more cases of one."""
    long = {}
    for folder in ("studio", "host", "nodes", "runner", "emulators", "web", "tests", "scripts", "benchmarks"):
        for path in [*(repo / folder).rglob("*.py"), *(repo / folder).rglob("*.js")]:
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > (800 if folder == "tests" else 700):
                long[str(path.relative_to(repo))] = lines
    assert not long
