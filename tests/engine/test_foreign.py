"""What other clients of ComfyUI ask a server for, beyond running a workflow: the same answers as ComfyUI's."""

from __future__ import annotations

import asyncio
import io as bytes_io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import websocket
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from storyreel.host import io
from storyreel.host.standalone.context import running
from storyreel.nodes import NODES
from storyreel.runner.engine.sockets import Sockets

Node = io.ComfyNode

SLOW = {
    "1": {"class_type": "ProbeSlow", "inputs": {"text": "a", "seconds": 20.0, "seed": 1, "mode": "ok"}},
    "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}},
}


class Saying(Node):
    """Says a line with every step, as nodes do that wait for a service."""

    @classmethod
    def define_schema(cls):
        return io.Schema(node_id="Saying", inputs=[io.Int.Input("steps")], outputs=[], is_output_node=True)

    @classmethod
    def execute(cls, steps):
        for step in range(steps):
            running().text(f"step {step}")
            running().progress(step + 1, steps)
            time.sleep(0.002)
        return io.NodeOutput(ui={"text": ("said",)})


class Filming(Node):
    """Shows files as other packs do: a video under `gifs`."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="Filming", inputs=[io.String.Input("format")], outputs=[], is_output_node=True
        )

    @classmethod
    def execute(cls, format):
        note = {"filename": "note.txt", "subfolder": "", "type": "output"}
        film = {"filename": "film.bin", "subfolder": "", "type": "output", "format": format}
        return io.NodeOutput(ui={"files": [note], "gifs": [film]})


def call(client: Any, method: str, path: str, **more: Any) -> requests.Response:
    return requests.request(method, f"{client.url}{path}", timeout=20, **more)


# 1. HEAD and OPTIONS


@pytest.mark.parametrize(
    "path",
    ["/queue", "/api/queue", "/object_info", "/history", "/", "/settings", "/view?filename=a.png&type=input"],
)
def test_head_answers_like_get_without_a_body(client: Any, tmp_path: Path, path: str) -> None:
    (tmp_path / "input/a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    got, head = call(client, "GET", path), call(client, "HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Type"] == got.headers["Content-Type"]
    assert head.headers["Content-Length"] == str(len(got.content))
    assert call(client, "HEAD", "/view?filename=none.png").status_code == 404


def test_options_is_answered_and_lets_no_other_page_in(client: Any) -> None:
    for path in ("/prompt", "/api/queue", "/nothing"):
        answer = call(client, "OPTIONS", path)
        assert (answer.status_code, answer.content) == (200, b"")
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    assert call(client, "OPTIONS", "/prompt", headers={"Origin": "http://evil.example"}).status_code == 403


# 2. A client's own files and settings


def test_settings_are_kept(client: Any, tmp_path: Path) -> None:
    assert call(client, "GET", "/settings").json() == {}
    assert call(client, "GET", "/settings/Comfy.Theme").json() is None
    assert call(client, "POST", "/settings", json={"a": 1, "Comfy.Theme": "dark"}).status_code == 200
    assert call(client, "POST", "/api/settings/a", json=[2]).status_code == 200
    assert call(client, "GET", "/settings").json() == {"a": [2], "Comfy.Theme": "dark"}
    assert call(client, "GET", "/settings/Comfy.Theme").json() == "dark"
    kept = json.loads((tmp_path / "user/default/comfy.settings.json").read_text())
    assert kept == {"a": [2], "Comfy.Theme": "dark"}
    assert call(client, "POST", "/settings", json=[1]).status_code == 400


def test_a_client_s_files_are_kept_listed_moved_and_removed(client: Any, tmp_path: Path) -> None:
    missing = call(client, "GET", "/userdata", params={"dir": "workflows"})
    assert (missing.status_code, missing.json()["error"]["type"]) == (404, "no_directory")
    assert call(client, "GET", "/userdata").status_code == 400
    assert call(client, "GET", "/v2/userdata").json() == []
    for name in ("workflows%2Fone.json", "workflows%2Fdeep%2Ftwo.json"):
        assert call(client, "POST", f"/userdata/{name}", data=b"{}").status_code == 200
    assert call(client, "POST", "/userdata/workflows%2Fone.json", data=b"[1]").json() == "workflows/one.json"
    refused = call(client, "POST", "/userdata/workflows%2Fone.json?overwrite=false", data=b"no")
    assert refused.status_code == 409
    got = call(client, "GET", "/api/userdata/workflows%2Fone.json")
    assert (got.content, got.headers["Content-Type"]) == (b"[1]", "application/octet-stream")
    assert got.headers["Content-Disposition"].startswith("attachment")

    listed: Callable[..., Any] = lambda **query: call(  # noqa: E731
        client, "GET", "/userdata", params={"dir": "workflows", **query}
    ).json()
    assert listed() == ["one.json"]
    assert sorted(listed(recurse="true")) == ["deep/two.json", "one.json"]
    assert ["deep/two.json", "deep", "two.json"] in listed(recurse="true", split="true")
    (about,) = listed(full_info="true")
    assert about["path"] == "one.json" and about["size"] == 3 and about["modified"] > 1e12
    tree = call(client, "GET", "/v2/userdata", params={"path": "workflows"}).json()
    assert [(each["type"], each["path"]) for each in tree] == [
        ("directory", "workflows/deep"),
        ("file", "workflows/one.json"),
        ("file", "workflows/deep/two.json"),
    ]

    moved = call(client, "POST", "/userdata/workflows%2Fone.json/move/other%2Fthree.json?full_info=true")
    assert moved.json()["path"] == "other/three.json"
    assert (tmp_path / "user/default/other/three.json").read_bytes() == b"[1]"
    assert call(client, "DELETE", "/userdata/other%2Fthree.json").status_code == 204
    assert call(client, "GET", "/userdata/other%2Fthree.json").status_code == 404


@pytest.mark.parametrize(
    "name",
    ["..%2Fa", "..%2F..%2Finput%2Fa.png", "%2Fetc%2Fpasswd", "a%252F..%252F..%252F..%252Fb", "out%2Fa", "."],
)
def test_no_name_leaves_a_client_s_folder(client: Any, tmp_path: Path, name: str) -> None:
    (tmp_path / "user/default").mkdir(parents=True)
    (tmp_path / "user/default/out").symlink_to(tmp_path / "input")
    (tmp_path / "input/a").write_bytes(b"mine")
    asked = [
        call(client, "POST", f"/userdata/{name}", data=b"x"),
        call(client, "GET", f"/userdata/{name}"),
        call(client, "DELETE", f"/userdata/{name}"),
        call(client, "POST", f"/userdata/out%2Fa/move/{name}"),
    ]
    assert all(400 <= answer.status_code < 500 and answer.json()["error"] for answer in asked)
    assert (tmp_path / "input/a").read_bytes() == b"mine"
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.read_bytes() == b"x"]


def test_a_mask_becomes_the_alpha_of_the_picture(client: Any, tmp_path: Path) -> None:
    texts = PngInfo()
    texts.add_text("prompt", "kept")
    Image.new("RGB", (4, 2), (200, 10, 20)).save(tmp_path / "input/a.png", pnginfo=texts)
    mask = Image.new("RGBA", (4, 2), (0, 0, 0, 255))
    mask.putpixel((1, 0), (0, 0, 0, 7))
    drawn = bytes_io.BytesIO()
    mask.save(drawn, "png")

    def upload(**reference: str) -> requests.Response:
        form = {"original_ref": json.dumps(reference), "type": "input", "subfolder": "clipspace"}
        files = {"image": ("mask.png", drawn.getvalue())}
        return call(client, "POST", "/upload/mask", files=files, data=form)

    said = upload(filename="a.png", subfolder="", type="input")
    assert said.json() == {"name": "mask.png", "subfolder": "clipspace", "type": "input"}
    with Image.open(tmp_path / "input/clipspace/mask.png") as made:
        assert (made.mode, made.getpixel((0, 0)), made.getpixel((1, 0))) == (
            "RGBA",
            (200, 10, 20, 255),
            (200, 10, 20, 7),
        )
        assert getattr(made, "text")["prompt"] == "kept"  # noqa: B009
    Image.new("RGB", (9, 9)).save(tmp_path / "input/b.png")
    assert upload(filename="b.png", type="input").status_code == 400
    assert upload(filename="../a.png", type="input").status_code == 400
    assert upload(filename="none.png", type="input").status_code == 404


# The pack's own files, and what is empty


def test_the_pack_s_extension_pages_and_workflows_are_there(client: Any) -> None:
    scripts = call(client, "GET", "/extensions").json()
    assert "/extensions/storyreel/storyreel.js" in scripts
    for path in scripts:
        answer = call(client, "GET", path)
        assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/javascript")
    assert call(client, "GET", "/extensions/storyreel/prices.json").json()["rows"]
    (pack,) = call(client, "GET", "/workflow_templates").json().items()
    assert pack[0] == "storyreel" and "photo_story" in pack[1]
    for name in pack[1]:
        assert call(client, "GET", f"/api/workflow_templates/storyreel/{name}.json").json()["nodes"]
    assert call(client, "GET", "/api/workflow_templates/storyreel/photo_story.jpg").content[:2] == b"\xff\xd8"
    node = NODES[0].GET_SCHEMA().node_id
    assert call(client, "GET", f"/docs/{node}/en.md").text.strip()
    for path in ("../nodes/sockets.py", "%2e%2e/nodes/sockets.py", "docs", "none.js", "..%2Fpyproject.toml"):
        assert call(client, "GET", f"/extensions/storyreel/{path}").status_code == 404
    assert call(client, "GET", "/docs/None/en.md").status_code == 404


def test_there_are_no_models(client: Any) -> None:
    kinds = call(client, "GET", "/models").json()
    assert {"checkpoints", "loras", "vae"} <= set(kinds)
    assert all(call(client, "GET", f"/models/{kind}").json() == [] for kind in kinds)
    assert call(client, "GET", "/experiment/models").json()[0]["folders"] == []
    assert call(client, "GET", "/experiment/models/loras").json() == []
    assert call(client, "GET", "/models/none").json()["error"]["message"]


def test_the_log_is_shown_and_sent_to_who_asks(client: Any) -> None:
    def changed(**body: Any) -> int:
        return call(client, "PATCH", "/internal/logs/subscribe", json=body).status_code

    assert changed(clientId=client.id, enabled=True) == 200
    assert changed(clientId=client.id) == changed(enabled=True) == 400
    client.post({"1": {"class_type": "Nope\x1b[2J", "inputs": {}}})
    client.wait(lambda: client.seen("logs"))
    (line,) = client.seen("logs")[0]["entries"]
    assert "invalid prompt" in line["m"] and "\x1b" not in line["m"]
    assert line in call(client, "GET", "/internal/logs/raw").json()["entries"]
    assert f"{line['t']} - {line['m']}" in call(client, "GET", "/internal/logs").json()


def test_the_newest_files_of_a_folder(client: Any, tmp_path: Path) -> None:
    (tmp_path / "output/a.mp4").write_bytes(b"x")
    assert call(client, "GET", "/internal/files/output").json() == ["a.mp4 [output]"]
    assert call(client, "GET", "/internal/files/etc").status_code == 400


# 3. and 4. Sockets


def test_texts_go_to_who_can_tell_them_from_pictures_and_a_few_a_second(start: Callable[..., Any]) -> None:
    """A client that announced nothing takes every binary message for a picture, and would never get its film."""
    client = start(Saying)
    plain = websocket.create_connection(
        f"{client.url}/ws?clientId=plain".replace("http", "ws", 1), timeout=20
    )
    said = {"prompt": {"1": {"class_type": "Saying", "inputs": {"steps": 300}}}, "client_id": "plain"}
    assert requests.post(f"{client.url}/prompt", json=said, timeout=20).status_code == 200
    kinds = []
    while True:
        code, data = plain.recv_data()
        kinds.append(code)
        if code == websocket.ABNF.OPCODE_TEXT and json.loads(data)["type"] == "execution_success":
            break
    plain.close()
    assert set(kinds) == {websocket.ABNF.OPCODE_TEXT} and len(kinds) > 300

    began = time.monotonic()
    client.run({"1": {"class_type": "Saying", "inputs": {"steps": 301}}})
    took = time.monotonic() - began
    client.wait(lambda: client.seen("execution_success"))
    texts = [data[5:].decode() for event in client.events if isinstance(event, tuple) for data in [event[1]]]
    assert texts[0] == "step 0" and texts[-1] == "step 300", "the first at once, the last in any case"
    assert len(texts) <= 2 + took / 0.25 + 1


def test_who_comes_back_is_never_told_what_is_over() -> None:
    """The state is what holds when the socket is there, not when it was asked for: here the run ends in between."""
    sockets, node = Sockets({}), ["5"]

    async def ended(request: Any, response: Any) -> None:
        sockets.send("executing", {"node": None}, "back")  # to whoever is there: nobody yet
        node.clear()

    async def handler(request: web.Request) -> web.StreamResponse:
        return await sockets.serve(request, lambda: {"left": len(node)}, lambda _: node[0] if node else None)

    async def told() -> list[Any]:
        app = web.Application()
        app.router.add_get("/ws", handler)
        app.on_response_prepare.append(ended)
        async with TestClient(TestServer(app)) as client, client.ws_connect("/ws?clientId=back") as socket:
            await socket.send_json({"type": "feature_flags", "data": {}})
            events = [await socket.receive_json(timeout=10)]
            while events[-1]["type"] != "feature_flags":
                events.append(await socket.receive_json(timeout=10))
            return events

    events = asyncio.run(told())
    assert [event["type"] for event in events] == ["status", "feature_flags"]
    assert events[0]["data"]["status"] == {"left": 0}


# /api/jobs


def test_a_job_is_cancelled_whether_it_waits_or_runs(client: Any) -> None:
    runs, waits = client.post(SLOW).json()["prompt_id"], client.post(SLOW).json()["prompt_id"]
    client.wait(lambda: client.get("/queue")["queue_running"])
    assert call(client, "POST", f"/api/jobs/{waits}/cancel").json() == {"cancelled": True}
    assert client.get("/queue")["queue_pending"] == []
    assert call(client, "POST", "/api/jobs/cancel", json={"job_ids": [runs, "none"]}).json() == {
        "cancelled": True
    }
    client.wait(lambda: client.history(runs))
    assert call(client, "POST", f"/api/jobs/{runs}/cancel").json() == {"cancelled": False}
    assert client.get(f"/api/jobs/{runs}")["status"] == "cancelled"
    assert [job["id"] for job in client.get("/api/jobs?status=cancelled")["jobs"]] == [runs]
    assert client.get("/api/jobs?status=failed")["jobs"] == []
    for body in ({"job_ids": "x"}, {}, {"job_ids": [{}]}):
        answer = call(client, "POST", "/api/jobs/cancel", json=body)
        assert answer.status_code == 400 and isinstance(answer.json()["error"], str)


def test_jobs_are_sorted_and_filtered(client: Any) -> None:
    took = {}
    for turn, seconds in enumerate((0.5, 0.05, 0.25)):
        graph = json.loads(json.dumps(SLOW))
        graph["1"]["inputs"] |= {"seconds": seconds, "seed": turn}
        extra = {"extra_pnginfo": {"workflow": {"id": f"film-{turn % 2}"}}}
        prompt_id = client.post(graph, extra_data=extra).json()["prompt_id"]
        client.wait(lambda prompt_id=prompt_id: client.history(prompt_id))
        took[seconds] = prompt_id
    ids: Callable[[str], Any] = lambda query: [j["id"] for j in client.get(f"/api/jobs?{query}")["jobs"]]  # noqa: E731
    assert ids("sort_by=execution_duration") == [took[0.5], took[0.25], took[0.05]]
    assert ids("sort_by=execution_duration&sort_order=asc") == [took[0.05], took[0.25], took[0.5]]
    assert ids("sort_by=created_at&sort_order=ASC") == [took[0.5], took[0.05], took[0.25]]
    assert ids("workflow_id=film-1") == [took[0.05]] and ids("workflow_id=none") == []
    for query in ("sort_by=size", "sort_order=up", "status=done", "limit=0", "limit=x", "offset=x"):
        answer = call(client, "GET", f"/api/jobs?{query}")
        assert answer.status_code == 400 and isinstance(answer.json()["error"], str), query


@pytest.mark.parametrize(("format", "shown"), [("video/h264-mp4", "film.bin"), ("latent", "note.txt")])
def test_a_video_under_another_name_is_the_preview(
    start: Callable[..., Any], format: str, shown: str
) -> None:
    client = start(Filming)
    client.run({"1": {"class_type": "Filming", "inputs": {"format": format}}})
    (job,) = client.get("/api/jobs")["jobs"]
    assert job["preview_output"]["filename"] == shown and job["outputs_count"] == 2


# 7. A reverse proxy


def test_a_proxy_s_outer_name_is_refused_with_the_cure_and_then_allowed(start: Callable[..., Any]) -> None:
    client = start(names=["films.example"])
    outer = {"Host": "other.example"}
    refused = call(client, "GET", "/queue", headers=outer)
    assert refused.status_code == 403 and "--allow-host NAME" in refused.json()["error"]["message"]
    for headers in (
        {"Host": "films.example", "Origin": "https://films.example"},
        {"Origin": "https://films.example"},  # the proxy asks by its own name
    ):
        assert call(client, "GET", "/queue", headers=headers).status_code == 200, headers
    assert call(client, "GET", "/queue", headers={"Origin": "https://other.example"}).status_code == 403
