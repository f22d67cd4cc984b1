"""Cancel, retry, redrive, delete: one conditional write each, once per idempotency key."""

import logging
from collections.abc import Callable
from datetime import datetime

import msgspec

from shared.domain.accounts import Charge
from shared.domain.commands import was_commanded, with_command
from shared.domain.errors import Conflict, OutcomeUnknown, Rejected, Unavailable
from shared.domain.job import Job
from shared.idempotency import MAX_CONTENTION, fresh_token, is_job_id
from shared.ports import Clock, JobQueue, JobStore, Stored, Tenants
from shared.telemetry import event
from shared.use_cases.closing import close, settle
from shared.use_cases.reserve import with_reservation

Rule = Callable[[Job, datetime], Job]


class CommandJob:
    """POST /v1/jobs/{id}/… and DELETE /v1/jobs/{id}."""

    def __init__(self, jobs: JobStore, queue: JobQueue, tenants: Tenants, clock: Clock) -> None:
        self._jobs = jobs
        self._queue = queue
        self._tenants = tenants
        self._clock = clock

    async def __call__(self, tenant: str, job_id: str, rule: Rule, key: str | None = None) -> tuple[Job, bool]:
        """Apply `rule`; gives the job, and True where `key` had asked for it before.

        Raises:
            Rejected: 404, or what the rule says; 402 or 429, a job that it queues would exceed a limit.
            Unavailable: 503; repeat with the same key.
        """
        for _ in range(MAX_CONTENTION):
            stored = await self._jobs.get(job_id) if is_job_id(job_id) else None
            if stored is None or stored.job.tenant != tenant or stored.job.deleted_at:
                raise Rejected(404, "job_not_found", f"There is no job {job_id}.")
            if was_commanded(stored.job, key):
                return stored.job, True
            wanted = rule(stored.job, self._clock.now())
            if wanted is stored.job:
                return wanted, False
            wanted = msgspec.structs.replace(with_command(wanted, key), write_id=fresh_token())
            charge: Charge | None = None
            if stored.job.is_over and not wanted.is_over:
                if stored.job.unsettled:  # what its last run came to is known first
                    await settle(self._jobs, stored)
                    continue
                wanted, charge = with_reservation(wanted, await self._tenants.get(tenant), self._clock.now())
            try:
                written: Stored | None = await self._jobs.write(stored, wanted, charge=charge)
            except (Conflict, OutcomeUnknown):
                written = await self._jobs.get(job_id)
                if written is None or written.job.write_id != wanted.write_id:
                    continue
            await self._announced(wanted)
            if written and wanted.is_over:
                await close(self._jobs, self._queue, written)
            event("job commanded", job_id=job_id, rule=rule.__name__, status=wanted.status)
            return wanted, False
        raise Unavailable("contended", f"Job {job_id} changes too fast to be changed: please repeat.", retry_after=1)

    async def _announced(self, job: Job) -> None:
        if job.status != "queued":
            return
        try:
            await self._queue.announce(job)
        except Unavailable as exc:
            event("not announced; sweep will", level=logging.WARNING, error=exc, job_id=job.id)
