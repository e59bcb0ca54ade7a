"""What the doors send is what the vendors' own SDKs would send: every body of every model and mode validates against
their types, with no field that they don't have.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest

pytest.importorskip("google.genai", reason="google-genai 3 needs Python 3.11")
from google.genai import Client
from google.genai import models as genai
from google.genai import types as genai_types
from google.genai._gaos.types.interactions.createmodelinteraction import (
    CreateModelInteraction,
    CreateModelInteractionParam,
)
from google.genai._gaos.types.interactions.imagecontent import ImageContent, ImageContentParam
from google.genai._gaos.types.interactions.imageresponseformat import (
    ImageResponseFormatAspectRatio,
    ImageResponseFormatImageSize,
    ImageResponseFormatParam,
)
from google.genai._gaos.types.interactions.textcontent import TextContent, TextContentParam
from google.genai._gaos.types.interactions.videocontent import VideoContent, VideoContentParam
from google.genai._gaos.types.interactions.videoresponseformat import VideoResponseFormatParam
from google.oauth2.credentials import Credentials
from pydantic import ConfigDict, TypeAdapter, with_config
from runwayml.types import (
    ImageToVideoCreateParams,
    TextToImageCreateParams,
    TextToVideoCreateParams,
    VideoToVideoCreateParams,
)
from storyreel.emulators import Emulator
from storyreel.studio.providers import provider
from storyreel.studio.providers.capability import SOUNDS
from storyreel.studio.providers.models import catalogue
from typing_extensions import Required

from .conftest import Media, shot_for, submitted

ROWS = [
    (can.provider, can.model, mode)
    for can in catalogue()
    for mode in can.modes
    if mode not in ("picture", *SOUNDS)
]
OF_GOOGLE = [row for row in ROWS if row[0] == "google"]
TALKED = [row for row in ROWS if row[0] == "vertex" and "omni" in row[1]]
"""What Vertex AI is asked by interactions, as the Gemini API is."""
HEARD = [
    (can.provider, can.model, mode)
    for can in catalogue()
    for mode in can.modes
    if mode in SOUNDS and can.provider in ("google", "vertex")
]
PICTURES = [(can.provider, can.model) for can in catalogue() if "picture" in can.modes]
SIZES = [
    (can.model, mode, resolution)
    for can in catalogue()
    for mode, what in can.modes.items()
    for resolution in what.resolutions or ("720p",)
    if can.provider == "runway" and mode != "picture"
]
"""A model may have another name, and other words, for each."""


class Sent:
    """A service that takes everything and remembers it."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        sent = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                sent.requests.append((self.path, dict(self.headers), body))
                name = "projects/p/locations/l/publishers/google/models/m/operations/o"
                told: dict[str, Any] = {"id": "abc"} if "Long" not in self.path else {"name": name}
                if ":generateContent" in self.path:
                    heard = "AUDIO" in body["generationConfig"]["responseModalities"]
                    part = {"inlineData": {"mimeType": "audio/wav" if heard else "image/png", "data": "AAAA"}}
                    told = {"candidates": [{"content": {"parts": [part]}}]}
                elif self.path.endswith(":predict"):
                    told = {"predictions": [{"bytesBase64Encoded": "AAAA"}]}
                answer = json.dumps(told).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Sent:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def sent(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sent]:
    with Sent() as service:
        for name in ("VERTEX", "GOOGLE", "RUNWAY"):
            monkeypatch.setenv(f"STORYREEL_{name}_BASE_URL", service.url)
        yield service


def body_of(sent: Sent, door: str, model: str, mode: str, media: Media, **changed: Any) -> tuple[str, Any]:
    changed = {
        "camera": "slow pan",
        "style": "film noir",
        "sound": "rain",
        "negative_prompt": "people",
        **changed,
    }
    submitted(provider(door), media, model, mode, **changed)
    ((path, _, body),) = sent.requests
    return path, body


def strictly(kind: Any, value: Any) -> None:
    """Validates against a TypedDict with no other keys allowed, anywhere in it."""
    TypeAdapter(with_config(ConfigDict(extra="forbid"))(kind)).validate_python(value)


def wire_names(kind: Any) -> dict[str, str]:
    """What the fields of a TypedDict of Runway's are called on the wire."""
    names = {}
    for field, hint in get_type_hints(kind, include_extras=True).items():
        if get_origin(hint) is Required:
            hint = get_args(hint)[0]
        aliases = [info.alias for info in getattr(hint, "__metadata__", ()) if hasattr(info, "alias")]
        names[aliases[0] if aliases else field] = field
    return names


@pytest.mark.parametrize(("model", "mode", "resolution"), SIZES)
def test_runway(sent: Sent, media: Media, model: str, mode: str, resolution: str) -> None:
    can = next(can for can in catalogue() if (can.provider, can.model) == ("runway", model))
    longest = max(can.modes[mode].durations, default=1)  # that goes with each
    path, body = body_of(sent, "runway", model, mode, media, resolution=resolution, duration=longest)
    union = {
        "/v1/text_to_video": TextToVideoCreateParams,
        "/v1/image_to_video": ImageToVideoCreateParams,
        "/v1/video_to_video": VideoToVideoCreateParams,
    }[path]
    kinds = [kind for kind in get_args(union) if body["model"] in get_args(get_type_hints(kind)["model"])]
    assert len(kinds) == 1, f"{body['model']} isn't a model of {path}"
    names = wire_names(kinds[0])
    assert set(body) <= set(names), set(body) - set(names)
    snake = {names[key]: value for key, value in body.items()}
    strictly(kinds[0], snake)
    with pytest.raises(ValueError, match="mood"):
        strictly(kinds[0], snake | {"mood": "serene"})


@pytest.mark.parametrize(("door", "model", "mode"), [*OF_GOOGLE, *TALKED])
def test_google(sent: Sent, media: Media, door: str, model: str, mode: str) -> None:
    path, body = body_of(sent, door, model, mode, media)
    project = r"/v1beta1/projects/[\w-]+/locations/global/interactions"
    assert re.fullmatch("/v1/interactions" if door == "google" else project, path)
    CreateModelInteraction.model_validate(body)
    assert set(body) <= set(CreateModelInteractionParam.__annotations__)
    strictly(VideoResponseFormatParam, body["response_format"])
    assert body["response_format"]["resolution"] in ("360p", "720p", "1080p", "4k")
    kinds = {
        "text": (TextContent, TextContentParam),
        "image": (ImageContent, ImageContentParam),
        "video": (VideoContent, VideoContentParam),
    }
    (step,) = body["input"]
    assert step["type"] == "user_input" and set(step) == {"type", "content"}
    for item in step["content"]:
        made, fields = kinds[item["type"]]
        assert set(item) <= set(fields.__annotations__)
        made.model_validate(item)
    task = body["generation_config"]["video_config"]["task"]
    literal = "text_to_video", "image_to_video", "reference_to_video", "edit", "extend", "upscale"
    assert task in literal
    assert body["background"] is body["store"] is True, "else it can't be asked about"


@pytest.mark.parametrize(
    ("door", "model", "mode"), [row for row in ROWS if row[0] == "vertex" and row not in TALKED]
)
def test_vertex(sent: Sent, media: Media, door: str, model: str, mode: str) -> None:
    """What the SDK makes of the same wish is the same body, field by field."""
    path, body = body_of(sent, door, model, mode, media)
    can = next(can for can in catalogue() if (can.provider, can.model) == (door, model))
    assert path.endswith(f"/publishers/google/models/{can.id}:predictLongRunning")
    shot = shot_for(can, mode, media)
    image = genai_types.Image.from_file(location=media.picture)
    extends = mode == "extend"
    config = genai_types.GenerateVideosConfig(
        number_of_videos=1,
        duration_seconds=int(shot.duration),
        seed=7,
        aspect_ratio=None if extends else "16:9",
        resolution=None if extends else "720p",
        negative_prompt="people",
        generate_audio=True,
        last_frame=image if mode == "frames" else None,
        reference_images=[
            genai_types.VideoGenerationReferenceImage(image=image, reference_type="ASSET")  # pyright: ignore
            for _ in shot.references
        ]
        or None,
        labels={"storyreel": body["labels"]["storyreel"]},
    )
    wanted: dict[str, Any] = {}
    genai._GenerateVideosConfig_to_vertex(config, wanted, None)
    prompt = "A street at dawn\nCamera: slow pan\nStyle: film noir\nSound: rain"
    instance: dict[str, Any] = {"prompt": prompt} | wanted.get("instances", [{}])[0]
    if mode in ("image", "frames"):
        instance["image"] = genai._Image_to_vertex(image)
    if extends:
        video = genai_types.Video.from_file(location=media.clip)
        instance["video"] = genai._Video_to_vertex(video)
    expected = {"instances": [instance], "parameters": wanted["parameters"], "labels": wanted["labels"]}
    assert json.loads(json.dumps(expected, default=str)) == body


@pytest.mark.parametrize("model", [model for door, model in PICTURES if door == "google"])
def test_google_s_pictures(sent: Sent, media: Media, model: str) -> None:
    references = (media.picture, media.tall)
    path, body = body_of(sent, "google", model, "picture", media, references=references)
    assert path == "/v1/interactions"
    CreateModelInteraction.model_validate(body)
    assert set(body) <= set(CreateModelInteractionParam.__annotations__)
    strictly(ImageResponseFormatParam, body["response_format"])
    ratios, sizes = (
        get_args(get_args(kind)[0]) for kind in (ImageResponseFormatAspectRatio, ImageResponseFormatImageSize)
    )
    assert body["response_format"]["type"] == "image" and body["response_format"]["aspect_ratio"] in ratios
    assert body["response_format"].get("image_size", "1K") in sizes
    (step,) = body["input"]
    assert [item["type"] for item in step["content"]] == ["image", "image", "text"]
    assert body["generation_config"] == {"seed": 7}
    assert body["background"] is body["store"] is True, "else it can't be asked about"


@pytest.mark.parametrize("model", [model for door, model in PICTURES if door == "vertex"])
def test_vertex_s_pictures(sent: Sent, media: Media, model: str) -> None:
    """What the SDK makes of the same wish is the same body, field by field."""
    can = next(can for can in catalogue() if (can.provider, can.model) == ("vertex", model))
    references = (media.picture,) if can.modes["picture"].references else ()
    path, body = body_of(sent, "vertex", model, "picture", media, references=references)
    prompt = "A street at dawn\nCamera: slow pan\nStyle: film noir\nAvoid: people"
    assert path.endswith(f"/locations/global/publishers/google/models/{can.id}:generateContent")
    size = "1K" if len(can.modes["picture"].resolutions) > 1 else None
    config = genai_types.GenerateContentConfig(
        response_modalities=["IMAGE"],
        seed=7,
        image_config=genai_types.ImageConfig(aspect_ratio="16:9", image_size=size),
        labels=body["labels"],
    )
    parts = [
        genai_types.Part.from_bytes(data=Path(media.picture).read_bytes(), mime_type="image/png"),
        genai_types.Part.from_text(text=prompt),
    ]
    sent.requests.clear()
    options = genai_types.HttpOptions(base_url=sent.url)
    client = Client(
        enterprise=True,
        project="p",
        location="global",
        credentials=Credentials("ya29.token"),
        http_options=options,
    )
    contents = genai_types.Content(role="user", parts=parts)
    client.models.generate_content(model=can.id, contents=contents, config=config)
    ((theirs, _, expected),) = sent.requests
    assert theirs.rpartition("/")[2] == path.rpartition("/")[2] == f"{can.id}:generateContent"
    assert theirs.startswith("/v1beta1/") and path.startswith("/v1beta1/")
    inline = expected["contents"][0]["parts"][0]["inlineData"]  # the service takes either of both spellings
    inline["mimeType"] = inline.pop("mime_type", None) or inline["mimeType"]
    inline["data"] = inline["data"].replace("-", "+").replace("_", "/")
    assert expected == body


@pytest.mark.parametrize("model", [model for door, model in PICTURES if door == "runway"])
def test_runway_s_pictures(sent: Sent, media: Media, model: str) -> None:
    can = next(can for can in catalogue() if (can.provider, can.model) == ("runway", model))
    mode = can.modes["picture"]
    for size, ratio in [(size, ratio) for size in mode.resolutions for ratio in mode.ratios]:
        sent.requests.clear()
        changed = {"resolution": size, "aspect_ratio": ratio, "references": (media.picture,)}
        path, body = body_of(sent, "runway", model, "picture", media, **changed)
        assert path == "/v1/text_to_image"
        union = get_args(TextToImageCreateParams)
        kinds = [kind for kind in union if body["model"] in get_args(get_type_hints(kind)["model"])]
        assert len(kinds) == 1
        names = wire_names(kinds[0])
        assert set(body) <= set(names), set(body) - set(names)
        strictly(kinds[0], {names[key]: value for key, value in body.items()})


@pytest.mark.parametrize(("door", "model", "mode"), HEARD)
def test_google_s_sounds(sent: Sent, media: Media, door: str, model: str, mode: str) -> None:
    """What the SDK makes of the same wish is the same body, field by field."""
    can = next(can for can in catalogue() if (can.provider, can.model) == (door, model))
    spoken = {"language": "de-AT", "script": "Guten Morgen.", "voice": "Kore"} if mode == "speech" else {}
    path, body = body_of(sent, door, model, mode, media, camera="", sound="", **spoken)
    if model == "lyria-2":  # the SDK doesn't know it
        assert path.endswith("/locations/us-central1/publishers/google/models/lyria-002:predict")
        prompt = "A street at dawn\nStyle: film noir"
        assert body == {
            "instances": [{"prompt": prompt, "seed": 7, "negative_prompt": "people"}],
            "parameters": {},
        }
        return
    sent.requests.clear()
    part, config = genai_types.Part(text=body["contents"][0]["parts"][0]["text"]), {}
    if mode == "speech":
        assert part.text == "Guten Morgen."
        part.speech_metadata = genai_types.SpeechMetadata(style="film noir")
        voice = genai_types.VoiceConfig(
            prebuilt_voice_config=genai_types.PrebuiltVoiceConfig(voice_name="Kore")
        )
        config["speech_config"] = genai_types.SpeechConfig(voice_config=voice, language_code="de-AT")
    modalities = ["AUDIO"] if mode == "speech" else ["AUDIO", "TEXT"]
    config |= {"response_modalities": modalities, "labels": body.get("labels")}
    options = genai_types.HttpOptions(base_url=sent.url)
    where = {"project": "p", "location": "global", "credentials": Credentials("ya29.token")}
    client = Client(
        enterprise=door == "vertex",
        http_options=options,
        **(where if door == "vertex" else {"api_key": "key"}),
    )
    client.models.generate_content(
        model=can.id,
        contents=genai_types.Content(role="user", parts=[part]),
        config=genai_types.GenerateContentConfig(**config),
    )
    ((theirs, _, expected),) = sent.requests
    assert theirs.rpartition("/")[2] == path.rpartition("/")[2] == f"{can.id}:generateContent"
    assert theirs.split("/")[1] == path.split("/")[1]
    assert _camel(expected) == body


def _camel(told: Any) -> Any:
    """The SDK writes some names in snake case; the service takes either."""
    if isinstance(told, dict):
        return {re.sub(r"_(\w)", lambda m: m[1].upper(), key): _camel(value) for key, value in told.items()}
    return [_camel(each) for each in told] if isinstance(told, list) else told


def test_headers(sent: Sent, media: Media, emulator: Emulator) -> None:
    for door in ("vertex", "google", "runway"):
        submitted(provider(door), media)
    (_, vertex, _), (_, google, _), (_, runway, _) = sent.requests
    assert vertex["Authorization"].startswith("Bearer ya29.")
    assert google["x-goog-api-key"] == emulator.environment["GEMINI_API_KEY"]
    assert runway["Authorization"] == f"Bearer {emulator.environment['RUNWAYML_API_SECRET']}"
    assert runway["X-Runway-Version"] == "2024-11-06"
    assert {headers["Content-Type"] for headers in (vertex, google, runway)} == {"application/json"}
