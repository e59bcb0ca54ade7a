"""Real clients of ComfyUI connect, upload, submit, wait, fetch, save and cancel against `storyreel serve`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PNG = "89504e47"


def test_comfy_cli(served: Any, installed: Callable[..., Path]) -> None:
    program = installed("comfy-cli==1.23.0") / "comfy"
    host, port = served.url.removeprefix("http://").split(":")
    served.environment |= {"COMFY_LOCAL_URL": served.url}
    there = ["--host", host, "--port", port]

    def comfy(*words: str | Path) -> dict[str, Any]:
        ended = served.run(program, "--json", "--skip-prompt", *words)
        answer = json.loads(ended.stdout.strip().splitlines()[-1])
        assert "ok" in answer, ended.stdout + ended.stderr
        return answer

    served.run(program, "--skip-prompt", "tracking", "disable")
    assert comfy("upload", served.picture, *there)["data"]["uploads"][0]["cloud_name"] == "picture.png"
    done = comfy("run", "--workflow", served.quick, "--wait", *there)["data"]
    assert done["status"] == "completed" and len(done["outputs"]) == 1
    assert comfy("download", done["prompt_id"], "-o", served.folder / "got", "--where", "local")["ok"]
    (got,) = (served.folder / "got").rglob("*.png")
    with Image.open(got) as picture:
        assert picture.size == (64, 36)

    started = comfy("run", "--workflow", served.slow, *there)["data"]["prompt_id"]
    assert comfy("jobs", "ls", "--where", "local")["data"]["count"] >= 1
    assert comfy("jobs", "cancel", started)["data"]["found"]
    waited = comfy("jobs", "wait", started)
    assert waited["error"]["code"] == "cancelled"
    assert comfy("jobs", "status", started)["data"]["status"] == "cancelled"
    assert comfy("system-stats")["data"]["system"]["engine"] == "storyreel"


def test_comfy_cli_s_gate_stops_what_costs_money(served: Any, installed: Callable[..., Path]) -> None:
    """And behind it the server's own: it was started without --allow-spend."""
    program = installed("comfy-cli==1.23.0") / "comfy"
    host, port = served.url.removeprefix("http://").split(":")
    mode = {"mode": "text", "mode.duration": 8, "mode.resolution": "720p", "mode.aspect_ratio": "16:9"}
    paid = {
        "1": {
            "class_type": "StoryreelVeo",
            "inputs": {"prompt": "x", "model": "veo-3.1-fast", "door": "auto", **mode},
        },
        "2": {
            "class_type": "SaveVideo",
            "inputs": {"video": ["1", 0], "filename_prefix": "paid", "format": "auto"},
        },
    }
    paid["2"]["inputs"]["codec"] = "auto"
    (served.folder / "paid.json").write_text(json.dumps(paid))
    command = ["--json", "--skip-prompt", "run", "--workflow", served.folder / "paid.json", "--host", host]

    def refused(*words: str) -> dict[str, Any]:
        ended = served.run(program, *command, "--port", port, *words)
        assert ended.returncode != 0
        return json.loads(ended.stdout.strip().splitlines()[-1])["error"]

    error = refused()
    assert error["code"] == "spend_consent_required"
    assert error["details"]["partner_nodes"] == ["StoryreelVeo"]
    served.environment["COMFY_API_KEY"] = "none"
    error = refused("--allow-spend")
    assert error["code"] == "prompt_rejected", error
    assert "this server may spend none" in json.dumps(error)


def test_comfy_api_simplified(served: Any, installed: Callable[..., Path]) -> None:
    found = served.drive(installed("comfy-api-simplified==1.6.0") / "python", "simplified.py")
    assert found["uploaded"] == "picture.png" and found["png"] == [PNG]
    assert len(found["names"]) == 1 and found["names"][0] in served.kept("output")
    assert list(found["films"].values()) == ["ftyp"] and set(found["films"]) <= set(served.kept("output"))
    assert (found["ahead"], found["ended"], found["last"]) == (0, "error", "execution_interrupted")
    assert found["nodes"] > 40 and found["embeddings"] == [] and found["os"]


def test_comfykit(served: Any, installed: Callable[..., Path]) -> None:
    found = served.drive(installed("comfykit==0.1.12") / "python", "kit.py")
    for way in ("http", "websocket"):
        about = found[way]
        assert (about["status"], about["images"], about["png"]) == ("completed", 1, PNG), about
        assert about["films"] == ["ftyp"], about
    assert "picture.png" in served.kept("input")


def test_comfyscript(served: Any, installed: Callable[..., Path]) -> None:
    found = served.drive(installed("comfy-script[client]==0.6.1", "tqdm") / "python", "script.py")
    assert {"StoryreelStoryboard", "StoryreelEstimate", "PreviewAny"} <= set(found["classes"])
    assert found["settings"] == "Node", "not the type of a wire"
    (shown,) = found["shown"].values()
    assert shown["images"][0]["filename"] in served.kept("output")
    assert found["ended"] == "execution_interrupted"


def test_comfy_headless(served: Any, installed: Callable[..., Path]) -> None:
    found = served.drive(installed("comfy-headless==3.1.1") / "python", "headless.py")
    assert found["online"] and found["png"] == PNG and found["cancelled"]
    assert found["ended"] == "execution_interrupted" and found["checkpoints"] == []
    assert "picture.png" in served.kept("input")


def test_the_sdk_of_saintno(served: Any, npm_installed: Callable[..., Path]) -> None:
    folder = npm_installed("@saintno/comfyui-sdk@0.3.1")
    from .conftest import DRIVE

    ended = served.run(
        "node", DRIVE / "sdk.mjs", folder, served.url, served.picture, served.quick, served.slow
    )
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-4000:]
    found = json.loads(ended.stdout.strip().splitlines()[-1])
    assert (found["uploaded"], found["png"], found["box"]) == ("picture.png", PNG, "ftyp")
    assert found["setting"] == "dark" and found["kept"] == ["mine.json"]
    assert found["ended"] == "execution_interrupted" and found["nodes"] > 40
    assert "/extensions/storyreel/storyreel.js" in found["extensions"]
    assert {"execution_success", "executed", "progress"} <= set(found["kinds"])
