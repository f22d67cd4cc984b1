"""`darkroom doctor`: what is wrong, here or there, and what to do about it."""

from dataclasses import asdict
from http import HTTPStatus

import typer
from darkroom.client import LOCAL_STACK, Client
from darkroom.doctor import Finding, examine
from darkroom.errors import DarkroomError
from rich.table import Table
from rich.text import Text

from .commands import command
from .exits import Exit
from .run import Run
from .screen import clean

SECONDS = 10.0  # for each look: who asks is waiting for it
MARKS = {"ok": ("ok", "green"), "note": ("note", "yellow"), "action": ("do", "bold red")}
SCOPES = {"jobs:read": ("GET", "/v1/models"), "jobs:write": ("POST", "/v1/jobs"), "admin": ("GET", "/v1/keys")}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    command(app)(doctor)


def doctor(run: Run) -> None:
    """Look at this machine's settings and at the deployment: reach, health, clock, key, access, models' sunsets.

    Ends with 1 when somebody has to do something.
    """
    run.retries = min(run.retries, 1)
    findings = [_configuration(run)]
    try:
        with run.client(SECONDS) as client:
            looked = list(examine(client))
            findings += looked
            if not any(finding.subject == "deployment" for finding in looked):
                findings.append(_credentials(run, client))
    except DarkroomError as exc:
        findings.append(Finding("action", "deployment", str(exc), exc.advice))
    healthy = all(finding.severity != "action" for finding in findings)
    document = {"url": run.url, "ok": healthy, "findings": [asdict(finding) for finding in findings]}
    run.answer(document, lambda: _show(run, findings))
    raise typer.Exit(Exit.OK if healthy else Exit.FAILED)


def _configuration(run: Run) -> Finding:
    """What this machine is set to."""
    where = f"the deployment is {run.url}"
    key = run.api_key
    if key is None:
        text = f"{where}; there is no key"
        if run.url == LOCAL_STACK:
            return Finding("ok", "configuration", f"{text}: as for a local stack, which is what it is without settings")
        return Finding("note", "configuration", text, "Set DARKROOM_API_KEY, unless it asks for none.")
    parts = key.split("_")
    if len(parts) == 3 and parts[0] == "drk":  # noqa: PLR2004 - drk_<id>_<secret>
        return Finding("ok", "configuration", f"{where}; the key is {parts[1]}")
    text = f"{where}; the key is none of Darkroom's, which begin with drk_: another may be meant, such as a token"
    return Finding("note", "configuration", text)


def _credentials(run: Run, client: Client) -> Finding:
    """What the key may do: asked by calls that change nothing, since their bodies are refused."""
    if run.api_key is None:
        return Finding("ok", "credentials", "it answers without a key")
    may = [scope for scope, (method, path) in SCOPES.items() if _is_let_in(client, method, path)]
    return Finding("ok", "credentials", f"it may do {', '.join(may)}")


def _is_let_in(client: Client, method: str, path: str) -> bool:
    answer = client.request(method, path, json={} if method == "POST" else None, check=False)
    return answer.status not in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def _show(run: Run, findings: list[Finding]) -> None:
    if not run.screen.is_read:
        for finding in findings:
            action = f"\n  → {finding.action}" if finding.action else ""
            run.screen.result(f"{MARKS[finding.severity][0]:<4} {finding.subject}: {finding.message}{action}")
        return
    table = Table("", "what", "found", title=Text(clean(run.url)), title_justify="left", show_lines=True)
    for finding in findings:
        word, style = MARKS[finding.severity]
        found = finding.message + (f"\n→ {finding.action}" if finding.action else "")
        table.add_row(Text(word, style), Text(clean(finding.subject)), Text(clean(found)))
    run.screen.out.print(table, soft_wrap=False)
