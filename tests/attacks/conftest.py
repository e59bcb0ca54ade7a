"""An engine that is attacked: the embedded one always, a real ComfyUI where STORYREEL_TEST_COMFYUI names one."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import pytest
import requests
from storyreel.emulators import Emulator
from storyreel.host import io
from storyreel.runner.engine import EmbeddedServer
from storyreel.studio.home import home
from storyreel.studio.providers import PROVIDERS

SECRET = "geheim4711"

# Under another name: ComfyUI-Manager reads sources, and takes every class derived from x.ComfyNode for a node.
Node = io.ComfyNode


class ProbeLines(Node):
    """A list: what is connected to it is called once for each."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="ProbeLines",
            inputs=[io.String.Input("text")],
            outputs=[io.String.Output("lines", is_output_list=True)],
        )

    @classmethod
    def execute(cls, text):
        return io.NodeOutput(text.split(","))


class ProbeAny(Node):
    """Any value that stands in a workflow, as a wire that fits everywhere; many packs bring such a node."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="ProbeAny", inputs=[io.AnyType.Input("value")], outputs=[io.AnyType.Output("value")]
        )

    @classmethod
    def execute(cls, value):
        return io.NodeOutput(value)


class Engine:
    def __init__(self, url: str) -> None:
        self.url = url

    def post(self, graph: Any) -> requests.Response:
        return requests.post(f"{self.url}/prompt", json={"prompt": graph, "client_id": "attack"}, timeout=30)

    def ran(self, graph: Any, seconds: float = 30) -> dict[str, Any] | str:
        """The history of a graph, or the text of the refusal."""
        answer = self.post(graph)
        if answer.status_code != 200:
            return answer.text
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            prompt = answer.json()["prompt_id"]
            entry = requests.get(f"{self.url}/history/{prompt}", timeout=20).json().get(prompt)
            if entry:
                return entry
            time.sleep(0.02)
        raise AssertionError(f"not over after {seconds} s")

    def alive(self) -> bool:
        return requests.get(f"{self.url}/queue", timeout=5).json() == {
            "queue_running": [],
            "queue_pending": [],
        }


@pytest.fixture(scope="module", params=["embedded", pytest.param("comfyui", marks=pytest.mark.comfyui)])
def engine(request: pytest.FixtureRequest, outside: Path) -> Iterator[Engine]:
    if request.param == "comfyui":
        yield Engine(request.getfixturevalue("comfyui"))
        return
    with EmbeddedServer(outside.parent / "engine", nodes=[ProbeAny]) as server:
        yield Engine(server.url)


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    polls = "".join(f"[doors.{door}]\npoll_seconds = 0.05\n" for door in PROVIDERS if door != "animatic")
    home().mkdir(parents=True, exist_ok=True)
    (home() / "config.toml").write_text(polls)
    with Emulator(work=0.05, picture="plain") as made:
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def serving(emulator: Emulator, tmp_path: Path) -> Iterator[Callable[..., Engine]]:
    """Starts an engine that may spend as much, with nodes that repeat and forge."""
    running: list[EmbeddedServer] = []

    def begin(spend: Any, refuse: bool | None = None) -> Engine:
        server = EmbeddedServer(
            tmp_path / uuid.uuid4().hex, nodes=[ProbeLines, ProbeAny], spend=spend, refuse=refuse
        )
        running.append(server.__enter__())
        return Engine(server.url)

    yield begin
    for server in running:
        server.__exit__(None, None, None)


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that no engine may read, its name beginning as the engine's does: a magenta picture, a film and texts,
    each with a name that tells."""
    from PIL import Image

    place = tmp_path_factory.mktemp("attack") / "engine-beside"
    place.mkdir()
    Image.new("RGB", (64, 36), (255, 0, 255)).save(place / "kanarienvogel.png")
    (place / "kanarienvogel.txt").write_text(f"{SECRET}\n")
    (place / "kanarienvogel.yaml").write_text(f"title: {SECRET}\nscenes: [{SECRET}]\n")
    with av.open(str(place / "kanarienvogel.mp4"), "w") as file:
        stream = file.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for _ in range(24):
            frame = av.VideoFrame.from_image(Image.new("RGB", (64, 36), (255, 0, 255)))
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return place
