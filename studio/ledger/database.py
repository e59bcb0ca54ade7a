"""The database under the ledger: SQLite in one file, or PostgreSQL by URL. Transactions, one clock, errors in words.

SQLite: write-ahead log, a transaction is on the disk when it is committed (synchronous=FULL), one writer at a time: in
this process by a lock, between processes by BEGIN IMMEDIATE, which waits up to 30 s. What may be forgotten after a
power cut, and only then (`durable=False`), isn't waited for.
Room is kept beside the file for what providers answer (see `room`).
PostgreSQL: transactions that decide something (`alone=True`) are taken one by one under an advisory lock. Room on its
server's disk is its administrator's to keep.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ..errors import BadInput, OutputError, StoryreelError
from ..home import own_folder
from . import migrations
from .errors import LedgerError
from .room import Room

_T = TypeVar("_T")

PATIENCE = 30.0
"""Seconds that a transaction waits for another process's."""
_LOCK = 0x5707_1EDE
"""The advisory lock's number on PostgreSQL."""


class Database:
    def __init__(self, url: str, clock: Callable[[], float] = time.time, patience: float = PATIENCE) -> None:
        self.url = parsed(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.patience = patience
        self.place = self.url.database or "" if self.sqlite else self.url.render_as_string(hide_password=True)
        self._clock = clock
        self._skew = 0.0
        self._lock = threading.Lock()
        self._synchronous: dict[int, str] = {}
        self._room = Room(Path(self.place)) if self.sqlite else None
        with self._sentences():
            self._engine = self._make()
        self._writer = self._engine.execution_options(writes=True)
        try:
            with self._sentences():
                self._open()
        except BaseException:
            self.close()
            raise

    def now(self) -> float:
        """UTC epoch seconds: this machine's clock, or the one of the PostgreSQL server that all share."""
        return self._clock() + self._skew

    def local(self, at: float) -> float:
        """A time of the ledger's as this machine's clock will show it."""
        return at - self._skew

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view."""
        with self._sentences(), self._engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def write(self, *, alone: bool = False, durable: bool = True) -> Iterator[Connection]:
        """One transaction: committed at the end of the block, or not at all."""
        with self._sentences():
            if not self.sqlite:
                with self._engine.begin() as connection:
                    if not durable:
                        connection.execute(text("SET LOCAL synchronous_commit = off"))
                    if alone:
                        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
                    yield connection
                return
            with self._lock, self._writer.connect() as connection:
                self._sync(connection, "FULL" if durable else "NORMAL")
                with connection.begin():
                    yield connection

    def keep_room(self) -> None:
        """For what `written` writes. Raises OutputError where the disk has too little of it."""
        if self._room:
            self._room.keep()

    def written(self, work: Callable[[Connection], _T], *, durable: bool = True) -> _T:
        """One transaction that must not fail for lack of room: the room that is kept is given up for it."""
        while True:
            try:
                with self.write(durable=durable) as connection:
                    return work(connection)
            except OutputError as error:
                if not (self._room and lacks_room(error.__cause__) and self._room.give()):
                    raise

    def close(self) -> None:
        self._engine.dispose()

    def _make(self) -> Any:
        if not self.sqlite:
            try:
                return create_engine(
                    self.url, pool_size=8, max_overflow=24, pool_pre_ping=True, hide_parameters=True
                )
            except ModuleNotFoundError as error:
                raise BadInput(
                    f"a ledger on {self.url.get_backend_name()} needs the package {error.name}",
                    "pip install 'storyreel[postgres]'",
                ) from None
        path = Path(self.place)
        own_folder(path.parent)
        if not path.exists():
            path.touch(mode=0o600)
        engine = create_engine(
            self.url,
            pool_size=8,
            max_overflow=0,
            pool_timeout=2 * PATIENCE,
            hide_parameters=True,
            connect_args={"timeout": self.patience, "check_same_thread": False},
        )
        event.listen(engine, "connect", self._connected)
        event.listen(engine, "begin", _begin)
        return engine

    def _connected(self, raw: sqlite3.Connection, record: Any) -> None:
        raw.isolation_level = None  # the module's own BEGINs come too late to be IMMEDIATE
        mode = raw.execute("PRAGMA journal_mode").fetchone()[0]
        until = time.monotonic() + self.patience
        while mode != "wal":  # changing it doesn't wait by itself for another process that changes it too
            try:
                mode = raw.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(0.01)
                continue
            if mode != "wal":
                break  # a file system without shared memory: slower, and as safe
        raw.execute("PRAGMA foreign_keys = ON")
        self._synchronous.pop(id(raw), None)

    def _sync(self, connection: Connection, level: str) -> None:
        raw: Any = connection.connection.dbapi_connection
        if self._synchronous.get(id(raw)) != level:
            raw.execute(f"PRAGMA synchronous = {level}")
            self._synchronous[id(raw)] = level

    def _open(self) -> None:
        """Brings the tables to this release's. Any number of processes may do so at once."""
        with self.read() as connection:
            found = migrations.current(connection)
        if found != migrations.HEAD:
            with self.write(alone=True) as connection:
                found = migrations.current(connection)
                if found is not None and found not in migrations.REVISIONS:
                    raise LedgerError(
                        f"the ledger {self.place} is of a newer release than this one (its tables are {found})",
                        "upgrade storyreel, or name another ledger in STORYREEL_DATABASE_URL",
                    )
                if found != migrations.HEAD:
                    migrations.upgrade(connection)
        if not self.sqlite and self._clock is time.time:
            with self.read() as connection:
                theirs = connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar()
            self._skew = float(theirs or 0) - self._clock()

    @contextlib.contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except StoryreelError:
            raise
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            found = sentence(error, self.place)
            if found is None:
                raise
            raise found from error


def _begin(connection: Connection) -> None:
    raw: Any = connection.connection.dbapi_connection
    try:
        raw.execute("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")
    except sqlite3.Error as error:
        raise OperationalError("BEGIN", None, error) from error


def parsed(url: str) -> URL:
    """The URL with the driver that is used. Raises BadInput, without showing the URL: it may hold a password."""
    try:
        made = make_url(url)
        backend = made.get_backend_name()
    except (ArgumentError, ValueError):
        raise BadInput(
            "STORYREEL_DATABASE_URL is not a database's URL",
            "write sqlite:////folder/ledger.db or postgresql://user:password@host/database",
        ) from None
    if backend == "postgres":
        made, backend = made.set(drivername="postgresql"), "postgresql"
    if backend == "postgresql":
        return made.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise BadInput(f"the ledger can't be kept in {backend}", "use SQLite (the default) or postgresql://…")
    if not made.database or made.database == ":memory:":
        raise BadInput(
            "a ledger in memory would forget what was paid", "name a file: sqlite:////folder/ledger.db"
        )
    return made.set(drivername="sqlite")


_SENTENCES: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("database is locked", "database table is locked", "lock timeout"),
        "the ledger {place} is held by another program",
        "close what has it open for writing (a database browser, a backup) and run the same command again",
    ),
    (
        ("disk is full", "no space left", "could not extend file"),
        "there is no room left for the ledger {place}",
        "make room on that disk and run the same command again: nothing is sent that can't be written down first",
    ),
    (
        ("readonly database", "read-only", "permission denied"),
        "the ledger {place} can't be written",
        "allow this user to write the file and its folder, or set STORYREEL_HOME to a folder of your own",
    ),
    (
        ("unable to open database file", "not a directory", "is a directory", "file exists"),
        "the ledger {place} can't be opened",
        "see whether its folder exists and is yours, or set STORYREEL_HOME to a folder of your own",
    ),
    (
        ("malformed", "file is not a database"),
        "the ledger {place} is damaged, or is no ledger",
        "put a backup in its place; it holds what was paid, so don't start without it",
    ),
    (
        ("disk i/o error", "input/output error"),
        "the disk of the ledger {place} fails",
        "see to the disk, then run the same command again",
    ),
    (
        ("password authentication failed", "no password supplied"),
        "the database server of {place} doesn't accept the user or the password",
        "correct STORYREEL_DATABASE_URL",
    ),
    (
        ("connection", "server closed", "could not translate host", "failed to resolve", "terminating"),
        "the database server of {place} can't be reached",
        "see whether it runs and whether STORYREEL_DATABASE_URL is right, then run the same command again",
    ),
)


def sentence(error: BaseException, place: str) -> StoryreelError | None:
    """What a person can do about a database's error; None where it is a fault of ours."""
    if isinstance(error, PoolTimeout):
        said = "database is locked"
    elif isinstance(error, DBAPIError):
        said = str(error.orig).lower()
    elif isinstance(error, (sqlite3.Error, OSError)):
        said = str(error).lower()
    else:
        return None
    for words, message, hint in _SENTENCES:
        if any(word in said for word in words):
            return OutputError(message.format(place=place), hint)
    if isinstance(error, OSError):
        return OutputError(f"{place} can't be used: {error.strerror or type(error).__name__}", _ELSEWHERE)
    if isinstance(error, DBAPIError) and error.statement is None:  # nothing was asked of it yet
        return OutputError(f"{place} can't be used: its URL isn't understood", _ELSEWHERE)
    return None


def lacks_room(error: BaseException | None) -> bool:
    """Whether it may be for lack of room: where SQLite finds none for its shared memory, or a quota is used up, it says
    that the disk fails."""
    said = str(error.orig if isinstance(error, DBAPIError) else error).lower()
    return any(words in said for words in ("disk is full", "no space left", "disk i/o error"))


_ELSEWHERE = "name another place in STORYREEL_DATABASE_URL or STORYREEL_HOME"
