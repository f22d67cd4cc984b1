"""`darkroom batch`: a file of requests becomes a folder of pictures, however often it is begun.

Nothing is kept on this machine about how far it came: the batch's idempotency key is made of the file's content, so the
same file is the same batch, and a picture that lies in the folder with its SHA-256 is not fetched again.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer
from darkroom.errors import Invalid
from darkroom.records import Batch, Job

from .batch_watch import Watched
from .commands import command
from .exits import Exit
from .items_file import Item, items_of, parts_of
from .job_options import JobOptions
from .run import Run
from .screen import dollars
from .submit import Here, Out

MOST = 1000  # requests of one batch
MOST_TOLD = 20  # lines of a file that is refused


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    command(app)(batch)


def batch(
    run: Run,
    job_options: JobOptions,
    file: Annotated[Path, typer.Argument(help="JSON Lines, or CSV by its name; - reads standard input.")],
    *,
    out: Out = Here,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Or end once all are taken.")] = True,
    partial: Annotated[bool, typer.Option("--partial", help="Leave out what is refused; else it refuses all.")] = False,
    again: Annotated[
        str, typer.Option("--again", metavar="NAME", help="Another run of a file that was run before.")
    ] = "",
) -> None:
    """Make a picture of each line of a file. The options are for lines that do not say otherwise.

    The same file and options are the same batch: said again after Ctrl-C, it goes on, and nothing is made twice.
    """
    items = items_of(file)
    with run.client() as client:
        run.leave("Say the same again: what was taken goes on, and nothing is made twice.")
        base = _digest({"options": repr(job_options), "partial": partial, "again": again})
        defaults = job_options.fields(client, base)
        batches = []
        for number, part in enumerate(parts_of(items, MOST)):
            requests = [item.fields for item in part]
            key = _digest({"base": base, "part": number, "items": requests})
            try:
                batches.append(client.batch(requests, defaults=defaults, partial=partial, idempotency_key=key))
            except Invalid as exc:
                _tell_lines(run, exc, part)
                raise
            _leave(run, batches)
        _tell(run, batches, len(items))
        if not wait:
            ids = "\n".join(each.id for each in batches)
            run.answer([each.raw for each in batches], lambda: run.screen.result(ids))
            return
        watched = Watched(run, client, batches, out)
        ended = watched.until_ended()
    _report(run, ended, watched, [item.line for item in items])


def _digest(value: Any) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _leave(run: Run, batches: list[Batch]) -> None:
    ids = " ".join(each.id for each in batches)
    run.leave(
        f"Batch {ids} goes on.",
        "Say the same again to go on with it: nothing is made twice.",
        f"darkroom cancel --of batch {ids}  ends it",
        batch_ids=ids,
    )


def _tell(run: Run, batches: list[Batch], lines: int) -> None:
    taken = sum(each.jobs for each in batches)
    known = " (known from before)" if all(each.replayed for each in batches) else ""
    ids = " ".join(each.id for each in batches)
    run.screen.note(f"{taken} of {lines} lines are batch {ids}{known}", "dim")


def _tell_lines(run: Run, refusal: Invalid, part: list[Item]) -> None:
    """Which lines are refused, where the refusal points to items."""
    for error in refusal.errors[:MOST_TOLD] if not run.as_json else ():
        index, field = _in_items(error.pointer)
        if 0 <= index < len(part):
            run.screen.note(f"line {part[index].line}: {field} {error.detail}", "red")


def _in_items(pointer: str) -> tuple[int, str]:
    """Which item it points to, from 0, and what of it; -1 where it points elsewhere."""
    _, _, rest = pointer.partition("/items/")
    index, _, field = rest.partition("/")
    return int(index) if index.isdecimal() else -1, field


def _report(run: Run, batches: list[Batch], watched: Watched, lines: list[int]) -> None:
    """What came of each line; anything that did not end with its picture is how the command ends."""
    errors = [
        {**told, "line": lines[MOST * number + int(told.get("index", 0))]}
        for number, each in enumerate(batches)
        for told in each.errors
    ]
    bad = [job for job in watched.jobs if job.status != "completed"]
    if run.as_json:
        told = [{"line": lines[_place(job, batches)], **_short(job, watched)} for job in watched.jobs]
        run.screen.json({"batches": [each.raw for each in batches], "jobs": told, "errors": errors})
    else:
        for error in errors:
            _, field = _in_items(str(error.get("pointer", "")))
            run.screen.note(f"line {error['line']}: {field} {error.get('detail', '')}", "red")
        for job in bad:
            why = f"{job.failure.code}: {job.failure.message}" if job.failure else ""
            run.screen.note(f"line {lines[_place(job, batches)]}: {job.status} {why} (job {job.id})", "red")
        spent = sum(each.actual_micros or 0 for each in batches)
        done = len(watched.jobs) - len(bad)
        for failed in {str(job.raw.get("parent_id")) for job in bad}:
            run.screen.note(f"→ darkroom retry --of batch {failed}  runs what failed again")
        run.screen.note(f"{done} done · {len(bad) + len(errors)} not · {dollars(spent)}", "bold")
    if bad or errors:
        raise typer.Exit(Exit.FAILED)


def _place(job: Job, batches: list[Batch]) -> int:
    """Which request of the file it is, from 0."""
    place = [each.id for each in batches].index(str(job.raw.get("parent_id")))
    return MOST * place + int(job.raw.get("parent_index") or 0)


def _short(job: Job, watched: Watched) -> dict[str, Any]:
    files = [str(path) for path in watched.files.get(job.id, ())]
    failure = job.raw.get("failure")
    return {"id": job.id, "status": job.status, "prompt": job.prompt, "files": files, "failure": failure}
