"""The engine without its network: takes workflows in, runs them one after another in a thread of its own."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import threading
import time
import uuid
from decimal import Decimal
from typing import Any, NamedTuple

from ...host.standalone import SERVE
from ...host.standalone.context import Place, here
from .announce import Announcer, Send
from .body import unfit
from .cache import Cache
from .catalogue import Catalogue, object_info
from .execute import Outcome, Run
from .graph import Graph
from .limits import USUAL, Limits
from .queue import Item, Queue
from .spending import buyers, marked
from .validation import problem, validate

log = logging.getLogger("storyreel")

SECRETS = ("auth_token_comfy_org", "api_key_comfy_org")
"""Keys of extra_data that no node here needs, and that must not be remembered."""

THREADS = 32
"""How much blocking work of async nodes runs side by side."""


class Answer(NamedTuple):
    status: int
    body: dict[str, Any]


class Engine:
    """Workflows go in by `submit`, from any thread; what happens to them goes out by `send`."""

    def __init__(
        self,
        place: Place,
        nodes: Catalogue,
        send: Send,
        limits: Limits = USUAL,
        spend: Decimal | None = Decimal(0),
        refuse: bool | None = None,
    ) -> None:
        """`spend` is how many dollars may be spent altogether; None leaves it to the nodes' own limits. With `refuse`
        workflows that may spend money aren't begun, as they aren't with nothing to spend if it isn't said."""
        self._refuse = spend == 0 if refuse is None else refuse
        self._together = spend
        self._session = f"{uuid.uuid4().hex[:12]}."
        self.place = place
        self.nodes = nodes
        self.queue = Queue(self._tell_queue, limits)
        self._send = send
        self._cache = Cache()
        self._lock = threading.Lock()
        self._numbers = 0
        self._run: tuple[str, Run] | None = None
        self._too_early: str | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="storyreel-engine", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self, timeout: float = 30.0) -> None:
        """Interrupts what runs, drops what waits, and waits until the engine has stopped."""
        self._closing = True
        self.queue.close()
        self.interrupt()
        self._thread.join(timeout)
        if self._thread.is_alive():
            log.warning("the engine has not stopped after %.0f s", timeout)

    def object_info(self) -> dict[str, Any]:
        with here(self.place):
            return marked(object_info(self.nodes), not self._refuse)

    def submit(self, request: dict[str, Any], size: int = 0) -> Answer:
        """Answers POST /prompt, which came as `size` bytes. The same prompt_id with the same graph is one job, however
        often it is handed in.
        """
        if "prompt" not in request:
            error = problem("no_prompt", "No prompt provided", "No prompt provided")
            return Answer(400, {"error": error, "node_errors": {}})
        if self._closing:
            return Answer(503, {"error": problem("closing", "The engine is stopping"), "node_errors": {}})
        if sentence := unfit(request):
            return Answer(400, {"error": problem("bad_request", sentence), "node_errors": {}})
        prompt_id = str(request.get("prompt_id") or uuid.uuid4())
        with here(self.place):
            error, outputs, node_errors = asyncio.run(
                validate(request["prompt"], self.nodes, request.get("partial_execution_targets"))
            )
        if error is not None:
            log.warning("invalid prompt: %s %s", error["message"], error["details"])
            return Answer(400, {"error": error, "node_errors": node_errors})
        if self._refuse and (paid := buyers(request["prompt"], self.nodes, outputs)):
            log.warning("refused a prompt that spends money: %s", ", ".join(paid))
            return Answer(400, _no_consent(request["prompt"], paid, outputs))
        extra_data = {k: v for k, v in (request.get("extra_data") or {}).items() if k not in SECRETS}
        if request.get("client_id") is not None:
            extra_data["client_id"] = request["client_id"]
        extra_data["create_time"] = int(time.time() * 1000)
        with self._lock:
            known = self.queue.known(prompt_id)
            if known is not None and known.graph == request["prompt"]:
                number = known.number
            else:
                number = self._number(request)
                item = Item(number, prompt_id, request["prompt"], extra_data, outputs)
                if not self.queue.put(item, size):
                    full = problem(
                        "queue_full", "Too many workflows wait; hand it in again when some have run"
                    )
                    return Answer(429, {"error": full, "node_errors": {}})
        return Answer(200, {"prompt_id": prompt_id, "number": number, "node_errors": {}})

    def interrupt(self, prompt_id: str | None = None) -> bool:
        """Stops the running workflow; with an id, only if it is that one. Says whether there was one to stop."""
        with self._lock:
            if self._run is not None and prompt_id in (None, self._run[0]):
                self._run[1].interrupt()
                return True
            if prompt_id is not None and any(i.prompt_id == prompt_id for i in self.queue.standing()[0]):
                self._too_early = prompt_id  # out of the queue, but its run isn't made yet
                return True
        return False

    def cancel(self, prompt_id: str) -> bool:
        """Takes a workflow out of the queue, or stops it if it runs. Says whether it did."""
        return bool(self.queue.delete([prompt_id])) or self.interrupt(prompt_id)

    def node_running_for(self, client_id: str) -> str | None:
        """The node that was started last, if the running workflow is this client's."""
        with self._lock:
            return (
                self._run[1].latest_node
                if self._run and client_id and self._run[1].client_id == client_id
                else None
            )

    def forget_results(self) -> None:
        self._cache.clear()

    def queue_info(self) -> dict[str, Any]:
        return {"exec_info": {"queue_remaining": self.queue.left()}}

    def _number(self, request: dict[str, Any]) -> float:
        if "number" in request:
            return float(request["number"])
        number = self._numbers
        self._numbers += 1
        return -number if request.get("front") else number

    def _tell_queue(self) -> None:
        self._send("status", {"status": self.queue_info()}, None)

    def _work(self) -> None:
        with here(self.place):
            while (item := self.queue.get()) is not None:
                announce = Announcer(self._send, item.prompt_id, item.extra_data.get("client_id"))
                run = Run(
                    item.graph,
                    item.outputs,
                    item.extra_data,
                    self.nodes,
                    self._cache,
                    announce,
                    self._session,
                    self._together,
                )
                with self._lock:
                    self._run = (item.prompt_id, run)
                    if self._closing or self._too_early == item.prompt_id:
                        run.interrupt()
                try:
                    outcome = asyncio.run(self._to_its_end(run))
                except Exception:
                    log.exception("the engine itself failed at prompt %s", item.prompt_id)
                    outcome = Outcome(False, {}, {})
                with self._lock:
                    self._run = None
                self.queue.done(outcome, announce.history)
                announce.finished()

    async def _to_its_end(self, run: Run) -> Outcome:
        pool = concurrent.futures.ThreadPoolExecutor(THREADS, thread_name_prefix="storyreel-work")
        asyncio.get_running_loop().set_default_executor(pool)
        return await run.go()


def _no_consent(graph: Graph, paid: dict[str, str], outputs: list[str]) -> dict[str, Any]:
    """Why a server that may not spend refuses a prompt, by node."""
    said = "This node spends money, and this server may spend none"
    cure = f"set max_cost to 0, or start it so that it may: {SERVE}"
    found = problem("spending_not_allowed", said, cure)
    node_errors = {
        node_id: {
            "errors": [found | {"extra_info": {"input_name": "max_cost"}}],
            "dependent_outputs": outputs,
            "class_type": graph[node_id]["class_type"],
        }
        for node_id in paid
    }
    named = ", ".join(paid.values())
    error = problem(
        "spending_not_allowed", "Nodes that spend money, and this server may spend none", f"{named}: {cure}"
    )
    return {"error": error, "node_errors": node_errors}
