"""Tests that can fail: each asserts something, and what it asserts it of is ours as it is shipped."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parents[1]
PATCHES = {"setattr", "setitem", "delattr", "delitem"}
RAISING = {"raises", "warns", "fail"}
"""Pytest's own, which fail where something isn't as it should be."""
ENGINE = ("provider('svd')", "'engine'")
"""The graphics card of the one door that needs one: its constructor takes another, and the registry makes it."""


def _ours(tree: ast.Module) -> set[str]:
    """The names in a file that were imported from the package."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "storyreel":
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names = [alias for alias in node.names if alias.name.split(".")[0] == "storyreel"]
            found |= {alias.asname or alias.name.split(".")[0] for alias in names}
    return found


def _patched(tree: ast.Module) -> Iterator[str]:
    """What of ours is put aside for something else; `remote.socket` isn't ours."""
    ours = _ours(tree)
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = ast.unparse(call.func)
        if name.split(".")[-1] not in PATCHES and "patch" not in name.split("."):
            continue
        if not call.args or tuple(map(ast.unparse, call.args[:2])) == ENGINE:
            continue
        target = call.args[0]
        if isinstance(target, ast.Constant) and str(target.value).split(".")[0] == "storyreel":
            yield ast.unparse(call)
        inside = isinstance(target, ast.Attribute) and not name.endswith("item")
        if not inside and any(isinstance(node, ast.Name) and node.id in ours for node in ast.walk(target)):
            yield ast.unparse(call)


def _asserts(test: ast.AST, helpers: Container[str] = ()) -> bool:
    for node in ast.walk(test):
        if isinstance(node, ast.Assert | ast.Raise):
            return True
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func).split(".")[-1]
            if called in RAISING or called in helpers:
                return True
    return False


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@cache
def _helpers() -> set[str]:
    """The names of the tests' own functions that assert, by themselves or through others of them."""
    functions = [
        each for _, tree in _trees() for each in _functions(tree) if not each.name.startswith("test_")
    ]
    found: set[str] = set()
    while more := {each.name for each in functions if each.name not in found and _asserts(each, found)}:
        found |= more
    return found


@cache
def _trees() -> list[tuple[str, ast.Module]]:
    paths = sorted(TESTS.rglob("*.py"))
    return [
        (path.relative_to(TESTS).as_posix(), ast.parse(path.read_text(encoding="utf-8"))) for path in paths
    ]


def test_no_test_patches_what_it_tests() -> None:
    assert [f"{name}: {call}" for name, tree in _trees() for call in _patched(tree)] == []


def test_every_test_asserts_something() -> None:
    idle = [
        f"{name}: {test.name}"
        for name, tree in _trees()
        if name.rpartition("/")[2].startswith("test_")
        for test in _functions(tree)
        if test.name.startswith("test_") and not _asserts(test, _helpers())
    ]
    assert idle == []


def test_both_are_found_where_they_are() -> None:
    bad = "from storyreel.studio import vault\ndef test_it(monkeypatch):\n    monkeypatch."
    for patch in (
        "setattr(vault, 'x', 1)",
        "setitem(vault.ENDS, 'x', 1)",
        "setattr('storyreel.studio.x', 1)",
    ):
        tree = ast.parse(bad + patch)
        assert list(_patched(tree)) and not _asserts(tree.body[1])
    assert not list(_patched(ast.parse(bad + "setattr(vault.os, 'x', 1)"))), "that is another's"
