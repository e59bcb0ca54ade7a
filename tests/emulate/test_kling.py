"""Kling: what it makes, measured, and what it refuses, in both families, for keys and for tokens."""

from __future__ import annotations

import base64
import hmac
import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from storyreel.emulators import Emulator

from .clients import Door, Seen, decoded, fetch, picture


def bare(data: bytes) -> str:
    return base64.b64encode(data).decode()


RED, BLUE = bare(picture(640, 360)), bare(picture(640, 360, colour=(20, 40, 200)))
PROMPT = {"type": "prompt", "text": "a cat"}
FIRST, LAST = {"type": "first_frame", "url": RED}, {"type": "last_frame", "url": BLUE}


def reference(number: int = 1) -> dict[str, str]:
    return {"type": "refer_image", "url": RED, "id": f"image_{number}"}


class KlingDoor(Door):
    name = "kling"

    def keys(self, emulator: Emulator) -> dict[str, str]:
        return {"Authorization": f"Bearer {emulator.environment['KLING_API_KEY']}"}

    def submit(self, path: str = "text-to-video/kling-3.0", **body: Any) -> httpx.Response:
        plain = {"prompt": "a cat"} if path.startswith("text") else {"contents": [PROMPT, FIRST]}
        return self.post(
            f"/{path}", {key: value for key, value in (plain | body).items() if value is not None}
        )

    def legacy(self, kind: str = "text2video", **body: Any) -> httpx.Response:
        plain = {"model_name": "kling-v2-6", "prompt": "a cat"}
        plain |= {"image": RED} if kind == "image2video" else {}
        return self.post(f"/v1/videos/{kind}", {key: v for key, v in (plain | body).items() if v is not None})

    def ended(self, path: str) -> dict[str, Any]:
        for _ in range(400):
            data = self.get(path).json()["data"]
            task = data[0] if isinstance(data, list) else data
            if task.get("status", task.get("task_status")) not in ("submitted", "processing"):
                return task
            time.sleep(0.01)
        raise AssertionError("the task never ended")

    def clip(self, answer: httpx.Response, kind: str = "") -> tuple[dict[str, Any], Seen]:
        assert answer.status_code == 200, answer.text
        data = answer.json()["data"]
        task = self.ended(f"/v1/videos/{kind}/{data['task_id']}" if kind else f"/tasks?task_ids={data['id']}")
        made = task["task_result"]["videos"] if kind else task["outputs"]
        return task, decoded(fetch(made[0]["url"]).content)


@pytest.fixture
def kling(emulator: Emulator) -> Iterator[KlingDoor]:
    with KlingDoor(emulator) as door:
        yield door


def token(emulator: Emulator, signed: bool = True, alg: str = "HS256", **claims: Any) -> dict[str, str]:
    """A header with one that is made as the pages say, other than these claims."""
    now = int(time.time())
    given = {"iss": emulator.environment["KLING_ACCESS_KEY"], "exp": now + 1800, "nbf": now - 5} | claims
    parts = [{"alg": alg, "typ": "JWT"}, {key: value for key, value in given.items() if value is not None}]
    text = ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts)
    key = emulator.environment["KLING_SECRET_KEY"] if signed else "another"
    end = base64.urlsafe_b64encode(hmac.digest(key.encode(), text.encode(), "sha256")).decode().rstrip("=")
    return {"Authorization": f"Bearer {text}.{end}"}


@pytest.mark.parametrize(
    ("path", "body", "size", "seconds", "sound", "price"),
    [
        ("text-to-video/kling-3.0", {}, (1280, 720), 5, False, "0.42"),
        (
            "text-to-video/kling-3.0",
            {"settings": {"duration": 3, "audio": "native", "resolution": "1080p", "aspect_ratio": "9:16"}},
            (1080, 1920),
            3,
            True,
            "0.504",
        ),
        ("text-to-video/kling-3.0-turbo", {"settings": {"aspect_ratio": "1:1"}}, (960, 960), 5, True, "0.56"),
        ("image-to-video/kling-3.0", {"settings": {"duration": 4}}, (1280, 720), 4, False, "0.336"),
        ("image-to-video/kling-3.0", {"contents": [PROMPT, FIRST, LAST]}, (1280, 720), 5, False, "0.42"),
        ("image-to-video/kling-3.0-turbo", {"settings": {"duration": 3}}, (1280, 720), 3, True, "0.336"),
        (
            "omni-video/kling-3.0-omni",
            {
                "contents": [PROMPT, *map(reference, range(7))],
                "settings": {"aspect_ratio": "16:9", "duration": 3},
            },
            (1280, 720),
            3,
            False,
            "0.252",
        ),
        (
            "omni-video/kling-3.0-omni",
            {
                "contents": [PROMPT, FIRST],
                "settings": {"resolution": "4k", "audio": "native", "duration": 3},
            },
            (3840, 2160),
            3,
            True,
            "1.26",
        ),
        (
            "text-to-video/kling-4.0",
            {"settings": {"resolution": "720p", "duration": 3, "aspect_ratio": "4:3"}},
            (960, 720),
            3,
            True,
            "0.471",
        ),
    ],
)
def test_the_new_family_makes_what_was_asked_for(
    kling: KlingDoor, path: str, body: dict, size: tuple[int, int], seconds: int, sound: bool, price: str
) -> None:
    answer = kling.submit(path, **body)
    assert answer.json()["code"] == 0 and answer.json()["data"]["status"] == "submitted"
    task, clip = kling.clip(answer)
    assert clip.size == size and clip.lasts(seconds) and (clip.samples > 0) == sound
    assert task["status"] == "succeeded" and task["outputs"][0]["duration"] == str(seconds)
    [bill] = task["billing"]
    assert bill["charge_type"] == "cash" and float(bill["amount"]) == float(price)
    assert float(kling.job(task["id"])["billed"]) == float(price)


@pytest.mark.parametrize(
    ("kind", "body", "size", "seconds", "sound", "price"),
    [
        ("text2video", {}, (1280, 720), 5, False, "0.21"),
        ("text2video", {"mode": "pro", "sound": "on", "duration": "10"}, (1920, 1080), 10, True, "1.4"),
        (
            "text2video",
            {"model_name": "kling-v2-5-turbo", "aspect_ratio": "1:1"},
            (960, 960),
            5,
            False,
            "0.21",
        ),
        (
            "text2video",
            {"model_name": "kling-v3", "sound": "on", "duration": "3"},
            (1280, 720),
            3,
            True,
            "0.378",
        ),
        ("image2video", {"image_tail": BLUE, "mode": "pro"}, (1920, 1080), 5, False, "0.35"),
    ],
)
def test_the_legacy_family_makes_what_was_asked_for(
    kling: KlingDoor, kind: str, body: dict, size: tuple[int, int], seconds: int, sound: bool, price: str
) -> None:
    task, clip = kling.clip(kling.legacy(kind, **body), kind)
    assert clip.size in (size, (1920, 1076)) and clip.lasts(seconds) and (clip.samples > 0) == sound
    assert task["task_status"] == "succeed" and task["final_unit_deduction"] == "0"
    assert float(task["final_balance_deduction"]["quota"]) == float(price)
    assert float(kling.job(task["task_id"])["billed"]) == float(price)


TEXT, IMAGE, OMNI = "text-to-video/kling-3.0", "image-to-video/kling-3.0", "omni-video/kling-3.0-omni"
TURBO = "-turbo"
REFUSED = {
    "no prompt": (TEXT, {"prompt": None}, "prompt"),
    "3073 characters": (TEXT, {"prompt": "x" * 3073}, "3072"),
    "unknown key": (TEXT, {"negative_prompt": "rain"}, "negative_prompt"),
    "an id where it isn't read": (TEXT, {"external_task_id": "a"}, "external_task_id"),
    "duration as text": (TEXT, {"settings": {"duration": "5"}}, "duration"),
    "two seconds": (TEXT, {"settings": {"duration": 2}}, "duration"),
    "sixteen seconds": (TEXT, {"settings": {"duration": 16}}, "duration"),
    "half a second": (TEXT, {"settings": {"duration": 5.5}}, "duration"),
    "480p": (TEXT, {"settings": {"resolution": "480p"}}, "resolution"),
    "4:3": (TEXT, {"settings": {"aspect_ratio": "4:3"}}, "aspect_ratio"),
    "sound as flag": (TEXT, {"settings": {"audio": True}}, "audio"),
    "original sound of words": (TEXT, {"settings": {"audio": "original"}}, "audio"),
    "many shots as text": (TEXT, {"settings": {"multi_shot": "false"}}, "multi_shot"),
    "sound of turbo": (TEXT + TURBO, {"settings": {"audio": "off"}}, "audio"),
    "many shots of turbo": (TEXT + TURBO, {"settings": {"multi_shot": False}}, "multi_shot"),
    "4k of turbo": (TEXT + TURBO, {"settings": {"resolution": "4k"}}, "resolution"),
    "no picture": (IMAGE, {"contents": [PROMPT]}, "first_frame"),
    "no words": (IMAGE, {"contents": [FIRST]}, "prompt"),
    "last frame alone": (IMAGE, {"contents": [PROMPT, LAST]}, "last_frame"),
    "last frame of turbo": (IMAGE + TURBO, {"contents": [PROMPT, FIRST, LAST]}, "last_frame"),
    "two first frames": (IMAGE, {"contents": [PROMPT, FIRST, FIRST]}, "at most 1"),
    "shape beside a picture": (IMAGE, {"settings": {"aspect_ratio": "16:9"}}, "aspect_ratio"),
    "reference of a frame model": (IMAGE, {"contents": [PROMPT, FIRST, reference()]}, "type"),
    "contents that are none": (IMAGE, {"contents": "a cat"}, "contents"),
    "content that is none": (IMAGE, {"contents": [PROMPT, FIRST, 7]}, "type"),
    "four elements": (
        IMAGE,
        {"contents": [PROMPT, FIRST, *[{"type": "element", "element_id": "1"}] * 4]},
        "at most 3",
    ),
    "eight references": (
        OMNI,
        {"contents": [PROMPT, *map(reference, range(8))], "settings": {"aspect_ratio": "1:1"}},
        "at most 7",
    ),
    "no shape": (OMNI, {"contents": [PROMPT, reference()]}, "aspect_ratio"),
    "data URI": (
        IMAGE,
        {"contents": [PROMPT, {"type": "first_frame", "url": f"data:image/png;base64,{RED}"}]},
        "without the prefix",
    ),
    "no base64": (IMAGE, {"contents": [PROMPT, {"type": "first_frame", "url": "***"}]}, "base64"),
    "a web page": (
        IMAGE,
        {"contents": [PROMPT, {"type": "first_frame", "url": "https://a.example/b"}]},
        "fetched",
    ),
    "a webp": (
        IMAGE,
        {"contents": [PROMPT, {"type": "first_frame", "url": bare(picture(640, 360, "WEBP"))}]},
        "jpg, jpeg or png",
    ),
    "too small": (
        IMAGE,
        {"contents": [PROMPT, {"type": "first_frame", "url": bare(picture(400, 299))}]},
        "300px",
    ),
    "too wide": (
        IMAGE,
        {"contents": [PROMPT, {"type": "first_frame", "url": bare(picture(1000, 399))}]},
        "aspect ratio",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_new_family_refuses(kling: KlingDoor, name: str) -> None:
    path, body, word = REFUSED[name]
    before = len(kling.emulator.record()["jobs"])
    answer = kling.submit(path, **body)
    told = answer.json()
    assert answer.status_code == 400 and set(told) == {"code", "message", "request_id"}
    assert told["code"] == 1201 and word in told["message"], told
    assert len(kling.emulator.record()["jobs"]) == before


LEGACY_REFUSED = {
    "no prompt": ("text2video", {"prompt": None}, "prompt"),
    "duration as number": ("text2video", {"duration": 5}, "duration"),
    "seven seconds": ("text2video", {"duration": "7"}, "duration"),
    "4k": ("text2video", {"mode": "4k"}, "mode"),
    "sound as flag": ("text2video", {"sound": True}, "sound"),
    "sound of std": ("text2video", {"sound": "on"}, "std"),
    "sound of 2.5": ("text2video", {"model_name": "kling-v2-5-turbo", "sound": "off"}, "sound"),
    "settings": ("text2video", {"settings": {}}, "settings"),
    "a picture for words": ("text2video", {"image": RED}, "image"),
    "no picture": ("image2video", {"image": None}, "image"),
    "shape beside a picture": ("image2video", {"aspect_ratio": "16:9"}, "aspect_ratio"),
    "last frame of std": ("image2video", {"image_tail": BLUE}, "std"),
    "data URI": ("image2video", {"image": f"data:image/png;base64,{RED}"}, "without the prefix"),
}


@pytest.mark.parametrize("name", LEGACY_REFUSED)
def test_what_the_legacy_family_refuses(kling: KlingDoor, name: str) -> None:
    kind, body, word = LEGACY_REFUSED[name]
    answer = kling.legacy(kind, **body)
    assert (answer.status_code, answer.json()["code"]) == (400, 1201) and word in answer.json()["message"]


def test_models_that_are_not_there(kling: KlingDoor) -> None:
    others = [kling.submit("text-to-video/kling-9"), kling.submit("text-to-video/kling-3.0-omni")]
    others += [kling.legacy(model_name="kling-v1"), kling.legacy(model_name=None)]
    for answer in others:
        assert (answer.status_code, answer.json()["code"]) == (404, 1203)


def test_an_id_of_the_client_s_is_its_only_one(kling: KlingDoor) -> None:
    ours = uuid.uuid4().hex
    made = kling.submit(options={"external_task_id": ours}).json()["data"]
    assert made["external_id"] == ours
    jobs = len(kling.emulator.record()["jobs"])
    again = [kling.submit(options={"external_task_id": ours}), kling.legacy(external_task_id=ours)]
    again += [kling.submit(OMNI, options={"external_task_id": ours})]
    for answer in again:
        assert (answer.status_code, answer.json()["code"]) == (400, 1201)
    assert len(kling.emulator.record()["jobs"]) == jobs
    assert kling.job(made["id"])["ours"] == ours


def test_tasks_by_their_ids_and_by_the_client_s(kling: KlingDoor) -> None:
    names = [uuid.uuid4().hex for _ in range(3)]
    one, two = (kling.submit(options={"external_task_id": name}).json()["data"]["id"] for name in names[:2])
    three = kling.legacy(external_task_id=names[2]).json()["data"]["task_id"]
    found = kling.get(f"/tasks?external_task_ids={names[0]},{names[1]}").json()["data"]
    assert {task["id"] for task in found} == {one, two}
    assert [task["id"] for task in kling.get(f"/tasks?task_ids={two},none").json()["data"]] == [two]
    for id in (three, names[2]):
        assert kling.get(f"/v1/videos/text2video/{id}").json()["data"]["task_id"] == three
    unknown = kling.get("/tasks?external_task_ids=none")
    assert (unknown.status_code, unknown.json()["code"], unknown.json()["data"]) == (200, 0, [])
    assert kling.get(f"/tasks?task_ids={three}").json()["data"] == []
    for path in (
        f"/v1/videos/image2video/{three}",
        "/v1/videos/text2video/none",
        f"/v1/videos/text2video/{one}",
    ):
        told = kling.get(path)
        assert (told.status_code, told.json()["code"]) == (400, 1201) and "not found" in told.json()[
            "message"
        ]
    for query in ("", "?task_ids=1&external_task_ids=2", "?ids=1"):
        assert kling.get(f"/tasks{query}").status_code == 400


def test_nothing_cancels(kling: KlingDoor) -> None:
    made = kling.submit().json()["data"]["id"]
    for path in (f"/tasks/{made}", "/tasks", f"/v1/videos/text2video/{made}"):
        assert kling.delete(path).status_code in (404, 405)
    assert kling.ended(f"/tasks?task_ids={made}")["status"] == "succeeded"


def test_keys_and_tokens(kling: KlingDoor) -> None:
    emulator, now = kling.emulator, int(time.time())
    new, legacy = f"{kling.base}/tasks?task_ids=1", f"{kling.base}/v1/videos/text2video/1"
    cases: list[tuple[dict[str, str], int]] = [
        ({}, 1001),
        ({"Authorization": "Basic abc"}, 1001),
        ({"Authorization": "Bearer abc"}, 1002),
        ({"Authorization": "Bearer a.b.c"}, 1000),
        (token(emulator, signed=False), 1000),
        (token(emulator, alg="none"), 1000),
        (token(emulator, iss="another"), 1002),
        (token(emulator, exp=None), 1000),
        (token(emulator, nbf="1"), 1000),
        (token(emulator, nbf=now + 60), 1003),
        (token(emulator, exp=now - 1), 1004),
    ]
    for headers, code in cases:
        told = fetch(legacy, headers=headers)
        assert (told.status_code, told.json()["code"]) == (401, code), headers
    assert fetch(legacy, headers=token(emulator)).json()["code"] == 1201, (
        "it is let in, and knows no such task"
    )
    refused = fetch(new, headers=token(emulator))
    assert (refused.status_code, refused.json()["code"]) == (401, 1002) and "AK/SK" in refused.json()[
        "message"
    ]
    assert fetch(new, headers=kling.headers).json()["code"] == 0


def test_tasks_that_fail_say_why_and_cost_nothing(kling: KlingDoor) -> None:
    for rule, word in (
        ({"what": "failed", "failure": "No idea"}, "No idea"),
        ({"what": "empty"}, "risk control"),
    ):
        kling.emulator.misbehave(rule)
        task = kling.ended(f"/tasks?task_ids={kling.submit().json()['data']['id']}")
        assert task["status"] == "failed" and word in task["message"] and task["outputs"] == []
        assert float(task["billing"][0]["amount"]) == 0
        made = kling.legacy().json()["data"]["task_id"]
        task = kling.ended(f"/v1/videos/text2video/{made}")
        assert task["task_status"] == "failed" and word in task["task_status_msg"]


@pytest.mark.parametrize(
    ("rule", "status", "code", "word"),
    [
        ({"what": "429"}, 429, 1302, "exhausted"),
        ({"what": "429", "code": "1101"}, 429, 1101, "arrears"),
        ({"what": "429", "code": "1102"}, 429, 1102, "balance"),
        ({"what": "429", "code": "1303"}, 429, 1303, "parallel"),
        ({"what": "500"}, 500, 5000, "internal"),
        ({"what": "503"}, 503, 5001, "overloaded"),
        ({"what": "echo"}, 401, 1002, "Incorrect"),
        ({"what": "404"}, 404, 1203, "exist"),
    ],
)
def test_misbehaviour_speaks_its_words(
    kling: KlingDoor, rule: dict[str, Any], status: int, code: int, word: str
) -> None:
    kling.emulator.misbehave(rule)
    answer = kling.submit()
    assert (answer.status_code, answer.json()["code"]) == (status, code) and word in answer.json()["message"]


def test_more_at_once_than_a_pack_allows_is_refused() -> None:
    with Emulator(work=0.2, concurrent={"kling": 1}) as emulator, KlingDoor(emulator) as kling:
        first = kling.submit().json()["data"]["id"]
        answer = kling.submit()
        assert (answer.status_code, answer.json()["code"]) == (429, 1303)
        assert kling.submit("text-to-video/kling-3.0-turbo").status_code == 200, (
            "each model has places of its own"
        )
        kling.ended(f"/tasks?task_ids={first}")
        assert kling.submit().status_code == 200


def test_the_link_is_on_another_host_and_wants_no_key(kling: KlingDoor) -> None:
    task, _ = kling.clip(kling.submit())
    link = task["outputs"][0]["url"]
    assert not link.startswith(kling.base) and fetch(link, headers=kling.headers).status_code == 400
    assert kling.emulator.record()["leaks"]


def test_an_emulator_that_comes_back_knows_whose_ids_are_taken(tmp_path: Any) -> None:
    ours = uuid.uuid4().hex
    for status in (200, 400):
        with Emulator(work=0.03, record=tmp_path / "record.jsonl") as emulator, KlingDoor(emulator) as kling:
            assert kling.submit(options={"external_task_id": ours}).status_code == status
            assert len(kling.get(f"/tasks?external_task_ids={ours}").json()["data"]) == 1
