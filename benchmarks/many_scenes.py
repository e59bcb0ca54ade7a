"""Five hundred scenes at once: what a scene costs this machine beyond its clip, and whether limits are kept.

    python benchmarks/many_scenes.py                 # 50 and 500 scenes, an emulator that answers in 50 ms
    python benchmarks/many_scenes.py --scenes 1000 --per-minute 400

The emulator runs in a process of its own; the shooting in another, which measures itself:

    own       CPU time of our threads per scene, without decoding
    ledger    what of it is inside the ledger's calls
    http      what of it is inside requests: JSON, sockets, the clip's bytes
    hashing   what of it is hashing clips
    decoding  CPU time of decoding the clips to their ends, which shows that they are whole: all else that the process
              used, the decoder's own threads
    beyond    wall time beyond the ideal: as many rounds as the door's concurrency makes necessary, each the emulator's
              own work and one request's latency
    peak      resident memory

and from the emulator's record: the most jobs that were ever open at once, and the most requests in any sixty seconds,
each against the limit that was configured. A limit that was passed by one makes the program end with 1.

Targets: own at most 10 ms, and as much memory with 500 scenes as with 50.

Seen on two processors, shared by the shooting, the emulator and the decoders, of which there are always two at work:

    50 scenes    own 18.1 ms (ledger 8.8, http 6.5)   206 MB
    500 scenes   own 18.0 ms (ledger 8.7, http 6.2)   233 MB
    60 scenes with --concurrent 5 --per-minute 50     5 at once, 50 a minute
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

LATENCY = 0.05
WORK = 0.5
SECONDS = 2
CONFIG = """
[doors.runway]
poll_seconds = {poll}
concurrent = {concurrent}
submits_per_minute = {per_minute}
"""


class Spent:
    """CPU seconds of all threads inside some calls; what is inside another of them counts there."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._lock = threading.Lock()
        self._inside = threading.local()

    def wrap(self, owner: Any, name: str, kind: str) -> None:
        inner = getattr(owner, name)

        def timed(*words: Any, **options: Any) -> Any:
            stack: list[float] = self._inside.__dict__.setdefault("stack", [])
            begun = time.thread_time()
            stack.append(0.0)
            try:
                return inner(*words, **options)
            finally:
                took = time.thread_time() - begun
                within = stack.pop()
                if stack:
                    stack[-1] += took
                with self._lock:
                    self.seconds[kind] = self.seconds.get(kind, 0.0) + took - within

        setattr(owner, name, timed)


def shoot_and_measure(board: Path, clips: Path) -> None:
    """In a process of its own: shoots, and prints what that took."""
    from storyreel.studio.ledger.ledger import Ledger
    from storyreel.studio.production.shoot import Spend, shoot
    from storyreel.studio.providers.http import Wire
    from storyreel.studio.purchase import scheduler
    from storyreel.studio.store import vault
    from storyreel.studio.storyboard.parser import read

    spent = Spent()
    for name in (
        "number",
        "claim",
        "let_go",
        "begin",
        "accepted",
        "done",
        "seen",
        "stored",
        "take",
        "attempts",
        "attempt",
    ):
        spent.wrap(Ledger, name, "ledger")
    for name in ("submit", "ask", "prepare"):
        spent.wrap(Wire, name, "http")
    from storyreel.studio.providers import runway

    spent.wrap(runway, "download", "http")
    spent.wrap(vault, "_hash", "hashing")
    spent.wrap(vault, "_measured", "decoding")
    spent.wrap(scheduler.Errand, "step", "rest")
    spent.wrap(scheduler._Round, "run", "rest")
    before, begun = os.times(), time.perf_counter()
    shooting = shoot(read(board), board.parent, clips, spend=Spend(Decimal(10_000)))
    wall, after = time.perf_counter() - begun, os.times()
    cpu = after.user + after.system - before.user - before.system
    own = sum(seconds for kind, seconds in spent.seconds.items() if kind != "decoding")
    told = {
        **spent.seconds,
        "scenes": len(shooting.takes),
        "cost": float(shooting.spent),
        "wall": wall,
        "own": own,
        "decoding": cpu - own,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(told))


@contextmanager
def emulator(folder: Path) -> Iterator[tuple[dict[str, str], Callable[[], dict[str, Any]]]]:
    """An emulator in a process of its own: what leads there, and its record."""
    words = [sys.executable, __file__, "--emulate", str(folder)]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None

    def ask(what: str) -> Any:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(what + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    try:
        yield ask("environment"), lambda: ask("record")
    finally:
        process.stdin.close()
        process.wait()


def serve(folder: Path) -> None:
    from storyreel.emulators import Emulator

    with Emulator(work=WORK, latency=LATENCY, concurrent={}, record=folder / "record.jsonl") as served:
        for line in sys.stdin:
            told = served.environment if line.strip() == "environment" else served.record()
            print(json.dumps(told), flush=True)


def measured(count: int, chosen: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Any]]:
    """Shoots so many scenes in a new home."""
    with (
        tempfile.TemporaryDirectory(prefix="storyreel-many-") as name,
        emulator(Path(name)) as (leads, record),
    ):
        folder = Path(name)
        limits = {"poll": chosen.poll, "concurrent": chosen.concurrent, "per_minute": chosen.per_minute}
        (folder / "home").mkdir()
        (folder / "home" / "config.toml").write_text(CONFIG.format(**limits), encoding="utf-8")
        scene = {"provider": "runway", "model": "gen4.5", "duration": SECONDS}
        scenes = [{"prompt": f"scene {number}", **scene} for number in range(count)]
        board = folder / "board.json"
        board.write_text(json.dumps({"quality": "draft", "fps": 6, "scenes": scenes}), encoding="utf-8")
        env = {**os.environ, **leads, "STORYREEL_HOME": str(folder / "home")}
        words = [sys.executable, __file__, "--shoot", str(board), str(folder / "clips")]
        run = subprocess.run(words, env=env, check=True, capture_output=True, text=True)
        return json.loads(run.stdout.splitlines()[-1]), record()


def most_at_once(jobs: list[dict[str, Any]]) -> int:
    """Jobs that were accepted and not at an end."""
    changes = [(job["time"], 1) for job in jobs] + [(job["states"][-1]["time"], -1) for job in jobs]
    now = most = 0
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most


def most_a_minute(jobs: list[dict[str, Any]]) -> int:
    times = sorted(job["time"] for job in jobs)
    return max(sum(begun <= at < begun + 60 for at in times) for begun in times)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--scenes", type=int, nargs="+", default=[50, 500])
    parser.add_argument("--concurrent", type=int, default=500)
    parser.add_argument("--per-minute", type=int, default=100_000)
    parser.add_argument("--poll", type=float, default=1.0)
    parser.add_argument("--emulate", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--shoot", type=Path, nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.emulate:
        return serve(chosen.emulate)
    if chosen.shoot:
        return shoot_and_measure(*chosen.shoot)

    print(
        f"runway, {LATENCY * 1000:g} ms a request, {WORK:g} s a clip of {SECONDS} s, polled every {chosen.poll:g} s"
    )
    heads = (
        "scenes",
        "own ms",
        "ledger",
        "http",
        "hashing",
        "decoding",
        "wall s",
        "beyond ms",
        "peak MB",
        "at once",
        "a minute",
    )
    print(" ".join(f"{head:>9}" for head in heads), " CPU ms a scene; limits in brackets")
    passed = False
    for count in chosen.scenes:
        told, record = measured(count, chosen)
        jobs = record["jobs"]
        assert (
            len(jobs) == count
            and not record["refused"]
            and abs(told["cost"] - sum(float(j["billed"]) for j in jobs)) < 0.01
        )
        each = {
            key: 1000 * told.get(key, 0.0) / count
            for key in ("own", "ledger", "http", "hashing", "decoding", "wall")
        }
        ideal = (WORK + 4 * LATENCY) * -(-count // chosen.concurrent)
        row = [
            f"{count}",
            f"{each['own']:.1f}",
            f"{each['ledger']:.1f}",
            f"{each['http']:.1f}",
            f"{each['hashing']:.1f}",
            f"{each['decoding']:.1f}",
            f"{told['wall']:.2f}",
            f"{1000 * (told['wall'] - ideal) / count:.1f}",
            f"{told['peak']:.0f}",
            f"{most_at_once(jobs)}",
            f"{most_a_minute(jobs)}",
        ]
        print(
            " ".join(f"{cell:>9}" for cell in row), f" ({chosen.concurrent}, {chosen.per_minute})", flush=True
        )
        passed |= most_at_once(jobs) > chosen.concurrent or most_a_minute(jobs) > chosen.per_minute
    sys.exit(1 if passed else 0)


if __name__ == "__main__":
    main()
