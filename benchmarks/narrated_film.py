"""A narrated film with music, captions and loudness, longer and longer: time and peak memory.

    python benchmarks/narrated_film.py                      # 6, 30 and 60 scenes of 10 s, 1280x720
    python benchmarks/narrated_film.py --scenes 3 6 --quality draft

Each film is one `storyreel render` of animatics on the embedded engine: every scene is a picture that moves, told by
the offline voice, over music composed for a mood, with captions burned in word by word, at -14 LUFS. Peak memory is
that of the whole process tree (Linux only). Flat memory is the point: the ratio in the last column is each film's peak
against the first one's.

Seen on two cores at draft (854x480, 24 fps):

    scenes   film s   wall s    CPU s      MB
         6     57.5     33.6     54.5     341
        30    285.5    159.2    260.8     419
        60    570.5    311.2    514.4     422
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

SAID = (
    "In the morning the lake lies still, and the first boats go out into the mist.",
    "Nobody speaks; only the oars are heard, and far away a dog.",
    "By noon the market is full of voices, of bread, of apples from the hills.",
    "An old man tells the children how the bell fell into the river.",
    "When the evening comes the lamps are lit, one after the other.",
    "And then it is night, and the town is asleep.",
)
MOODS = ("calm", "happy", "mysterious")


def storyboard(folder: Path, scenes: int, quality: str) -> Path:
    """Writes the story of so many scenes of 10 s, with six pictures of noise and colour."""
    import numpy as np
    from PIL import Image

    for number in range(6):
        seen = np.random.default_rng(number).random((36, 64, 3)) * 255
        Image.fromarray(seen.astype(np.uint8)).resize((1920, 1080)).save(folder / f"{number}.jpg")
    story = {
        "title": f"{scenes} scenes",
        "quality": quality,
        "transition": "crossfade",
        "captions": "word",
        "scenes": [
            {
                "image": f"{number % 6}.jpg",
                "duration": 10,
                "clip_action": ("slow zoom in", "pan left", "slow zoom out, pan right")[number % 3],
                "narration": SAID[number % 6],
                "music_mood": MOODS[number * 3 // scenes],
            }
            for number in range(scenes)
        ],
    }
    path = folder / f"story_{scenes}.json"
    path.write_text(json.dumps(story), encoding="utf-8")
    return path


def measured(words: list[str], environment: dict[str, str]) -> tuple[float, float, float]:
    """Seconds, CPU seconds and the peak of the process tree's memory in MB."""
    began, before = time.monotonic(), os.times()
    process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak = 0.0

    def look() -> None:
        nonlocal peak
        while process.poll() is None:
            peak = max(peak, sum(map(memory, tree(process.pid))))
            time.sleep(0.1)

    watcher = threading.Thread(target=look)
    watcher.start()
    _, said = process.communicate()
    watcher.join()
    if process.returncode:
        raise SystemExit(said.decode())
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.monotonic() - began, cpu, peak


def tree(pid: int) -> list[int]:
    found = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [each for child in children.read_text().split() for each in tree(int(child))]
        except OSError:  # it has just ended
            continue
    return found


def memory(pid: int) -> float:
    """Resident, MB."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (OSError, IndexError):
        return 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--scenes", type=int, nargs="+", default=[6, 30, 60])
    parser.add_argument("--quality", default="standard")
    asked = parser.parse_args()
    print(f"{'scenes':>7} {'film s':>8} {'wall s':>8} {'CPU s':>8} {'MB':>7} {'ratio':>6}")
    first = 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {**os.environ, "STORYREEL_HOME": str(folder / "home")}
        for scenes in asked.scenes:
            story, film = storyboard(folder, scenes, asked.quality), folder / "film.mp4"
            words = [sys.executable, "-m", "storyreel.runner.cli", "render", str(story), "-o", str(film)]
            wall, cpu, peak = measured(words, environment)
            first = first or peak
            lasts = seconds_of(film)
            print(f"{scenes:>7} {lasts:>8.1f} {wall:>8.1f} {cpu:>8.1f} {peak:>7.0f} {peak / first:>6.2f}")


def seconds_of(film: Path) -> float:
    import av

    with av.open(str(film)) as container:
        return (container.duration or 0) / 1e6


if __name__ == "__main__":
    main()
