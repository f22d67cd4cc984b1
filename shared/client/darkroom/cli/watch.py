"""`darkroom watch`: one job until its end, or all of them as they change."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from darkroom.client import Client
from darkroom.reading import job_of
from darkroom.waiting import checked

from .commands import command
from .run import Run
from .saving import keep
from .screen import COLOURS, line_of
from .submit import Patience, followed, state_of


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    command(app)(watch)


def watch(
    run: Run,
    job_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="A job; without it, all of them.")] = None,
    *,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Save the job's pictures in this folder.")] = None,
    project: Annotated[str | None, typer.Option("-p", "--project", help="Of all jobs, those of this project.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="Of all jobs, so many changes; 0: until Ctrl-C.")] = 0,
    timeout: Patience = None,
) -> None:
    """Follow a job to its end, or all jobs until Ctrl-C. With --json, a line for each change."""
    with run.client() as client:
        if job_id is None:
            for change in islice(_changes(run, client, project, timeout), limit or None):
                _show(run, change)
            return
        job = client.get(job_id)
        if run.as_json:
            run.leave(f"darkroom watch {job_id}  follows it again", job_id=job_id)
            for job in client.stream(job_id, timeout=timeout):
                run.screen.json(job.raw)
            checked(job)
            return
        job = followed(run, client, job, timeout)
        if out is not None:
            keep(run, client, job, out, opens=False, inline=False)
            return
        run.screen.result(checked(job).status, COLOURS["completed"])


def _changes(run: Run, client: Client, project: str | None, timeout: float | None) -> Iterator[dict[str, Any]]:
    """Each change of any job from now on; a deleted one has its id alone."""
    for event in client.events("/v1/events", params={"project_id": project}, timeout=timeout):
        if event.name == "open":
            run.screen.note("Watching until Ctrl-C.", "dim")
        if event.name in {"job", "deleted"}:
            yield {"event": event.name, **event.json()}


def _show(run: Run, change: dict[str, Any]) -> None:
    if run.as_json:
        run.screen.json(change)
        return
    now = f"{datetime.now().astimezone():%H:%M:%S}"
    if change["event"] == "deleted":
        run.screen.result(f"{now}  {change['id']}  deleted")
        return
    job = job_of(change)
    run.screen.result(f"{now}  {job.id}  {state_of(job):<12}  {line_of(job.prompt, 60)}", COLOURS.get(job.status, ""))
