"""The engine as a server: in this process for `render` and `run`, or by itself for `storyreel serve`.

with EmbeddedServer(Path("run")) as server:
    requests.get(f"{server.url}/queue").json()
# {'queue_running': [], 'queue_pending': []}
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterable
from contextvars import Context
from decimal import Decimal
from pathlib import Path
from typing import Any

from aiohttp import web

from ...host import io
from ...host.standalone.context import Place
from ...studio.errors import ServerError
from .catalogue import catalogue
from .engine import Engine
from .guard import Access, is_loopback, name_of
from .limits import USUAL, Connections, Limits
from .logs import Logbook
from .routes import MAX_UPLOAD, application
from .sockets import Sockets

log = logging.getLogger("storyreel")


class EmbeddedServer:
    """The engine behind ComfyUI's HTTP and websocket protocol, in threads of this process, while a `with`
    block runs.

    Files are in `base`/input, /output and /temp, which are made and are left as they are at the end. `port` 0
    takes any free one. `nodes` are added to those that the engine has, for tests. `spend` is how many
    dollars its workflows may spend altogether; None leaves it to the nodes' own limits. With `refuse` workflows that
    may spend money aren't even begun. Leaving the block interrupts what runs.

    Where others than this machine can reach it, everyone who asks has to show `token`, and one is made if none is
    given. `names` are host names by which it may be asked for, beside `host` and those of the machine itself.
    """

    def __init__(
        self,
        base: Path,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        max_upload: int = MAX_UPLOAD,
        token: str = "",
        names: Iterable[str] = (),
        limits: Limits = USUAL,
        nodes: Iterable[type[io.ComfyNode]] = (),
        spend: Decimal | None = Decimal(0),
        refuse: bool | None = None,
    ) -> None:
        self.place = Place.under(Path(base).resolve())
        self.url = ""
        self._host = host
        self._port = port
        features = {"supports_preview_metadata": False, "max_upload_size": max_upload, "extension": {}}
        known = frozenset(name_of(name) or name.lower() for name in (host, *names))
        self.token = token or ("" if is_loopback(host) else secrets.token_urlsafe(24))
        access = Access(is_loopback(host), known, self.token)
        self._sockets = Sockets(features)
        self._limits = limits
        self._connections = Connections(limits)
        self._engine = Engine(self.place, catalogue(nodes), self._send, limits, spend, refuse)
        self._logbook = Logbook(self._send, limits)
        self._app = application(
            self._engine, self._sockets, features, access, self._connections, self._logbook
        )
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(
            target=Context().run, args=(self._serve,), name="storyreel-server", daemon=True
        )

    def __enter__(self) -> EmbeddedServer:
        self._thread.start()
        self._ready.wait()
        if self._error is not None:
            self._thread.join()
            raise self._error
        log.addHandler(self._logbook)
        Context().run(self._engine.start)
        return self

    def __exit__(self, *_: object) -> None:
        log.removeHandler(self._logbook)
        self._engine.close()
        if self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def object_info(self) -> dict[str, Any]:
        return self._engine.object_info()

    def _send(self, event: str | int, data: Any, client_id: str | None) -> None:
        # After the loop's end there is nobody left to tell.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._sockets.send, event, data, client_id)

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
        patience = self._limits.patience
        runner = web.AppRunner(
            self._app,
            access_log=None,
            shutdown_timeout=2.0,
            keepalive_timeout=patience,
            lingering_time=min(patience, 10.0),
            auto_decompress=False,
        )
        await runner.setup()
        server = runner.server
        assert server is not None
        listening: asyncio.Server | None = None
        try:
            try:
                listening = await self._loop.create_server(
                    lambda: self._connections.protocol(server), self._host, self._port
                )
            except (OSError, ValueError) as error:
                where, why = f"{self._host}:{self._port}", getattr(error, "strerror", None) or error
                cure = "give --host an address of this machine, such as 127.0.0.1 or 0.0.0.0"
                elsewhere = (
                    isinstance(error, socket.gaierror) or getattr(error, "errno", 0) == errno.EADDRNOTAVAIL
                )
                raise ServerError(
                    f"the engine can't listen on {where}: {why}", cure if elsewhere else "try another port"
                ) from error
            port = listening.sockets[0].getsockname()[1]
            self.url = f"http://{f'[{self._host}]' if ':' in self._host else self._host}:{port}"
            self._ready.set()
            await self._stop.wait()
            await self._sockets.close()
        finally:
            if listening is not None:
                listening.close()
            await runner.cleanup()
            rest = asyncio.all_tasks() - {asyncio.current_task()}
            for task in rest:
                task.cancel()
            if rest:
                await asyncio.wait(rest, timeout=2.0)


def serve(
    base: Path,
    host: str = "127.0.0.1",
    port: int = 8189,
    ready: Callable[[str], None] = log.info,
    *,
    token: str = "",
    names: Iterable[str] = (),
    spend: Decimal | None = None,
) -> None:
    """Serves until SIGINT or SIGTERM; `ready` is called with the URL. Blocks, and belongs into the main
    thread. `spend` is None where nobody has agreed to any spending; with 0 what was bought before may be used.
    """
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        with EmbeddedServer(
            base, host, port, token=token, names=names, spend=spend or Decimal(0), refuse=spend is None
        ) as server:
            ready(server.url)
            while not stop.wait(0.5):  # in steps: on Windows a wait without an end doesn't hear signals
                pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
