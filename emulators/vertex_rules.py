"""What Veo on Vertex takes and refuses, as data (read 21 November 2026; marked where Google doesn't say).

Written down here apart from the product's catalogue, which these rules are there to check.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from . import media
from .checks import Issue, Place, Rule, each, flag, one_of, text, thing, whole
from .context import Call, Refusal
from .jobs import Ask
from .store import Store

PICTURES = ("image/jpeg", "image/png")
MOST_BYTES = 20 * 1024 * 1024
"""Of one inline picture."""
PROMPT = 4096
"""Characters; Google says 1024 tokens."""
EXTENSION = 7
"""Seconds added."""
SIZES = {"720p": (1280, 720), "1080p": (1920, 1080), "4k": (3840, 2160)}


class Model(NamedTuple):
    resolutions: tuple[str, ...] = ("720p", "1080p", "4k")
    references: int = 3
    last_frame: bool = True


VEO = {
    "veo-3.1-generate-001": Model(),
    "veo-3.1-fast-generate-001": Model(),
    "veo-3.1-lite-generate-001": Model(resolutions=("720p", "1080p"), references=0),
}

_IMAGE = thing(
    {"bytesBase64Encoded": text(1), "gcsUri": text(1), "mimeType": text(1)},
    required=("mimeType",),
)
_INSTANCE = thing(
    {
        "prompt": text(1, PROMPT),
        "image": _IMAGE,
        "lastFrame": _IMAGE,
        "video": _IMAGE,
        "referenceImages": each(
            thing(
                {"image": _IMAGE, "referenceType": one_of("ASSET", "STYLE", "asset", "style")},
                required=("image", "referenceType"),
            ),
            1,
        ),
        "mask": thing(
            {"bytesBase64Encoded": text(1), "gcsUri": text(1), "mimeType": text(), "maskMode": text()}
        ),
    }
)


def _parameters(model: Model) -> Rule:
    return thing(
        {
            "sampleCount": whole(1, 4),
            "durationSeconds": whole(),
            "aspectRatio": one_of("16:9", "9:16"),
            "resolution": one_of(*model.resolutions),
            "fps": one_of(24),
            "seed": whole(0, 2**32 - 1),
            "negativePrompt": text(0, PROMPT),
            "personGeneration": one_of("allow_adult", "allow_all", "dont_allow", "disallow"),
            "generateAudio": flag,
            "enhancePrompt": flag,
            "storageUri": text(1),
            "pubsubTopic": text(1),
            "compressionQuality": one_of("OPTIMIZED", "LOSSLESS", "optimized", "lossless"),
            "resizeMode": one_of("CROP", "PAD", "crop", "pad"),
        }
    )


_LABEL = text(0, 63)


class Wanted(NamedTuple):
    ask: Ask
    resolution: str
    bucket: str
    labels: dict[str, str] | None


def read(call: Call, store: Store, name: str) -> Wanted:
    """What a predictLongRunning asks for. Raises Refusal in the service's words."""
    model, body = VEO[name], call.seen
    rule = thing(
        {"instances": each(_INSTANCE, 1, 1), "parameters": _parameters(model), "labels": labels},
        required=("instances",),
    )
    issues = rule(body, ())
    if issues:
        raise invalid(issues[0])
    instance, parameters = body["instances"][0], body.get("parameters", {})
    problem = _combination(instance, parameters, model)
    if problem:
        raise Refusal(400, problem)
    brought = _Brought(store)
    ask = _ask(instance, parameters, brought)
    return Wanted(
        ask,
        brought.resolution or parameters.get("resolution", "720p"),
        parameters.get("storageUri", ""),
        body.get("labels"),
    )


def _combination(instance: dict[str, Any], parameters: dict[str, Any], model: Model) -> str:
    """What doesn't go together, or nothing."""
    seconds = parameters.get("durationSeconds")
    resolution = parameters.get("resolution", "720p")
    references = instance.get("referenceImages", [])
    if "mask" in instance:
        return "Video editing with a mask is not supported by this model."
    if parameters.get("enhancePrompt") is False:
        return "Veo 3 prompt enhancement cannot be disabled."
    if not instance.get("prompt") and not ({"image", "video"} & set(instance)):
        return "The prompt must not be empty for text-to-video."
    if "lastFrame" in instance and "image" not in instance:
        return "lastFrame needs an image as the first frame."
    if "lastFrame" in instance and not model.last_frame:
        return "lastFrame is not supported by this model."
    if "resizeMode" in parameters and "image" not in instance:
        return "resizeMode is for image-to-video only."
    if "storageUri" in parameters and not parameters["storageUri"].startswith("gs://"):
        return "storageUri must start with gs://"
    if references:
        if len(references) > model.references:
            return f"At most {model.references} reference images are supported by this model."
        if any(item["referenceType"].upper() == "STYLE" for item in references):
            return "Reference images of type STYLE are not supported by this model."
        if {"image", "lastFrame", "video"} & set(instance):
            return "Reference images can't be combined with a first frame, a last frame or a video."
        if seconds not in (None, 8):
            return (
                f"Unsupported output video duration {seconds} seconds, supported durations are [8] for "
                "feature reference_to_video."
            )
        if not instance.get("prompt"):
            return "The prompt must not be empty for reference-to-video."
    if "video" in instance:
        if {"image", "lastFrame"} & set(instance):
            return "A video to extend can't be combined with a first or last frame."
        if seconds not in (None, EXTENSION):
            return (
                f"Unsupported output video duration {seconds} seconds, supported durations are "
                f"[{EXTENSION}] for feature video_extension."
            )
        if resolution == "4k":
            return "A video can't be extended in 4k."
        return ""
    if seconds not in (None, 4, 6, 8):
        return f"Unsupported output video duration {seconds} seconds, supported durations are [4,6,8]."
    if resolution in ("1080p", "4k") and seconds not in (None, 8):
        return f"Resolution {resolution} supports a duration of 8 seconds only."
    return ""


class _Brought:
    """The media of a request, checked and put away."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.resolution = ""

    def data(self, item: dict[str, Any], place: Place) -> bytes:
        inline, uri = item.get("bytesBase64Encoded"), item.get("gcsUri")
        if (inline is None) == (uri is None):
            raise invalid(Issue(place, "custom", "Exactly one of bytesBase64Encoded and gcsUri must be set"))
        if inline is not None:
            data = media.unbase64(inline)
            if data is None:
                raise invalid(Issue((*place, "bytesBase64Encoded"), "custom", "Base64 decoding failed"))
            return data
        about = self._store.named(str(uri))
        if about is None:
            raise Refusal(400, f"The Cloud Storage object {uri} can't be read: it does not exist.")
        return self._store.path(about["sha256"]).read_bytes()

    def picture(self, item: dict[str, Any], *place: str | int) -> str:
        data = self.data(item, place)
        if len(data) > MOST_BYTES:
            raise invalid(Issue(place, "too_big", f"The image is larger than {MOST_BYTES} bytes"))
        issue = media.picture_issue(data, item["mimeType"], PICTURES, place)
        if issue:
            raise invalid(issue)
        return self._store.put(data)

    def clip(self, item: dict[str, Any], *place: str | int) -> tuple[str, media.Clip]:
        data = self.data(item, place)
        clip = media.clip_of(data) if item["mimeType"] == "video/mp4" else None
        if clip is None:
            raise invalid(Issue(place, "custom", "The video must be an MP4 that can be decoded"))
        shape = sorted((clip.width, clip.height))
        if shape not in ([720, 1280], [1080, 1920]):
            raise Refusal(400, "The video to extend must be 720p or 1080p, 16:9 or 9:16.")
        if abs(clip.fps - 24) > 0.01:
            raise Refusal(400, "The video to extend must have 24 frames per second.")
        if not 1 <= clip.seconds <= 30.05:
            raise Refusal(
                400, f"The video to extend must be 1 to 30 seconds long; it has {clip.seconds:.2f}."
            )
        self.resolution = f"{shape[0]}p"
        return self._store.put(data), clip


def _ask(instance: dict[str, Any], parameters: dict[str, Any], brought: _Brought) -> Ask:
    size = SIZES[parameters.get("resolution", "720p")]
    tall = parameters.get("aspectRatio", "16:9") == "9:16"
    source = None
    keep, seconds = 0.0, parameters.get("durationSeconds", 8)
    if "video" in instance:
        source, clip = brought.clip(instance["video"], "instances", 0, "video")
        shape = (clip.width, clip.height)
        if "resolution" in parameters and SIZES[parameters["resolution"]] != tuple(
            sorted(shape, reverse=True)
        ):
            raise Refusal(400, "The resolution must be that of the video to extend.")
        if "aspectRatio" in parameters and tall != (clip.height > clip.width):
            raise Refusal(400, "The aspect ratio must be that of the video to extend.")
        size, tall, keep, seconds = shape, False, clip.seconds, EXTENSION
    width, height = size[::-1] if tall else size
    references = instance.get("referenceImages", [])
    return Ask(
        prompt=instance.get("prompt", ""),
        seconds=float(seconds),
        width=width,
        height=height,
        sound=parameters.get("generateAudio", True),
        seed=parameters.get("seed"),
        first=brought.picture(instance["image"], "instances", 0, "image") if "image" in instance else None,
        last=brought.picture(instance["lastFrame"], "instances", 0, "lastFrame")
        if "lastFrame" in instance
        else None,
        references=tuple(
            brought.picture(item["image"], "instances", 0, "referenceImages", number, "image")
            for number, item in enumerate(references)
        ),
        source=source,
        extends=source is not None,
        keep=keep,
        clips=parameters.get("sampleCount", 1),
    )


def labels(value: Any, path: Place) -> list[Issue]:
    """Label keys and values: lower case letters, digits, - and _, at most 63 of them."""
    if not isinstance(value, dict):
        return [Issue(path, "invalid_type", "Expected object")]
    issues = []
    for key, item in value.items():
        issues += _LABEL(item, (*path, key))
        words = [key, item] if isinstance(item, str) else [key]
        good = all(c.islower() or c.isdigit() or c in "-_" for word in words for c in word)
        if not good or not key[:1].islower() or len(key) > 63:
            issues.append(Issue((*path, key), "custom", "Invalid label"))
    return issues


def invalid(issue: Issue) -> Refusal:
    if issue.code == "unrecognized_keys":
        name = issue.message.rpartition(" ")[2]
        at = f" at '{issue.place}'" if issue.path else ""
        return Refusal(400, f'Invalid JSON payload received. Unknown name "{name}"{at}: Cannot find field.')
    return Refusal(400, f"Invalid value at '{issue.place}': {issue.message}")
