"""SVOX Pico, run as a program of its own, since only a process has as many of its engines as it likes: `python
pico_program.py MODULE LANGUAGES` reads one question as JSON from stdin, answers it on stdout, and ends.

{"text": "…", "voice": "en-GB", "rate": 100}    → {"rate": 16000}, a line's end, and 16-bit PCM

MODULE is the folder that holds ttspico, LANGUAGES the one of its data, if it isn't the system's.
"""

from __future__ import annotations

import json
import sys


def main() -> None:
    question = json.loads(sys.stdin.buffer.read())
    sys.path.append(sys.argv[1])
    import ttspico  # pyright: ignore[reportMissingImports]

    engine = ttspico.TtsEngine(question["voice"], *sys.argv[2:])
    engine.rate = question["rate"]
    # Its own marks of speed, pitch and files are in angle brackets.
    text = question["text"].translate({ord("<"): " ", ord(">"): " "}).encode("utf-8", "replace").decode()
    sys.stdout.buffer.write(json.dumps({"rate": 16000}).encode() + b"\n" + (engine.speak(text) or b""))


if __name__ == "__main__":
    main()
