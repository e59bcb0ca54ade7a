"""The package as pip, ComfyUI, the registry and its manager see it."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = pytest.importorskip("tomli", reason="reading pyproject.toml needs Python 3.11 or tomli")

CODE_FOLDERS = ("studio", "host", "nodes", "runner", "emulators", "web", "workflows", "locales")


def project(repo: Path) -> dict:
    return tomllib.loads((repo / "pyproject.toml").read_text(encoding="utf-8"))


def test_root_module_imports_nothing(repo: Path) -> None:
    """pip, pytest and ComfyUI all execute it: an import there would break one of them."""
    tree = ast.parse((repo / "__init__.py").read_text(encoding="utf-8"))
    assert not [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]


def test_every_folder_is_listed_as_a_package(repo: Path) -> None:
    listed = set(project(repo)["tool"]["setuptools"]["packages"])
    folders = {"storyreel"}
    for top in CODE_FOLDERS:
        for path in (repo / top).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                folders.add(".".join(["storyreel", *path.parent.relative_to(repo).parts]))
    assert folders == listed


def test_requirements_equal_the_dependencies(repo: Path) -> None:
    lines = (repo / "requirements.txt").read_text(encoding="utf-8").split("\n")
    assert [line for line in lines if line] == project(repo)["project"]["dependencies"]


FIRST_SOUND = {
    "aiohttp": "3.13.3",  # bombs of compressed requests, CVE-2025-69223 and its kin
    "certifi": "2024.7.4",  # authorities that aren't trusted any more, CVE-2024-39689
    "fonttools": "4.60.2",  # CVE-2025-66034; before 4.43 CVE-2023-45139
    "httpcore": "1.0.9",  # the first that asks for h11 0.16, CVE-2025-43859
    "opencv-python-headless": "4.8.1.78",  # libwebp, CVE-2023-4863
    "pillow": "12.1.1",  # CVE-2026-25990; before 11.3 CVE-2025-48379, before 10.3 CVE-2024-28219
    "pydantic": "2.4.0",  # CVE-2024-3772
    "requests": "2.32.4",  # CVE-2024-47081
    "torch": "2.6",  # CVE-2025-32434
    "transformers": "4.53",  # CVE-2025-3777 and its kin
}
"""The releases without the holes that are known of the ones before."""


def test_no_lower_bound_admits_a_known_hole(repo: Path) -> None:
    data = project(repo)["project"]
    lines = [
        *data["dependencies"],
        *(line for extra in data["optional-dependencies"].values() for line in extra),
    ]
    bounds = {}
    for line in lines:
        found = re.match(r"([A-Za-z0-9_.-]+)(\[[^]]*\])?>=([0-9.]+)", line)
        assert found, f"{line} has no lower bound"
        bounds[found[1].lower()] = _numbers(found[3])
    for name, sound in FIRST_SOUND.items():
        assert bounds[name] >= _numbers(sound), name


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def test_registry_metadata(repo: Path) -> None:
    data = project(repo)
    name = data["project"]["name"]
    assert re.fullmatch(r"[a-z][a-z0-9]*(?:[-_.][a-z0-9]+)*", name) and "comfyui" not in name.lower()
    assert re.fullmatch(r"\d+\.\d+\.\d+", data["project"]["version"])
    assert data["project"]["license"] == "MIT"
    assert data["tool"]["comfy"]["PublisherId"] and data["tool"]["comfy"]["DisplayName"]
    assert "web" not in data["tool"]["comfy"], "WEB_DIRECTORY names it already: twice loads the JS twice"
    assert data["project"]["urls"]["Repository"].startswith("https://")
    assert f"## [{data['project']['version']}]" in (repo / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_repo_root_is_not_on_the_path(repo: Path) -> None:
    """Else `import nodes` would find ours instead of ComfyUI's."""
    assert str(repo) not in [str(Path(entry).resolve()) for entry in sys.path if entry]
    assert importlib.util.find_spec("nodes") is None


def test_headless_import_leaves_no_comfyui_behind() -> None:
    code = (
        "import sys, storyreel.nodes\n"
        "assert not [m for m in sys.modules if m.split('.')[0] in ('comfy_api', 'comfy', 'folder_paths', 'server')]"
    )
    alone = (
        [sys.executable, "-P", "-c", code] if sys.version_info >= (3, 11) else [sys.executable, "-c", code]
    )
    assert subprocess.run(alone, check=False, cwd="/").returncode == 0


def test_nodes_load_no_heavy_library(repo: Path) -> None:
    """ComfyUI has numpy, av and PIL loaded; what a pack adds at start is its own."""
    code = (
        "import sys, storyreel.nodes\n"
        "heavy = {'torch', 'cv2', 'av', 'fontTools', 'aiohttp', 'typer', 'rich', 'requests'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd="/")
    assert run.stdout.strip() == "[]"


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom storyreel.runner.cli import app\n"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0\n"
        "print(sorted({'numpy', 'cv2', 'av', 'torch', 'PIL', 'aiohttp', 'fontTools'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd="/")
    assert run.stdout.strip() == "[]"


@pytest.mark.slow
def test_the_wheel_is_whole(repo: Path, tmp_path: Path) -> None:
    """Every tracked file of the package's folders is in the wheel, under the package's name."""
    tracked = subprocess.run(["git", "ls-files"], cwd=repo, capture_output=True, text=True)
    if tracked.returncode:
        pytest.skip("needs a git checkout to know which files belong to the package")
    source = tmp_path / "source"
    for name in tracked.stdout.splitlines():
        if (repo / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((repo / name).read_bytes())
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path), str(source)],
        check=True,
    )
    (wheel,) = tmp_path.glob("storyreel-*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        f"storyreel/{name}"
        for name in tracked.stdout.splitlines()
        if name.split("/")[0] in CODE_FOLDERS or name == "__init__.py"
    }
    assert wanted - inside == set()
    assert not [name for name in inside if name.startswith(("storyreel/tests", "nodes/", "runner/"))]


def test_no_key_in_any_committed_data(repo: Path) -> None:
    """A key-shaped string in a workflow or recorded file is a leaked key."""
    key = re.compile(r"(sk-[A-Za-z0-9]{20,}|AIza[0-9A-Za-z_\-]{35}|key_[0-9a-f]{32,}|ghp_[A-Za-z0-9]{36})")
    for path in [*repo.glob("workflows/**/*.json"), *repo.glob("tests/**/*.json")]:
        assert not key.search(path.read_text(encoding="utf-8")), path


def test_template_folder_holds_canvas_workflows_only(repo: Path) -> None:
    """The template browser opens every top-level file: each must be a canvas (UI format) workflow."""
    files = sorted((repo / "workflows").glob("*.json"))
    assert files
    for path in files:
        workflow = json.loads(path.read_text(encoding="utf-8"))
        assert isinstance(workflow.get("nodes"), list) and isinstance(workflow.get("links"), list), path.name
    for other in ("example_workflows", "example", "examples", "workflow"):
        assert not (repo / other).exists(), "a second template folder hides the first"
