"""The migrations make the tables that the code believes in."""

from __future__ import annotations

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
