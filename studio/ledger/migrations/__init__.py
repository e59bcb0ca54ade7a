"""Bringing a ledger to the tables of this release.

A script in `versions/` is written once and never changed: ledgers of that release exist. Scripts import sqlalchemy and
alembic only, because this package has another name inside ComfyUI.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Connection

REVISIONS = ("0001", "0002", "0003")
"""Every revision, oldest first: alembic is loaded only for a ledger that isn't at the last one."""
HEAD = REVISIONS[-1]
_one_by_one = threading.Lock()
"""Alembic keeps what it works on in a module of its own."""


def current(connection: Connection) -> str | None:
    """The revision a ledger is at; None for an empty database."""
    from sqlalchemy import inspect, text

    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(connection: Connection) -> None:
    """Runs the missing scripts inside the caller's transaction."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(Path(__file__).parent))

    def steps(revision: Any, context: Any) -> Any:
        return scripts._upgrade_revs(HEAD, revision)

    with _one_by_one, EnvironmentContext(Config(), scripts, fn=steps) as environment:
        environment.configure(connection=connection, target_metadata=None)
        environment.run_migrations()
