"""The command line: what a person types. Each command is a few lines here; what it does is in the module of
its name.

Nothing heavy is imported before a command needs it: the help answers at once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from .commands import heygen, ledger, options, svd, vault
from .commands.canvas_consent import consent
from .commands.convert import convert, nodes
from .commands.doctor_command import doctor
from .commands.emulate import emulate
from .commands.files_first import Commands

HELP = """Turn a storyboard into a finished film.

\b
storyreel render photo_story.json                     the film, as photo_story.mp4
storyreel render story.yaml -o film.mp4 --quality high
storyreel render story.yaml --dry-run                 what it would be, and what it would cost
storyreel render story.yaml --rehearse                paid models and all, against emulators: no key, no money
storyreel render story.yaml --allow-spend             buys the clips; run again, it buys only what is missing
storyreel check story.yaml                            every fault at once; nothing is run
storyreel run workflow.json --set 4.seed=7            any workflow saved from ComfyUI's canvas
storyreel run workflow.json --server http://127.0.0.1:8188
storyreel serve                                       ComfyUI's API without ComfyUI

Without --server everything runs in the engine that is built in. Animatics need no key and no network; paid clips
are bought only with your consent, and never twice.
"""

app = typer.Typer(
    cls=Commands,
    help=HELP,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback(invoke_without_command=True)
def storyreel(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and end.")] = False,
) -> None:
    from .display.escape import line

    if version:
        from .jobs.run_records import version as installed

        line(f"storyreel {installed()}")
    elif context.invoked_subcommand is None:
        line(context.get_help())


@app.command()
def render(
    storyboard: options.StoryboardFile,
    output: options.Film = None,
    pictures: options.Pictures = None,
    files: options.Files = None,
    provider: options.Provider = None,
    quality: options.Quality = None,
    server: options.Server = None,
    header: options.Header = None,
    ca: options.Authority = None,
    save_workflow: options.SaveWorkflow = None,
    dry_run: options.DryRun = False,
    allow_spend: options.AllowSpend = False,
    max_cost: options.MaxCost = None,
    retake: options.Retake = None,
    allow_gaps: options.AllowGaps = False,
    priority: options.Priority = options.Rank.normal,
    until: options.Until = options.Stage.film,
    rehearse: options.Rehearse = False,
    timeout: options.Timeout = None,
    as_json: options.Json = False,
) -> None:
    """Make the film of a storyboard, or of a narrated sequence and its pictures.

    \b
    storyreel render photo_story.json -o film.mp4
    storyreel render story.yaml --quality draft --save-workflow story.workflow.json
    storyreel render story.yaml --allow-spend --max-cost 5
    storyreel render story.yaml --allow-spend --retake 2 --retake 5
    storyreel render story.yaml --until keyframes
    storyreel render request.json --pictures movie_123 -o film.mp4
    storyreel render story.yaml --files ~/Pictures --files /mnt/music

    Clips that were bought are kept: the same command again buys only what is missing.
    """
    from .display.console import LOSSES, session

    with session(as_json, film=None, scenes=[]) as talk:
        from .commands.consent import agreed
        from .commands.keyframes import draw_frames, sheet_beside
        from .commands.rehearse import rehearsing
        from .commands.render import Target, Terms, read_script
        from .commands.render import render as make
        from .jobs.allowed_folders import opening
        from .tables.plan import plain_plan, show_plan
        from .tables.results import show_frames

        target = Target.of(storyboard, output, save_workflow, make=not dry_run)
        with opening(files, talk.warn, talk.asking()) as permit, rehearsing(rehearse, server):
            permit.storyboard(storyboard, pictures)
            retakes = tuple(retake or ())
            script = read_script(
                storyboard, provider, quality, retakes, dry=dry_run, server=server, pictures=pictures
            )
            if dry_run:
                plain = plain_plan(script, target.film, rehearse)
                talk.result(
                    plain, lambda out: show_plan(out, script, target.film, rehearse), 2 * bool(script.faults)
                )
                return
            ask = talk.asking(lambda out: show_plan(out, script, target.film))
            frames = until is options.Stage.keyframes
            most = options.money(max_cost)
            limit = agreed(script, allow_spend or rehearse, most, ask, allow_gaps, frames)
            terms = Terms(limit, retakes, allow_gaps, priority.value, rehearse)
            with talk.progress() as tell:
                event = {
                    "scenes": len(script.board.scenes),
                    "frames": script.frames,
                    "duration": float(script.duration),
                    "cost": float(script.cost),
                }
                tell({"event": "checked", **event})
                for taken in script.taken_again():
                    tell({"event": "retake", **taken})
                if frames:
                    drawn = draw_frames(
                        script,
                        sheet_beside(target.film),
                        terms=terms,
                        server=server,
                        tell=tell,
                        show_graph=talk.graph,
                        patience=_patience(timeout),
                    )
                    talk.result(
                        drawn.to_plain(), lambda out: show_frames(out, drawn), LOSSES if drawn.losses else 0
                    )
                    return
                made = make(
                    script,
                    target,
                    terms=terms,
                    server=server,
                    tell=tell,
                    show_graph=talk.graph,
                    patience=_patience(timeout),
                    on_failure=talk.failed.update,
                )
        from .tables.results import show_film

        talk.result(made.to_plain(), lambda out: show_film(out, made), LOSSES if made.losses else 0)


@app.command()
def run(
    workflow: Annotated[
        Path,
        typer.Argument(metavar="WORKFLOW", help="A workflow saved from the canvas, or one in API format."),
    ],
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NODE.INPUT=VALUE", help="Change a value; NODE is an id or a title. Repeatable."
        ),
    ] = None,
    files: options.Files = None,
    server: options.Server = None,
    header: options.Header = None,
    ca: options.Authority = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Where everything that it makes is put.")
    ] = Path("output"),
    allow_spend: options.AllowSpend = False,
    timeout: options.Timeout = None,
    as_json: options.Json = False,
) -> None:
    """Run a workflow.

    \b
    storyreel run photo_story.json
    storyreel run photo_story.json --set "Render Film.filename_prefix=teaser" --set 2.seed=7
    storyreel run portrait.json --set 5.image=me.jpg --server http://127.0.0.1:8188 -o results
    storyreel run paid.json --allow-spend
    """
    from .display.console import session

    with session(as_json, outputs=[]) as talk:
        from .commands.consent import agreed_to_graph
        from .commands.run import run as carry_out
        from .jobs.allowed_folders import opening
        from .tables.results import show_outputs

        ask = talk.asking()
        with opening(files, talk.warn, ask) as permit, talk.progress() as tell:
            ran = carry_out(
                workflow,
                sets or [],
                server=server,
                folder=output,
                tell=tell,
                show_graph=talk.graph,
                patience=_patience(timeout),
                consent=lambda graph, info: agreed_to_graph(graph, info, allow_spend, ask),
                permit=permit.graph,
            )
        talk.result(ran.to_plain(), lambda out: show_outputs(out, ran))


@app.command()
def check(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A storyboard, a narrated sequence or a workflow.")
    ],
    server: options.Server = None,
    header: options.Header = None,
    ca: options.Authority = None,
    pictures: options.Pictures = None,
    files: options.Files = None,
    as_json: options.Json = False,
) -> None:
    """Find every fault of a storyboard, a narrated sequence or a workflow.

    Nothing is run, and nothing is sent anywhere.

    \b
    storyreel check story.yaml
    storyreel check workflow.json --server http://127.0.0.1:8188
    storyreel check story.yaml --files ../photos
    """
    from .display.console import session

    with session(as_json) as talk:
        from .commands.check import check as look
        from .jobs.allowed_folders import opening

        with opening(files, talk.warn, talk.asking()) as permit:
            permit.storyboard(file, pictures)
            verdict = look(file, server, pictures, permit.graph)
        talk.result(
            verdict.to_plain(), lambda out: out.print(verdict.sentence(), markup=False, soft_wrap=True)
        )


app.command()(convert)
app.command()(nodes)


@app.command()
def providers(
    unverified: Annotated[
        bool, typer.Option("--unverified", help="Only what nobody could verify of them, fact by fact.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """List who can make clips.

    Every door and the models behind it: what each makes, for how much, and what is missing for it. Storyboards name
    a door, a model, veo or omni (the newest of a family through any door), or auto (the best that is ready).

    \b
    storyreel providers
    storyreel providers --json
    storyreel providers --unverified
    """
    from .display.console import session

    with session(as_json) as talk:
        from .tables.models import plain_doubts, plain_providers, show_doubts, show_providers

        if unverified:
            talk.result(plain_doubts(), show_doubts)
        else:
            talk.result(plain_providers(), show_providers)


@app.command()
def voices(
    language: Annotated[
        str, typer.Option("--language", metavar="CODE", help="Only those that speak it: de, en-GB.")
    ] = "",
    as_json: options.Json = False,
) -> None:
    """List who can narrate.

    The voices that are built in, and those of the doors. A storyboard or a scene names one as its voice: en-gb,
    alloy, google/Kore.

    \b
    storyreel voices --language de
    storyreel voices --json
    """
    from .display.console import session

    with session(as_json) as talk:
        from .commands.voices import voices as listed
        from .tables.voices import show_voices

        found = listed(language)
        talk.result(found, lambda out: show_voices(out, found))


app.command()(doctor)


@app.command()
def serve(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes any free one.")] = 8189,
    host: Annotated[
        str, typer.Option("--host", help="Who can reach it: 127.0.0.1 is this machine alone.")
    ] = "127.0.0.1",
    folder: Annotated[
        Path | None,
        typer.Option("--folder", metavar="DIR", help="Where its input, output and temp folders are."),
    ] = None,
    allow_host: options.AllowHost = None,
    token: options.Token = None,
    allow_spend: Annotated[
        bool, typer.Option("--allow-spend", help="Workflows may spend money: up to --max-cost altogether.")
    ] = False,
    max_cost: options.MaxOfServer = None,
) -> None:
    """Serve ComfyUI's API without ComfyUI.

    For Storyreel's nodes and the core ones that saved workflows need. Without --host only programs on this machine
    can reach it, and they need no token. With another host everyone shows a token: as Authorization: Bearer TOKEN,
    as the password of a login, or as ?token= where a browser can't send a header. Web pages of other servers are
    always refused.

    \b
    storyreel serve --port 8189
    storyreel run workflow.json --server http://127.0.0.1:8189
    storyreel serve --host 0.0.0.0 --allow-host studio.example
    storyreel serve --allow-host studio.example    # behind a reverse proxy on this machine
    storyreel serve --allow-spend --max-cost 20

    Without --allow-spend and --max-cost nodes that spend money are refused. The sum is for all workflows together, as
    long as the server runs; each node's own max_cost holds as well.
    """
    from .display.console import session
    from .display.escape import line

    with session(False) as talk:
        import logging

        from .commands.consent import server_may_spend
        from .engine import serve as answer
        from .engine.reach import reach
        from .jobs.run_records import home

        most = server_may_spend(allow_spend, options.money(max_cost))
        reached = reach(host, token, allow_host or ())
        talk.logging(logging.INFO)
        place = folder or home() / "server"
        talk.note(f"Files are in {place}. Ctrl-C ends it.")
        reached.tell(talk)
        answer(
            place, host=host, port=port, ready=line, token=reached.token, names=allow_host or (), spend=most
        )


app.command()(consent)
app.command()(emulate)
app.add_typer(ledger.app, name="ledger")
app.add_typer(vault.app, name="vault")
app.add_typer(heygen.app, name="heygen")
app.add_typer(svd.app, name="svd")


def _patience(timeout: float | None) -> Any:
    from ..studio.config import config
    from .comfy.client.wait import Patience

    return Patience(contact=config().server.contact_seconds, total=timeout)


def main() -> None:
    """The `storyreel` command."""
    from .display.escape import guard_streams

    guard_streams()
    try:
        app()
    except BrokenPipeError:  # `storyreel nodes | head`: the reader has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


if __name__ == "__main__":
    main()
