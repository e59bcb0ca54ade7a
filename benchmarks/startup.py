"""How long the command line takes to answer, and what loading the pack adds to ComfyUI's start.

    python benchmarks/startup.py

Each row is the median of ten fresh processes; a bare Python is the row to compare with. Targets: `--help` under
0.3 s; the nodes well under 0.3 s on top of what ComfyUI itself has loaded (numpy, av, PIL, pydantic).
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

COMFYUI_HAS = "import numpy, av, PIL.Image, pydantic, asyncio, yaml"
ROWS = {
    "bare Python": ["-c", "pass"],
    "storyreel --help": [
        "-c",
        "import sys; sys.argv = ['storyreel', '--help']\nfrom storyreel.runner.cli import main\nmain()",
    ],
    "what ComfyUI has loaded anyway": ["-c", COMFYUI_HAS],
    "the same, and the nodes with their schemas": [
        "-c",
        f"{COMFYUI_HAS}\nfrom storyreel.nodes import NODES\n[node.define_schema() for node in NODES]",
    ],
}


def seconds(words: list[str], runs: int = 10) -> float:
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        subprocess.run([sys.executable, *words], check=True, capture_output=True, cwd="/")
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def main() -> None:
    times = {name: seconds(words) for name, words in ROWS.items()}
    for name, took in times.items():
        print(f"{name:45} {took:6.3f} s")
    with_nodes = times["the same, and the nodes with their schemas"]
    print(f"the pack adds {with_nodes - times['what ComfyUI has loaded anyway']:.3f} s to ComfyUI's start")


if __name__ == "__main__":
    main()
