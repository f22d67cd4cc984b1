"""`darkroom estimate` and `usage`: what it would cost, and what it did."""

from pathlib import Path
from secrets import token_hex
from typing import Annotated, Any, cast

import typer
from darkroom.fields import UsageFilters

from .commands import command
from .job_options import JobOptions
from .prompts import prompt_of
from .run import Run
from .screen import clean, dollars


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    command(app)(estimate)
    command(app)(usage)


def estimate(
    run: Run,
    job_options: JobOptions,
    prompt: Annotated[str | None, typer.Argument(help="As of submit.")] = None,
    *,
    file: Annotated[Path | None, typer.Option("-f", "--file", help="A file with the prompt.")] = None,
) -> None:
    """Say what the same submit would cost; nothing is made."""
    text = prompt_of(prompt, file)
    with run.client() as client:
        told = client.estimate(text, extra=job_options.fields(client, token_hex(8)))
    run.answer(told, lambda: _show_estimate(run, told))


def _show_estimate(run: Run, told: dict[str, Any]) -> None:
    run.screen.result(dollars(told.get("estimated_micros")))
    each = dollars(told.get("per_image_micros"))
    run.screen.note(f"{told.get('images')} × {each} · {told.get('model')} · {told.get('aspect_ratio')}", "dim")
    for note in told.get("notes") or ():
        run.screen.note(clean(note), "yellow")


def usage(
    run: Run,
    *,
    by: Annotated[str, typer.Option("--by", help="day, project_id, user_id, job_type, provider or model.")] = "day",
    since: Annotated[str | None, typer.Option(help="From this day or moment on. Without: the last 30 days.")] = None,
    until: Annotated[str | None, typer.Option(help="Until then.")] = None,
    project: Annotated[str | None, typer.Option("-p", "--project", help="Of this project.")] = None,
    model: Annotated[str | None, typer.Option("-m", "--model", help="Of this model.")] = None,
) -> None:
    """Say what was spent. In a pipe: group, jobs, pictures and dollars with tabs between them; the last line is all."""
    where = {name: value for name, value in (("project_id", project), ("model", model)) if value}
    whose = cast("UsageFilters", where)
    with run.client() as client:
        told = client.usage(since=since, until=until, group_by=by, **whose)
    rows = [(each.get(by) or "—", *_numbers(each)) for each in told.get("groups") or ()]
    rows.append(("total", *_numbers(told.get("total") or {})))
    run.answer(told, lambda: run.screen.table((by, "jobs", "pictures", "spent"), rows))


def _numbers(group: dict[str, Any]) -> tuple[object, object, str]:
    return group.get("jobs", 0), group.get("images", 0), dollars(group.get("micros"))
