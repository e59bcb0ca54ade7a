"""Alerts: a budget that is three quarters or nine tenths used is told of once, in the log and to a webhook."""

from __future__ import annotations

import http.server
import json
import logging
import threading
from collections.abc import Iterator
from decimal import Decimal

import pytest

from .conftest import GEN, Set


class Hook:
    """A local server that remembers what was posted."""

    def __init__(self) -> None:
        self.told: list[dict] = []
        self.status = 200
        self.heard = threading.Condition()
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with hook.heard:
                    hook.told.append(body)
                    hook.heard.notify_all()
                self.send_response(hook.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    def wait(self, count: int) -> list[dict]:
        with self.heard:
            assert self.heard.wait_for(lambda: len(self.told) >= count, timeout=20), self.told
            return self.told


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def many(count: int) -> list[dict]:
    return [{**GEN, "prompt": f"number {n}"} for n in range(count)]


def test_each_threshold_once(studio: Set, hook: Hook, caplog: pytest.LogCaptureFixture) -> None:
    studio.configure(f'[budgets]\nday = 1.2\n[alerts]\nwebhook = "{hook.url}"\n')
    caplog.set_level(logging.WARNING, "storyreel")
    studio.shoot(*many(3))  # 0.72 of 1.20
    assert not hook.told
    studio.shoot(*many(5))  # all of it
    told = hook.wait(2)
    assert sorted(each["threshold"] for each in told) == [75, 90]
    assert all(Decimal(each["limit"]) == Decimal("1.2") for each in told)
    assert all("day" in each["budget"] and each["budget"] in each["text"] for each in told)
    studio.shoot(*many(5))
    assert len(hook.told) == 2
    lines = [record.getMessage() for record in caplog.records if "budget" in record.getMessage()]
    assert len(lines) == 2


def test_a_hook_that_doesn_t_work_harms_nothing(
    studio: Set, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    hook.status = 500
    secret = hook.url + "?token=abcdefghijklmnop"
    studio.configure(f'[budgets]\nday = 0.3\n[alerts]\nwebhook = "{secret}"\n')
    assert studio.shoot(GEN).spent > 0
    hook.wait(1)
    for thread in threading.enumerate():
        if thread.name == "alert":
            thread.join()
    assert "can't be told" in caplog.text and "abcdefghijklmnop" not in caplog.text


def test_the_path_of_a_hook_is_never_logged(
    studio: Set, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    """With most services who knows it may write; httpx logs every address at INFO."""
    caplog.set_level(logging.DEBUG)
    hook.status = 500
    secret = hook.url + "/services/T0/B0/abcdefghijklmnop"
    studio.configure(f'[budgets]\nday = 0.3\n[alerts]\nwebhook = "{secret}"\n')
    studio.shoot(GEN)
    hook.wait(1)
    for thread in threading.enumerate():
        if thread.name == "alert":
            thread.join()
    assert "webhook on 127.0.0.1 can't be told: a refusal" in caplog.text
    assert "abcdefghijklmnop" not in caplog.text


def test_no_hook_at_all(studio: Set, caplog: pytest.LogCaptureFixture) -> None:
    studio.configure('[budgets.doors.runway]\nday = 0.3\n[alerts]\nwebhook = "http://127.0.0.1:9/nobody"\n')
    assert studio.shoot(GEN).spent > 0
    assert "budget for a day of runway" in caplog.text
