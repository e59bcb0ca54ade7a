"""The stand-ins for ComfyUI's own nodes, on real files: what they load, save, put together and take apart."""

from __future__ import annotations

import json
import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from storyreel.host import io
from storyreel.host.standalone.context import Place, here
from storyreel.runner.engine.builtins import BUILTINS

Node = io.ComfyNode
WORKFLOW = {"extra_pnginfo": {"workflow": {"nodes": [], "links": []}}}


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


@pytest.fixture
def picture(tmp_path: Path) -> np.ndarray:
    """photo.png in the input folder: uint8 [36, 64, 4], every channel different."""
    pixels = np.random.default_rng(1).integers(0, 256, (36, 64, 4), dtype=np.uint8)
    (tmp_path / "input").mkdir()
    Image.fromarray(pixels).save(tmp_path / "input/photo.png")
    return pixels


@pytest.fixture
def sound(tmp_path: Path) -> np.ndarray:
    """tone.wav in the input folder: 44.1 kHz stereo, int16 [8820, 2]."""
    samples = (np.random.default_rng(2).normal(0, 4000, (8820, 2))).astype(np.int16)
    (tmp_path / "input").mkdir(exist_ok=True)
    with wave.open(str(tmp_path / "input/tone.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44100)
        file.writeframes(samples.tobytes())
    return samples


def decoded(path: Path) -> tuple[list[np.ndarray], Any]:
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        return frames, container.streams.video[0].average_rate


def result_of(entry: dict[str, Any], node_id: str) -> dict[str, Any]:
    assert entry["status"]["completed"], entry["status"]["messages"][-1][1].get("exception_message")
    return entry["outputs"][node_id]


def test_a_picture_goes_through_unchanged_with_the_workflow_in_it(
    picture: np.ndarray, start: Callable[..., Any], tmp_path: Path
) -> None:
    graph = {
        "1": node("LoadImage", image="photo.png"),
        "2": node("SaveImage", images=["1", 0], filename_prefix="a/b"),
    }
    shown = result_of(start().run(graph, extra_data=WORKFLOW), "2")
    assert shown == {"images": [{"filename": "b_00001_.png", "subfolder": "a", "type": "output"}]}
    with Image.open(tmp_path / "output/a/b_00001_.png") as saved:
        assert np.array_equal(np.asarray(saved), picture[..., :3])
        assert json.loads(saved.info["workflow"]) == WORKFLOW["extra_pnginfo"]["workflow"]
        assert json.loads(saved.info["prompt"]).keys() == graph.keys()


def test_transparency_is_the_mask_and_opaque_pictures_have_an_empty_one(
    picture: np.ndarray, tmp_path: Path
) -> None:
    from storyreel.runner.engine.builtins.pictures import _loaded

    Image.fromarray(picture[..., :3]).save(tmp_path / "input/opaque.jpg")
    with here(Place.under(tmp_path)):
        image, mask = _loaded("photo.png")
        _, none = _loaded("opaque.jpg")
    assert image.shape == (1, 36, 64, 3)
    assert image.dtype == mask.dtype == np.float32
    assert np.allclose(mask[0], 1 - picture[..., 3] / 255, atol=1e-6)
    assert none.shape == (1, 64, 64)
    assert not none.any()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("gone.png", None, "gone.png"),
        ("../secret.png", b"x", "leaves its folder"),
        ("/etc/passwd", None, "absolute"),
        ("a.png [home]", None, "a.png"),
    ],
)
def test_a_picture_that_is_not_there_is_refused_before_anything_runs(
    start: Callable[..., Any], name: str, content: Any, said: str
) -> None:
    client = start()
    answer = client.post({"1": node("LoadImage", image=name), "2": node("PreviewImage", images=["1", 0])})
    assert answer.status_code == 400
    (error,) = answer.json()["node_errors"]["1"]["errors"]
    assert error["type"] == "custom_validation_failed"
    assert said in error["details"]


@pytest.mark.parametrize("content", [b"no picture", b"\x89PNG\r\n\x1a\n cut short"])
def test_a_picture_that_is_not_one_is_an_error_that_names_it(
    start: Callable[..., Any], tmp_path: Path, content: bytes
) -> None:
    client = start()
    (tmp_path / "input/fake.png").write_bytes(content)
    entry = client.run({"1": node("LoadImage", image="fake.png"), "2": node("PreviewImage", images=["1", 0])})
    error = entry["status"]["messages"][-1][1]
    assert error["exception_type"].endswith("MediaError")
    assert "fake.png" in error["exception_message"]


def test_a_changed_file_is_loaded_again(
    picture: np.ndarray, start: Callable[..., Any], tmp_path: Path
) -> None:
    client = start()
    graph = {
        "1": node("LoadImage", image="photo.png"),
        "2": node("SaveImage", images=["1", 0], filename_prefix="x"),
    }
    client.run(graph)
    client.run(graph)
    assert len(list((tmp_path / "output").iterdir())) == 1
    Image.fromarray(255 - picture[..., :3]).save(tmp_path / "input/photo.png")
    client.run(graph)
    with Image.open(tmp_path / "output/x_00002_.png") as saved:
        assert np.array_equal(np.asarray(saved), 255 - picture[..., :3])


def test_images_become_a_video_and_come_out_again(
    sound: np.ndarray, start: Callable[..., Any], tmp_path: Path
) -> None:
    """Four coloured pictures and 0.2 s of sound, at 10 frames a second: in, encoded, saved by copying,
    out.
    """
    colours = [0xFF0000, 0x00FF00, 0x0000FF, 0x808080]
    graph = {
        **{
            str(n): node("EmptyImage", width=64, height=36, batch_size=1, color=c)
            for n, c in enumerate(colours, 1)
        },
        "5": node("ImageBatch", image1=["1", 0], image2=["2", 0]),
        "6": node("ImageBatch", image1=["3", 0], image2=["4", 0]),
        "7": node("ImageBatch", image1=["5", 0], image2=["6", 0]),
        "8": node("LoadAudio", audio="tone.wav"),
        "9": node("CreateVideo", images=["7", 0], fps=10.0, audio=["8", 0]),
        "10": node("SaveVideo", video=["9", 0], filename_prefix="video/x", format="auto", codec="auto"),
        "11": node("GetVideoComponents", video=["9", 0]),
        "12": node("SaveImage", images=["11", 0], filename_prefix="frame"),
        "13": node("SaveAudio", audio=["11", 1], filename_prefix="sound"),
        "14": node("PreviewAny", source=["11", 2]),
    }
    entry = start().run(graph, extra_data=WORKFLOW)
    assert result_of(entry, "10") == {
        "images": [{"filename": "x_00001_.mp4", "subfolder": "video", "type": "output"}],
        "animated": [True],
    }
    assert result_of(entry, "14") == {"text": ["10.0"]}
    frames, rate = decoded(tmp_path / "output/video/x_00001_.mp4")
    assert (len(frames), rate) == (4, Fraction(10))
    for frame, colour in zip(frames, colours, strict=True):
        rgb = [colour >> 16, colour >> 8 & 255, colour & 255]
        assert np.abs(frame.astype(int) - rgb).max() <= 6
    with av.open(str(tmp_path / "output/video/x_00001_.mp4")) as saved:
        assert json.loads(saved.metadata["workflow"]) == WORKFLOW["extra_pnginfo"]["workflow"]
        assert json.loads(saved.metadata["prompt"]).keys() == graph.keys()
        assert saved.streams.audio[0].rate == 48000
    assert len(list((tmp_path / "output").glob("frame_*.png"))) == 4
    with av.open(str(tmp_path / "output/sound_00001_.flac")) as saved:
        stream = saved.streams.audio[0]
        assert (stream.rate, stream.channels) == (48000, 2)
        samples = np.concatenate([frame.to_ndarray() for frame in saved.decode(stream)], axis=1)
    # 0.4 s of picture: the 0.2 s of sound is followed by silence, up to AAC's last block.
    assert 19200 <= samples.size // 2 <= 19200 + 2 * 1024


def test_saving_copies_every_packet(start: Callable[..., Any], tmp_path: Path) -> None:
    client = start()
    source = tmp_path / "input/clip.mp4"
    with av.open(str(source), "w") as out:
        stream: Any = out.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        out.metadata["title"] = "a clip"
        for shade in range(12):
            picture = np.full((36, 64, 3), shade * 20, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
    graph = {
        "1": node("LoadVideo", file="clip.mp4"),
        "2": node("SaveVideo", video=["1", 0], filename_prefix="copy", format="mp4", codec="h264"),
    }
    result_of(client.run(graph), "2")

    def packets(path: Path) -> list[bytes]:
        with av.open(str(path)) as container:
            return [bytes(packet) for packet in container.demux(video=0) if packet.size]

    assert packets(tmp_path / "output/copy_00001_.mp4") == packets(source)
    with av.open(str(tmp_path / "output/copy_00001_.mp4")) as saved:
        assert saved.metadata["title"] == "a clip"


def test_a_sound_goes_through_unchanged(sound: np.ndarray, start: Callable[..., Any], tmp_path: Path) -> None:
    graph = {
        "1": node("LoadAudio", audio="tone.wav"),
        "2": node("SaveAudio", audio=["1", 0], filename_prefix="audio/x"),
        "3": node("PreviewAudio", audio=["1", 0]),
    }
    entry = start().run(graph)
    (saved,) = result_of(entry, "2")["audio"]
    assert saved == {"filename": "x_00001_.flac", "subfolder": "audio", "type": "output"}
    assert result_of(entry, "3")["audio"][0]["type"] == "temp"
    with av.open(str(tmp_path / "output/audio/x_00001_.flac")) as container:
        stream = container.streams.audio[0]
        assert stream.rate == 44100
        resampler = av.AudioResampler(format="s16", layout="stereo", rate=44100)
        parts = [p.to_ndarray() for frame in container.decode(stream) for p in resampler.resample(frame)]
    assert np.array_equal(np.concatenate(parts, axis=1).reshape(-1, 2), sound)


def test_values_are_passed_on_and_shown(start: Callable[..., Any]) -> None:
    values = {
        "PrimitiveString": ("a", "a"),
        "PrimitiveStringMultiline": ("a\nb", "a\nb"),
        "PrimitiveInt": (2**53 + 1, "9007199254740993"),
        "PrimitiveFloat": (0.1, "0.1"),
        "PrimitiveBoolean": (True, "True"),
    }
    graph: dict[str, Any] = {}
    for number, (kind, (value, _)) in enumerate(values.items()):
        graph[f"{number}"] = node(kind, value=value)
        graph[f"{number}s"] = node("PreviewAny", source=[f"{number}", 0])
    entry = start().run(graph)
    for number, (_, text) in enumerate(values.values()):
        assert result_of(entry, f"{number}s") == {"text": [text]}


@pytest.mark.parametrize(
    ("graph", "said"),
    [
        (
            {
                "1": node("EmptyImage", width=64, height=36, batch_size=1, color=0),
                "2": node("EmptyImage", width=32, height=36, batch_size=1, color=0),
                "3": node("ImageBatch", image1=["1", 0], image2=["2", 0]),
                "4": node("PreviewImage", images=["3", 0]),
            },
            "64x36 and 32x36",
        ),
        (
            {
                "1": node("EmptyImage", width=63, height=36, batch_size=1, color=0),
                "2": node("CreateVideo", images=["1", 0], fps=10.0),
                "3": node("SaveVideo", video=["2", 0], filename_prefix="x", format="auto", codec="auto"),
            },
            "63x36",
        ),
        (
            {
                "1": node("EmptyImage", width=64, height=36, batch_size=1, color=0),
                "2": node("SaveImage", images=["1", 0], filename_prefix="../../x"),
            },
            "leaves its folder",
        ),
    ],
)
def test_what_cannot_be_done_is_an_error_that_says_why(
    start: Callable[..., Any], tmp_path: Path, graph: dict[str, Any], said: str
) -> None:
    entry = start().run(graph)
    assert said in entry["status"]["messages"][-1][1]["exception_message"]
    assert list((tmp_path / "output").iterdir()) == []


def test_combos_offer_what_is_in_the_input_folder(start: Callable[..., Any], tmp_path: Path) -> None:
    client = start()
    for name in ("b.png", "a.jpg", "clip.mp4", "tone.wav", "notes.txt"):
        (tmp_path / "input" / name).write_bytes(b"")
    info = client.get("/object_info")
    assert info["LoadImage"]["input"]["required"]["image"][0] == ["a.jpg", "b.png"]
    assert info["LoadVideo"]["input"]["required"]["file"][1]["options"] == ["clip.mp4"]
    assert info["LoadAudio"]["input"]["required"]["audio"][1]["options"] == ["clip.mp4", "tone.wav"]


def test_the_manager_does_not_take_them_for_nodes_of_this_pack(repo: Path) -> None:
    """ComfyUI-Manager maps workflows to packs by base classes that are spelled ComfyNode."""
    import ast

    for path in (repo / "runner/engine/builtins").glob("*.py"):
        for found in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for base in found.bases if isinstance(found, ast.ClassDef) else ():
                assert getattr(base, "attr", getattr(base, "id", "")) != "ComfyNode", f"{path.name}: {found}"
    assert len(BUILTINS) == 18
