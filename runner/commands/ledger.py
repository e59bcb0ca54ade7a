"""`storyreel ledger`: what was bought, what is under way, what it cost, and how to end what was left open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import options

if TYPE_CHECKING:
    from ...studio.ledger import Attempt, Ledger
    from ..display.console import Session

app = typer.Typer(
    help="""What was bought, what is under way, and what it cost.

\b
storyreel ledger list
storyreel ledger explain-cost "Quarterly report"
""",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Id = Annotated[
    str, typer.Argument(metavar="ID", help="An attempt; its first digits, or the provider's job id, will do.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]


@app.command("list")
def listed(
    states: Annotated[
        list[str] | None,
        typer.Option("--state", metavar="STATE", help="Only these: unknown, running, stored … Repeatable."),
    ] = None,
    film: Annotated[str | None, typer.Option("--film", metavar="TITLE", help="Only this film's.")] = None,
    provider: Annotated[
        str | None, typer.Option("--provider", metavar="DOOR", help="Only this door's.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Only the newest.")] = 50,
    as_json: options.Json = False,
) -> None:
    """List the attempts: every paid request and what became of it.

    \b
    storyreel ledger list
    """
    from ..display.console import session

    with session(as_json, attempts=[]) as talk:
        from ...studio.errors import BadInput, did_you_mean
        from ...studio.ledger import AttemptState, open_ledger
        from ...studio.ledger.purchases import asked_for
        from ..tables.purchases import plain, show_attempts

        known = [state.value for state in AttemptState]
        for state in states or []:
            if state not in known:
                raise BadInput(f"{state!r} is no state of an attempt", did_you_mean(state, known))
        wanted = [AttemptState(state) for state in states or []]
        with open_ledger() as ledger:
            found = ledger.list(wanted, film=film, provider=provider)
            asked = {key: asked_for(one) for key, one in ledger.intents().items()}
        newest = found[-limit:]
        talk.result(
            _result(attempts=plain(newest), older=len(found) - len(newest)),
            lambda out: show_attempts(out, newest, asked, len(found) - len(newest)),
        )


@app.command()
def show(id: Id, as_json: options.Json = False) -> None:
    """Show one attempt: what was asked, its history, its clip.

    \b
    storyreel ledger show 3f9c2a10
    """
    from ..display.console import session

    with session(as_json) as talk:
        from ...studio.ledger import open_ledger
        from ...studio.store.vault import Vault
        from ..tables.purchases import plain, show_attempt

        with open_ledger() as ledger:
            attempt = ledger.named(id)
            intent = ledger.intent(attempt.key)
            history = ledger.history(attempt=attempt.id)
            take = ledger.take(attempt.key)
        assert intent is not None  # an attempt refers to it
        mine = take if take is not None and take.attempt == attempt.id else None
        clip = str(Vault().path(attempt.key)) if mine else None
        said = _result(
            attempt=plain(attempt),
            request=intent.request,
            history=plain(history),
            take=plain(mine),
            clip=clip,
        )
        talk.result(said, lambda out: show_attempt(out, attempt, intent, history, mine, clip))


@app.command()
def check(
    quick: Annotated[bool, typer.Option("--quick", help="Don't read the clips, only look for them.")] = False,
    as_json: options.Json = False,
) -> None:
    """Compare ledger and vault, and find what was left open. Changes nothing.

    Ends with 1 if there is something to look at; each line names the command that cures it.

    \b
    storyreel ledger check --quick
    """
    from ..display.console import session

    with session(as_json, findings=[]) as talk:
        from ...studio.ledger import open_ledger
        from ...studio.ledger.audit import audit
        from ...studio.store.vault import Vault
        from ..tables.purchases import show_findings

        with open_ledger() as ledger:
            findings = audit(ledger, Vault(), hashes=not quick)
            clips, attempts = len(ledger.takes()), len(ledger.list())
        said = _result(
            ok=not findings,
            findings=[finding._asdict() for finding in findings],
            attempts=attempts,
            clips=clips,
        )
        talk.result(
            said, lambda out: show_findings(out, findings, clips, attempts), code=1 if findings else 0
        )


@app.command()
def collect(
    id: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="An attempt; without it every one that nobody waits for."),
    ] = None,
    operation: Annotated[
        str | None,
        typer.Option(
            "--operation",
            metavar="JOB",
            help="The provider's id of the job, where the ledger doesn't know it.",
        ),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for those that the provider still works on.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Fetch finished clips that nobody waits for any more. Sends no paid request.

    Ends with 3 if some couldn't be fetched.

    \b
    storyreel ledger collect
    storyreel ledger collect 3f9c2a10 --operation projects/p/…/operations/123
    """
    from ..display.console import LOSSES, session

    with session(as_json, collected=[]) as talk:
        from ...studio.errors import BadInput
        from ...studio.ledger.spend_policy import Spend
        from ...studio.purchase import opened_store
        from ...studio.purchase.collect import collect as fetched
        from ..tables.purchases import plain

        if operation is not None and id is None:
            raise BadInput("--operation needs the attempt that it is of", "storyreel ledger orphans")
        store = opened_store(Spend().identified())
        with store.ledger as ledger:
            attempts = [_open(ledger, id)] if id else ledger.abandoned()
            if operation is not None:
                _free(ledger, attempts[0])
                attempts = [ledger.adopt(attempts[0].id, _looked_up(attempts[0], operation))]
            made = []
            for attempt in attempts:
                one = fetched(store, attempt, wait=wait)
                made.append((one, str(store.vault.path(attempt.key)) if one.outcome == "stored" else None))
                if not as_json:
                    _tell(talk, *made[-1])
        short = [one for one, _ in made if one.outcome != "stored"]
        collected = [{**plain(one), "clip": clip} for one, clip in made]
        warnings = [f"{one.attempt.id[:8]}: {one.message}" for one in short]
        talk.result(
            _result(collected=collected, warnings=warnings),
            lambda out: None if made else out.print("Nothing waits to be fetched."),
            code=LOSSES if short else 0,
        )


@app.command()
def release(
    id: Id,
    why: Annotated[
        str, typer.Option("--why", metavar="TEXT", help="Kept in the history.")
    ] = "released by hand",
    yes: Yes = False,
    as_json: options.Json = False,
) -> None:
    """Say that an attempt never happened, or is given up.

    One that nobody knows the outcome of gives back the money that was reserved for it. One that the provider has
    accepted is booked as paid. Either way the next run may buy the clip again.

    \b
    storyreel ledger release 3f9c2a10 --why "never arrived"
    """
    from ..display.console import session

    with session(as_json) as talk:
        from ...studio.errors import BadInput
        from ...studio.ledger import dollars_text, open_ledger
        from ..tables.purchases import plain

        with open_ledger() as ledger:
            attempt = _open(ledger, id)
            _free(ledger, attempt)
            price = dollars_text(attempt.estimate)
            name = f"{attempt.model} through {attempt.provider}"
            accepted = attempt.state in ("running", "done")
            if accepted:
                risk = f"{name} has operation {attempt.operation}: {price} are booked as paid, and its clip is given up"
            else:
                risk = f"if {name} did accept it after all, {price} are charged, and the next run pays again"
            ask = talk.asking()
            if not yes and ask is None and accepted:
                raise BadInput(risk, f"if you have looked: storyreel ledger release {attempt.id[:8]} --yes")
            if not yes and ask and not ask(f"{risk[:1].upper()}{risk[1:]}. Go on?"):
                raise BadInput("nothing was changed: you said no")
            if not yes and ask is None:
                talk.note(risk)
            if accepted:
                attempt = ledger.lost(attempt, why, attempt.charged or attempt.estimate)
            else:
                attempt = ledger.release(attempt.id, why)
        done = f"{attempt.id[:8]} is {attempt.state.value}; the next run buys the clip again."
        talk.result(_result(attempt=plain(attempt)), lambda out: out.print(done))


@app.command()
def adopt(yes: Yes = False, as_json: options.Json = False) -> None:
    """Take over clips that lie in the vault and that the ledger doesn't know: after a lost ledger, or an old backup.

    Each is read to its end, and kept with what it cost and when that was paid. A film that needs one adopts it by
    itself; this is for all of them at once. Ends with 3 if some, or their records, are damaged.

    \b
    storyreel ledger adopt
    """
    from ..display.console import LOSSES, session

    with session(as_json, adopted=[]) as talk:
        from ...studio.errors import BadInput
        from ...studio.ledger import dollars_text, open_ledger
        from ...studio.ledger.adopt import given_up, strays
        from ...studio.purchase.context import hold_together
        from ...studio.store.vault import Vault
        from ..tables.adopt import row, show_strays
        from ..tables.purchases import many
        from .adopt import adopted, paid, unrecorded

        vault = Vault()
        with open_ledger() as ledger:
            hold_together(ledger, vault, what="adopted")
            pruned = given_up(ledger)
            here = [one for one in strays(ledger, vault) if one.key not in pruned]
            found = [one for one in here if one.recorded]
            clips = f"{many(len(found), 'clip')}, paid {dollars_text(paid(found))},"
            ask = talk.asking(lambda out: show_strays(out, found))
            if found and not yes and ask is None:
                raise BadInput(f"it would adopt {clips} from {vault.folder}", "agree with --yes")
            if found and not yes and ask and not ask(f"Adopt {clips} into this ledger?"):
                raise BadInput("nothing was changed: you said no")
            made, warnings = adopted(ledger, found)
            warnings += [unrecorded(one) for one in here if not one.recorded]
        for warning in warnings:
            talk.warn(warning)
        said = _result(adopted=[row(one) for one in made], warnings=warnings)
        done = f"{many(len(made), 'clip')}, paid {dollars_text(paid(made))}, adopted"
        talk.result(said, lambda out: out.print(done), code=LOSSES if warnings else 0)


@app.command()
def orphans(as_json: options.Json = False) -> None:
    """List attempts that aren't finished and that nobody waits for, each with what to do about it.

    \b
    storyreel ledger orphans
    """
    from ..display.console import session

    with session(as_json, attempts=[]) as talk:
        from ...studio.ledger import open_ledger
        from ...studio.ledger.audit import cure
        from ..tables.purchases import plain, show_orphans

        with open_ledger() as ledger:
            found = ledger.abandoned()
        attempts = [plain(one) | {"cure": cure(one)} for one in found]
        talk.result(_result(attempts=attempts), lambda out: show_orphans(out, found))


@app.command("explain-cost")
def explain_cost(
    film: Annotated[
        str | None,
        typer.Argument(metavar="[FILM]", help="A film's title, a clip's id or an attempt's; without it all."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Show what each clip cost, what was paid for clips that didn't come, and how each model did.

    \b
    storyreel ledger explain-cost "Quarterly report"
    """
    from ..display.console import session

    with session(as_json, clips=[]) as talk:
        from ...studio.ledger import open_ledger
        from ...studio.ledger.purchases import bills
        from ..tables.purchases import plain, show_bills

        with open_ledger() as ledger:
            found = bills(ledger, film)
            models = [] if film else ledger.performance()
        sums = {
            name: float(sum(getattr(bill, name) for bill in found)) for name in ("paid", "wasted", "reserved")
        }
        said = _result(clips=plain(found), models=plain(models), **sums)
        talk.result(said, lambda out: show_bills(out, found, models))


def _open(ledger: Ledger, id: str) -> Attempt:
    """The attempt that is meant, if it isn't finished. Raises BadInput."""
    from ...studio.errors import BadInput

    attempt = ledger.named(id)
    if attempt.state == "released":
        raise BadInput(
            f"attempt {attempt.id[:8]} was given up: it is neither collected nor given up any more",
            f"if {attempt.provider} made it all the same, its clip is to be fetched there; "
            f"storyreel ledger show {attempt.id[:8]} says when it was asked for",
        )
    if not attempt.open:
        raise BadInput(f"attempt {attempt.id[:8]} is {attempt.state.value}: there is nothing left to do", "")
    return attempt


def _free(ledger: Ledger, attempt: Attempt) -> None:
    """Raises BadInput while a living process follows the attempt."""
    from ...studio.errors import BadInput

    holder = ledger.holder(attempt.key)
    if holder:
        raise BadInput(
            f"{holder} is at attempt {attempt.id[:8]} just now", "stop it, or wait until it is done"
        )


def _looked_up(attempt: Attempt, id: str) -> str:
    """The whole id of the job that a person names. Raises ProviderError, BadInput for a job that there isn't, or that
    can't be one: before the attempt is bound to it, which can't be taken back."""
    from contextlib import suppress

    from ...studio.errors import BadInput
    from ...studio.providers import provider
    from ...studio.providers.contract import Missed, Refused, State
    from ...studio.purchase.accounts import elsewhere

    elsewhere(attempt)
    operation = provider(attempt.provider).operation(id)
    with suppress(Missed, Refused):  # it can't be asked just now: the person who has seen the job is believed
        status = provider(attempt.provider).poll(operation)
        if status.state is State.GONE:
            said = f"{attempt.provider} knows no job {id}: {status.message}"
            raise BadInput(said, "look once more for its id; nothing was changed")
    return operation.id


def _tell(talk: Session, one: Any, clip: str | None) -> None:
    from rich.markup import escape

    if clip:
        talk.out.print(f"[green]{one.attempt.id[:8]}[/] is in the vault: {escape(clip)}", soft_wrap=True)
    else:
        talk.warn(f"{one.attempt.id[:8]} is {one.attempt.state.value}: {one.message}")
        if one.hint:
            talk.note(f"  → {one.hint}")


def _result(**more: Any) -> dict[str, Any]:
    return {"ok": True, "warnings": [], "error": None} | more
