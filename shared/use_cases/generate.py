"""One job → stored images: claim, call the provider, upload, settle; five commits with the one that created it."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from shared.domain.endings import clean_up_at
from shared.domain.errors import AttemptError, Canceled, DarkroomError, LeaseLost, ProviderError
from shared.domain.job import Job, Spend, Stage, moved
from shared.domain.retry import MAX_SLEPT_OFF, given_up_or_queued
from shared.idempotency import Hold, LeaseRules, claim, fresh_token
from shared.ports import Clock, ImageProvider, ImageStore, JobStore, Outcome
from shared.telemetry import event
from shared.use_cases.clean_up import remove_as_holder
from shared.use_cases.upload import upload

Result = Literal["done", "not_claimed", "no_place", "canceled", "lease_lost"]


class Generate:
    """What a delivery of `jobs-*` does."""

    def __init__(
        self,
        jobs: JobStore,
        images: ImageStore,
        clock: Clock,
        *,
        provider: Callable[[str], ImageProvider],
        rules: LeaseRules,
        places: int,
    ) -> None:
        self._jobs = jobs
        self._images = images
        self._clock = clock
        self._provider = provider
        self._rules = rules
        self._places = asyncio.Semaphore(places)
        self._holder = fresh_token()

    async def __call__(self, job_id: str) -> Result:
        """Work on the job until it has ended, waits for its next attempt, or is somebody else's.

        Whatever the result, the delivery is to be acknowledged: waiting is by `wake_at`, never by NACK.

        Raises:
            Unavailable: the database does not answer; the broker may deliver again.
        """
        arrived = self._clock.now()
        try:
            async with asyncio.timeout(self._rules.lease.total_seconds()):
                await self._places.acquire()
        except TimeoutError:
            return "no_place"  # the job is still queued, and `sweep` will announce it
        try:
            return await self._attempts(job_id, arrived)
        finally:
            self._places.release()

    async def _attempts(self, job_id: str, arrived: datetime) -> Result:
        result: Result = "not_claimed"
        while hold := await claim(self._jobs, self._clock, self._rules, job_id, self._holder):
            result = await self._attempt(hold)
            wait = self._short_wait(hold.job, arrived)
            if wait is None:
                break
            await self._clock.sleep(wait.total_seconds())
        return result

    def _short_wait(self, job: Job, arrived: datetime) -> timedelta | None:
        """How long to sleep a retry off, where it is short and another attempt still fits this delivery."""
        if job.status != "queued" or job.next_attempt_at is None:
            return None
        now = self._clock.now()
        fits = job.next_attempt_at - now <= MAX_SLEPT_OFF and job.next_attempt_at <= arrived + self._rules.lease / 2
        return max(job.next_attempt_at - now, timedelta()) if fits else None

    async def _attempt(self, hold: Hold) -> Result:
        event("job claimed", job_id=hold.job.id, attempt=hold.job.attempt_count, queued_ms=_ms(_queued(hold.job)))
        try:
            await self._work(hold)
        except Canceled:
            await remove_as_holder(self._images, hold.job)
            event("job canceled", job_id=hold.job.id)
            return "canceled"
        except LeaseLost as exc:
            event("lease lost", level=logging.WARNING, job_id=hold.job.id, reason=str(exc))
            return "lease_lost"
        _log_end(hold.job)
        return "done"

    async def _work(self, hold: Hold) -> None:
        stage: Stage = "validating"
        try:
            provider = self._provider(hold.job.provider)
            estimate = provider.estimate(hold.job)
            await hold.write(lambda job, now: _generating(job, now, estimate))
            stage = "generating"
            outcome = await _bounded(provider, hold, self._clock)
            await hold.write(lambda job, now: _uploading(job, now, outcome))
            stage = "uploading"
            if hold.job.took_over:
                await remove_as_holder(self._images, hold.job, keep=hold.lease.token)
            artifacts = await upload(self._images, hold.job, outcome, hold.lease.token)
            stage = "persisting"
            await hold.write(
                lambda job, now: moved(
                    job,
                    "completed",
                    now,
                    artifacts=artifacts,
                    failure=None,
                    stage=stage,
                    completed_at=now,
                    wake_at=clean_up_at(job, now) if job.took_over else None,
                )
            )
        except AttemptError as error:
            failure = error
            await hold.write(lambda job, now: given_up_or_queued(job, now, failure, stage, self._rules.max_attempts))


class _Booking:
    """Books each further paid call before it is made."""

    def __init__(self, hold: Hold, estimate: int | None) -> None:
        self._hold = hold
        self._estimate = estimate

    async def paying_again(self, reason: str) -> None:
        def another(job: Job, now: datetime) -> Job:
            spend = Spend(attempt=job.attempt_count, estimated_micros=self._estimate)
            closed = msgspec.structs.replace(job.spend[-1], actual_micros=0)
            return msgspec.structs.replace(job, spend=(*job.spend[:-1], closed, spend), updated_at=now)

        event("provider called again", job_id=self._hold.job.id, reason=reason)
        await self._hold.write(another)


async def _bounded(provider: ImageProvider, hold: Hold, clock: Clock) -> Outcome:
    """The provider's outcome, at the latest when the work must end."""
    left = (hold.work_until - clock.now()).total_seconds()
    booking = _Booking(hold, hold.job.spend[-1].estimated_micros)
    try:
        async with asyncio.timeout(left):
            return await provider.generate(hold.job, hold.work_until, booking)
    except TimeoutError as exc:
        message = f"The model did not answer within {left:.0f} s."
        raise ProviderError("TEMPORARY", "model_timeout", message, billed="unknown") from exc
    except DarkroomError:
        raise
    except Exception as exc:
        event("unexpected error of a provider", level=logging.ERROR, error=exc, job_id=hold.job.id)
        raise ProviderError("UNKNOWN", "unexpected_error", f"{type(exc).__name__}: {exc}", billed="unknown") from exc


def _generating(job: Job, now: datetime, estimate: int | None) -> Job:
    spend = (*job.spend, Spend(attempt=job.attempt_count, estimated_micros=estimate))
    return moved(job, "generating", now, stage="generating", spend=spend, generating_at=now)


def _uploading(job: Job, now: datetime, outcome: Outcome) -> Job:
    paid = msgspec.structs.replace(job.spend[-1], actual_micros=outcome.cost_micros)
    return moved(
        job,
        "uploading",
        now,
        stage="uploading",
        spend=(*job.spend[:-1], paid),
        prompt_used=outcome.prompt_used,
        generated_at=now,
        placeholder=job.provider == "placeholder",
    )


def _queued(job: Job) -> timedelta | None:
    return job.started_at - job.queued_at if job.started_at else None


def _ms(span: timedelta | None) -> int | None:
    return None if span is None else round(span / timedelta(milliseconds=1))


def _log_end(job: Job) -> None:
    generating = job.generated_at - job.generating_at if job.generated_at and job.generating_at else None
    uploading = job.completed_at - job.generated_at if job.completed_at and job.generated_at else None
    event(
        f"job {job.status}",
        level=logging.INFO if job.status != "failed" else logging.ERROR,
        job_id=job.id,
        attempt=job.attempt_count,
        queued_ms=_ms(_queued(job)),
        generating_ms=_ms(generating),
        uploading_ms=_ms(uploading),
        cost_micros=job.actual_micros,
        failure=job.failure.code if job.failure else None,
    )
