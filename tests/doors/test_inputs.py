"""What requests bring along: pictures and clips in kinds that services take, large ones by upload; and signing in."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from storyreel.emulators import Emulator
from storyreel.emulators.encode import plain
from storyreel.studio.errors import MediaError
from storyreel.studio.media.filetype import JPEG, MP4, PNG, WEBP, kind_of
from storyreel.studio.providers import provider
from storyreel.studio.providers.contract import Missed, Operation, Refused, State
from storyreel.studio.providers.google import auth
from storyreel.studio.providers.media_inputs import clip, label, picture, size_of
from storyreel.studio.providers.models import catalogue

from .conftest import Media, ended, shot_for, submitted


def padded(clip: str, path: Path, size: int) -> str:
    """The same clip in a file of about that many bytes."""
    path.write_bytes(Path(clip).read_bytes() + size.to_bytes(4, "big") + b"free" + bytes(size - 8))
    return str(path)


@pytest.mark.parametrize(
    ("form", "taken"),
    [("PNG", PNG), ("JPEG", JPEG), ("WEBP", WEBP), ("BMP", PNG), ("TIFF", PNG), ("GIF", PNG)],
)
def test_pictures_of_other_kinds_become_png(tmp_path: Path, form: str, taken: str) -> None:
    path = tmp_path / "picture.dat"
    Image.effect_noise((32, 16), 60).convert("RGB").save(path, form)
    medium = picture(str(path), (JPEG, PNG, WEBP), 1 << 20)
    assert medium.type == taken == kind_of(medium.data[:64])
    if form in ("PNG", "JPEG", "WEBP"):
        assert medium.data == path.read_bytes(), "as it is"
    assert picture(str(path), (JPEG, PNG), 1 << 20).type in (JPEG, PNG)
    assert medium.data_uri.startswith(f"data:{taken};base64,")


def test_a_picture_on_its_side_is_put_upright(tmp_path: Path) -> None:
    """Who reads the orientation and who doesn't, no service says."""
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "phone.jpg"
    Image.new("RGB", (40, 20), "red").save(path, exif=exif)
    medium = picture(str(path), (JPEG, PNG), 1 << 20)
    (tmp_path / "sent.png").write_bytes(medium.data)
    with Image.open(tmp_path / "sent.png") as sent:
        assert sent.size == (20, 40) == size_of(str(path))


def test_a_picture_that_is_too_large_in_bytes(tmp_path: Path) -> None:
    path = tmp_path / "noise.png"
    Image.effect_noise((200, 200), 90).convert("RGB").save(path)
    assert picture(str(path), (JPEG, PNG), 80_000).type == JPEG
    with pytest.raises(MediaError, match=r"noise\.png has 0 MB even as a JPEG"):
        picture(str(path), (JPEG, PNG), 1000)


def test_what_is_no_picture_and_no_clip(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    assert size_of(str(path)) is None and size_of(str(tmp_path / "gone")) is None
    for read in (lambda: picture(str(path), (PNG,), 1 << 20), lambda: clip(str(path))):
        with pytest.raises(MediaError, match=r"notes\.txt"):
            read()
    with pytest.raises(MediaError, match="can't be read"):
        clip(str(tmp_path / "gone.mp4"))


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x00\x00\x00\x20ftypisom", MP4),
        (b"\x00\x00\x00\x14ftypqt  ", "video/quicktime"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\x82\x84webm", "video/webm"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\x82\x88matroska", ""),
        (b"\x00\x00\x00\x20ftypavif", ""),
        (b"RIFF\x00\x00\x00\x00AVI ", ""),
        (b"", ""),
    ],
)
def test_kinds_by_their_first_bytes(head: bytes, kind: str) -> None:
    assert kind_of(head) == kind


def test_our_id_as_google_spells_labels() -> None:
    assert label("Attempt 7/ABC") == "attempt-7-abc" and len(label("x" * 99)) == 63


def test_a_large_clip_goes_to_google_by_upload(emulator: Emulator, media: Media, tmp_path: Path) -> None:
    big = padded(media.clip, tmp_path / "big.mp4", 15 << 20)
    google = provider("google")
    status = ended(google, submitted(google, media, mode="extend", video=big))
    assert status.state is State.DONE
    body = json.dumps(emulator.record()["jobs"][-1]["body"])
    assert "/v1/files/" in body and "Y3R" not in body


def test_a_large_clip_goes_to_runway_by_upload(emulator: Emulator, media: Media, tmp_path: Path) -> None:
    big = padded(media.clip, tmp_path / "big.mp4", 5 << 20)
    runway = provider("runway")
    assert ended(runway, submitted(runway, media, "aleph2", "edit", video=big)).state is State.DONE
    assert emulator.record()["jobs"][-1]["body"]["videoUri"].startswith("runway://")


@pytest.mark.parametrize("what", ["500", "503", "429", "reset", "hang", "404", "html_200", "truncated"])
def test_an_upload_that_goes_wrong_costs_nothing(
    emulator: Emulator, media: Media, tmp_path: Path, impatient: None, what: str
) -> None:
    big = padded(media.clip, tmp_path / "big.mp4", 15 << 20)
    jobs = len(emulator.record()["jobs"])
    for name, model, mode in (("google", "", "extend"), ("runway", "aleph2", "edit")):
        emulator.misbehave({"door": name, "at": "upload", "what": what})
        with pytest.raises(Refused):
            submitted(provider(name), media, model, mode, video=big)
    assert len(emulator.record()["jobs"]) == jobs, "nothing was asked for"


CLIPS: list[tuple[str, str, dict[str, Any], str]] = [
    ("vertex", "extend", {"size": (640, 360)}, "640x360 at 24 frames per second; veo extends 1280x720 at 24"),
    ("vertex", "extend", {"size": (720, 1280)}, "720x1280 at 24"),
    ("vertex", "extend", {"pad": 21 << 20}, "MB are taken; encode it smaller"),
    ("vertex", "extend", {"bytes": b"RIFF1234AVI "}, "is not taken, only MP4; convert it"),
    ("google", "extend", {"bytes": b"what?"}, "is not taken, only MP4 or MOV or WebM"),
    ("runway", "edit", {"bytes": b""}, "is not taken"),
]


@pytest.mark.parametrize(("name", "mode", "made", "words"), CLIPS)
def test_clips_that_are_not_taken(
    emulator: Emulator, media: Media, tmp_path: Path, name: str, mode: str, made: dict[str, Any], words: str
) -> None:
    path = tmp_path / "clip.mp4"
    if "size" in made:
        path.write_bytes(plain(*made["size"], 48, False, 7))
    elif "pad" in made:
        padded(media.clip, path, made["pad"])
    else:
        path.write_bytes(made["bytes"])
    can = next(can for can in catalogue() if can.provider == name and mode in can.modes)
    shot = shot_for(can, mode, media, video=str(path))
    (fault,) = provider(name).check(shot, can)
    assert fault.place == "video" and words in str(fault)
    with pytest.raises(Refused):
        provider(name).submit(shot, can, "")


def test_a_tall_clip_is_extended_as_it_is(emulator: Emulator, media: Media, tmp_path: Path) -> None:
    (tmp_path / "tall.mp4").write_bytes(plain(720, 1280, 48, False, 7))
    vertex = provider("vertex")
    given = {"video": str(tmp_path / "tall.mp4"), "aspect_ratio": "9:16"}
    assert ended(vertex, submitted(vertex, media, mode="extend", **given)).state is State.DONE


def test_pictures_that_runway_does_not_take(emulator: Emulator, media: Media, tmp_path: Path) -> None:
    Image.new("RGB", (300, 100)).save(tmp_path / "wide.png")
    can = provider("runway").capabilities()[0]
    for mode, field in (("image", "image"), ("frames", "last_frame")):
        shot = shot_for(can, mode, media, **{field: str(tmp_path / "wide.png")})
        (fault,) = provider("runway").check(shot, can)
        assert fault.place == field and "wide.png is 300x100" in fault.message
    assert provider("runway").check(shot_for(can, "text", media), can) == []


# Signing in ----------------------------------------------------------------------------------------------------


def test_one_token_serves_many(emulator: Emulator, media: Media) -> None:
    vertex = provider("vertex")
    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(lambda _: auth.bearer()["Authorization"], range(40)))
    assert len(tokens) == 1
    assert ended(vertex, submitted(vertex, media)).state is State.DONE


@pytest.mark.parametrize("what", ["500", "reset", "404", "html_200"])
def test_no_token_no_request(
    emulator: Emulator, media: Media, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, what: str
) -> None:
    """The account's file is another one, so that a new token is needed."""
    account = tmp_path / "account.json"
    account.write_bytes(Path(emulator.environment["GOOGLE_APPLICATION_CREDENTIALS"]).read_bytes())
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(account))
    jobs = len(emulator.record()["jobs"])
    emulator.misbehave({"door": "vertex", "at": "token", "what": what})
    with pytest.raises(Refused, match="vertex can't sign in"):
        submitted(provider("vertex"), media)
    with pytest.raises((Refused, Missed)):
        provider("vertex").poll(
            Operation("vertex", "projects/p/locations/l/publishers/google/models/m/operations/o")
        )
    assert len(emulator.record()["jobs"]) == jobs


def test_what_vertex_lacks(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert auth.lacking() == []
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT")
    assert auth.lacking() == [] and auth.project() == "storyreel-rehearsal", "the account's own project"
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "gone.json"))
    project, file = auth.lacking()
    assert "GOOGLE_CLOUD_PROJECT" in project and "no file" in file
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    assert "gcloud auth application-default login" in auth.lacking()[1]
    (tmp_path / "application_default_credentials.json").write_text('{"quota_project_id": "mine"}')
    assert auth.lacking() == [] and auth.project() == "mine"
    monkeypatch.setenv("GOOGLE_CLOUD_LOCATION", "global")
    monkeypatch.delenv("STORYREEL_VERTEX_BASE_URL")
    assert provider("vertex").base_url() == "https://aiplatform.googleapis.com"
    monkeypatch.delenv("GOOGLE_CLOUD_LOCATION")
    assert provider("vertex").base_url() == "https://us-central1-aiplatform.googleapis.com"


def test_where_the_vendors_are(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GOOGLE", "RUNWAY"):
        monkeypatch.delenv(f"STORYREEL_{name}_BASE_URL")
    assert provider("google").base_url() == "https://generativelanguage.googleapis.com"
    assert provider("runway").base_url() == "https://api.dev.runwayml.com"


def test_seeds_as_the_services_count_them(emulator: Emulator, media: Media) -> None:
    for name, most in (("vertex", 2**32), ("google", 2**31), ("runway", 2**32)):
        submitted(provider(name), media, seed=2**40 + 5)
        assert f'"seed": {(2**40 + 5) % most}' in json.dumps(emulator.record()["jobs"][-1]["body"])


def test_fractions_of_seconds_become_whole_ones(emulator: Emulator, media: Media) -> None:
    submitted(provider("google"), media, duration=Fraction(10, 3))
    assert emulator.record()["jobs"][-1]["body"]["response_format"]["duration"] == "4s"
