"""Cancel, retry, redrive, delete: one conditional write each, once per idempotency key."""

import logging
from collections.abc import Callable
from datetime import datetime

import msgspec

from shared.domain.accounts import Charge
from shared.domain.errors import Conflict, OutcomeUnknown, Rejected, Unavailable
from shared.domain.ids import is_job_id
from shared.domain.job import Job
from shared.domain.keyed import carried_out, noted
from shared.idempotency import MAX_CONTENTION, fresh_token
from shared.ports import Clock, JobQueue, JobStore, Stored, Tenants
from shared.telemetry import event
from shared.use_cases.closing import close, settle
from shared.use_cases.parents import Parents
from shared.use_cases.reserve import with_reservation

Rule = Callable[[Job, datetime], Job]


class CommandJob:
    """POST /v1/jobs/{id}/… and DELETE /v1/jobs/{id}."""

    def __init__(
        self, jobs: JobStore, queue: JobQueue, tenants: Tenants, clock: Clock, parents: Parents | None = None
    ) -> None:
        self._jobs = jobs
        self._queue = queue
        self._tenants = tenants
        self._clock = clock
        self._parents = parents  # None: whoever commands many children ends their parent

    async def __call__(self, tenant: str, job_id: str, rule: Rule, key: str | None = None) -> tuple[Job, bool]:
        """Apply `rule`; gives the job, and True where `key` had asked for it before.

        The command is noted with the change, so that a call whose answer was lost knows its own, whatever came on top.

        Raises:
            Rejected: 404, or what the rule says; 402 or 429, a job that it queues would exceed a limit; 422, the key
                had asked for another command.
            Unavailable: 503; repeat with the same key.
        """
        call = fresh_token()  # one for all turns: the write of an earlier one may arrive late
        for _ in range(MAX_CONTENTION):
            stored = await self._jobs.get(job_id) if is_job_id(job_id) else None
            if stored is None or stored.job.tenant != tenant:
                raise _not_found(job_id)
            done = carried_out(stored.job.commands, rule.__name__, key, call)
            if done:
                return await self._finished(stored, rule) if done.call == call else stored.job, done.call != call
            if stored.job.deleted_at or await self._not_yet(stored.job):
                raise _not_found(job_id)
            now = self._clock.now()
            wanted = rule(stored.job, now)
            if wanted is stored.job:
                return wanted, False
            wanted = _noted(wanted, rule, key, call)
            charge: Charge | None = None
            if stored.job.is_over and not wanted.is_over:
                if stored.job.unsettled:  # what its last run came to is known first
                    await settle(self._jobs, stored)
                    continue
                wanted, charge = with_reservation(wanted, await self._tenants.get(tenant), now)
            try:
                written = await self._jobs.write(stored, wanted, charge=charge)
            except (Conflict, OutcomeUnknown):
                continue
            return await self._finished(written, rule), False
        raise Unavailable("contended", f"Job {job_id} changes too fast to be changed: please repeat.", retry_after=1)

    async def _not_yet(self, job: Job) -> bool:
        """Whether it is a part of what may still be taken back, with all that was reserved for it."""
        return self._parents is not None and not job.is_over and await self._parents.hold(job)

    async def _finished(self, written: Stored, rule: Rule) -> Job:
        """What follows the write: at its end a job is closed, and a queued one announced."""
        job = written.job
        await self._announced(job)
        if job.is_over:
            await close(self._jobs, self._queue, written)
            if self._parents:
                await self._parents.child_ended(job)
        elif self._parents and job.status == "queued":
            await self._parents.child_queued_again(job)
        event("job commanded", job_id=job.id, rule=rule.__name__, status=job.status)
        return job

    async def _announced(self, job: Job) -> None:
        if job.status != "queued":
            return
        try:
            await self._queue.announce(job)
        except Unavailable as exc:
            event("not announced; sweep will", level=logging.WARNING, error=exc, job_id=job.id)


def _noted(job: Job, rule: Rule, key: str | None, call: str) -> Job:
    commands = noted(job.commands, rule.__name__, key, call, job.status_sequence)
    return msgspec.structs.replace(job, commands=commands, write_id=fresh_token())


def _not_found(job_id: str) -> Rejected:
    return Rejected(404, "job_not_found", f"There is no job {job_id}.")
