"""One emulator for all tests of this folder, and a client of each of its doors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from storyreel.emulators import Emulator

from .clients import GoogleDoor, RunwayDoor, VertexDoor


@pytest.fixture(scope="session")
def shared() -> Iterator[Emulator]:
    with Emulator(work=0.03) as emulator:
        yield emulator


@pytest.fixture
def emulator(shared: Emulator) -> Iterator[Emulator]:
    """A well-behaved emulator; whatever a test teaches it ends with the test."""
    shared.misbehave()
    yield shared
    shared.misbehave()
    assert not shared.record()["faults"]


@pytest.fixture
def vertex(emulator: Emulator) -> Iterator[VertexDoor]:
    with VertexDoor(emulator) as door:
        yield door


@pytest.fixture
def google(emulator: Emulator) -> Iterator[GoogleDoor]:
    with GoogleDoor(emulator) as door:
        yield door


@pytest.fixture
def runway(emulator: Emulator) -> Iterator[RunwayDoor]:
    with RunwayDoor(emulator) as door:
        yield door
