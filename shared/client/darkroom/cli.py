"""The command line. Every command takes the deployment's address and key from options or the environment."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from . import __version__, keys
from .client import Client
from .doctor import Finding, examine
from .errors import DarkroomError
from .options import LOCAL_STACK, ApiKey, AsJson, Url

DOCTOR_SECONDS = 10.0  # for each look: who asks is waiting for it
MARKS = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "action": "[bold red]do[/]"}


app = typer.Typer(
    help="Darkroom's command line.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
app.add_typer(keys.app, name="keys")


def _version(wanted: bool) -> None:  # noqa: FBT001 - Typer calls it so
    if wanted:
        typer.echo(f"darkroom {__version__}")
        raise typer.Exit


@app.callback()
def options(
    *, version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say it.")] = False
) -> None:
    """Darkroom's command line."""


@app.command()
def doctor(*, url: Url = LOCAL_STACK, api_key: ApiKey = None, as_json: AsJson = False) -> None:
    """Look at a deployment: its health, its clock, which models are about to be switched off, and who is let in.

    Ends with 1 when somebody has to do something.
    """
    try:
        with Client(url, api_key, timeout=DOCTOR_SECONDS, retries=1) as client:
            findings = list(examine(client))
    except DarkroomError as exc:
        findings = [Finding("action", "deployment", str(exc), exc.advice)]
    healthy = all(finding.severity != "action" for finding in findings)
    if as_json:
        typer.echo(json.dumps({"url": url, "ok": healthy, "findings": [asdict(finding) for finding in findings]}))
    else:
        _show(url, findings)
    raise typer.Exit(0 if healthy else 1)


def _show(url: str, findings: list[Finding]) -> None:
    table = Table("", "what", "found", title=escape(url), title_justify="left", show_lines=True)
    for finding in findings:
        found = finding.message + (f"\n→ {finding.action}" if finding.action else "")
        table.add_row(MARKS[finding.severity], escape(finding.subject), escape(found))
    Console().print(table)
