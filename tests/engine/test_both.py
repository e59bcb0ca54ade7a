"""The same work through the same protocol on both engines: the embedded one, and a real ComfyUI where there
is one.
"""

from __future__ import annotations

import io as std_io
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import requests


def clip(path: Path, seed: int, frames: int = 20, fps: int = 20) -> bytes:
    """A clip of moving noise, 96x64."""
    noise = np.random.default_rng(seed).integers(0, 256, (8, 12, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(frames):
            picture = np.ascontiguousarray(np.roll(noise, number * 4, axis=1))
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
    return path.read_bytes()


def film(
    names: list[str], prefix: str, width: int = 96, height: int = 64, seconds: float = 0.5
) -> dict[str, Any]:
    """Clips loaded, joined with a wipe, rendered, and saved once more by ComfyUI's own node."""
    loads = {
        f"load{n}": {"class_type": "LoadVideo", "inputs": {"file": name}} for n, name in enumerate(names)
    }
    clips = {f"clips.clip{n}": [f"load{n}", 0] for n in range(len(names))}
    settings = {"preset": "custom", "preset.width": width, "preset.height": height, "preset.bitrate": 2.0}
    join = {**clips, "transition": "wipe", "transition_duration": seconds, "each": ""}
    saved = {"video": ["film", 0], "filename_prefix": f"{prefix}/saved", "format": "auto", "codec": "auto"}
    return {
        **loads,
        "join": {"class_type": "StoryreelJoinClips", "inputs": join},
        "settings": {
            "class_type": "StoryreelFilmSettings",
            "inputs": {**settings, "fps": 20.0, "fit": "cover"},
        },
        "film": {
            "class_type": "StoryreelRenderFilm",
            "inputs": {
                "timeline": ["join", 0],
                "settings": ["settings", 0],
                "filename_prefix": f"{prefix}/film",
            },
        },
        "saved": {"class_type": "SaveVideo", "inputs": saved},
    }


@pytest.fixture(params=["embedded", pytest.param("comfyui", marks=pytest.mark.comfyui)])
def either(request: Any, client: Any) -> Iterator[Any]:
    """A client of the embedded engine, or of a real ComfyUI."""
    if request.param == "embedded":
        yield client
        return
    other = type(client)(request.getfixturevalue("comfyui"))
    other.listen()
    yield other
    other.close()


def uploaded(client: Any, name: str, content: bytes) -> str:
    form = {"subfolder": "storyreel-test", "overwrite": "true"}
    answer = requests.post(
        f"{client.url}/upload/image", files={"image": (name, content)}, data=form, timeout=20
    )
    kept = answer.json()
    return f"{kept['subfolder']}/{kept['name']}"


def viewed(client: Any, result: dict[str, str]) -> list[np.ndarray]:
    answer = requests.get(f"{client.url}/view", params=result, timeout=20)
    assert answer.status_code == 200
    with av.open(std_io.BytesIO(answer.content)) as container:
        return [frame.to_ndarray(format="yuv420p") for frame in container.decode(video=0)]


def test_a_film_is_made_and_saved_again_without_encoding(either: Any, tmp_path: Path) -> None:
    names = [uploaded(either, f"{n}.mp4", clip(tmp_path / f"{n}.mp4", n)) for n in range(3)]
    prefix = f"storyreel-test/{time.time_ns()}"
    entry = either.run(film(names, prefix))
    assert entry["status"]["completed"], entry["status"]["messages"][-1]
    shown = entry["outputs"]["film"]
    (made,), (about,) = shown["images"], shown["storyreel"]
    assert made == {"filename": "film_00001_.mp4", "subfolder": prefix, "type": "output"}
    assert (about["frames"], about["width"], about["height"]) == (40, 96, 64)
    frames = viewed(either, made)
    assert len(frames) == 40
    copied = viewed(either, entry["outputs"]["saved"]["images"][0])
    assert all(np.array_equal(a, b) for a, b in zip(frames, copied, strict=True))
    assert either.seen("progress")
    assert [event for event in either.events if isinstance(event, tuple) and event[0] == 3]


def test_an_interrupt_ends_a_film_within_a_second(either: Any, tmp_path: Path) -> None:
    long = uploaded(either, "long.mp4", clip(tmp_path / "long.mp4", 1, frames=200))
    prefix = f"storyreel-test/{time.time_ns()}"
    graph = film([long, long], prefix, 1920, 1080)
    prompt_id = either.post(graph).json()["prompt_id"]
    either.wait(lambda: [event for event in either.seen("progress") if event["prompt_id"] == prompt_id])
    began = time.monotonic()
    requests.post(f"{either.url}/interrupt", json={"prompt_id": prompt_id}, timeout=20)
    either.wait(lambda: either.seen("execution_interrupted"))
    assert time.monotonic() - began < 1
    either.wait(lambda: either.history(prompt_id))
    made = {"filename": "film_00001_.mp4", "subfolder": prefix, "type": "output"}
    assert requests.get(f"{either.url}/view", params=made, timeout=20).status_code == 404


def test_a_clip_that_is_not_one_fails_with_a_sentence(either: Any, tmp_path: Path) -> None:
    fake = uploaded(either, "fake.mp4", b"this is no video")
    good = uploaded(either, "0.mp4", clip(tmp_path / "0.mp4", 0))
    entry = either.run(film([good, fake], "storyreel-test"))
    ((_, error),) = [m for m in entry["status"]["messages"] if m[0] == "execution_error"]
    assert error["exception_type"].split(".")[-1] in ("MediaError", "BadInput")
    assert "fake" in error["exception_message"]


def test_a_path_outside_of_the_input_folder_is_refused_before_anything_runs(client: Any) -> None:
    answer = client.post(film(["../../etc/passwd"], "storyreel-test"))
    assert answer.status_code == 400
    (error,) = answer.json()["node_errors"]["load0"]["errors"]
    assert "leaves its folder" in error["details"]
    assert client.seen("executing") == []


@pytest.mark.comfyui
def test_both_engines_make_the_same_film(client: Any, comfyui: str, tmp_path: Path) -> None:
    """Decoded frame by decoded frame."""
    other = type(client)(comfyui)
    contents = [clip(tmp_path / f"{n}.mp4", n) for n in range(3)]
    made: list[list[np.ndarray]] = []
    for engine in (client, other):
        names = [uploaded(engine, f"{n}.mp4", content) for n, content in enumerate(contents)]
        entry = engine.run(film(names, f"storyreel-test/{time.time_ns()}"))
        made.append(viewed(engine, entry["outputs"]["film"]["images"][0]))
    assert len(made[0]) == len(made[1]) == 40
    assert all(np.array_equal(a, b) for a, b in zip(*made, strict=True))


def test_a_film_that_was_thrown_away_is_made_again(start: Callable[..., Any], tmp_path: Path) -> None:
    """ComfyUI would answer with the name of a file that isn't there."""
    client = start()
    name = uploaded(client, "0.mp4", clip(tmp_path / "0.mp4", 0))
    graph = film([name], "x")
    client.run(graph)
    (tmp_path / "output/x/film_00001_.mp4").unlink()
    made = client.run(graph)["outputs"]["film"]["images"][0]
    assert viewed(client, made)


def test_the_clips_of_all_scenes_are_joined_into_one_film(either: Any) -> None:
    """A list of clips by one wire, and one more clip by the next: one film, not one for each."""
    scenes = ", ".join(f"{{prompt: Scene {number}, duration: {number}}}" for number in (1, 2, 3))
    board = {"text": f"quality: draft\nfps: 12\nscenes: [{scenes}]"}
    shoot = {"storyboard": ["board", 0], "provider": "as the storyboard says"}
    name = f"storyreel-test/{time.time_ns()}/film"
    shape = {"width": 96, "height": 54, "fps": 12.0, "crf": 30, "seed": 0, "fit": "cover"}
    card = {"prompt": "The end", "clip_action": "static", "duration": 4.0, **shape}
    clips = {"clips.clip0": ["shoot", 2], "clips.clip1": ["card", 0]}
    join = {**clips, "transition": "none", "transition_duration": 0.0, "each": "", "own_sound": False}
    render = {"timeline": ["join", 0], "settings": ["shoot", 1], "filename_prefix": name}
    entry = either.run(
        {
            "board": {"class_type": "StoryreelStoryboard", "inputs": board},
            "shoot": {"class_type": "StoryreelShoot", "inputs": shoot},
            "card": {"class_type": "StoryreelAnimaticClip", "inputs": card},
            "join": {"class_type": "StoryreelJoinClips", "inputs": join},
            "film": {"class_type": "StoryreelRenderFilm", "inputs": render},
        }
    )
    assert entry["status"]["completed"], entry["status"]["messages"][-1]
    (made,) = entry["outputs"]["film"]["images"]
    assert len(viewed(either, made)) == 12 * (1 + 2 + 3 + 4)
