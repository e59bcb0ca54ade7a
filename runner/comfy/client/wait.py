"""Handing a graph in and seeing it through. Polling is the truth, the websocket is comfort.

A run that the server no longer knows was lost with a restart, or removed by somebody: that is an error that
says so. It is never handed in a second time by itself.
"""

from __future__ import annotations

import contextlib
import queue
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ....studio import errors
from ....studio.errors import Interrupted, RunFailed, ServerError
from ...display.events import Tell, silent
from .api import ComfyClient, OutputFile, Standing
from .refusal import place_of, title_of
from .run_state import Heard
from .websocket import Listener


@dataclass(frozen=True)
class Finished:
    """A run that came to its end."""

    prompt_id: str
    outputs: Mapping[str, Any]
    """Node id → what it reported (`{"images": [{"filename", "subfolder", "type"}], …}`)."""
    seconds: float
    timings: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    cached: tuple[str, ...] = ()
    """Nodes whose results the server had already."""

    def files(self) -> list[OutputFile]:
        """Every file reported under any key: images, gifs, audio, video, 3d … each once."""
        found: dict[tuple[str, str, str], OutputFile] = {}
        for node, output in self.outputs.items():
            for item in _items(output):
                if file := _file(node, item):
                    found.setdefault(file[1:], file)
        return list(found.values())

    def captions(self, node: str) -> list[OutputFile]:
        """The files that a film's node reported as its captions."""
        output = self.outputs.get(node)
        items = output.get("captions") if isinstance(output, dict) else None
        files = [_file(node, item) for item in items] if isinstance(items, list | tuple) else []
        return [file for file in files if file and file.filename.lower().endswith((".srt", ".vtt"))]

    def texts(self) -> dict[str, list[str]]:
        """Node id → what it showed as text."""
        texts = {}
        for node, output in self.outputs.items():
            shown = output.get("text") if isinstance(output, dict) else None
            if isinstance(shown, str):
                shown = [shown]
            if isinstance(shown, list | tuple) and shown:
                texts[node] = [str(text) for text in shown]
        return texts


def _file(node: str, item: Any) -> OutputFile | None:
    if not isinstance(item, dict) or not isinstance(item.get("filename"), str) or not item["filename"]:
        return None
    folder, kind = str(item.get("subfolder") or ""), str(item.get("type") or "output")
    return OutputFile(node, item["filename"], folder, kind)


def _items(output: Any) -> list[Any]:
    if not isinstance(output, dict):
        return []
    return [item for value in output.values() if isinstance(value, list | tuple) for item in value]


@dataclass(frozen=True)
class Patience:
    """Seconds. How often to ask, how long a silent server is waited for, how long a whole run may take."""

    poll: float = 1.0
    contact: float = 60.0
    total: float | None = None
    forgotten: float = 1.5
    """How long a run must be unknown to the server before it counts as lost."""
    stop: float = 5.0
    """How long a stopped run is given to end."""


PATIENT = Patience()


def execute(
    client: ComfyClient,
    graph: Mapping[str, Any],
    *,
    prompt_id: str = "",
    workflow: Mapping[str, Any] | None = None,
    tell: Tell = silent,
    cancelled: Callable[[], bool] = lambda: False,
    patience: Patience = PATIENT,
    idle: float = 20.0,
) -> Finished:
    """Queues the graph, waits for it and returns what it made.

    Raises BadInput (refused, nothing was run), RunFailed (a node raised), Interrupted (stopped, here or
    there) and ServerError (gone, or it forgot the run). Whatever ends the wait before the run has ended (an
    interrupt included) takes the run off the server first.
    """
    prompt_id = prompt_id or str(uuid.uuid4())
    listener = Listener(client, idle)
    listener.start()
    try:
        listener.tried.wait(timeout=3)
        prompt_id = client.submit(graph, prompt_id, workflow)
        heard = Heard(prompt_id, {node: title_of(graph, node) for node in graph})
        try:
            return _Following(client, graph, heard, listener, tell, cancelled, patience).to_the_end()
        except (RunFailed, ServerError):
            raise
        except BaseException:
            stop(client, prompt_id, patience.stop)
            raise
    finally:
        listener.close()


def stop(client: ComfyClient, prompt_id: str, wait: float) -> None:
    """Takes the run off the server and gives it `wait` seconds to end and to clean up."""
    with contextlib.suppress(ServerError):
        client.cancel(prompt_id)
        end = time.monotonic() + wait
        while time.monotonic() < end and client.standing(prompt_id).state in ("queued", "running"):
            time.sleep(0.1)


class _Following:
    """One run that is waited for."""

    def __init__(
        self,
        client: ComfyClient,
        graph: Mapping[str, Any],
        heard: Heard,
        listener: Listener,
        tell: Tell,
        cancelled: Callable[[], bool],
        patience: Patience,
    ) -> None:
        self.client, self.graph, self.heard, self.listener = client, graph, heard, listener
        self.tell, self.cancelled, self.patience = tell, cancelled, patience
        self.began = self.answered = time.monotonic()
        self.unknown_since: float | None = None
        self.lost_contact = False
        self.ahead = -1

    def to_the_end(self) -> Finished:
        ask_at = time.monotonic()
        while True:
            self._listen(ask_at)
            standing = self._ask()
            if standing and standing.state == "done":
                self._listen(0)
                try:
                    return self._result(standing.entry)
                except (TypeError, ValueError, AttributeError):
                    raise ServerError(
                        f"{self.client.url} doesn't say how the run ended as a ComfyUI does",
                        f"look for run {self.heard.prompt_id} in its history",
                    ) from None
            if standing and standing.state == "unknown":
                self.unknown_since = self.unknown_since or self.answered
                if self.answered - self.unknown_since >= self.patience.forgotten:
                    return self._forgotten()
            elif standing:
                self.unknown_since = None
                self._tell_place(standing)
            ask_at = time.monotonic() + self._pause(standing)

    def _pause(self, standing: Standing | None) -> float:
        """Until the next question: short near the end, since the history is written just after it is told."""
        if standing and (self.heard.ended or standing.state == "unknown"):
            return min(0.05, self.patience.poll)
        return self.patience.poll

    def _listen(self, until: float) -> None:
        """Passes the socket's messages on until it is time to ask or they say that the run has ended.

        `until` 0 takes what is there and returns.
        """
        ended_before = self.heard.ended
        while True:
            if self.cancelled():
                raise Interrupted()
            now = time.monotonic()
            if self.patience.total is not None and now - self.began > self.patience.total:
                stop(self.client, self.heard.prompt_id, self.patience.stop)
                raise ServerError(
                    f"the run was not done after {self.patience.total:g} s and was stopped",
                    "give it longer with --timeout",
                )
            try:
                message = self.listener.messages.get(timeout=min(max(until - now, 0.0), 0.1) or 0.001)
            except queue.Empty:
                if now >= until or self.heard.ended != ended_before:
                    return
                continue
            for event in self.heard.take(message):
                self.tell(event)
            if 0 < until <= now:
                return

    def _ask(self) -> Standing | None:
        """How the run stands, or None while the server doesn't answer."""
        try:
            standing = self.client.standing(self.heard.prompt_id)
        except ServerError as error:
            silence = time.monotonic() - self.answered
            if silence > self.patience.contact:
                raise ServerError(
                    f"{self.client.url} has not answered for {silence:.0f} s: {error.message}",
                    f"if it comes back, run {self.heard.prompt_id} may still be there; it was not sent again",
                ) from None
            if not self.lost_contact:
                self.tell({"event": "contact", "state": "lost", "message": error.message})
            self.lost_contact = True
            return None
        self.answered = time.monotonic()
        if self.lost_contact:
            self.tell({"event": "contact", "state": "back", "message": f"{self.client.url} answers again"})
            self.lost_contact = False
        return standing

    def _tell_place(self, standing: Standing) -> None:
        if standing.state == "queued" and standing.ahead != self.ahead:
            self.ahead = standing.ahead
            self.tell({"event": "queued", "prompt_id": self.heard.prompt_id, "ahead": standing.ahead})

    def _forgotten(self) -> Finished:
        """Not queued, not running, not in the history: over if the socket told so, else lost."""
        if self.heard.ended == "success":
            return self._finished(self.heard.outputs, self.heard.cached)
        raise ServerError(
            f"{self.client.url} no longer knows run {self.heard.prompt_id}: "
            "it was restarted, or somebody removed the run",
            "nothing was sent again; run it again yourself",
        )

    def _result(self, entry: Mapping[str, Any]) -> Finished:
        """What the history says of a run that is over. Raises what it failed with."""
        status = entry.get("status") or {}
        messages = {name: data for name, data in status.get("messages") or [] if isinstance(data, dict)}
        if "execution_interrupted" in messages:
            raise Interrupted(f"the run was stopped on {self.client.url}")
        if "execution_error" in messages or status.get("status_str") == "error":
            raise failure(self.graph, messages.get("execution_error") or {})
        cached = {str(node) for node in (messages.get("execution_cached") or {}).get("nodes", [])}
        return self._finished(entry.get("outputs") or {}, cached)

    def _finished(self, outputs: Mapping[str, Any], cached: set[str]) -> Finished:
        return Finished(
            prompt_id=self.heard.prompt_id,
            outputs=outputs,
            seconds=round(time.monotonic() - self.began, 3),
            timings=self.heard.timings(),
            cached=tuple(sorted(cached)),
        )


def failure(graph: Mapping[str, Any], error: Mapping[str, Any]) -> RunFailed:
    """The RunFailed for an execution_error message: the node by its title, its own sentence, no traceback."""
    node_id = str(error.get("node_id") or "")
    said = str(error.get("exception_message") or "").strip()
    kind = str(error.get("exception_type") or "").rpartition(".")[2]
    if not node_id:
        return RunFailed(
            said or "the run failed, and the server doesn't say why", "look into the server's log"
        )
    if kind and not kind.startswith(("RuntimeError", "Exception")) and kind not in OWN_ERRORS:
        said = f"{kind}: {said}" if said else kind
    return RunFailed(
        f"{place_of(graph, node_id)} failed: {said or 'without a reason'}",
        node_id=node_id,
        node_type=str(error.get("node_type") or ""),
        raised=getattr(OWN_ERRORS.get(kind), "code", ""),
    )


OWN_ERRORS = {name: thing for name, thing in vars(errors).items() if isinstance(thing, type)}
"""Our own errors are sentences already; other exceptions say more with their type's name in front."""
