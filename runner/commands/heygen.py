"""`storyreel heygen`: the avatars and voices that storyboards can name, asked of HeyGen with the account's key."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from . import options

app = typer.Typer(
    help="""The avatars and voices that storyboards can name.

\b
storyreel heygen avatars --search anna
storyreel heygen voices --search german
""",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Search = Annotated[
    str,
    typer.Option("--search", metavar="WORDS", help="Only those in whose name, id or gender each word is."),
]
Rehearse = Annotated[
    bool, typer.Option("--rehearse", help="Those of the emulator, for rehearsals: no key, no money.")
]


@app.command()
def avatars(search: Search = "", rehearse: Rehearse = False, as_json: options.Json = False) -> None:
    """List the avatars.

    A storyboard's scene names one as its avatar. One person may be there several times, dressed and placed
    differently.

    \b
    storyreel heygen avatars
    storyreel heygen avatars --search "female office"
    storyreel heygen avatars --rehearse
    """
    from ..display.console import session

    with session(as_json, avatars=[]) as talk:
        from ...studio.providers.heygen.people import matching
        from ...studio.providers.heygen.provider import HeyGen
        from ..tables.people import show_avatars
        from .rehearse import rehearsing

        with rehearsing(rehearse, None):
            found = matching(HeyGen().avatars(), search)
        talk.result(_result(avatars=[each._asdict() for each in found]), lambda out: show_avatars(out, found))


@app.command()
def voices(
    language: Annotated[
        str, typer.Option("--language", metavar="NAME", help="Only those that speak it: de, or German.")
    ] = "",
    search: Search = "",
    rehearse: Rehearse = False,
    as_json: options.Json = False,
) -> None:
    """List the voices.

    A storyboard's scene names one as its voice. Your own come first.

    \b
    storyreel heygen voices --language de
    storyreel heygen voices --language English --search calm
    """
    from ..display.console import session

    with session(as_json, voices=[]) as talk:
        from ...studio.providers.heygen.people import language_named, matching
        from ...studio.providers.heygen.provider import HeyGen
        from ..tables.people import show_voices
        from .rehearse import rehearsing

        named = language_named(language)
        with rehearsing(rehearse, None):
            found = matching(HeyGen().voices(named), search, named)
        talk.result(_result(voices=[each._asdict() for each in found]), lambda out: show_voices(out, found))


def _result(**what: Any) -> dict[str, Any]:
    return {"ok": True, **what, "warnings": [], "error": None}
