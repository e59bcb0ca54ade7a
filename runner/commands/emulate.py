"""`storyreel emulate`: the emulators for a person or a script, with the environment that leads there."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


class Picture(str, Enum):
    card = "card"
    plain = "plain"
    footage = "footage"


def emulate(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes any free one.")] = 8990,
    host: Annotated[
        str, typer.Option("--host", help="Who can reach it: 127.0.0.1 is this machine alone.")
    ] = "127.0.0.1",
    record: Annotated[
        Path | None,
        typer.Option(
            "--record",
            metavar="FILE",
            help="What they see, a JSON line each; jobs in it go on where they were.",
        ),
    ] = None,
    work: Annotated[
        float, typer.Option("--work", metavar="SECONDS", min=0, help="How long a clip takes.")
    ] = 2.0,
    queue: Annotated[
        float, typer.Option("--queue", metavar="SECONDS", min=0, help="And how long it waits.")
    ] = 0.5,
    latency: Annotated[
        float, typer.Option("--latency", metavar="SECONDS", min=0, help="Waited before every answer.")
    ] = 0.0,
    picture: Annotated[
        Picture, typer.Option("--picture", help="Clips to be looked at, or plain colours at once.")
    ] = Picture.card,
    as_json: Annotated[bool, typer.Option("--json", help="The environment as one JSON object.")] = False,
) -> None:
    """Emulate the paid services on this machine: Vertex, the Gemini API, Runway, Kling, fal, Pika, HeyGen, OpenAI.

    Strict, with clips that are animatics of the right length, size and sound; no key, no money. What is printed
    leads Storyreel there, in a home of its own; Ctrl-C ends it.

    \b
    storyreel emulate > doors.sh &    and then, in the same shell:    . ./doors.sh
    storyreel emulate --port 0 --picture plain --work 0.1 --record seen.jsonl --json
    """
    from ..display.console import session
    from ..display.escape import json_text, line

    with session(as_json) as talk:
        import shlex
        import signal
        import threading

        from ...emulators.rehearsing import HIDDEN, rehearsal_home
        from ...emulators.server import Emulator

        stop = threading.Event()
        before = {
            number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            with Emulator(
                host, port, record=record, work=work, queue=queue, latency=latency, picture=picture.value
            ) as emulator:
                environment = emulator.environment | {"STORYREEL_HOME": str(rehearsal_home())}
                if as_json:
                    plain = {
                        "ok": True,
                        "url": emulator.url,
                        "environment": environment,
                        "unset": list(HIDDEN),
                        "record": str(record.resolve()) if record else None,
                    }
                    line(json_text(plain))
                else:
                    for name, value in environment.items():
                        line(f"export {name}={shlex.quote(value)}")
                    line(f"unset {' '.join(HIDDEN)}")
                talk.note(
                    f"Rehearsals only: nothing here reaches a provider. {emulator.url}; Ctrl-C ends it."
                )
                while not stop.wait(0.5):  # in steps: on Windows a wait without an end doesn't hear signals
                    pass
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
