"""`storyreel vault`: the finished clips, and what is kept of them."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import options

if TYPE_CHECKING:
    from ...studio.ledger.purchases import Held

app = typer.Typer(
    help="""The finished clips.

\b
storyreel vault list
storyreel vault export "Quarterly report" -o clips
""",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Which = Annotated[
    list[str] | None,
    typer.Argument(metavar="[FILM or CLIP]...", help="Films by title, clips by the beginning of their ids."),
]


@app.command("list")
def listed(which: Which = None, as_json: options.Json = False) -> None:
    """List the clips that were bought and kept.

    \b
    storyreel vault list
    """
    from ..display.console import session

    with session(as_json, clips=[]) as talk:
        from ...studio.ledger import open_ledger
        from ...studio.ledger.purchases import held
        from ...studio.store.vault import Vault
        from ..tables.purchases import show_clips

        vault = Vault()
        with open_ledger() as ledger:
            found = held(ledger, vault, which or [])
        said = _result(clips=[_plain(one) for one in found], folder=str(vault.folder))
        talk.result(said, lambda out: show_clips(out, found, str(vault.folder)))


@app.command()
def export(
    which: Which = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Where the clips are put; it is made.")
    ] = Path("clips"),
    as_json: options.Json = False,
) -> None:
    """Copy clips out of the vault, under names that can be read.

    \b
    storyreel vault export "Quarterly report" -o clips
    """
    from ..display.console import session

    with session(as_json, clips=[]) as talk:
        from ...studio.errors import MediaError
        from ...studio.ledger import open_ledger
        from ...studio.ledger.purchases import held
        from ...studio.store.vault import Vault
        from ..display.progress import many

        vault, made, warnings = Vault(), [], []
        with open_ledger() as ledger:
            found = held(ledger, vault, which or [])
        for number, one in enumerate(found, start=1):
            try:
                if vault.get(one.take.key, one.take.sha256) is None:
                    raise MediaError(f"{one.path} is not there")
            except MediaError as error:
                warnings.append(f"{error.message}; storyreel ledger check says what to do")
                continue
            made.append(_copied(one, output, number))
        for warning in warnings:
            talk.warn(warning)
        said = _result(clips=[str(path) for path in made], warnings=warnings)
        done = f"{many(len(made), 'clip')} in {output}"
        talk.result(
            said, lambda out: out.print(done, markup=False, soft_wrap=True), code=3 if warnings else 0
        )


@app.command()
def use(
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False, as_json: options.Json = False
) -> None:
    """Make the vault of this machine the one of its shared ledger, in place of another that is gone.

    Machines that share a ledger share a vault: folder under [vault] in config.toml says where it is.

    \b
    storyreel vault use
    """
    from ..display.console import session

    with session(as_json) as talk:
        from ...studio.errors import BadInput
        from ...studio.ledger import open_ledger
        from ...studio.purchase.context import hold_together
        from ...studio.store.vault import Vault

        vault, ask = Vault(), talk.asking()
        with open_ledger() as ledger:
            if not ledger.shared:
                message = (
                    f"{ledger.place} is this machine's own ledger, and goes with whichever vault is here"
                )
                raise BadInput(message, "nothing needs to be done: `folder` under [vault] says where it is")
            said = (
                f"{vault.folder} becomes the vault of {ledger.place}; machines with another one are refused"
            )
            if not yes and ask is None:
                raise BadInput(said, "agree with --yes")
            if not yes and ask and not ask(f"{said}. Go on?"):
                raise BadInput("nothing was changed: you said no")
            hold_together(ledger, vault, instead=True)
        talk.result(_result(folder=str(vault.folder)), lambda out: out.print(said, soft_wrap=True))


@app.command()
def prune(
    which: Which = None,
    older: Annotated[
        float | None,
        typer.Option("--older-than", metavar="DAYS", min=0, help="Clips that were stored longer ago."),
    ] = None,
    retaken: Annotated[
        bool, typer.Option("--retaken", help="Takes of which there is a newer finished one.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: options.Json = False,
) -> None:
    """Delete clips: a film that needs one again buys it again.

    Several conditions must all hold. What it cost stays in the ledger. Without any condition only what is left of
    broken downloads goes.

    \b
    storyreel vault prune --retaken
    storyreel vault prune "Old teaser" --older-than 90
    """
    from ..display.console import session

    with session(as_json, pruned=[]) as talk:
        from ...studio.errors import BadInput
        from ...studio.ledger import dollars_text, open_ledger
        from ...studio.purchase.context import hold_together
        from ...studio.store.vault import Vault
        from ..display.progress import many
        from ..tables.purchases import show_clips
        from . import prune

        vault = Vault()
        with open_ledger() as ledger:
            hold_together(ledger, vault, what="deleted")
            plan = prune.plan(ledger, vault, which or [], older, retaken)
            if plan.clips or plan.strays:
                cost = dollars_text(plan.cost)
                clips = many(len(plan.clips) + len(plan.strays), "clip")
                question = f"Delete {clips}, paid {cost}? What a film needs again is bought again."
                ask = talk.asking(lambda out: show_clips(out, plan.clips, str(vault.folder)))
                if not yes and ask is None:
                    raise BadInput(f"it would delete {clips} that cost {cost}", "agree with --yes")
                if not yes and ask and not ask(question):
                    raise BadInput("nothing was deleted: you said no")
            pruned = prune.prune(ledger, vault, plan)
        said = _result(
            pruned=[_plain(one) for one in pruned.clips],
            files=[str(path) for path in pruned.files],
            bytes=pruned.bytes,
            warnings=pruned.warnings,
        )
        for warning in pruned.warnings:
            talk.warn(warning)
        gone = f"{many(len(pruned.clips), 'clip')} and {many(len(pruned.files), 'other file')}"
        done = f"{gone} deleted, {pruned.bytes / 1e6:.1f} MB"
        talk.result(said, lambda out: out.print(done), code=3 if pruned.warnings else 0)


def _plain(one: Held) -> dict[str, Any]:
    from ..tables.purchases import plain

    return plain(one.take) | {
        "path": str(one.path),
        "there": one.path.is_file(),
        "cost": float(one.cost),
        "film": one.attempt.film,
        "provider": one.attempt.provider,
        "model": one.attempt.model,
        "prompt": one.prompt,
    }


def _copied(one: Held, folder: Path, number: int) -> Path:
    """A clip under a name that says what it shows; a whole file or none."""
    import shutil

    from ...studio.errors import OutputError

    words = "".join(char if char.isalnum() else " " for char in one.prompt.lower()).split()
    slug = "-".join(words)[:40].strip("-") or "clip"
    target = folder / f"{number:03}-{slug}-{one.take.key[:8]}-{one.take.take}{one.path.suffix}"
    part = target.with_name(f".{target.name}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(one.path, part)
        part.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise OutputError(
            f"{target} can't be written: {error.strerror or error}",
            "make room or choose another folder with -o",
        ) from None
    return target


def _result(**more: Any) -> dict[str, Any]:
    return {"ok": True, "warnings": [], "error": None} | more
