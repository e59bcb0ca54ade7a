"""`storyreel emulate` and rehearsals, as a person starts them."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from storyreel.emulators import Emulator, rehearsal

from .clients import RunwayDoor, fetch

COMMAND = [sys.executable, "-m", "storyreel.runner.cli", "emulate"]


def test_it_prints_the_environment_that_leads_there_and_ends_by_ctrl_c(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", "--picture", "plain"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"STORYREEL_HOME": str(tmp_path)},
    )
    assert process.stdout is not None and process.stderr is not None
    try:
        exports, line = {}, process.stdout.readline()
        while line.startswith("export "):
            name, _, value = shlex.split(line)[1].partition("=")
            exports[name] = value
            line = process.stdout.readline()
        assert line == "unset STORYREEL_DATABASE_URL STORYREEL_SERVER\n"
        assert exports["STORYREEL_HOME"] == str(tmp_path / "rehearsal")
        account = json.loads(Path(exports["GOOGLE_APPLICATION_CREDENTIALS"]).read_text("utf-8"))
        assert account["token_uri"] == exports["STORYREEL_VERTEX_BASE_URL"] + "/token"
        keys = {"Authorization": f"Bearer {exports['RUNWAY_API_KEY']}", "X-Runway-Version": "2024-11-06"}
        told = fetch(exports["STORYREEL_RUNWAY_BASE_URL"] + "/v1/organization", headers=keys)
        assert told.json()["creditBalance"] > 0
    finally:
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=10)[1]
    assert process.returncode == 0
    assert "nothing here reaches a provider" in said and "Traceback" not in said
    assert not Path(exports["GOOGLE_APPLICATION_CREDENTIALS"]).exists()


def test_a_port_that_is_taken_is_said_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = subprocess.run([*COMMAND, "--port", str(port)], capture_output=True, text=True, timeout=30)
    assert ran.returncode == 1 and ran.stdout == ""
    assert f"can't listen on 127.0.0.1:{port}" in ran.stderr and "--port 0" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_record_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    ran = subprocess.run(
        [*COMMAND, "--port", "0", "--record", str(tmp_path)], capture_output=True, text=True, timeout=30
    )
    assert ran.returncode == 1 and "record" in ran.stderr and "Traceback" not in ran.stderr


def test_a_rehearsal_has_a_home_of_its_own_and_hides_the_real_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORYREEL_HOME", str(tmp_path))
    monkeypatch.setenv("STORYREEL_DATABASE_URL", "postgresql://real")
    with rehearsal(work=0, queue=0) as environment:
        assert environment["STORYREEL_HOME"] == str(tmp_path / "rehearsal")
        assert environment["STORYREEL_DATABASE_URL"] == ""
        first = environment["STORYREEL_RUNWAY_BASE_URL"]
        with rehearsal(work=0, queue=0) as second:  # at the same time: elsewhere
            assert second["STORYREEL_RUNWAY_BASE_URL"] != first
    with rehearsal(work=0, queue=0) as environment:  # later: the same place, and it remembers
        assert environment["STORYREEL_RUNWAY_BASE_URL"] == first
        monkeypatch.setenv("STORYREEL_HOME", environment["STORYREEL_HOME"])
        with rehearsal(work=0, queue=0) as inner:
            assert inner["STORYREEL_HOME"] == environment["STORYREEL_HOME"]


def test_old_rehearsals_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYREEL_HOME", str(tmp_path))
    record = tmp_path / "rehearsal" / "emulators.jsonl"

    def keys() -> dict[str, str]:
        with rehearsal(work=0, queue=0) as environment:
            where = environment["STORYREEL_RUNWAY_BASE_URL"]
            headers = {"Authorization": f"Bearer {environment['RUNWAYML_API_SECRET']}"}
            fetch(f"{where}/v1/organization", headers=headers)  # refused: the version is missing
            return headers

    first = keys()
    assert keys() == first and len(record.read_text("utf-8").splitlines()) == 2
    os.utime(record, (0, 0))
    keys()
    assert len(record.read_text("utf-8").splitlines()) == 1


def test_a_rehearsed_clip_is_a_card(tmp_path: Path) -> None:
    with Emulator(work=0, picture="card") as emulator, RunwayDoor(emulator) as runway:
        clip = runway.clip()
    assert clip.count == 48
    strip = clip.frames[0][-64:]
    assert strip.mean() < 60 and strip.max() > 150
