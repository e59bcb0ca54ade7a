"""What workflows on a ComfyUI of this machine may spend: `storyreel consent`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from . import options


def consent(
    day: Annotated[
        str | None, typer.Option("--day", metavar="DOLLARS", help="What canvases may spend in a day.")
    ] = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="Let them spend nothing again.")] = False,
    as_json: options.Json = False,
) -> None:
    """Say what workflows on a ComfyUI of this machine may spend.

    ComfyUI's canvas asks before the first purchase; this says the same without a canvas. A day is UTC's.

    \b
    storyreel consent
    storyreel consent --day 5
    storyreel consent --revoke
    """
    from ..display.console import session

    with session(as_json) as talk:
        plain, said = _settled(day, revoke)
        talk.result(plain, lambda out: out.print(said, markup=False, soft_wrap=True))


def _settled(day: str | None, revoke: bool) -> tuple[dict[str, Any], str]:
    """What canvases may spend from now on, as JSON data and as a sentence."""
    from ...studio.errors import BadInput
    from ...studio.ledger import canvas_consent, dollars_text

    if revoke and day is not None:
        raise BadInput("--day and --revoke exclude each other", "give one of them")
    if revoke:
        canvas_consent.revoke()
    elif day is not None:
        canvas_consent.grant(canvas_consent.amount(day))
    may = canvas_consent.allowed()
    plain = {"day": None if may is None else float(may)}
    if may is None:
        return plain, "Canvases may spend nothing."
    return plain, f"Canvases may spend {dollars_text(may)} a day."
