"""The emulators as a server: all doors on one port, in a thread of this process.

>>> with Emulator(work=0.1) as emulator:
...     os.environ.update(emulator.environment)
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from ..studio.errors import ServerError
from . import access
from .app import application
from .context import Backstage, Settings
from .misbehave import Rules
from .record import Record, summary
from .registry import Door, kinds, opened


class Emulator:
    """The cloud's doors (registry.py) as strict local emulators, while a `with` block runs.

    `work` and `queue` are the seconds that a job works and waits before; `latency` those before every answer.
    `picture` is "plain" (flat colours, fast) or "card" (to be looked at). `record` is a file for what they see:
    with the same file and port a later emulator goes on where this one was killed. `concurrent` and
    `per_minute` limit a door's jobs by its name: {"runway": 5}. Links live for `link_seconds`.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        record: Path | str | None = None,
        work: float = 0.2,
        queue: float = 0.0,
        latency: float = 0.0,
        picture: str = "plain",
        link_seconds: float = 24 * 3600,
        concurrent: Mapping[str, int] | None = None,
        per_minute: Mapping[str, int] | None = None,
    ) -> None:
        self.url = ""
        self._host, self._port = host, port
        limits = {"runway": 5} if concurrent is None else dict(concurrent)
        self._settings = Settings(picture, queue, work, latency, link_seconds, limits, dict(per_minute or {}))
        self._record_file = Path(record).resolve() if record is not None else None
        self._rules = Rules()
        self._stage: Backstage | None = None
        self._doors: list[Door] = []
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._serve, name="storyreel-emulate", daemon=True)

    def __enter__(self) -> Emulator:
        if self._record_file is None:
            self._folder = Path(tempfile.mkdtemp(prefix="storyreel-emulate-"))
        else:
            self._folder = self._record_file.with_name(self._record_file.name + ".files")
        self._record = Record(self._record_file)
        self._thread.start()
        self._ready.wait()
        if self._error is not None:
            self._thread.join()
            self._tidy()
            raise self._error
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread.is_alive() and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._tidy()

    @property
    def environment(self) -> dict[str, str]:
        """What leads the product here: base URLs and keys that are worth nothing elsewhere."""
        self._running()
        direct = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
        direct = ",".join(dict.fromkeys([*filter(None, direct.split(",")), "127.0.0.1", "localhost"]))
        return {
            **self._doors_environment(),
            # A proxy would not find this machine.
            "NO_PROXY": direct,
            "no_proxy": direct,
        }

    def _doors_environment(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for door in self._doors:
            found |= door.environment(f"{self.url}/{door.name}")
        return found

    @property
    def media(self) -> Path:
        """The folder with what requests brought, by their SHA-256."""
        return self._folder / "media"

    def record(self) -> dict[str, Any]:
        """What it has seen so far, as GET /_emulator/record answers."""
        stage = self._running()

        async def look() -> dict[str, Any]:
            stage.jobs.tick()
            return summary(stage.record.events)

        return asyncio.run_coroutine_threadsafe(look(), self._loop).result()

    def misbehave(self, *rules: dict[str, Any], keep: bool = False) -> None:
        """Puts rules in force in place of those before; none: it behaves again. See misbehave.py."""
        self._rules.set(list(rules), keep)

    def token(self) -> str:
        """A bearer token that Vertex and its buckets take, for clients without OAuth."""
        import time

        return self._running().access.token(time.time() + access.TOKEN_SECONDS)

    def _running(self) -> Backstage:
        if self._stage is None:
            raise ServerError("the emulator isn't running", "use it in a with block")
        return self._stage

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._until_stopped())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        except Exception as error:
            self._error = error
        finally:
            self._loop.close()
            self._ready.set()

    async def _until_stopped(self) -> None:
        self._stop = asyncio.Event()
        moderated = {kind.name for kind in kinds() if kind.bills_moderated}
        stage = self._stage = Backstage(self._folder, self._record, self._settings, moderated)
        self._doors = opened(stage)
        runner = web.AppRunner(
            application(stage, self._doors, self._rules), access_log=None, shutdown_timeout=1.0
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._host, self._port, backlog=1024)
            try:
                await site.start()
            except OSError as error:
                where = f"{self._host}:{self._port}"
                raise ServerError(
                    f"the emulators can't listen on {where}: {error.strerror or error}",
                    "try another port, or --port 0 for any free one",
                ) from error
            port = runner.addresses[0][1]
            host = "127.0.0.1" if self._host in ("0.0.0.0", "::") else self._host
            self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
            self._doors_environment()  # from here on all keys are known, and masked
            await asyncio.to_thread(stage.access.publish, f"{self.url}/vertex/token")
            self._ready.set()
            await self._stop.wait()
            stage.stopping.set()
        finally:
            await runner.cleanup()
            await asyncio.to_thread(stage.close)

    def _tidy(self) -> None:
        if self._record_file is None:
            shutil.rmtree(self._folder, ignore_errors=True)
