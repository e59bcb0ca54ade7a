"""What `storyreel providers` shows: every door, the models behind it, what each makes and for how much."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from rich.console import Console
from rich.markup import escape

from ...studio.ledger import dollars_text
from ...studio.planning.model_choice import FAMILIES, unready
from ...studio.providers import providers
from ...studio.providers.capability import SOUNDS, Capability, Mode

SOUND = {"always": "with sound", "switch": "sound on or off", "never": "silent"}
WIDTH = 27
"""Of the longest model's name."""


def plain_providers() -> dict[str, Any]:
    listed = []
    for provider in providers():
        missing = unready(provider.name)
        models = [can.model_dump(mode="json") for can in provider.capabilities()]
        listed.append({"provider": provider.name, "models": models, "ready": not missing, "missing": missing})
    return {"ok": True, "providers": listed, "families": dict(FAMILIES), "warnings": [], "error": None}


def plain_doubts() -> dict[str, Any]:
    """What nobody could verify of the models, each fact with its model, and where and when that was read."""
    found = [
        {
            "provider": can.provider,
            "model": can.model,
            "unverified": fact,
            "source": can.source,
            "read": can.read,
        }
        for provider in providers()
        for can in provider.capabilities()
        for fact in can.unverified
    ]
    return {"ok": True, "count": len(found), "unverified": found, "warnings": [], "error": None}


def show_doubts(out: Console) -> None:
    count = 0
    for provider in providers():
        for can in provider.capabilities():
            if can.unverified:
                out.print(
                    f"[bold]{escape(can.name)}[/]  [dim]read {can.read}: {escape(can.source)}[/]",
                    soft_wrap=True,
                )
            for fact in can.unverified:
                out.print(f"  {escape(fact)}", soft_wrap=True)
            count += len(can.unverified)
    out.print(f"{count} facts that come from documents, and that nobody could try.", soft_wrap=True)


def show_providers(out: Console) -> None:
    doubts = 0
    for provider in providers():
        missing = unready(provider.name)
        cans = provider.capabilities()
        ready = "[green]ready[/]" if not missing else "[yellow]not ready[/]"
        read = (
            ""
            if not any(can.read and not can.free for can in cans)
            else f"  [dim]prices of {max(can.read for can in cans)}[/]"
        )
        out.print(f"[bold]{escape(provider.name)}[/]  {ready}{read}", soft_wrap=True)
        for sentence in missing:
            out.print(f"  [cyan]→ {escape(sentence)}[/]", soft_wrap=True)
        for can in cans:
            unsure = f" [dim]· {len(can.unverified)} unverified[/]" if can.unverified else ""
            silent = _draws(can) or set(can.modes) <= set(SOUNDS)  # what a clip has, or hasn't
            facts = f"{_prices(can)}{'' if silent else f' · {SOUND[can.audio]}'}{unsure}"
            out.print(f"  [bold]{escape(f'{can.model:<{WIDTH}}')}[/] {facts}", soft_wrap=True)
            out.print(f"  {'':{WIDTH}} {escape(_makes(can))}", soft_wrap=True)
            if can.ends:
                out.print(f"  {'':{WIDTH}} [yellow]{escape(_until(can))}[/]", soft_wrap=True)
            doubts += len(can.unverified)
        out.print()
    newest = " · ".join(f"{word} is {model}" for word, model in FAMILIES.items())
    out.print(f"{newest}, through any door; auto is the best that is ready.", soft_wrap=True)
    if doubts:
        said = f"{doubts} of these facts come from documents that nobody could try: `storyreel providers --unverified`."
        out.print(f"[dim]{escape(said)}[/]", soft_wrap=True)


def _makes(can: Capability) -> str:
    """What it is made from, with the seconds of each: text, image 4 6 8 s · references (3) 8 s · extend 7 s, 720p."""
    if _draws(can):
        most = can.modes["picture"].references
        needs = " and at least one picture" if can.modes["picture"].needs_references else ""
        return f"pictures from words{needs}" + (f", after up to {most} others" if most else "")
    if "speech" in can.modes:
        voice = can.modes["speech"]
        speeds = (
            f", {voice.slowest:g} to {voice.fastest:g} times as fast" if voice.slowest < voice.fastest else ""
        )
        return (
            f"speech in {len(voice.voices)} voices, up to {voice.longest_script} characters at once{speeds}"
        )
    if "music" in can.modes:
        return f"music of {_lengths(can.modes['music'].durations, *_ends(can.modes['music']))}"
    groups: dict[tuple[str, str], list[str]] = {}
    for name, mode in can.modes.items():
        lengths = _lengths(mode.durations, mode.shortest, mode.longest)
        if mode.frames:
            lengths = f"up to {float(mode.longest):g} s, {mode.frames} frames at a time"
        elif can.free:
            lengths = "any length"
        lengths = f"as long as it takes, up to {float(mode.longest):g} s" if mode.from_speech else lengths
        all_sizes = set(mode.resolutions) >= {name for name in can.prices if name}
        sizes = "" if all_sizes or not mode.resolutions else f", {' '.join(mode.resolutions)}"
        word = f"references ({mode.references})" if mode.references else name
        groups.setdefault((lengths, sizes), []).append(word)
    return " · ".join(f"{', '.join(names)} {lengths}{sizes}" for (lengths, sizes), names in groups.items())


def _until(can: Capability) -> str:
    """When it ends, and what its maker names in its place."""
    then = f", {can.successor} takes its place" if can.successor else ""
    return f"{'may be gone since' if can.ended() else 'there until'} {can.ends}{then}"


def _ends(mode: Mode) -> tuple[Fraction, Fraction]:
    return mode.shortest, mode.longest


def _draws(can: Capability) -> bool:
    return list(can.modes) == ["picture"]


def _lengths(durations: Iterable[Fraction], shortest: Fraction, longest: Fraction) -> str:
    lengths = sorted(durations)
    if not lengths:
        return f"{float(shortest):g} to {float(longest):g} s"
    if len(lengths) > 3 and lengths == [lengths[0] + step for step in range(len(lengths))]:
        return f"{float(lengths[0]):g} to {float(lengths[-1]):g} s"
    return f"{' '.join(f'{float(length):g}' for length in lengths)} s"


def _prices(can: Capability) -> str:
    prices, what = can.prices, "picture" if _draws(can) else "piece" if "music" in can.modes else "second"
    if can.character_price:
        return f"{_about(can.character_price)} a million characters"
    if not prices:
        return "free"
    by_price: dict[Decimal, list[str]] = {}
    for resolution, price in prices.items():
        by_price.setdefault(price, []).append(resolution)
    if len(by_price) == 1:
        sizes = " ".join(next(iter(by_price.values())))
        return f"{_about(next(iter(by_price)))} a {what}{f' ({sizes.strip()})' if sizes.strip() else ''}"
    each = ", ".join(f"{' '.join(names)} {_about(price)}" for price, names in by_price.items())
    return f"a {what} of {each}"


def _about(price: Decimal) -> str:
    """To three digits: $0.0695."""
    return dollars_text(Decimal(f"{price:.3g}")) if price else "free"
