"""The migrations make the tables that the code believes in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from storyreel.studio.ledger import Ledger, migrations
from storyreel.studio.ledger.tables import metadata


def test_the_migrations_make_exactly_these_tables(ledger: Ledger) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with ledger._db.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_list_of_revisions_is_the_scripts() -> None:
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    walked = [script.revision for script in scripts.walk_revisions()]
    assert tuple(reversed(walked)) == migrations.REVISIONS


def test_a_script_imports_nothing_of_ours() -> None:
    """Inside ComfyUI this package has another name, and scripts are loaded by their path."""
    for script in (Path(migrations.__file__).parent / "versions").glob("*.py"):
        for line in script.read_text(encoding="utf-8").splitlines():
            if line.startswith(("import ", "from ")):
                assert line.split()[1].split(".")[0] in ("sqlalchemy", "alembic"), (script.name, line)


def test_inside_comfyui_the_package_has_another_name(repo: Path, tmp_path: Path) -> None:
    program = """
import importlib, importlib.util, sys
path, url = sys.argv[1:]
name = path.replace(".", "_x_")
spec = importlib.util.spec_from_file_location(name, path + "/__init__.py")
module = importlib.util.module_from_spec(spec)
sys.modules[name] = module
spec.loader.exec_module(module)
ledger = importlib.import_module(name + ".studio.ledger").open_ledger(url)
print(ledger.list())
ledger.close()
assert not [name for name in sys.modules if name.startswith("storyreel")], "loaded a second time"
"""
    command = [sys.executable, "-c", program, str(repo), f"sqlite:///{tmp_path / 'ledger.db'}"]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/")
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr
