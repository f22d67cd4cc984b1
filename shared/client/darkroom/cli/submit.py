"""`darkroom submit`: a prompt becomes files."""

from pathlib import Path
from secrets import token_hex
from typing import Annotated

import typer
from darkroom.client import Client
from darkroom.records import Job

from .commands import command
from .job_options import JobOptions
from .progress import Meter
from .prompts import prompt_of
from .run import Run
from .saving import keep
from .screen import line_of

Out = Annotated[Path, typer.Option("-o", "--out", help="The folder that its pictures are saved in.")]
Opens = Annotated[bool, typer.Option("--open", help="Have the desktop show them.")]
Inline = Annotated[
    bool | None, typer.Option("--inline/--no-inline", help="Draw them here. Without either: where the terminal can.")
]
Patience = Annotated[float | None, typer.Option("--timeout", min=0.1, help="Seconds to wait; the job goes on.")]
Key = Annotated[
    str | None, typer.Option("--key", help="An idempotency key: what is asked again under it is done once.")
]
Here = Path()


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    command(app)(submit)


def submit(
    run: Run,
    job_options: JobOptions,
    prompt: Annotated[str | None, typer.Argument(help="What it is to show; - reads standard input.")] = None,
    *,
    file: Annotated[Path | None, typer.Option("-f", "--file", help="A file with the prompt.")] = None,
    out: Out = Here,
    opens: Opens = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Or end once the job is taken.")] = True,
    inline: Inline = None,
    timeout: Patience = None,
    key: Key = None,
) -> None:
    """Ask for pictures, wait for them, and save them. Standard output has their paths, or the job's id (--no-wait)."""
    text, key = prompt_of(prompt, file), key or token_hex(8)
    with run.client() as client:
        fields = job_options.fields(client, key)
        run.leave_in_doubt(key)
        job = client.submit(text, idempotency_key=key, extra=fields)
        if not wait:
            run.leave(job_id=job.id)
            run.answer(job.raw, lambda: run.screen.result(job.id))
            return
        ended = followed(run, client, job, timeout)
        keep(run, client, ended, out, opens=opens, inline=inline)


def followed(run: Run, client: Client, job: Job, timeout: float | None = None) -> Job:
    """The job once it has ended, its way shown; who is interrupted is told how to go on."""
    run.leave(
        f"Job {job.id} goes on.",
        f"darkroom watch {job.id}  follows it",
        f"darkroom get {job.id} --out .  saves its pictures",
        f"darkroom cancel {job.id}  ends it",
        job_id=job.id,
    )
    if job.ended:
        return job
    found = job
    with Meter(run.screen, job.prompt) as meter:
        meter.show(state_of(found), found.progress, f"job {job.id}: {line_of(job.prompt)}")
        for found in client.stream(job, timeout=timeout):
            meter.show(state_of(found), found.progress)
    return found


def state_of(job: Job) -> str:
    """Its state in a few words."""
    if job.raw.get("paused_by"):
        return f"{job.status}, paused"
    if job.status == "queued" and job.queue_position:
        return f"queued, place {job.queue_position}"
    return f"{job.status}, attempt {job.attempt_count}" if job.attempt_count > 1 else job.status
