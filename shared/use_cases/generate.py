"""A delivery of `jobs-*`: find a place, claim the job, run its attempts; five commits with the one that created it."""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from shared.config import Settings
from shared.domain.counting import begin_of
from shared.domain.errors import Canceled, ImageStoreError, LeaseLost, Unavailable
from shared.domain.ids import is_job_id
from shared.domain.job import Job
from shared.domain.times import MAX_SLEPT_OFF, milliseconds
from shared.idempotency import Hold, LeaseRules, claim, fresh_token
from shared.ports import Clock, ImageProcessor, ImageStore, JobQueue, Stored, Stores
from shared.ports.pictures import PictureReader
from shared.telemetry import event, span
from shared.use_cases.attempt import Attempts, ProviderSource
from shared.use_cases.board_attempt import Boards
from shared.use_cases.clean_up import remove_of_ended
from shared.use_cases.closing import close
from shared.use_cases.inputs import Inputs
from shared.use_cases.look_ahead import LookAhead
from shared.use_cases.parents import Parents
from shared.use_cases.pauses import Pauses
from shared.use_cases.places import Place
from shared.use_cases.tracing import begun, outcome_of

Result = Literal["done", "not_claimed", "no_place", "canceled", "lease_lost"]
FOLLOWERS = 100  # announced at once when their leader ends; `sweep` wakes the rest
CIRCUIT_OPEN = "circuit_open"
MAX_SLEEPERS = 4  # deliveries kept open for a short wait, in one instance
SHUTDOWN_GRACE = 4.0  # seconds for calls to end by themselves; Cloud Run gives 10 in all


class Limits(NamedTuple):
    """Of time, and of jobs at once in one instance."""

    lease: LeaseRules
    places: int


def limits_of(settings: Settings) -> Limits:
    """The limits that this deployment's settings give."""
    lease = LeaseRules(seconds=settings.lease_seconds, max_attempts=settings.max_attempts)
    return Limits(lease, settings.max_concurrency)


class Generate:
    """Works on the jobs that deliveries name, so many at a time."""

    def __init__(
        self,
        stores: Stores,
        images: ImageStore,
        queue: JobQueue,
        clock: Clock,
        processor: ImageProcessor,
        *,
        provider: ProviderSource,
        pictures: PictureReader,
        limits: Limits,
        boards: Boards,
    ) -> None:
        jobs = self._jobs = stores.jobs
        self._images = images
        self._queue = queue
        self._clock = clock
        self._rules = limits.lease
        self._pauses = Pauses(stores.controls, clock)
        self._parents = Parents(jobs, stores.batches, queue, clock)
        self._attempts = Attempts(
            jobs,
            images,
            queue,
            clock,
            processor,
            provider=provider,
            inputs=Inputs(jobs, images, pictures, clock),
            max_attempts=limits.lease.max_attempts,
            pauses=self._pauses,
        )
        self._boards = boards
        self._places = asyncio.Semaphore(limits.places)
        self._sleepers = 0
        self._holder = fresh_token()
        self._going = False

    async def __call__(self, job_id: str) -> Result:
        """Work on the job until it has ended, waits for its next attempt, or is somebody else's.

        Whatever the result, the delivery is to be acknowledged: waiting is by `wake_at`, never by NACK.

        Raises:
            Unavailable: the database does not answer; the broker may deliver again.
        """
        arrived = self._clock.now()
        result: Result = "not_claimed"
        place, records = Place(self._places), LookAhead(self._jobs)
        wait: timedelta | None = timedelta()
        while wait is not None:
            if wait:
                await self._sleep(wait)
            left = arrived + self._rules.lease - self._clock.now()
            if not await place.take(left.total_seconds()):
                return "no_place"  # the job is still queued, and `sweep` will announce it
            try:  # between two attempts the place is another job's
                if self._going:
                    await self._pass_on(job_id)
                    return result
                world = (self._jobs, self._clock, self._rules)
                with span("claim job"):
                    hold = await claim(
                        *world, job_id, self._holder, ended=self._close, waits=self._waits, beside=records.begin
                    )
                if hold is None:
                    return result
                with span("attempt", attributes=begun(hold.job)) as tried:
                    result, again = await self._attempt(hold, place, records)
                    outcome_of(tried, hold.job)
            finally:
                records.drop()
                place.leave()
            wait = timedelta() if again else self._short_wait(hold.job, arrived)
        return result

    async def stop(self) -> None:
        """Claim nothing more and give back, after a moment, what the model still works on: the instance goes."""
        self._going = True
        await self._clock.sleep(SHUTDOWN_GRACE)
        self._attempts.shutdown.set()

    async def _pass_on(self, job_id: str) -> None:
        """Announce a job that this instance does not begin any more, for another one to take at once."""
        found = await self._jobs.get(job_id) if is_job_id(job_id) else None
        if found is None or found.job.status != "queued" or not found.job.due(self._clock.now()):
            return
        try:
            await self._queue.announce(found.job)
        except Unavailable as exc:
            event("not passed on; sweep will", level=logging.WARNING, error=exc, job_id=job_id)

    async def _sleep(self, wait: timedelta) -> None:
        self._sleepers += 1
        try:
            await self._clock.sleep(wait.total_seconds())
        finally:
            self._sleepers -= 1

    def _short_wait(self, job: Job, arrived: datetime) -> timedelta | None:
        """How long to sleep a retry off, where it is short and another attempt still fits this delivery.

        Only a few do so: a delivery that is not acknowledged takes up a part of what the broker sends at once, which
        others' jobs need. After a rate limit, or before an open circuit, none does, for then they all would.
        """
        if job.status != "queued" or job.next_attempt_at is None or self._sleepers >= MAX_SLEEPERS:
            return None
        if job.failure and (job.failure.type == "RATE_LIMIT" or job.failure.code == CIRCUIT_OPEN):
            return None
        now = self._clock.now()
        fits = job.next_attempt_at - now <= MAX_SLEPT_OFF and job.next_attempt_at <= arrived + self._rules.lease / 2
        return max(job.next_attempt_at - now, timedelta()) if fits else None

    async def _attempt(self, hold: Hold, place: Place, records: LookAhead) -> tuple[Result, bool]:
        job = hold.job
        event(
            "job claimed",
            job_id=job.id,
            attempt=job.attempt_count,
            lane=job.priority,
            begin=begin_of(job),
            queued_ms=milliseconds(job.last_queued_at, job.started_at),
        )
        result: Result = "done"
        again = False
        try:
            again = await self._attempts.run(hold, place, records, self._boards.attempt if job.board else None)
        except Canceled:
            await self._clean(hold.job)
            result = "canceled"
        except LeaseLost as exc:
            event("lease lost", level=logging.WARNING, job_id=job.id, reason=str(exc))
            return "lease_lost", False
        if hold.job.is_over:
            await self._close(hold.stored)
            if hold.followed:
                await self._announce_followers(hold.job)
        else:
            _log(hold.job)
        return result, again

    async def _waits(self, job: Job) -> bool:
        return await self._pauses.hold(job) or await self._parents.hold(job)

    async def _close(self, stored: Stored) -> None:
        await close(self._jobs, self._queue, stored)
        await self._parents.child_ended(stored.job)

    async def _clean(self, job: Job) -> None:
        try:
            await remove_of_ended(self._images, self._jobs, job)
        except (ImageStoreError, Unavailable) as exc:
            event("not cleaned up; sweep will", level=logging.WARNING, error=exc, job_id=job.id)

    async def _announce_followers(self, leader: Job) -> None:
        if leader.cache == "off":
            return
        try:
            for follower in await self._jobs.followers(leader.id, FOLLOWERS):
                await self._queue.announce(follower.job)
        except Unavailable as exc:
            event("followers not announced; sweep will", level=logging.WARNING, error=exc, job_id=leader.id)


def _log(job: Job) -> None:
    event(
        "job given back",
        job_id=job.id,
        workflow_id=job.workflow_id,
        attempt=job.attempt_count,
        next_attempt_at=job.next_attempt_at,
        failure=job.failure.code if job.failure else None,
    )
