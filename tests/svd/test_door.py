"""The door to Stable Video Diffusion, all of it but the model: clips of any length, progress, stopping, errors."""

from __future__ import annotations

import itertools
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from storyreel.studio.errors import OutputError, ProviderError
from storyreel.studio.media.probe import probe
from storyreel.studio.providers.capability import Capability, rows
from storyreel.studio.providers.contract import Expired, Operation, State, Status, Take
from storyreel.studio.providers.shot import Shot
from storyreel.studio.providers.svd.generate import fitted, frame_size
from storyreel.studio.providers.svd.provider import Svd

from .conftest import Shots, waited
from .slides import PUSH, Projector, Slides

XT, PLAIN = rows("svd")


def made(shot: Shot, path: Path, engine: Projector, can: Capability = XT) -> tuple[Take, list[Status]]:
    door = Svd(engine)
    operation = door.submit(shot, can, "ours")
    said = waited(door, operation)
    assert said[-1].state is State.DONE, said[-1]
    return door.fetch(operation, said[-1], path), said


def lumas(path: Path) -> np.ndarray:
    with av.open(str(path)) as file:
        return np.stack([frame.to_ndarray(format="gray") for frame in file.decode(video=0)]).astype(int)


def test_every_frame_is_the_model_s_at_its_own_rate(shots: Shots, tmp_path: Path) -> None:
    engine = Projector()
    take, _ = made(shots(seed=7), tmp_path / "clip.mp4", engine)
    clip, seen = probe(take.path), lumas(take.path)
    assert (clip.fps, clip.frames, clip.size, clip.duration) == (7, 25, (128, 128), Fraction(25, 7))
    for number in (0, 1, 12, 24):
        pushed = np.roll(seen[0], PUSH * number, axis=1)
        assert np.abs(seen[number] - pushed)[:, 60:].mean() < 3, "frame by frame, in order"
    assert take.details["frames"] == 25 and take.details["place"] == "a projector" and not take.notes
    (go,) = engine.models["svd-xt"].goes
    assert go.seed == 7 and go.settings.motion_bucket == 127


@pytest.mark.parametrize(("can", "seconds", "goes"), [(XT, 7, 2), (PLAIN, 5, 3), (PLAIN, 2, 1)])
def test_a_longer_clip_goes_on_from_its_last_frame(
    can: Capability, seconds: int, goes: int, shots: Shots, tmp_path: Path
) -> None:
    engine = Projector()
    take, _ = made(shots(duration=Fraction(seconds), seed=2**64 - 1), tmp_path / "clip.mp4", engine, can)
    model = engine.models[can.model]
    assert len(model.goes) == goes and [go.seed for go in model.goes][:2] == [2**64 - 1, 0][:goes]
    frames = goes * (model.frames - 1) + 1
    clip = probe(take.path)
    assert clip.frames == frames and clip.duration >= seconds > Fraction(frames - model.frames, 7)
    first = model.goes[0].picture
    for number, go in enumerate(model.goes):
        assert (go.picture == np.roll(first, PUSH * (model.frames - 1) * number, axis=1)).all()
    # The frame with which a go begins is there already: each is two pixels on from the one before.
    seen = lumas(take.path)
    steps = [np.abs(seen[n + 1] - np.roll(seen[n], PUSH, axis=1)).mean() for n in range(frames - 1)]
    assert max(steps) < 3 and (goes == 1 or "made in" in take.notes[0])


def test_progress_counts_steps_and_parts(shots: Shots, tmp_path: Path) -> None:
    engine = Projector()
    model = engine.models["svd-xt"]
    model.go_on.clear()
    door = Svd(engine)
    operation = door.submit(shots(duration=Fraction(7), knobs={"steps": 4}), XT, "ours")
    assert model.stepped.wait(10)
    status = door.poll(operation)
    assert status.state is State.RUNNING and status.progress == pytest.approx(0.9 / 4 / 2)
    assert status.message == "part 1 of 2, step 2 of 4 on a projector"
    model.go_on.set()
    said = waited(door, operation)
    steps = [each.progress or 0 for each in said]
    assert steps == sorted(steps) and said[-1] == Status(State.DONE, 1.0)


def test_it_stops_between_two_steps(shots: Shots) -> None:
    engine = Projector()
    model = engine.models["svd-xt"]
    model.go_on.clear()
    door = Svd(engine)
    operation = door.submit(shots(knobs={"steps": 50}), XT, "ours")
    assert model.stepped.wait(10)
    door.cancel(operation)
    assert door.poll(operation).state is State.CANCELLED
    job = door._jobs[operation.id]
    model.go_on.set()
    job.thread.join(10)
    assert not job.thread.is_alive() and model.steps == 1
    assert not job.clip.parent.exists(), "and leaves nothing"
    with pytest.raises(Expired):
        door.fetch(operation, Status(State.DONE), Path("clip.mp4"))


class Misshapen(Slides):
    def film(self, go: Any, step: Any) -> Any:
        for frame in super().film(go, step):
            yield frame[:64]


class Short(Slides):
    def film(self, go: Any, step: Any) -> Any:
        return itertools.islice(super().film(go, step), 20)


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (
            Slides(25, ProviderError("svd ran out of memory", "decode_chunk = 1")),
            "out of memory (decode_chunk = 1)",
        ),
        (Slides(25, RuntimeError("a surprise")), "svd failed: a surprise (this is a bug"),
        (Misshapen(25), "svd made a frame of (64, 128, 3)"),
        (Short(25), "svd made 20 frames instead of 25"),
    ],
)
def test_what_goes_wrong_is_said(model: Slides, says: str, shots: Shots, tmp_path: Path) -> None:
    door = Svd(Projector({"svd-xt": model}))
    operation = door.submit(shots(), XT, "ours")
    status = waited(door, operation)[-1]
    assert status.state is State.FAILED and says in status.message
    with pytest.raises(ProviderError):
        door.fetch(operation, status, tmp_path / "clip.mp4")
    assert not (tmp_path / "clip.mp4").exists()


def test_a_picture_that_is_none_and_a_place_that_is_none(shots: Shots, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG")
    door = Svd(Projector())
    operation = door.submit(shots(image=str(tmp_path / "broken.png")), XT, "ours")
    assert "broken.png" in waited(door, operation)[-1].message
    operation = door.submit(shots(), XT, "again")
    status = waited(door, operation)[-1]
    shutil.rmtree(tmp_path)
    with pytest.raises(OutputError):
        door.fetch(operation, status, tmp_path / "clip.mp4")


def test_operations_of_other_processes_are_gone(shots: Shots) -> None:
    door = Svd(Projector())
    operation = door.submit(shots(), XT, "ours")
    assert door.find("ours") == operation and door.find("another's") is None
    assert door.poll(Operation("svd", "0" * 16)).state is State.GONE
    with pytest.raises(Expired):
        door.fetch(Operation("svd", "0" * 16), Status(State.DONE), Path("clip.mp4"))
    waited(door, operation)


def test_words_are_not_read_and_that_is_said(shots: Shots, tmp_path: Path) -> None:
    take, _ = made(shots(prompt="a boat", camera="dolly in"), tmp_path / "clip.mp4", Projector())
    assert take.notes == ("prompt: svd films the picture as it sees fit and reads no words: prompt, camera",)


def test_only_the_model_whose_weights_are_there(shots: Shots) -> None:
    door = Svd(Projector({"svd": Slides(14)}))
    assert door.check(shots(), PLAIN) == []
    (fault,) = door.check(shots(), XT)
    assert str(fault) == "model: svd finds no weights of svd-xt; or use svd"


# Fitting ---------------------------------------------------------------------------------------------------------


def striped(width: int, height: int) -> np.ndarray:
    """Red on the left and the right, blue at the top and the bottom, green within."""
    made = np.zeros((height, width, 3), np.uint8)
    made[:, :] = (0, 255, 0)
    made[: height // 8] = made[-height // 8 :] = (0, 0, 255)
    made[:, : width // 8] = made[:, -width // 8 :] = (255, 0, 0)
    return made


def test_cover_cuts_evenly_and_contain_shows_all() -> None:
    wide = striped(400, 100)
    cut = fitted(wide, (128, 128), "cover")
    assert cut.shape == (128, 128, 3) and cut[64, 0, 1] > 200 and cut[64, -1, 1] > 200 and cut[0, 64, 2] > 200
    whole = fitted(wide, (128, 128), "contain")
    assert whole.shape == (128, 128, 3) and (whole[:40] == 0).all() and (whole[-40:] == 0).all()
    assert whole[64, 0, 0] > 200 and whole[64, -1, 0] > 200
    assert fitted(striped(128, 128), (128, 128), "cover").tolist() == striped(128, 128).tolist()


def test_the_frame_has_the_film_s_shape_or_the_picture_s(shots: Shots, tmp_path: Path) -> None:
    native = 1024 * 576
    shot = shots().model_copy(update={"knobs": ()})
    square = striped(100, 100)
    assert frame_size(shot, square, native) == (1024, 576)
    assert frame_size(shot.model_copy(update={"width": 720, "height": 1280}), square, native) == (576, 1024)
    assert frame_size(shot.model_copy(update={"height": 1280}), square, native) == (768, 768)
    assert frame_size(shot.model_copy(update={"fit": "contain"}), square, native) == (768, 768)
    assert frame_size(shots(knobs={"size": "768x448"}), square, native) == (768, 448)
    small = shot.model_copy(update={"resolution": "360p", "knobs": (("steps", 1),)})
    take, _ = made(small, tmp_path / "clip.mp4", Projector({"svd-xt": Slides(25), "svd": Slides(14)}), PLAIN)
    assert (take.details["width"], take.details["height"]) == (704, 384)
