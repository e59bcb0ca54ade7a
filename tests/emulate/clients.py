"""Clients that speak to the emulators' doors in raw HTTP, and clips as they are when decoded."""

from __future__ import annotations

import base64
import io
import time
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

import av
import httpx
import numpy as np
from PIL import Image
from storyreel.emulators import Emulator

# Without certificates, which take longer to load than all else: nothing here leaves this machine.
fetch = partial(httpx.get, verify=False)
send = partial(httpx.post, verify=False)
streamed = partial(httpx.stream, verify=False)


class Seen(NamedTuple):
    """What a clip holds, decoded to its end."""

    size: tuple[int, int]
    frames: list[np.ndarray]
    """uint8 [H,W,3], red first: the first, the middle and the last one."""
    count: int
    rate: Fraction
    samples: int
    loudness: float
    sound_rate: int = 48_000

    def lasts(self, seconds: float) -> bool:
        """Whether it is so long, as services have it: up to an eighth of a second off (makes.py has the numbers)."""
        return abs(self.count / self.rate - seconds) <= 0.126

    def sounds_for(self, seconds: float) -> bool:
        """Whether it has so much quiet sound, to an eighth of a second; 0 means none at all."""
        if not seconds:
            return self.samples == 0
        return abs(self.samples / self.sound_rate - seconds) < 0.2 and 0.005 < self.loudness < 0.06


def decoded(data: bytes) -> Seen:
    with av.open(io.BytesIO(data)) as container:
        video = container.streams.video[0]
        frames = list(container.decode(video))
        rate = Fraction(video.average_rate or 0)
        for frame in frames:
            frame.colorspace = 1  # what services mean, and don't say
        shown = [frames[n].to_ndarray(format="rgb24") for n in (0, len(frames) // 2, -1)]
    sound = 0, 0.0, 48_000
    with av.open(io.BytesIO(data)) as container:
        if container.streams.audio:
            heard = np.concatenate([f.to_ndarray() for f in container.decode(container.streams.audio[0])], 1)
            sound = heard.shape[1], float(np.sqrt(np.mean(heard**2))), container.streams.audio[0].rate
    return Seen((frames[0].width, frames[0].height), shown, len(frames), rate, *sound)


class Door:
    """A raw client of one door, with the headers that let it in."""

    name = ""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.base = f"{emulator.url}/{self.name}"
        self.headers = self.keys(emulator)
        self.client = httpx.Client(timeout=20, headers=self.headers, verify=False)

    def keys(self, emulator: Emulator) -> dict[str, str]:
        raise NotImplementedError

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return self.client.post(self.base + path, json=body, **more)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.client.get(path if path.startswith("http") else self.base + path, **more)

    def delete(self, path: str) -> httpx.Response:
        return self.client.delete(self.base + path)

    def job(self, id: str) -> dict[str, Any]:
        """What the emulator has recorded of a job."""
        return next(job for job in self.emulator.record()["jobs"] if job["id"] == id)


class RunwayDoor(Door):
    name = "runway"

    def keys(self, emulator: Emulator) -> dict[str, str]:
        secret = emulator.environment["RUNWAYML_API_SECRET"]
        return {"Authorization": f"Bearer {secret}", "X-Runway-Version": "2024-11-06"}

    def submit(self, kind: str = "text_to_video", **body: Any) -> httpx.Response:
        plain = {"model": "gen4.5", "promptText": "a cat", "ratio": "1280:720", "duration": 2}
        return self.post(f"/v1/{kind}", {key: v for key, v in (plain | body).items() if v is not None})

    def ended(self, id: str) -> dict[str, Any]:
        for _ in range(400):
            task = self.get(f"/v1/tasks/{id}").json()
            if task.get("status") not in ("PENDING", "RUNNING", "THROTTLED"):
                return task
            time.sleep(0.01)
        raise AssertionError("the task never ended")

    def clip(self, kind: str = "text_to_video", **body: Any) -> Seen:
        answer = self.submit(kind, **body)
        assert answer.status_code == 200, answer.text
        return decoded(fetch(self.ended(answer.json()["id"])["output"][0]).content)


class GoogleDoor(Door):
    name = "google"

    def keys(self, emulator: Emulator) -> dict[str, str]:
        return {"x-goog-api-key": emulator.environment["GEMINI_API_KEY"]}

    def submit(self, **body: Any) -> httpx.Response:
        plain = {"model": "gemini-omni-1.2-flash", "input": "a cat", "background": True}
        return self.post("/v1/interactions", plain | body)

    def ended(self, id: str) -> dict[str, Any]:
        for _ in range(400):
            found = self.get(f"/v1/interactions/{id}").json()
            if found.get("status") not in ("queued", "in_progress"):
                return found
            time.sleep(0.01)
        raise AssertionError("the interaction never ended")

    def clip(self, **body: Any) -> Seen:
        answer = self.submit(**body)
        assert answer.status_code == 200, answer.text
        video = self.ended(answer.json()["id"])["steps"][1]["content"][0]
        return decoded(base64.b64decode(video["data"]) if "data" in video else self.get(video["uri"]).content)

    def upload(self, data: bytes, type: str) -> dict[str, Any]:
        start = self.post(
            "/upload/v1/files",
            {"file": {"mimeType": type}},
            headers={
                "X-Goog-Upload-Protocol": "resumable",
                "X-Goog-Upload-Command": "start",
                "X-Goog-Upload-Header-Content-Length": str(len(data)),
                "X-Goog-Upload-Header-Content-Type": type,
            },
        )
        assert start.status_code == 200, start.text
        done = send(
            start.headers["x-goog-upload-url"],
            content=data,
            headers={"X-Goog-Upload-Command": "upload, finalize", "X-Goog-Upload-Offset": "0"},
        )
        assert done.headers["x-goog-upload-status"] == "final"
        return done.json()["file"]


class VertexDoor(Door):
    name = "vertex"

    def keys(self, emulator: Emulator) -> dict[str, str]:
        return {"Authorization": f"Bearer {emulator.token()}"}

    model = "veo-3.1-generate-001"

    def path(self, verb: str, model: str = "", project: str = "storyreel-rehearsal") -> str:
        return f"/v1/projects/{project}/locations/us-central1/publishers/google/models/{model or self.model}:{verb}"

    def submit(self, instance: Any = None, model: str = "", **parameters: Any) -> httpx.Response:
        body = {
            "instances": [{"prompt": "a cat"} if instance is None else instance],
            "parameters": parameters,
        }
        return self.post(self.path("predictLongRunning", model), body)

    def look(self, name: str, model: str = "") -> httpx.Response:
        return self.post(self.path("fetchPredictOperation", model), {"operationName": name})

    def ended(self, name: str, model: str = "") -> dict[str, Any]:
        for _ in range(400):
            operation = self.look(name, model).json()
            if operation.get("done"):
                return operation
            time.sleep(0.01)
        raise AssertionError("the operation never ended")

    def clip(self, instance: Any = None, model: str = "", **parameters: Any) -> Seen:
        answer = self.submit(instance, model, **parameters)
        assert answer.status_code == 200, answer.text
        video = self.ended(answer.json()["name"], model)["response"]["videos"][0]
        return decoded(base64.b64decode(video["bytesBase64Encoded"]))


def picture(width: int = 64, height: int = 36, kind: str = "PNG", colour: Any = (200, 30, 30)) -> bytes:
    sink = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(sink, kind)
    return sink.getvalue()


def inline(data: bytes, type: str = "image/png") -> dict[str, str]:
    """As Vertex wants media."""
    return {"bytesBase64Encoded": base64.b64encode(data).decode(), "mimeType": type}


def uri(data: bytes, type: str = "image/png") -> str:
    """As Runway wants media."""
    return f"data:{type};base64,{base64.b64encode(data).decode()}"
