"""What `storyreel doctor` found, for a person: by what it is for, each thing named once, and the one next step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from rich.console import Console
from rich.markup import escape

from ...studio.credentials import IN_CONFIG

_WORDS = {"picture": "pictures", "speech": "voices", "music": "music"}
"""What a provider makes, by the modes of its models; all others are clips."""


def show_findings(out: Console, findings: Sequence[Finding]) -> None:
    sellers = [each for each in findings if each.what.startswith(PROVIDER)]
    own = [each for each in findings if each not in sellers]
    _group(out, "For every film", [each for each in own if each.what != "voice"])
    _group(out, "For narration", [each for each in own if each.what == "voice"])
    here = [each for each in sellers if _is_here(each)]
    there = [each for each in sellers if not _is_here(each)]
    _group(out, "Clips made on this machine, for nothing", here)
    if there:
        ready = sum(each.ok for each in there)
        _group(out, f"Bought clips, pictures, voices and music: {ready} of {len(there)} ready", there)
        if any(_key_of(each) in lack for each in there for lack in each.lacks):
            out.print(
                '    One is enough. A key can also stand under [credentials] in config.toml: runway = "…"',
                style="dim",
                markup=False,
                soft_wrap=True,
            )
    wrong = [each for each in findings if each.matters]
    out.print("")
    if wrong:
        out.print(f"{len(wrong)} of {len(findings)} need your hand.")
    else:
        out.print("Everything is there.")
    out.print(f"Next: {escape(_next(wrong, there))}", soft_wrap=True)


def _group(out: Console, title: str, findings: Sequence[Finding]) -> None:
    if not findings:
        return
    out.print(f"[bold]{escape(title)}[/]", soft_wrap=True)
    for each in findings:
        name = each.what.removeprefix(PROVIDER)
        mark = "[green]✓[/]" if each.ok else "[dim]–[/]" if each.optional else "[red]✗[/]"
        says = _makes(name) if name != each.what else each.says
        out.print(f"{mark} [bold]{escape(name)}[/]  {escape(says)}", soft_wrap=True)
        for lack in each.lacks or ((each.cure,) if each.cure else ()):
            # The name stands in front of it, and where else keys are kept below.
            short = lack.removeprefix(f"{name} ").removesuffix(_key_of(each))
            out.print(f"    [cyan]→ {escape(short)}[/]", soft_wrap=True)


def _next(wrong: Sequence[Finding], sellers: Sequence[Finding]) -> str:
    if wrong:
        worst = wrong[0]
        return f"{worst.what}: {worst.cure or worst.says}; then `storyreel doctor` again"
    if sellers and not any(each.ok for each in sellers):
        return (
            "`storyreel render STORYBOARD --provider animatic` makes a film for nothing; to buy clips set one of the "
            "keys above"
        )
    return "`storyreel render STORYBOARD --dry-run` shows what a film would be, and what it would cost"


def _key_of(finding: Finding) -> str:
    return IN_CONFIG.format(finding.what.removeprefix(PROVIDER))


def _is_here(finding: Finding) -> bool:
    from ...studio.providers import provider

    return all(can.free for can in provider(finding.what.removeprefix(PROVIDER)).capabilities())


def _makes(name: str) -> str:
    from ...studio.providers import provider

    modes = {mode for can in provider(name).capabilities() for mode in can.modes}
    kinds = (["clips"] if modes - _WORDS.keys() else []) + [_WORDS[each] for each in _WORDS if each in modes]
    return ", ".join(kinds)


PROVIDER = "provider "
"""How the findings on providers are named."""


class Finding(NamedTuple):
    what: str
    ok: bool
    says: str
    cure: str = ""
    optional: bool = False
    """Whether a film can do without: a door whose key isn't there."""

    lacks: tuple[str, ...] = ()
    """The same as `cure`, a sentence each."""

    def to_plain(self) -> dict[str, Any]:
        """As `--json` shows it."""
        return {name: getattr(self, name) for name in ("what", "ok", "says", "cure", "optional")}

    @property
    def matters(self) -> bool:
        return not self.ok and not self.optional
