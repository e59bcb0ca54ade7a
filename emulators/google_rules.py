"""What Gemini Omni takes and refuses through interactions, as data (read 21 and 29 November 2026). What only the
picture models do is in drawings.py.

Written down here apart from the product's catalogue, which these rules are there to check.
"""

from __future__ import annotations

import re
import time
from decimal import Decimal
from typing import Any, NamedTuple

from . import drawings, media, prices
from .checks import Issue, Place, anything, each, either, flag, number, one_of, text, thing, whole
from .context import Backstage, Call, Refusal
from .jobs import Ask

PICTURES = ("image/png", "image/jpeg", "image/webp")
CLIPS = ("video/mp4", "video/mpeg", "video/mov", "video/quicktime", "video/webm")
SIZES = {"360p": (640, 360), "720p": (1280, 720), "1080p": (1920, 1080), "4k": (3840, 2160)}
MOST_BYTES = 100 * 1024 * 1024
"""Of a request."""
KEEPS = 30.0
"""Seconds of a clip's end that its extension keeps."""


class Model(NamedTuple):
    shortest: int
    longest: int
    between: int
    """The longest from a first to a last frame."""
    references: int
    """Pictures; for 1.1 others say 3, 7, 10 and 14."""
    edits: tuple[float, float]
    """How long a clip may be that is changed."""


OMNI = {
    "gemini-omni-1.1-flash": Model(3, 10, 10, 5, (0, 10)),
    "gemini-omni-1.2-flash": Model(3, 15, 10, 6, (3, 15)),
}
ON_VERTEX = ("gemini-omni-1.2-flash",)
"""Those of them that Vertex AI has by interactions, at the location global."""
RETIRED = ("gemini-omni-flash-preview", "veo-3.1-generate-preview", "veo-3.1-fast-generate-preview")
ADDS = (3, 10)
"""Seconds of an extension."""
TASKS = ("text_to_video", "image_to_video", "reference_to_video", "edit", "extend", "upscale")

_CONTENT = thing(
    {
        "type": one_of("text", "image", "video", "audio", "document"),
        "text": text(),
        "data": text(1),
        "uri": text(1),
        "mime_type": text(1),
        "name": text(),
        "resolution": text(),
        "processing": anything,
    },
    required=("type",),
)
_STEP = thing({"type": one_of("user_input"), "content": each(_CONTENT)}, required=("type", "content"))
_VIDEO = thing(
    {
        "type": one_of("video"),
        "aspect_ratio": one_of("16:9", "9:16"),
        "duration": text(),
        "resolution": one_of(*SIZES),
        "delivery": one_of("inline", "uri"),
        "gcs_uri": text(1),
    },
    required=("type",),
)
_IMAGE = thing(
    {
        "type": one_of("image"),
        "aspect_ratio": text(1),
        "image_size": one_of("512", "1K", "2K", "4K"),
        "mime_type": one_of("image/jpeg", "image/png"),
        "delivery": one_of("inline", "uri"),
    },
    required=("type",),
)
_BODY = thing(
    {
        "model": text(1),
        "input": either(text(), each(either(_CONTENT, _STEP), 1), _CONTENT),
        "response_format": anything,  # by the model's kind
        "generation_config": thing(
            {
                "seed": whole(-(2**31), 2**31 - 1),
                "max_output_tokens": whole(1),
                "thinking_level": one_of("minimal", "low", "medium", "high"),
                "thinking_summaries": one_of("auto", "none"),
                "temperature": number(0, 2),
                "top_p": number(0, 1),
                "stop_sequences": each(text()),
                "video_config": thing({"task": one_of(*TASKS)}),
            }
        ),
        "background": flag,
        "store": flag,
        "stream": flag,
        "previous_interaction_id": text(1),
        "system_instruction": text(),
        "safety_settings": each(anything),
        "labels": anything,
        "service_tier": text(),
        "webhook_config": thing({"uris": each(text(1)), "user_metadata": anything}),
        "response_modalities": each(one_of("video", "text", "image", "audio")),
        "response_mime_type": text(),
        "tools": each(anything),
        "continuation_token": text(1),
    },
    required=("model", "input"),
)


class Wanted(NamedTuple):
    model: str
    ask: Ask
    tokens: int
    """Of what it makes."""
    price: Decimal
    uri: bool
    background: bool
    store: bool
    labels: Any
    bucket: str = ""


def read(call: Call, stage: Backstage, cloud: bool = False) -> Wanted:
    """What a create asks for; `cloud` on Vertex AI, which has other models. Raises Refusal in the service's words."""
    body = call.seen
    if len(call.body) > MOST_BYTES:
        raise Refusal(400, "Request payload size exceeds the limit: 104857600 bytes.", front=True)
    issues = _BODY(body, ())
    if issues:
        raise _invalid(issues[0])
    name = body["model"].removeprefix("models/")
    if name in RETIRED or name in drawings.RETIRED:
        raise Refusal(404, f"models/{name} is no longer available. Please use a newer model.")
    if name not in (ON_VERTEX if cloud else (*OMNI, *drawings.GEMINI)):
        raise Refusal(404, f"models/{name} is not found for API version {call['version']}.")
    if body.get("stream"):
        raise Refusal(400, "This emulator doesn't stream.")
    if body.get("background") and body.get("store") is False:
        raise Refusal(400, "background=true requires store=true.")
    if body.get("tools") or "continuation_token" in body:
        raise Refusal(400, f"tools and continuation_token are not supported by {name}.")
    issues = _labels(body.get("labels", {}))
    if issues:
        raise _invalid(issues[0])
    draws = name in drawings.GEMINI
    form: Any = body.get("response_format", {"type": "image" if draws else "video"})
    form = form[0] if isinstance(form, list) and len(form) == 1 else form
    issues = (_IMAGE if draws else _VIDEO)(form, ("response_format",))
    if issues:
        raise _invalid(issues[0])
    if "gcs_uri" in form and not cloud:
        raise Refusal(400, "gcs_uri is only supported on Vertex AI.")
    if cloud and "safety_settings" in body:
        raise Refusal(400, "safety_settings are not supported.")
    bucket = form.get("gcs_uri", "")
    if cloud and form.get("delivery") == "uri" and not bucket.startswith("gs://"):
        raise Refusal(400, "gcs_uri is required when delivery is uri.")
    brought = _Brought(stage)
    brought.take(_contents(body["input"]))
    if "previous_interaction_id" in body:
        brought.earlier(body["previous_interaction_id"])
    config = body.get("generation_config", {})
    if draws:
        made = _drawing(name, config, form, brought)
    else:
        ask = _ask(OMNI[name], config.get("video_config", {}).get("task"), form, brought, config.get("seed"))
        resolution = next(key for key, size in SIZES.items() if min(size) == min(ask.width, ask.height))
        tokens = prices.omni_tokens(resolution, ask.seconds)
        made = drawings.Drawing(ask, tokens, prices.omni(name, tokens))
    return Wanted(
        name,
        *made,
        form.get("delivery", "inline") == "uri",
        body.get("background", False),
        body.get("store", True),
        body.get("labels"),
        bucket,
    )


def _contents(given: Any) -> list[tuple[Place, dict[str, Any]]]:
    """The content items of the three ways to write an input, each with its place."""
    if isinstance(given, str):
        return [(("input",), {"type": "text", "text": given})]
    if isinstance(given, dict):
        return [(("input",), given)]
    found = []
    for place, item in enumerate(given):
        if item["type"] == "user_input":
            found += [(("input", place, "content", i), part) for i, part in enumerate(item["content"])]
        else:
            found.append((("input", place), item))
    return found


def _ask(model: Model, task: str | None, form: dict[str, Any], brought: _Brought, seed: int | None) -> Ask:
    pictures, clips = brought.pictures, brought.clips
    if task is None:
        tagged = "<IMAGE_REF" in brought.prompt
        task = "edit" if clips else "reference_to_video" if pictures and tagged else None
        task = task or ("image_to_video" if pictures else "text_to_video")
    if task == "upscale":
        raise Refusal(400, "The task upscale is not supported by this emulator.")
    if task == "text_to_video" and (pictures or clips):
        raise Refusal(400, "text_to_video takes no media.")
    if task == "image_to_video" and (not 1 <= len(pictures) <= 2 or clips):
        raise Refusal(400, "image_to_video takes one image, or a first and a last one.")
    if task == "reference_to_video" and not (pictures or clips):
        raise Refusal(400, "reference_to_video needs references.")
    if len(pictures) > model.references:
        raise Refusal(400, f"At most {model.references} reference images are supported.")
    if task in ("edit", "extend") and len(clips) != 1:
        raise Refusal(400, f"{task} needs exactly one video.")
    longest = model.between if task == "image_to_video" and len(pictures) == 2 else model.longest
    seconds = _seconds(form.get("duration"), ADDS if task == "extend" else (model.shortest, longest))
    width, height = SIZES[form.get("resolution", "720p")]
    if form.get("aspect_ratio", "16:9") == "9:16":
        width, height = height, width
    source, keep = None, 0.0
    if task in ("edit", "extend"):
        source, clip = clips[0]
        if task == "edit" and not model.edits[0] - 0.05 <= clip.seconds <= model.edits[1] + 0.05:
            raise Refusal(
                400, f"A video to edit must be {model.edits[0]:g} to {model.edits[1]:g} seconds long."
            )
        keep = min(clip.seconds, KEEPS) if task == "extend" else 0.0
        seconds = seconds if task == "extend" else clip.seconds
        if "aspect_ratio" not in form and clip.height > clip.width:
            width, height = min(width, height), max(width, height)
    framed = task == "image_to_video"
    return Ask(
        prompt=brought.prompt,
        seconds=seconds,
        width=width,
        height=height,
        sound=True,
        seed=seed,
        first=pictures[0] if framed else None,
        last=pictures[1] if framed and len(pictures) == 2 else None,
        references=() if framed else tuple(pictures),
        source=source,
        extends=task == "extend",
        keep=keep,
    )


def _drawing(name: str, config: dict[str, Any], form: dict[str, Any], brought: _Brought) -> drawings.Drawing:
    if "video_config" in config:
        raise Refusal(400, f"video_config is not supported by {name}.")
    if brought.clips:
        raise Refusal(400, f"Input of type video is not supported by {name}.")
    pictures, size = tuple(brought.pictures), form.get("image_size")
    return drawings.gemini(name, brought.prompt, pictures, form.get("aspect_ratio"), size, config.get("seed"))


def _seconds(given: str | None, limits: tuple[int, int]) -> float:
    if given is None:
        return float(min(8, limits[1]))
    found = re.fullmatch(r"(\d+(?:\.\d{1,9})?)s", given)
    if found is None:
        raise Refusal(
            400, f"Invalid value at 'response_format.duration': {given!r} is no duration such as \"8s\"."
        )
    seconds = float(found[1])
    if not limits[0] <= seconds <= limits[1] or seconds != int(seconds):
        raise Refusal(
            400,
            f"Invalid duration {given}: it must be {limits[0]} to {limits[1]} whole seconds for this task.",
        )
    return seconds


class _Brought:
    """The media and words of a request, checked and put away."""

    def __init__(self, stage: Backstage) -> None:
        self._stage = stage
        self.prompt = ""
        self.pictures: list[str] = []
        self.clips: list[tuple[str, media.Clip]] = []

    def take(self, contents: list[tuple[Place, dict[str, Any]]]) -> None:
        words = []
        for place, item in contents:
            if item["type"] == "text":
                if "text" not in item or {"data", "uri"} & set(item):
                    raise _invalid(Issue((*place, "text"), "invalid_type", "Required"))
                words.append(item["text"])
            elif item["type"] in ("image", "video"):
                self._media(place, item)
            else:
                raise Refusal(400, f"Input of type {item['type']} is not supported by this model.")
        self.prompt = "\n".join(words)

    def _media(self, place: Place, item: dict[str, Any]) -> None:
        if ("data" in item) == ("uri" in item):
            raise _invalid(Issue(place, "custom", "Exactly one of data and uri must be set"))
        store = self._stage.store
        type = item.get("mime_type", "")
        if "uri" in item:
            found = re.search(r"files/([a-z0-9]+)$", item["uri"])
            about = store.named(f"files/{found[1]}") if found else None
            if about is None or about.get("gone"):
                raise Refusal(403, "You do not have permission to access the File or it may not exist.")
            pass

            if state_of(about) != "ACTIVE":
                raise Refusal(
                    400, f"The File {about['name']} is not in an ACTIVE state and usage is not allowed."
                )
            type, data = about["type"], store.path(about["sha256"]).read_bytes()
        else:
            if not type:
                raise _invalid(Issue((*place, "mime_type"), "invalid_type", "Required"))
            data = media.unbase64(item["data"])
        if item["type"] == "image":
            issue = media.picture_issue(data, type, PICTURES, place)
            if issue or not data:
                raise _invalid(issue or Issue(place, "custom", "Empty"))
            self.pictures.append(store.put(data))
            return
        clip = media.clip_of(data) if data and type in CLIPS else None
        if clip is None or not data:
            raise _invalid(Issue(place, "custom", "Unable to process input video"))
        self.clips.append((store.put(data), clip))

    def earlier(self, id: str) -> None:
        """The clip of an interaction before, to go on from."""
        job = self._stage.jobs.get("google", id)
        if job is None or job.deleted or not job.more["stored"]:
            raise Refusal(400, f"Invalid interaction name: {id}")
        if job.state != "done":
            raise Refusal(400, f"The interaction {id} is not completed.")
        data = self._stage.clip_bytes(job)
        clip = media.clip_of(data)
        assert clip is not None
        self.clips.append((self._stage.store.put(data), clip))


def _labels(labels: Any) -> list[Issue]:
    from .vertex_rules import labels as look

    return look(labels, ("labels",))


def _invalid(issue: Issue) -> Refusal:
    where = f" at '{issue.place}'" if issue.place else ""
    return Refusal(400, f"Invalid request{where}: {issue.message}")


def state_of(about: dict[str, Any]) -> str:
    """Uploaded clips are looked through first."""
    return (
        "PROCESSING" if about["type"].startswith("video/") and time.time() < about["time"] + 0.1 else "ACTIVE"
    )
