"""The file or server under the ledger: opened by many at once, held, full, damaged, gone, of a newer release."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError
from storyreel.studio.errors import BadInput, OutputError
from storyreel.studio.ledger import Attempt, Ledger, LedgerError, open_ledger
from storyreel.studio.ledger.database import Database, sentence
from storyreel.studio.ledger.room import PIECE, SIZE

if TYPE_CHECKING:
    from .conftest import Book

ON_A_DISK = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
"""The room on a server's disk is its administrator's to keep."""

OPEN = """
import sys
from storyreel.studio.ledger import open_ledger
sys.stdin.readline()
with open_ledger(sys.argv[1]) as ledger:
    name = sys.argv[2]
    ledger.let_go(ledger.claim(name + "-1", base=name, take=1, request={}))
print("opened", "alembic" in sys.modules)
"""


def test_eight_processes_open_an_empty_database_at_once(url: str) -> None:
    pipe = subprocess.PIPE
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, url, f"p{n}"], stdin=pipe, stdout=pipe, stderr=pipe, text=True
        )
        for n in range(8)
    ]
    for process in processes:  # all have started Python by now, or soon
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate() for process in processes]
    assert [(out.split()[:1], err) for out, err in said] == [(["opened"], "")] * 8
    with Ledger(url) as ledger, ledger._db.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
        assert connection.execute(text("SELECT count(*) FROM intents")).scalar() == 8


def test_a_ledger_that_is_up_to_date_loads_no_alembic(url: str) -> None:
    Ledger(url).close()
    done = subprocess.run(
        [sys.executable, "-c", OPEN, url, "p"], input="\n", capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["opened", "False"]


def test_a_newer_ledger_is_left_alone(url: str) -> None:
    with Ledger(url) as ledger, ledger._db.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9001'"))
    with pytest.raises(LedgerError, match="is of a newer release than this one") as refused:
        Ledger(url)
    assert "upgrade storyreel" in refused.value.hint


def test_what_a_power_cut_may_take_and_what_not(tmp_path: Path) -> None:
    """SQLite only: the level is set anew for each transaction."""
    database = Database(f"sqlite:///{tmp_path / 'ledger.db'}")

    def level(durable: bool) -> int:
        with database.write(durable=durable) as connection:
            return connection.execute(text("PRAGMA synchronous")).scalar_one()

    assert [level(True), level(False), level(False), level(True)] == [2, 1, 1, 2]
    with database.read() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    database.close()


def test_a_transaction_is_whole_or_not_there(ledger: Ledger, book: Book) -> None:
    with pytest.raises(ZeroDivisionError), ledger._db.write() as connection:
        connection.execute(text("DELETE FROM owners"))
        connection.execute(text("INSERT INTO retakes (base, token, take, at) VALUES ('b', 't', 1, 0)"))
        raise ZeroDivisionError
    with ledger._db.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM retakes")).scalar() == 0
    assert book.begin()


def test_held_by_another_program(tmp_path: Path) -> None:
    place = tmp_path / "ledger.db"
    Ledger(f"sqlite:///{place}").close()
    other = sqlite3.connect(place)
    other.execute("BEGIN IMMEDIATE")
    try:
        with Ledger(f"sqlite:///{place}", patience=0.05) as ledger:
            with pytest.raises(OutputError, match="is held by another program"):
                ledger.claim("a-1", base="a", take=1, request={})
            other.rollback()
            assert ledger.claim("a-1", base="a", take=1, request={})
    finally:
        other.close()


def test_an_operation_that_can_t_be_written_down_is_told(tmp_path: Path) -> None:
    """Nothing else knows its id."""
    from decimal import Decimal

    place = tmp_path / "ledger.db"
    with Ledger(f"sqlite:///{place}", patience=0.05) as ledger:
        claim = ledger.claim("a-1", base="a", take=1, request={})
        assert claim is not None
        one = ledger.begin(claim, provider="runway", model="m", base_url="", estimate=Decimal(1))
        assert isinstance(one, Attempt)
        other = sqlite3.connect(place)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutputError, match="just when runway accepted a clip as job-7") as told:
            ledger.accepted(one, "job-7")
        other.close()
        assert f"storyreel ledger collect {one.id[:8]} --operation job-7" in told.value.hint
        assert ledger.adopt(one.id, "job-7").state == "running"


def test_a_full_disk(tmp_path: Path) -> None:
    """A file that may not grow by one page answers as a full disk does."""
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        with ledger._db.write() as connection:
            connection.execute(text("PRAGMA max_page_count = 1"))  # it can't be less than what is there
        with pytest.raises(OutputError, match="no room left for the ledger") as refused:
            ledger.claim("a-1", base="a", take=1, request={"prompt": "x" * 100_000})
        assert "make room" in refused.value.hint
        assert ledger.intent("a-1") is None
        with ledger._db.write() as connection:
            connection.execute(text("PRAGMA max_page_count = 100000"))
        assert ledger.claim("a-1", base="a", take=1, request={"prompt": "x" * 100_000})


@ON_A_DISK
def test_room_is_kept_for_the_answers(book: Book, ledger: Ledger, tmp_path: Path) -> None:
    """The file may grow by as much as is given up of what is kept beside it, as on a full disk; nothing else may."""
    room = tmp_path / "ledger.db-room"
    assert not room.exists()
    claims = [book.claim(f"shot{number}") for number in range(4)]
    sent = [book.begin(claim) for claim in claims[:3]]
    assert room.stat().st_size == SIZE and room.stat().st_mode & 0o077 == 0
    pages: list[int] = []

    @event.listens_for(ledger._db._engine, "begin")
    def limit(connection: Connection) -> None:
        raw: Any = connection.connection.dbapi_connection
        pages[:] = pages or [raw.execute("PRAGMA page_count").fetchone()[0]]
        more = (SIZE - room.stat().st_size) // PIECE * 12
        raw.execute(f"PRAGMA max_page_count = {pages[0] + more}")

    with pytest.raises(OutputError, match="no room left"):
        book.claim("shot9", film="x" * 100_000)
    running = [ledger.accepted(one, f"{one.number}-{one.key}-{'x' * 40_000}") for one in sent[:2]]
    assert [one.state for one in running] == ["running", "running"]
    assert ledger.unknown(sent[2], "x" * 40_000).state == "unknown"
    assert 0 < room.stat().st_size < SIZE
    with pytest.raises(OutputError, match="no room left"):
        book.claim("shot9", film="x" * 200_000)
    ledger.let_go(claims[0])
    event.remove(ledger._db._engine, "begin", limit)
    with ledger._db.write() as connection:
        connection.execute(text("PRAGMA max_page_count = 100000"))
    book.begin(claims[3])
    assert room.stat().st_size == SIZE, "kept again where there is room again"


@ON_A_DISK
def test_without_room_nothing_is_begun(book: Book, ledger: Ledger, tmp_path: Path) -> None:
    claim = book.claim()
    (tmp_path / "ledger.db-room").mkdir()
    with pytest.raises(OutputError, match=r"2 MB can't be kept free for the ledger .*ledger\.db") as told:
        book.begin(claim)
    assert "make room on that disk" in told.value.hint and not ledger.list()
    (tmp_path / "ledger.db-room").rmdir()
    assert book.begin(claim).state == "sending"


def test_a_file_that_is_no_ledger(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"this is not a database" * 100)
    with pytest.raises(OutputError, match="is damaged, or is no ledger"):
        Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    (tmp_path / "file").write_text("")
    for place in (tmp_path, tmp_path / "file" / "ledger.db"):
        with pytest.raises(OutputError, match="can't be opened"):
            Ledger(f"sqlite:///{place}")


def test_a_file_that_can_t_be_written(tmp_path: Path) -> None:
    """As SQLite says it; the superuser, who may run this, can write any file."""
    place = tmp_path / "ledger.db"
    Ledger(f"sqlite:///{place}").close()
    reader = sqlite3.connect(f"file:{place}?mode=ro", uri=True)
    with pytest.raises(sqlite3.OperationalError) as error:
        reader.execute("DELETE FROM owners")
    reader.close()
    found = sentence(error.value, str(place))
    assert found is not None
    assert str(found).startswith(f"the ledger {place} can't be written (allow this user to write the file")


def test_a_server_that_is_gone_and_no_password_in_the_sentence(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(OutputError, match="can't be reached") as refused:
        Ledger(f"postgresql://someone:hunter2@/nowhere?host={tmp_path}")
    assert "hunter2" not in str(refused.value)
    assert "someone" in str(refused.value)


def test_a_server_that_goes_away(postgres_url: str, postgres_server: str) -> None:
    from storyreel.tests.postgres import sql

    with Ledger(postgres_url) as ledger:
        end = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{postgres_url.rpartition('/')[2].partition('?')[0]}'"
        )
        with pytest.raises(OutputError, match="can't be reached"), ledger._db.write() as connection:
            sql(postgres_server, end)
            connection.execute(text("SELECT 1"))
        assert ledger.claim("a-1", base="a", take=1, request={}), "the next one has a connection of its own"


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("nonsense", "is not a database's URL"),
        ("mysql://u:hunter2@host/db", "can't be kept in mysql"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
    ],
)
def test_urls_that_can_t_be_used(url: str, fault: str) -> None:
    with pytest.raises(BadInput, match=fault) as refused:
        open_ledger(url)
    assert "hunter2" not in str(refused.value)


def test_where_the_ledger_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STORYREEL_HOME", str(tmp_path / "a home, 100 % new"))
    with open_ledger() as ledger:
        assert ledger.place == str(tmp_path / "a home, 100 % new" / "ledger.db")
    assert (tmp_path / "a home, 100 % new" / "ledger.db").stat().st_mode & 0o077 == 0
    (tmp_path / "a home, 100 % new" / "config.toml").write_text(f'database_url = "sqlite:///{tmp_path}/c.db"')
    with open_ledger() as ledger:
        assert ledger.place == f"{tmp_path}/c.db"
    monkeypatch.setenv("STORYREEL_DATABASE_URL", f"sqlite:///{tmp_path}/b.db")
    with open_ledger() as ledger:
        assert ledger.place == f"{tmp_path}/b.db"


def test_an_error_of_ours_is_no_sentence_about_the_disk(ledger: Ledger) -> None:
    with pytest.raises(DBAPIError), ledger._db.read() as connection:
        connection.execute(text("SELECT * FROM no_such_table"))


def test_importing_the_ledger_loads_no_database() -> None:
    program = (
        "import sys; from storyreel.studio.ledger import Cap, Film, OverBudget, open_ledger; "
        "print(sorted({'sqlalchemy', 'alembic', 'sqlite3'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_many_threads_on_one_ledger(opened: Callable[..., Ledger], book: Book) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def buy(n: int) -> Any:
        return book.store(book.begin(book.claim(f"shot{n}", run="r"), "0.25"), "0.2").state.value

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(buy, range(64))) == {"stored"}
    assert len(opened().takes()) == 64
    assert len({entry.seq for entry in book.ledger.history()}) == 64 * 4
