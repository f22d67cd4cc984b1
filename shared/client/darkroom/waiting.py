"""Waiting for a job's end, whatever the states on the way are called.

ask with `Prefer: wait` ──> ended ───────────────────────────────────────────> the job
    ^                        │ a state that this version does not know,
    │                        │ without a time of its end
    │                        v
    └──── no ─── is nothing left to tell? (its events after this version: 204) ── yes ──> the job
"""

from dataclasses import replace
from urllib.parse import quote

from .attempts import Call, Session, answered, exchanged
from .effects import Sleep, Steps
from .errors import JobCanceled, JobFailed, Misused, Timeout
from .reading import batch_of, job_of
from .records import Batch, Job

ASK_SECONDS = 20.0  # that one request waits: below what proxies allow
FIRST_PAUSE, MAX_PAUSE = 0.5, 5.0  # seconds, where the deployment does not wait as it was asked to


def path_of(kind: str, thing: Job | Batch | str, *more: str) -> str:
    """`/v1/jobs/{id}/…`; whatever an id is, it stays one part of the path.

    Raises:
        Misused: it is none.
    """
    thing_id = thing if isinstance(thing, str) else thing.id
    if thing_id in {"", ".", ".."}:
        raise Misused(f"{thing_id!r} is no id", "Give the id of what was asked for, or what was answered.")
    return "/".join(("/v1", kind, quote(thing_id, safe=""), *more))


def job_now(session: Session, job: Job | str, timeout: float | None, waits: float = 0) -> Steps[Job]:
    """The job as it is now, or once it has ended, if that is within `waits` seconds."""
    preference = {"Prefer": f"wait={waits:.0f}"} if waits >= 1 else {}
    call = Call(method="GET", path=path_of("jobs", job), headers=preference, waits=waits, timeout=timeout)
    answer = yield from answered(session, call)
    return job_of(answer.json())


def commanded(
    session: Session, job: Job | str, command: str, idempotency_key: str | None, timeout: float | None
) -> Steps[Job]:
    """The job after a command on it."""
    path = path_of("jobs", job, command)
    call = Call(method="POST", path=path, idempotency_key=idempotency_key, timeout=timeout)
    answer = yield from answered(session, call)
    return job_of(answer.json(), replayed=answer.replayed)


def waited(session: Session, job: Job | str, timeout: float, *, check: bool) -> Steps[Job]:
    """The job once it has ended; with `check`, only one that has its images.

    Raises:
        JobFailed: it has not.
        Timeout: it has not ended in time; `job` is as it was last seen.
    """
    until = session.now() + timeout
    found = job if isinstance(job, Job) else None
    pause = FIRST_PAUSE
    while found is None or not found.ended:
        asked_at = session.now()
        if asked_at >= until:
            raise _not_in_time(job, found, timeout)
        waits = min(ASK_SECONDS, until - asked_at)
        try:
            found = yield from job_now(session, job, until - asked_at, waits)
        except Timeout as exc:
            raise _not_in_time(job, found, timeout) from exc
        if not found.ended and not found.is_known:
            found = replace(found, settled=(yield from _is_settled(session, found)))
        if not found.ended and session.now() - asked_at < min(waits, 1):  # it goes, or does not know how to wait
            yield Sleep(min(pause, max(0.0, until - session.now())))
            pause = min(2 * pause, MAX_PAUSE)
    return checked(found) if check else found


def batch_now(session: Session, batch: Batch | str, timeout: float | None) -> Steps[Batch]:
    """The batch as it is now."""
    answer = yield from answered(session, Call(method="GET", path=path_of("batches", batch), timeout=timeout))
    return batch_of(answer.json())


def batch_waited(session: Session, batch: Batch | str, timeout: float) -> Steps[Batch]:
    """The batch once all of its jobs have ended, however.

    Raises:
        Timeout: not in time.
    """
    until = session.now() + timeout
    pause = FIRST_PAUSE
    while True:
        found = yield from batch_now(session, batch, max(0.0, until - session.now()))
        if found.ended:
            return found
        if session.now() + pause >= until:
            text = f"batch {found.id} is {found.status} after {timeout:g} s"
            raise Timeout(text, "It goes on: wait for longer, or cancel it.")
        yield Sleep(pause)
        pause = min(2 * pause, MAX_PAUSE)


def checked(job: Job) -> Job:
    """A job that has ended, with its images; an end that this version does not know is one, if it tells no failure.

    Raises:
        JobFailed: it has none.
    """
    if job.status == "canceled":
        raise JobCanceled(job)
    if job.status == "failed" or (job.failure is not None and not job.images):
        raise JobFailed(job)
    return job


def _is_settled(session: Session, job: Job) -> Steps[bool]:
    """Whether the deployment has nothing more to tell of the job: then its events after this version are none, 204."""
    call = Call(method="HEAD", path=path_of("jobs", job, "events"), headers={"Last-Event-ID": str(job.status_sequence)})
    answer, _ = yield from exchanged(session, call)
    return answer.status == 204  # noqa: PLR2004 - No Content


def _not_in_time(asked: Job | str, found: Job | None, timeout: float) -> Timeout:
    name = asked if isinstance(asked, str) else asked.id
    state = f"is {found.status}" if found else "was not told of"
    error = Timeout(f"job {name} {state} after {timeout:g} s", "It goes on: wait for longer, or cancel it.")
    error.job = found
    return error
