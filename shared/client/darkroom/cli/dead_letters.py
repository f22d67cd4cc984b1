"""`darkroom dead-letters`: jobs that gave up, and another try for them."""

from typing import Annotated, Any
from urllib.parse import quote

import typer
from darkroom.client import Client
from darkroom.reading import job_of

from .commands import command
from .jobs import Ids, each_of
from .run import Run
from .screen import line_of

app = typer.Typer(help="Jobs that gave up after their last attempt.", no_args_is_help=True)


def list_(
    run: Run,
    *,
    limit: Annotated[int, typer.Option("--limit", min=0, help="At most so many; 0: all.")] = 20,
) -> None:
    """List them, the newest first. In a pipe: id, attempts, code, message and prompt with tabs between them."""
    with run.client() as client:
        found = []
        for raw in client.each("/v1/dead-letters", params={"page_size": min(limit or 100, 100)}):
            found.append(raw)
            if len(found) == limit:
                break
    run.answer(
        found, lambda: run.screen.table(("id", "attempts", "code", "message", "prompt"), [_row(raw) for raw in found])
    )


def redrive(run: Run, ids: Ids) -> None:
    """Queue them again, with attempts anew."""

    def driven(client: Client, job_id: str) -> dict[str, Any]:
        return client.request("POST", f"/v1/dead-letters/{quote(job_id, safe='')}/redrive").json()

    each_of(run, ids, driven)


def _row(raw: dict[str, Any]) -> tuple[object, ...]:
    job = job_of(raw)
    failure = job.failure
    code, message = (failure.code, failure.message) if failure else ("", "")
    return job.id, job.attempt_count, code, line_of(message, 40), line_of(job.prompt, 40)


command(app, "list")(list_)
command(app)(redrive)
