"""Runs one workflow: only what its outputs need, async nodes side by side, and what is cached not again."""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
import traceback
import uuid
from decimal import Decimal
from typing import Any, NamedTuple

from ...host import io
from ...host.standalone.context import Running, executing
from ...host.standalone.dynamic import expand
from ...studio.errors import Interrupted
from .announce import Announcer
from .cache import Cache, Result
from .calls import Values, bound, call_each
from .catalogue import Catalogue, Kind, Kinds
from .graph import Graph, link, links, needed

log = logging.getLogger("storyreel")


class Outcome(NamedTuple):
    """What /history keeps of a run besides the graph and the messages."""

    success: bool
    outputs: dict[str, Any]
    meta: dict[str, Any]


class _Failed(Exception):
    """A node raised; the exception is the cause."""

    def __init__(self, node_id: str) -> None:
        super().__init__(node_id)
        self.node_id = node_id


class Run:
    """One workflow on its way. `interrupt` may be called from any thread."""

    def __init__(
        self,
        graph: Graph,
        outputs: list[str],
        extra_data: dict[str, Any],
        nodes: Catalogue,
        cache: Cache,
        announce: Announcer,
        session: str = "",
        together: Decimal | None = None,
    ) -> None:
        self._session, self._together = session, together
        self._name = f"{session}{uuid.uuid4().hex[:12]}"
        self._graph = graph
        self._outputs = outputs
        self._extra_data = extra_data
        self._kinds = Kinds(nodes)
        self._cache = cache
        self._announce = announce
        self.client_id = announce.client_id
        self.latest_node: str | None = None
        self._stopped = threading.Event()
        self._wake: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._given: dict[str, Result] = {}
        self._shown: dict[str, Any] = {}
        self._values_of: dict[str, Values] = {}
        self._executed: list[str] = []
        self._tasks: dict[str, asyncio.Future[list[Any]]] = {}

    def interrupt(self) -> None:
        self._stopped.set()
        loop, wake = self._loop, self._wake
        if loop is not None and wake is not None:
            try:
                loop.call_soon_threadsafe(wake.set)
            except RuntimeError:
                log.debug("the run ended as it was interrupted")

    async def go(self) -> Outcome:
        """Runs the workflow to its end; it doesn't raise what nodes raise, it tells the client."""
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        prompt_id = self._announce.prompt_id
        self._announce.event("execution_start", {"prompt_id": prompt_id})
        order = needed(self._graph, self._outputs)
        await self._cache.enter(self._graph, order, self._kinds)
        cached = [node_id for node_id in self._graph if node_id in order and self._cache.get(node_id)]
        self._announce.event("execution_cached", {"nodes": cached, "prompt_id": prompt_id})
        try:
            await self._all()
        except _Failed as failure:
            if isinstance(failure.__cause__, Interrupted):
                await self._drop_the_rest()  # first: who hears of it may tidy up
            self._tell_failure(failure.node_id, failure.__cause__)
            success = False
        else:
            self._announce.event("execution_success", {"prompt_id": prompt_id})
            success = True
        finally:
            await self._drop_the_rest()
        meta = {
            node_id: {
                "node_id": node_id,
                "display_node": node_id,
                "parent_node": None,
                "real_node_id": node_id,
            }
            for node_id in self._shown
        }
        return Outcome(success, self._shown, meta)

    async def _all(self) -> None:
        """Starts what is ready and finishes what is done until nothing is left."""
        waiting = self._plan()
        while waiting:
            ready = [n for n in waiting if n not in self._tasks and not (waiting[n] & waiting.keys())]
            done = [n for n, task in self._tasks.items() if task.done()]
            if done:
                self._finish(done[0])
                del waiting[done[0]]
            elif self._stopped.is_set():
                raise _Failed(next(iter(self._tasks or waiting))) from Interrupted()
            elif ready:
                node_id = self._next(ready, waiting)
                if await self._start(node_id):
                    del waiting[node_id]
            else:
                await self._something_happens()

    def _plan(self) -> dict[str, set[str]]:
        """The nodes to be visited, in ComfyUI's order, each with those that it waits for.

        A cached node is visited only if it is an output: its values are there, and nothing before it is
        needed.
        """
        waiting: dict[str, set[str]] = {}
        for output in self._outputs:
            stack = [output]
            while stack:
                node_id = stack.pop()
                if node_id not in waiting:
                    cached = self._cache.get(node_id)
                    sources = [] if cached else [source.node for _, source in links(self._graph, node_id)]
                    known = {source: result for source in sources if (result := self._cache.get(source))}
                    self._given |= known
                    fresh = [source for source in sources if source not in known]
                    waiting[node_id] = set(fresh)
                    stack += fresh
        return waiting

    def _next(self, ready: list[str], waiting: dict[str, set[str]]) -> str:
        """Which of the ready nodes goes first: one to look at or to wait for, else one just before such."""

        def early(node_id: str) -> bool:
            kind = self._kind(node_id)
            return kind.schema.is_output_node or inspect.iscoroutinefunction(kind.node.execute)

        def feeds(node_id: str) -> bool:
            return any(node_id in sources and early(other) for other, sources in waiting.items())

        for wish in (early, feeds):
            for node_id in ready:
                if wish(node_id):
                    return node_id
        return ready[0]

    async def _start(self, node_id: str) -> bool:
        """Starts a node. Returns whether it has already ended."""
        cached = self._cache.get(node_id)
        if cached is not None:
            self._announce.executed(node_id, cached.ui)
            if cached.ui is not None:
                self._shown[node_id] = cached.ui
            self._given[node_id] = cached
            self._announce.done(node_id)
            return True
        self.latest_node = node_id
        self._announce.started(node_id)
        self._announce.executing(node_id)
        kind = self._kind(node_id)
        running = Running(
            progress=lambda value, max: self._announce.progress(node_id, value, max),
            text=lambda line: self._announce.text(node_id, line),
            cancelled=self._stopped.is_set,
            run=f"{self._name}.{node_id}",
            session=self._session,
            together=self._together,
        )
        try:
            values, places = self._values(kind.schema, node_id)
            self._values_of[node_id] = values
            method = bound(kind.node, self._hidden(node_id)).execute
            with executing(running):
                results = call_each(method, values, places, kind.schema.is_input_list)
                # Tasks take the context along, so what they start reports to this node too.
                calls = [asyncio.ensure_future(r) if inspect.isawaitable(r) else r for r in results]
        except Exception as error:
            raise _Failed(node_id) from error
        pending = [call for call in calls if isinstance(call, asyncio.Future)]
        if pending:
            await asyncio.sleep(0)  # a chance to run up to its first wait before the next node starts
            self._tasks[node_id] = asyncio.ensure_future(_gathered(calls))
            return False
        self._keep(node_id, calls)
        return True

    def _kind(self, node_id: str) -> Kind:
        return self._kinds[self._graph[node_id]["class_type"]]

    def _values(self, schema: io.Schema, node_id: str) -> tuple[Values, dict[str, str]]:
        inputs = self._graph[node_id]["inputs"]
        types, places = expand(schema.types(), inputs)
        values: Values = {}
        for name in (*types["required"], *types["optional"]):
            if name in inputs:
                connection = link(inputs[name])
                values[name] = (
                    [inputs[name]]
                    if connection is None
                    else self._given[connection.node].outputs[connection.slot]
                )
        return values, places

    def _hidden(self, node_id: str) -> dict[io.Hidden, Any]:
        return {
            io.Hidden.unique_id: node_id,
            io.Hidden.prompt: self._graph,
            io.Hidden.extra_pnginfo: self._extra_data.get("extra_pnginfo"),
        }

    def _finish(self, node_id: str) -> None:
        task = self._tasks.pop(node_id)
        try:
            results = task.result()
        except asyncio.CancelledError:
            raise _Failed(node_id) from Interrupted()
        except Exception as error:
            raise _Failed(node_id) from error
        self._keep(node_id, results)

    def _keep(self, node_id: str, results: list[Any]) -> None:
        try:
            result = merged([_output(each) for each in results], self._kind(node_id).schema)
        except Exception as error:
            raise _Failed(node_id) from error
        if result.ui is not None:
            self._shown[node_id] = result.ui
            self._announce.executed(node_id, result.ui)
        self._given[node_id] = result
        self._cache.put(node_id, result)
        self._announce.done(node_id)
        self._executed.append(node_id)

    async def _something_happens(self) -> None:
        """Waits until a node ends or the run is interrupted."""
        assert self._wake is not None
        interruption = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait({interruption, *self._tasks.values()}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            interruption.cancel()

    async def _drop_the_rest(self) -> None:
        """Cancels the nodes that are still running, and waits until they are: nothing goes on after a run's
        end.
        """
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)

    def _tell_failure(self, node_id: str, error: BaseException | None) -> None:
        about = {
            "prompt_id": self._announce.prompt_id,
            "node_id": node_id,
            "node_type": self._graph[node_id]["class_type"],
            "executed": list(self._executed),
        }
        if isinstance(error, Interrupted):
            self._announce.event("execution_interrupted", about, to_everybody=True)
            return
        log.error("node %s (%s) failed", node_id, about["node_type"], exc_info=error)
        about |= {
            "exception_message": f"{error}\n",
            "exception_type": _full_name(type(error)),
            "traceback": traceback.format_tb(error.__traceback__) if error is not None else [],
            "current_inputs": {
                name: [_readable(item) for item in items]
                for name, items in self._values_of.get(node_id, {}).items()
            },
            "current_outputs": list(self._graph),
        }
        self._announce.event("execution_error", about)


async def _gathered(calls: list[Any]) -> list[Any]:
    """The results of a node's calls. The first that fails fails the node, and stops its others."""
    pending = [call for call in calls if isinstance(call, asyncio.Future)]
    try:
        await asyncio.gather(*pending)
    finally:
        for call in pending:
            call.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
    return [call.result() if isinstance(call, asyncio.Future) else call for call in calls]


def _output(value: Any) -> io.NodeOutput:
    if value is None:
        return io.NodeOutput()
    if isinstance(value, io.NodeOutput):
        return value
    if isinstance(value, tuple):
        return io.NodeOutput(*value)
    raise TypeError(f"a node returned {type(value).__name__} instead of io.NodeOutput")


def merged(results: list[io.NodeOutput], schema: io.Schema) -> Result:
    """One list per output, and one `ui`, of what a node gave for each item of its inputs."""
    wrong = [
        len(result.args) for result in results if result.args and len(result.args) != len(schema.outputs)
    ]
    if wrong:
        raise ValueError(f"{schema.node_id} gave {wrong[0]} values for {len(schema.outputs)} outputs")
    outputs: list[list[Any]] = []
    for number, output in enumerate(schema.outputs):
        values = [result.args[number] for result in results if result.args]
        outputs.append([item for value in values for item in value] if output.is_output_list else values)
    shown = [r.ui if isinstance(r.ui, dict) else r.ui.as_dict() for r in results if r.ui is not None]
    ui = {key: [item for one in shown for item in one[key]] for key in shown[0]} if shown else None
    return Result(outputs, ui)


def _full_name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _readable(value: Any) -> Any:
    return value if value is None or isinstance(value, (int, float, bool, str)) else str(value)[:1000]
