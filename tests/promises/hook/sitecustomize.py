"""Loaded by Python itself in a process that has this folder on its PYTHONPATH: notes every point at which the process
could be killed, and kills it at the one that is asked for.

A point is a moment right before or after a ledger write (a commit on SQLite), a file's rename or link, or a step of a
conversation with the emulators. It is named by what happens there, never by a line of the code under test: only
seams of the standard library and of httpx are wrapped.

    KILLING_POINTS   a file to which each point is appended, one JSON line
    KILLING_AT       the name of the point at which this process is killed; empty: it lives
    KILLING_BY       by which signal; SIGKILL without it
    KILLING_PORT     the emulators' port: other conversations don't count
    KILLING_SUBMITS  a regular expression for the paths to which requests for a job are sent
"""

from __future__ import annotations

import collections
import json
import os
import re
import signal
import sqlite3
import threading

_seen: collections.Counter[str] = collections.Counter()
_lock = threading.Lock()
_points = -1
_submits = re.compile("")


def point(what: str, **more: object) -> None:
    if not os.environ.get("KILLING_POINTS"):
        return
    with _lock:
        _seen[what] += 1
        name = f"{what} #{_seen[what]}"
        line = json.dumps({"name": name, "what": what, **more}) + "\n"
        os.write(_points, line.encode())
        if name == os.environ["KILLING_AT"]:
            # This very thread goes no further; a stop that is sent to the process may reach another one first.
            signal.pthread_kill(
                threading.get_ident(), signal.Signals[os.environ.get("KILLING_BY") or "SIGKILL"]
            )


def plain(text: object) -> str:
    """A name without what differs from run to run: ids, dates, numbers."""
    name = re.sub(
        r"[0-9a-f]{8,}|\d{3,}[\d-]*|(?<=_)[0-9a-f]{4,}(?=[_.])", "*", str(text).rpartition(os.sep)[2]
    )
    return re.sub(r"\*[-_*\w]*\*", "*", name)


class Cursor(sqlite3.Cursor):
    def execute(self, sql, parameters=()):  # type: ignore[no-untyped-def]
        self.connection.told(sql, parameters)
        return super().execute(sql, parameters)

    def executemany(self, sql, parameters):  # type: ignore[no-untyped-def]
        self.connection.told(sql, ())
        return super().executemany(sql, parameters)


class Connection(sqlite3.Connection):
    """Knows what the transaction that it commits has written."""

    def __init__(self, *words, **options):  # type: ignore[no-untyped-def]
        super().__init__(*words, **options)
        self.writes: dict[str, None] = {}
        self.about: dict[str, object] = {}

    def told(self, sql: str, parameters) -> None:  # type: ignore[no-untyped-def]
        verb, table = _written(sql)
        if not verb:
            return
        if verb == "insert" and table == "history":
            columns = [name.strip(' "') for name in sql[sql.index("(") + 1 : sql.index(")")].split(",")]
            row = (
                dict(zip(columns, parameters, strict=True))
                if not isinstance(parameters, dict)
                else parameters
            )
            self.about = {name: row[name] for name in ("attempt", "key", "provider", "event", "after")}
        else:
            self.writes[f"{verb} {table}"] = None

    def cursor(self, factory=Cursor):  # type: ignore[no-untyped-def]
        return super().cursor(factory)

    def commit(self) -> None:
        about = self.about
        writes = f"{about['provider']} {about['event']}" if about else " + ".join(self.writes)
        self.writes, self.about = {}, {}
        if not (self.in_transaction and writes):
            return super().commit()
        point(f"before commit: {writes}", **about)
        super().commit()
        point(f"after commit: {writes}", **about)

    def rollback(self) -> None:
        self.writes, self.about = {}, {}
        super().rollback()


def _written(sql: str) -> tuple[str, str]:
    found = re.match(r"\s*(INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE|ALTER TABLE)\s+\"?(\w+)", sql, re.I)
    if not found:
        return "", ""
    verb = found[1].split()[0].lower()
    return ("migrate", "") if verb in ("create", "alter") else (verb, found[2])


def connect(database, *words, **options):  # type: ignore[no-untyped-def]
    return _connect(database, *words, **{"factory": Connection, **options})


_connect = sqlite3.dbapi2.connect


def around(function, verb):  # type: ignore[no-untyped-def]
    def wrapped(source, target, *words, **options):  # type: ignore[no-untyped-def]
        point(f"before {verb}: {plain(target)}")
        done = function(source, target, *words, **options)
        point(f"after {verb}: {plain(target)}")
        return done

    return wrapped


def listen_to(httpx) -> None:  # type: ignore[no-untyped-def]
    ask = httpx.HTTPTransport.handle_request

    def handle_request(self, request):  # type: ignore[no-untyped-def]
        if str(request.url.port) != os.environ.get("KILLING_PORT"):
            return ask(self, request)
        path = re.sub(r"[0-9a-fA-F-]{16,}(\.\w+)?", "*", request.url.path)
        who = f"{request.method} {re.sub(r'/v[0-9].*/models/', '/…/', path)}"
        body = request.read() if request.method == "POST" else b""
        submit = request.method == "POST" and _submits.fullmatch(request.url.path) is not None
        theirs = request.extensions.get("trace")

        def trace(event, info):  # type: ignore[no-untyped-def]
            layer, _, step = event.partition(".")
            if step in STEPS and layer in ("connection", "http11"):
                point(f"{STEPS[step]}: {who}", submit=submit, bytes=len(body))
            if theirs is not None:
                theirs(event, info)

        request.extensions = {**request.extensions, "trace": trace}
        return ask(self, request)

    httpx.HTTPTransport.handle_request = handle_request


STEPS = {
    "connect_tcp.started": "before connecting",
    "send_request_headers.started": "before sending",
    "send_request_headers.complete": "after sending the headers",
    "send_request_body.complete": "after sending",
    "receive_response_headers.complete": "after the response's headers",
    "receive_response_body.complete": "after the response's body",
}


class Finder:
    """Wraps httpx when it is first imported, so that a run that doesn't need it isn't slowed down."""

    def find_spec(self, name, path=None, target=None):  # type: ignore[no-untyped-def]
        if name != "httpx":
            return None
        import importlib.util
        import sys

        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def exec_module(module):  # type: ignore[no-untyped-def]
            load(module)
            listen_to(module)

        spec.loader.exec_module = exec_module
        return spec


def begin() -> None:
    """From here on points are noted in the file that the environment names now."""
    global _points, _submits
    _submits = re.compile(os.environ.get("KILLING_SUBMITS", ""))
    if os.environ.get("KILLING_POINTS"):
        _points = os.open(os.environ["KILLING_POINTS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


if os.environ.get("KILLING_POINTS"):
    import pathlib
    import sys

    begin()
    sqlite3.connect = sqlite3.dbapi2.connect = connect
    for verb in ("replace", "rename", "link"):
        setattr(os, verb, around(getattr(os, verb), verb))
    if hasattr(pathlib, "_NormalAccessor"):  # Python 3.10 took them when it was loaded
        for verb in ("replace", "rename", "link"):
            setattr(pathlib._NormalAccessor, verb, staticmethod(getattr(os, verb)))
    sys.meta_path.insert(0, Finder())
