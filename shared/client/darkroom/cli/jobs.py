"""`darkroom get`, `list`, `cancel`, `retry`, `rm`: jobs that are there."""

import sys
from collections.abc import Callable
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, cast
from urllib.parse import quote

import typer
from darkroom.client import Client
from darkroom.errors import ApiError
from darkroom.fields import Filters
from darkroom.records import Job

from .commands import command
from .exits import code_of
from .run import Run
from .saving import keep
from .screen import clean, dollars, line_of
from .submit import Inline, Opens, followed

Ids = Annotated[list[str], typer.Argument(metavar="ID…", help="Ids, as submit and list tell them.")]


class Kind(StrEnum):
    """What an id is of."""

    job = "job"
    batch = "batch"
    storyboard = "storyboard"


PATHS = {Kind.job: "jobs", Kind.batch: "batches", Kind.storyboard: "storyboards"}
Of = Annotated[Kind, typer.Option("--of", help="What the ids are of.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for function, name in ((get, "get"), (list_, "list"), (cancel, "cancel"), (retry, "retry"), (remove, "rm")):
        command(app, name)(function)


def get(
    run: Run,
    job_id: Annotated[str, typer.Argument(metavar="ID", help="The job's id.")],
    *,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Save its pictures in this folder.")] = None,
    opens: Opens = False,
    inline: Inline = None,
) -> None:
    """Show a job as it is now; with --out, save its pictures, waiting for them."""
    with run.client() as client:
        if out is not None or opens:
            keep(run, client, followed(run, client, client.get(job_id)), out or Path(), opens=opens, inline=inline)
            return
        job = client.get(job_id)
        run.answer(job.raw, lambda: run.screen.facts(facts_of(job)))


def list_(
    run: Run,
    *,
    status: Annotated[str | None, typer.Option(help="queued, processing, …, completed, failed, canceled.")] = None,
    project: Annotated[str | None, typer.Option("-p", "--project", help="Of this project.")] = None,
    scene: Annotated[str | None, typer.Option(help="Of this scene.")] = None,
    label: Annotated[str | None, typer.Option("-l", "--label", help="With this label, name=value.")] = None,
    job_type: Annotated[str | None, typer.Option("--type", help="Of this type.")] = None,
    user: Annotated[str | None, typer.Option(help="Of this user.")] = None,
    workflow: Annotated[str | None, typer.Option(help="Of this workflow.")] = None,
    parent: Annotated[str | None, typer.Option(help="Of this batch or storyboard.")] = None,
    words: Annotated[str | None, typer.Option("-q", "--query", help="With these words in the prompt.")] = None,
    since: Annotated[str | None, typer.Option(help="Made after this moment, 2026-11-21T10:00:00Z.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="At most so many; 0: all.")] = 20,
) -> None:
    """List jobs, the newest first. In a pipe: id, status, time, cost and prompt with tabs between them."""
    filters = {
        "status": status, "project_id": project, "scene_id": scene, "label": label, "job_type": job_type,
        "user_id": user, "workflow_id": workflow, "parent_id": parent, "q": words, "created_after": since,
    }  # fmt: skip
    page_size = min(limit or 200, 200)
    with run.client() as client:
        found = client.list(page_size=page_size, **cast("Filters", filters))
        jobs = islice(found, limit or None)
        if run.as_json:
            run.screen.json([job.raw for job in jobs])
            return
        rows = (row_of(job, most=48 if run.screen.is_read else sys.maxsize) for job in jobs)
        run.screen.table(("id", "status", "made", "cost", "prompt"), rows)


def cancel(run: Run, ids: Ids, *, of: Of = Kind.job) -> None:
    """Cancel jobs, or all that has not ended of a batch or storyboard."""
    each_of(run, ids, lambda client, each: client.request("POST", _path(of, each, "cancel")).json())


def retry(run: Run, ids: Ids, *, of: Of = Kind.job) -> None:
    """Queue failed jobs again, or what failed of a batch or storyboard."""
    each_of(run, ids, lambda client, each: client.request("POST", _path(of, each, "retry")).json())


def remove(
    run: Run,
    ids: Ids,
    *,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Without being asked on a terminal.")] = False,
) -> None:
    """Delete jobs and their pictures for good."""
    if not yes and sys.stdin.isatty() and not typer.confirm(f"Delete {len(ids)} with their pictures?", err=True):
        raise typer.Exit

    def deleted(client: Client, job_id: str) -> dict[str, Any]:
        client.delete(job_id)
        return {"id": job_id, "status": "deleted"}

    each_of(run, ids, deleted)


def _path(of: Kind, thing_id: str, what: str) -> str:
    return f"/v1/{PATHS[of]}/{quote(thing_id, safe='')}/{what}"


def each_of(run: Run, ids: list[str], act: Callable[[Client, str], dict[str, Any]]) -> None:
    """Act on each, though another is refused; the first refusal is how it ends."""
    done: list[dict[str, Any]] = []
    refused: list[ApiError] = []
    with run.client() as client:
        for each in ids:
            try:
                done.append(act(client, each))
            except ApiError as exc:
                refused.append(exc)
                run.stop(code_of(exc), str(exc), exc.advice, problem=dict(exc.raw))
            else:
                if not run.as_json:
                    run.screen.result(f"{done[-1]['id']}\t{done[-1]['status']}")
    if run.as_json:
        run.screen.json(done)
    if refused:
        raise typer.Exit(code_of(refused[0]))


def row_of(job: Job, most: int = 48) -> tuple[str, ...]:
    """The job in a table."""
    made = f"{job.created_at:%Y-%m-%d %H:%M:%S}" if job.created_at else ""
    micros = job.estimated_micros if job.actual_micros is None else job.actual_micros
    return (job.id, job.status, made, dollars(micros), line_of(job.prompt, most))


def facts_of(job: Job) -> list[tuple[str, object]]:
    """What is to be said of a job."""
    failure = job.failure
    timings = " · ".join(
        f"{name.removesuffix('_ms')} {value / 1000:.1f} s"
        for name, value in (job.raw.get("timings") or {}).items()
        if isinstance(value, int)
    )
    return [
        ("job", job.id),
        ("status", job.status),
        ("progress", None if job.ended else f"{job.progress:.0%}"),
        ("queue", job.queue_position),
        ("prompt", clean(job.prompt)),
        ("model", job.model),
        ("project", job.raw.get("project_id")),
        ("labels", " ".join(f"{name}={value}" for name, value in job.labels.items())),
        ("attempts", job.attempt_count),
        ("times", timings),
        ("cost", f"{dollars(job.actual_micros)} of {dollars(job.estimated_micros)} estimated"),
        *[("picture", f"{image.width} × {image.height}, {image.size:,} bytes, {image.url}") for image in job.images],
        ("failure", f"{failure.code}: {failure.message}" if failure else None),
        ("again at", job.raw.get("next_attempt_at")),
        ("next", f"darkroom retry {job.id}" if failure and failure.retryable and job.ended else None),
    ]
