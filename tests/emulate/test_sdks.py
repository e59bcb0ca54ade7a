"""The vendors' own clients work with the emulators as with the services."""

from __future__ import annotations

import base64
import time
import warnings
from pathlib import Path

import pytest
from storyreel.emulators import Emulator

from .clients import decoded, fetch, picture


def test_runways(emulator: Emulator, tmp_path: Path) -> None:
    runwayml = pytest.importorskip("runwayml")
    keys = emulator.environment
    image = tmp_path / "red.png"
    image.write_bytes(picture(640, 360))
    with runwayml.RunwayML(
        api_key=keys["RUNWAYML_API_SECRET"], base_url=keys["STORYREEL_RUNWAY_BASE_URL"], max_retries=0
    ) as client:
        upload = client.uploads.create_ephemeral(file=image)
        made = client.image_to_video.create(
            model="gen4.5", prompt_text="go", prompt_image=upload.uri, ratio="1280:720", duration=2
        )
        assert made.estimated_cost.credits == 24
        task = client.tasks.retrieve(made.id)
        while task.status != "SUCCEEDED":
            task = client.tasks.retrieve(made.id)
        assert (type(task).__name__, task.cost.credits) == ("AwaitableSucceeded", 24)
        assert decoded(fetch(task.output[0]).content).lasts(2)
        with pytest.raises(runwayml.BadRequestError):
            client.text_to_video.create(model="gen4.5", prompt_text="a", ratio="1:1", duration=2)
        assert client.organization.retrieve().tier.models["gen4.5"].max_concurrent_generations == 5


def test_googles(emulator: Emulator, tmp_path: Path) -> None:
    genai = pytest.importorskip("google.genai")
    from google.oauth2 import service_account

    keys, types = emulator.environment, genai.types
    image = tmp_path / "red.png"
    image.write_bytes(picture())
    once = types.HttpRetryOptions(attempts=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the SDK's own
        with genai.Client(
            api_key=keys["GEMINI_API_KEY"],
            http_options=types.HttpOptions(base_url=keys["STORYREEL_GOOGLE_BASE_URL"], retry_options=once),
        ) as client:
            file = client.files.upload(file=str(image))
            made = client.interactions.create(
                model="gemini-omni-1.2-flash",
                input=[
                    {"type": "text", "text": "go"},
                    {"type": "image", "uri": file.uri, "mime_type": file.mime_type},
                ],
                background=True,
                response_format={"type": "video", "duration": "3s", "resolution": "360p"},
            )
            while made.status in ("queued", "in_progress"):
                made = client.interactions.get(made.id)
            assert made.status == "completed" and made.usage.output_tokens_by_modality[0].tokens == 5793
            assert decoded(base64.b64decode(made.output_video.data)).lasts(3)
        credentials = service_account.Credentials.from_service_account_file(
            keys["GOOGLE_APPLICATION_CREDENTIALS"], scopes=["https://www.googleapis.com/auth/cloud-platform"]
        )
        with genai.Client(
            vertexai=True,
            project=keys["GOOGLE_CLOUD_PROJECT"],
            location="us-central1",
            credentials=credentials,
            http_options=types.HttpOptions(base_url=keys["STORYREEL_VERTEX_BASE_URL"]),
        ) as client:
            operation = client.models.generate_videos(
                model="veo-3.1-fast-generate-001",
                source=types.GenerateVideosSource(
                    prompt="go", image=types.Image(image_bytes=picture(), mime_type="image/png")
                ),
                config=types.GenerateVideosConfig(duration_seconds=4, generate_audio=False, seed=3),
            )
            while not operation.done:
                time.sleep(0.01)
                operation = client.operations.get(operation)
            clip = decoded(operation.response.generated_videos[0].video.video_bytes)
            assert clip.lasts(4) and clip.samples == 0
