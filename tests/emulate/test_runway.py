"""Runway: what it makes, measured, and what it refuses, in its own error shape."""

from __future__ import annotations

import httpx
import pytest
from storyreel.emulators.encode import plain

from .clients import RunwayDoor, decoded, fetch, picture, send, uri

RED, BLUE = picture(colour=(200, 30, 30)), picture(colour=(20, 40, 200))
CLIP = uri(plain(960, 540, 72, False, 9), "video/mp4")
LAST = [{"uri": uri(RED), "position": "first"}, {"uri": uri(BLUE), "position": "last"}]


@pytest.mark.parametrize(
    ("kind", "body", "size", "seconds", "sound", "credits"),
    [
        ("text_to_video", {"duration": 3}, (1280, 720), 3, False, 36),
        ("text_to_video", {"model": "veo3.1", "duration": 4}, (1280, 720), 4, True, 160),
        (
            "text_to_video",
            {"model": "veo3.1_fast", "ratio": "1080:1920", "duration": None, "audio": False},
            (1080, 1920),
            8,
            False,
            80,
        ),
        ("image_to_video", {"promptImage": uri(RED), "ratio": "960:960"}, (960, 960), 2, False, 24),
        (
            "image_to_video",
            {"model": "gen4_turbo", "promptImage": LAST[:1], "promptText": None, "duration": None},
            (1280, 720),
            10,
            False,
            50,
        ),
        (
            "image_to_video",
            {"model": "veo3.1", "promptImage": LAST, "duration": 6},
            (1280, 720),
            6,
            True,
            240,
        ),
        (
            "text_to_video",
            {"model": "gemini_omni_flash_1.1", "ratio": "640:360", "duration": "auto"},
            (640, 360),
            8,
            True,
            27.2,
        ),
        (
            "video_to_video",
            {"model": "aleph2", "videoUri": CLIP, "ratio": None, "duration": None},
            (960, 540),
            3,
            False,
            84,
        ),
        (
            "video_to_video",
            {
                "model": "gemini_omni_flash_1.1",
                "videoUri": CLIP,
                "mode": "extend",
                "duration": 4,
                "ratio": "640:360",
            },
            (640, 360),
            7,
            True,
            13.6,
        ),
    ],
)
def test_the_clip_is_what_was_asked_for_and_costs_what_the_list_says(
    runway: RunwayDoor,
    kind: str,
    body: dict,
    size: tuple[int, int],
    seconds: int,
    sound: bool,
    credits: float,
) -> None:
    answer = runway.submit(kind, **body)
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert set(made) == {"id", "estimatedCost"} and made["estimatedCost"] == {"credits": credits}
    task = runway.ended(made["id"])
    assert (task["status"], task["cost"]) == ("SUCCEEDED", {"credits": credits})
    clip = decoded(fetch(task["output"][0]).content)
    assert clip.size == size and clip.lasts(seconds)
    assert clip.samples > 0 if sound else clip.samples == 0
    assert float(runway.job(made["id"])["billed"]) == credits / 100


OTHERS: list[tuple[str, dict, tuple[int, int], int, bool, float]] = [
    ("text_to_video", {"model": "kling3.0_standard", "duration": 3}, (1280, 720), 3, True, 39),
    (
        "image_to_video",
        {"model": "kling3.0_pro", "promptImage": LAST, "ratio": None, "audio": False, "duration": 3},
        (1920, 1080),
        3,
        False,
        51,
    ),
    ("text_to_video", {"model": "seedance2", "ratio": "834:1112", "duration": 4}, (834, 1112), 4, True, 144),
    (
        "text_to_video",
        {"model": "seedance2", "ratio": "3840:2160", "duration": 4},
        (3840, 2160),
        4,
        True,
        600,
    ),
    ("text_to_video", {"model": "seedance2_mini", "duration": 4}, (1280, 720), 4, True, 64),
    (
        "text_to_video",
        {"model": "seedance2_5", "ratio": "640:640", "duration": "auto"},
        (640, 640),
        5,
        True,
        100,
    ),
    (
        "image_to_video",
        {"model": "seedance2_5", "promptImage": [{"uri": uri(RED)}, {"uri": uri(BLUE)}], "duration": 4},
        (1280, 720),
        4,
        True,
        120,
    ),
    (
        "text_to_video",
        {
            "model": "hailuo3",
            "ratio": "9:16",
            "resolution": "2k",
            "duration": 5,
            "references": [{"uri": uri(RED)}],
        },
        (1440, 2560),
        5,
        True,
        77,
    ),
    (
        "image_to_video",
        {"model": "hailuo3", "promptImage": LAST[:1], "ratio": "adaptive", "duration": 5},
        (1366, 768),
        5,
        True,
        52,
    ),
    ("text_to_video", {"model": "h3_max", "ratio": None, "duration": 5}, (1366, 768), 5, True, 40),
    (
        "text_to_video",
        {"model": "wan3", "ratio": "480:832", "duration": 3, "audio": False},
        (480, 832),
        3,
        False,
        15,
    ),
    (
        "image_to_video",
        {"model": "wan3_prime", "promptImage": LAST, "ratio": "auto_480p", "duration": 3},
        (854, 480),
        3,
        True,
        20.4,
    ),
    (
        "text_to_video",
        {"model": "grok_imagine_1_5", "ratio": "2:3", "resolution": "1080p", "duration": 1},
        (1080, 1620),
        1,
        True,
        29,
    ),
    (
        "image_to_video",
        {"model": "grok_imagine_1_5", "promptImage": uri(RED), "ratio": None, "duration": 4},
        (1280, 720),
        4,
        True,
        65,
    ),
    (
        "image_to_video",
        {"model": "grok_imagine_1_5_lite", "promptImage": uri(RED), "ratio": "auto_720p", "duration": 4},
        (1280, 720),
        4,
        False,
        13,
    ),
    (
        "image_to_video",
        {
            "model": "happyhorse_1_0",
            "promptImage": uri(RED),
            "ratio": None,
            "resolution": "1080p",
            "duration": 3,
        },
        (1920, 1080),
        3,
        True,
        90,
    ),
]


@pytest.mark.parametrize(
    ("kind", "body", "size", "seconds", "sound", "credits"),
    OTHERS,
    ids=[f"{body['model']} {size[0]}x{size[1]}" for _, body, size, *_ in OTHERS],
)
def test_other_makers_models(
    runway: RunwayDoor,
    kind: str,
    body: dict,
    size: tuple[int, int],
    seconds: int,
    sound: bool,
    credits: float,
) -> None:
    answer = runway.submit(kind, **body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["estimatedCost"] == {"credits": credits}
    task = runway.ended(answer.json()["id"])
    assert (task["status"], task["cost"]) == ("SUCCEEDED", {"credits": credits})
    clip = decoded(fetch(task["output"][0]).content)
    assert clip.size == size and clip.lasts(seconds) and bool(clip.samples) == sound


NOT_TAKEN = {
    "a size of another": ("text_to_video", {"model": "kling3.0_pro", "ratio": "1280:720"}, "ratio"),
    "Kling of 2 s": ("text_to_video", {"model": "kling3.0_standard", "duration": 2}, "duration"),
    "Kling's seed": ("text_to_video", {"model": "kling3.0_standard", "duration": 3, "seed": 1}, "seed"),
    "a price that nobody told": ("text_to_video", {"model": "kling3.0_4k", "ratio": "3840:2160"}, "model"),
    "31 s": ("text_to_video", {"model": "seedance2_5", "duration": 31}, "duration"),
    "3840 for Fast": ("text_to_video", {"model": "seedance2_fast", "ratio": "3840:2160"}, "ratio"),
    "ten references": (
        "text_to_video",
        {"model": "seedance2", "duration": 4, "references": [{"uri": uri(RED)}] * 10},
        "references",
    ),
    "frames among references": (
        "image_to_video",
        {"model": "seedance2", "duration": 4, "promptImage": [*LAST, {"uri": uri(RED)}]},
        "mixed",
    ),
    "a sound": (
        "text_to_video",
        {"model": "seedance2", "duration": 4, "referenceAudio": [{"type": "audio", "uri": "runway://a"}]},
        "referenceAudio",
    ),
    "adaptive words": ("text_to_video", {"model": "hailuo3", "duration": 5, "ratio": "adaptive"}, "concrete"),
    "pixels for Hailuo": ("text_to_video", {"model": "hailuo3", "duration": 5}, "ratio"),
    "768 of Grok": (
        "text_to_video",
        {"model": "grok_imagine_1_5", "ratio": "16:9", "resolution": "768p", "duration": 5},
        "resolution",
    ),
    "Grok's references at 1080p": (
        "text_to_video",
        {
            "model": "grok_imagine_1_5",
            "ratio": "16:9",
            "resolution": "1080p",
            "duration": 5,
            "references": [{"uri": uri(RED)}],
        },
        "capped",
    ),
    "Wan's keyframes in pixels": (
        "image_to_video",
        {"model": "wan3", "promptImage": LAST, "duration": 5},
        "auto_480p",
    ),
    "a small picture for H3": (
        "image_to_video",
        {"model": "h3_max", "promptImage": uri(RED), "ratio": None, "duration": 5},
        "256 pixels",
    ),
}


@pytest.mark.parametrize("name", NOT_TAKEN)
def test_what_other_makers_models_refuse(runway: RunwayDoor, name: str) -> None:
    kind, body, words = NOT_TAKEN[name]
    answer = runway.submit(kind, **body)
    assert answer.status_code == 400 and words in answer.text, answer.text


REFUSED = {
    "no JSON": ("text_to_video", None, ""),
    "no model": ("text_to_video", {"model": None}, "model"),
    "unknown model": ("text_to_video", {"model": "gen5"}, "model"),
    "model of another kind": ("text_to_video", {"model": "gen4_turbo"}, "model"),
    "no prompt": ("text_to_video", {"promptText": None}, "promptText"),
    "empty prompt": ("text_to_video", {"promptText": ""}, "promptText"),
    "1001 characters": ("text_to_video", {"promptText": "x" * 1001}, "promptText"),
    "501 emoji": ("text_to_video", {"promptText": "\N{CLAPPER BOARD}" * 501}, "promptText"),
    "no duration": ("text_to_video", {"duration": None}, "duration"),
    "duration as text": ("text_to_video", {"duration": "5"}, "duration"),
    "part of a second": ("text_to_video", {"duration": 5.5}, "duration"),
    "too short": ("text_to_video", {"duration": 1}, "duration"),
    "too long": ("text_to_video", {"duration": 11}, "duration"),
    "Veo of 5 s": ("text_to_video", {"model": "veo3.1", "duration": 5}, "duration"),
    "Omni of 2 s": ("text_to_video", {"model": "gemini_omni_flash"}, "duration"),
    "no ratio": ("text_to_video", {"ratio": None}, "ratio"),
    "16:9": ("text_to_video", {"ratio": "16:9"}, "ratio"),
    "an image's ratio": ("text_to_video", {"ratio": "960:960"}, "ratio"),
    "unknown key": ("text_to_video", {"negative_prompt": "rain"}, "negative_prompt"),
    "Veo's key": ("text_to_video", {"negativePrompt": "rain"}, "negativePrompt"),
    "sound of gen4.5": ("text_to_video", {"audio": True}, "audio"),
    "sound as text": ("text_to_video", {"model": "veo3.1", "duration": 4, "audio": "on"}, "audio"),
    "seed": ("text_to_video", {"seed": 2**32}, "seed"),
    "seed as text": ("text_to_video", {"seed": "1"}, "seed"),
    "moderation": ("text_to_video", {"contentModeration": {"publicFigureThreshold": "high"}}, "auto"),
    "image for words": ("text_to_video", {"promptImage": uri(RED)}, "promptImage"),
    "no image": ("image_to_video", {}, "promptImage"),
    "last frame of gen4.5": ("image_to_video", {"promptImage": LAST}, "promptImage"),
    "last frame alone": (
        "image_to_video",
        {"model": "veo3.1", "duration": 4, "promptImage": LAST[1:]},
        "first frame",
    ),
    "two first frames": (
        "image_to_video",
        {"model": "veo3.1", "duration": 4, "promptImage": LAST[:1] * 2},
        "only once",
    ),
    "no position": ("image_to_video", {"promptImage": [{"uri": uri(RED)}]}, "position"),
    "http": ("image_to_video", {"promptImage": "http://example.com/a.png"}, "https"),
    "this machine": ("image_to_video", {"promptImage": "https://127.0.0.1/a.png"}, "https"),
    "no such upload": ("image_to_video", {"promptImage": "runway://none"}, "upload"),
    "broken data": ("image_to_video", {"promptImage": "data:image/png;base64,***"}, "data URI"),
    "no picture": ("image_to_video", {"promptImage": uri(b"none")}, "decoded"),
    "type that isn't so": ("image_to_video", {"promptImage": uri(RED, "image/jpeg")}, "image/png"),
    "too wide": ("image_to_video", {"promptImage": uri(picture(300, 100))}, "aspect ratio"),
    "too large": ("image_to_video", {"promptImage": "data:image/png;base64," + "A" * (5 << 20)}, "at most"),
    "no video": ("video_to_video", {"model": "aleph2", "ratio": None, "duration": None}, "videoUri"),
    "a picture for a video": (
        "video_to_video",
        {"model": "aleph2", "ratio": None, "duration": None, "videoUri": uri(RED, "video/mp4")},
        "decoded",
    ),
    "six keyframes": (
        "video_to_video",
        {
            "model": "aleph2",
            "ratio": None,
            "duration": None,
            "videoUri": CLIP,
            "keyframes": [{"uri": uri(RED), "at": 0.5}] * 6,
        },
        "keyframes",
    ),
    "keyframe at no time": (
        "video_to_video",
        {
            "model": "aleph2",
            "ratio": None,
            "duration": None,
            "videoUri": CLIP,
            "keyframes": [{"uri": uri(RED)}],
        },
        "seconds and at",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_service_refuses_is_refused_with_its_place(runway: RunwayDoor, name: str) -> None:
    kind, body, word = REFUSED[name]
    before = len(runway.emulator.record()["jobs"])
    answer = runway.submit(kind, **body) if body is not None else runway.post(f"/v1/{kind}", [])
    told = answer.json()
    assert (answer.status_code, told["error"]) == (400, "Validation of body failed")
    assert told["docUrl"] and all(set(issue) == {"code", "message", "path"} for issue in told["issues"])
    said = " ".join(f"{issue['path']} {issue['message']}" for issue in told["issues"])
    assert word in said, said
    assert len(runway.emulator.record()["jobs"]) == before


def test_every_issue_is_told_at_once(runway: RunwayDoor) -> None:
    told = runway.submit(duration=99, ratio="1:1", promptText=None, more=1).json()
    assert len(told["issues"]) == 4


def test_no_clip_is_made_for_the_wrong_content_type(runway: RunwayDoor) -> None:
    answer = runway.client.post(f"{runway.base}/v1/text_to_video", content=b"{}")
    assert answer.status_code == 415


def test_an_upload_takes_its_fields_and_no_key(runway: RunwayDoor) -> None:
    begun = runway.post("/v1/uploads", {"filename": "a.png", "type": "ephemeral"}).json()
    assert begun["runwayUri"].startswith("runway://")
    data = picture(640, 360)

    def sent(fields: dict, **more: object) -> httpx.Response:
        files = {"file": ("a.png", data, "image/png")}
        return send(begun["uploadUrl"], data=fields, files=files, **more)

    assert sent({}).status_code == 403
    assert sent(begun["fields"], headers=runway.headers).status_code == 400
    assert runway.emulator.record()["leaks"][-1]["at"].startswith("/runway/upload/")
    assert sent(begun["fields"]).status_code == 204
    clip = runway.clip("image_to_video", promptImage=begun["runwayUri"])
    assert clip.lasts(2)
    assert runway.post("/v1/uploads", {"filename": "a.png"}).status_code == 400


def test_tasks_by_their_ids(runway: RunwayDoor) -> None:
    assert runway.get("/v1/tasks/none").status_code == 400
    lost = runway.get("/v1/tasks/00000000-0000-4000-8000-000000000000")
    assert (lost.status_code, lost.json()) == (404, {"error": "Task not found"})


def test_deleting_stops_what_runs_and_removes_what_is_done(runway: RunwayDoor) -> None:
    done = runway.submit().json()["id"]
    link = runway.ended(done)["output"][0]
    assert runway.delete(f"/v1/tasks/{done}").status_code == 204
    assert runway.get(f"/v1/tasks/{done}").status_code == 404 and fetch(link).status_code == 404
    runway.emulator.misbehave({"what": "never"})
    runs = runway.submit().json()["id"]
    assert runway.delete(f"/v1/tasks/{runs}").status_code == 204
    assert runway.get(f"/v1/tasks/{runs}").json()["status"] == "CANCELLED"


def test_the_organization_tells_its_tier_and_credits(runway: RunwayDoor) -> None:
    before = runway.get("/v1/organization").json()
    runway.ended(runway.submit().json()["id"])
    after = runway.get("/v1/organization").json()
    assert before["creditBalance"] - after["creditBalance"] == 24
    assert after["tier"]["models"]["gen4.5"]["maxConcurrentGenerations"] == 5
    assert after["usage"]["models"]["gen4.5"]["dailyGenerations"] >= 1
