"""The command line `darkroom`: a file for each command or family, put together here."""

from typing import Annotated

import typer
from darkroom import __version__

from . import batch, dead_letters, doctor, jobs, keys, models, money, storyboard, submit, watch, webhooks
from .exits import EPILOG

app = typer.Typer(
    help="Darkroom's command line: prompts become stored pictures.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for family in (submit, jobs, watch, batch, storyboard, money, models, doctor):
    family.add_to(app)
app.add_typer(keys.app, name="keys")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(webhooks.app, name="webhooks")


def _version(wanted: bool) -> None:  # noqa: FBT001 - Typer calls it so
    if wanted:
        typer.echo(f"darkroom {__version__}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Darkroom's command line: prompts become stored pictures."""
