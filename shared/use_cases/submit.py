"""A request becomes a recorded, announced job: two calls, in this order, so that nothing announced is unknown."""

import logging
from typing import NamedTuple

import msgspec

from shared.domain.caller import Caller
from shared.domain.dialect import Dialect
from shared.domain.errors import Rejected, Unavailable
from shared.domain.job import Job
from shared.domain.request import JobRequest, fingerprint
from shared.idempotency import create_once, job_id, repeated
from shared.ports import Clock, JobQueue, JobStore, Tenants
from shared.telemetry import debug, event
from shared.use_cases.debugging import arguments_of
from shared.use_cases.draft import conflicting, drafted, wrong_by_now
from shared.use_cases.estimate import Estimate, estimate
from shared.use_cases.plan import Defaults, planned
from shared.use_cases.rates import Rates
from shared.use_cases.reserve import check_images, with_reservation


class Variation(NamedTuple):
    """What a job is a variation of, and the fingerprint of the request for it."""

    job_id: str
    fingerprint: str


class Submit:
    """POST /v1/jobs and /v1/estimate, and what each dialect has for the former."""

    def __init__(
        self,
        jobs: JobStore,
        queue: JobQueue,
        tenants: Tenants,
        clock: Clock,
        defaults: Defaults,
        *,
        rates: Rates | None = None,
    ) -> None:
        """`rates`: what counts requests of projects, where others count them too."""
        self._jobs = jobs
        self._queue = queue
        self._tenants = tenants
        self._clock = clock
        self._defaults = defaults
        self._rates = rates or Rates(clock)

    async def __call__(
        self,
        request: JobRequest,
        caller: Caller,
        variation: Variation | None = None,
        dialect: Dialect | None = None,
        new_id: str | None = None,
    ) -> tuple[Job, bool]:
        """Record and announce; gives the job, and True where the key, or `new_id` in its place, had named it before.

        A job that cannot be announced is recorded all the same: `sweep` announces it.

        Raises:
            Rejected: 400, 402, 422 or 429; nothing was written.
            Unavailable: 503; repeat with the same key.
        """
        now = self._clock.now()
        tenant = await self._tenants.get(caller.tenant)
        self._rates.project(tenant, request.project_id)
        defaults = self._defaults.of(tenant)
        new_id = new_id or job_id(caller.tenant, dialect.name if dialect else "job", caller.idempotency_key)
        try:
            plan = planned(request, defaults, now, lenient=dialect is not None and dialect.lenient)
            check_images(request, tenant)
        except (Rejected, Unavailable):  # what is not offered any more was when the first of two was taken
            found = await self._jobs.get(new_id) if caller.idempotency_key is not None else None
            asked = variation.fingerprint if variation else fingerprint(request)
            if found is None or found.job.fingerprint != asked:
                raise
            return await self._taken(repeated(found, asked).job, created=False)
        debug("job asked for", lambda: arguments_of(new_id, request, plan))
        await self._check_by_now(request, caller, new_id)
        job = drafted(new_id, request, plan, caller, now, retention_seconds=defaults.retention_seconds, dialect=dialect)
        if variation:
            job = msgspec.structs.replace(job, variation_of=variation.job_id, fingerprint=variation.fingerprint)
        job, charge = with_reservation(job, tenant, now)
        try:
            stored, created = await create_once(self._jobs, job, charge)
        except Rejected as refusal:
            if refusal.code != "idempotency_key_reused" or dialect is None or dialect.on_conflict == "refuse":
                raise
            stored, created = await create_once(self._jobs, conflicting(job, now))
        return await self._taken(stored.job, created=created)

    async def _taken(self, job: Job, *, created: bool) -> tuple[Job, bool]:
        """Announce a job where it waits, though perhaps not for the first time."""
        if job.status == "queued" and job.due(self._clock.now()):
            try:
                await self._queue.announce(job)
            except Unavailable as exc:
                event("not announced; sweep will", level=logging.WARNING, error=exc, job_id=job.id)
        event("job recorded" if created else "job replayed", job_id=job.id, workflow_id=job.workflow_id)
        return job, not created

    async def estimate(self, request: JobRequest, caller: Caller) -> Estimate:
        """What the job of this request would be and cost; nothing is written.

        Raises:
            Rejected: as it would be if it were asked for.
        """
        tenant = await self._tenants.get(caller.tenant)
        plan = planned(request, self._defaults.of(tenant), self._clock.now())
        check_images(request, tenant)
        await self._check_by_now(request, caller, job_id(caller.tenant, "job", caller.idempotency_key))
        return estimate(request, plan, self._clock.now().date())

    async def _check_by_now(self, request: JobRequest, caller: Caller, new_id: str) -> None:
        """400 after the deadline and for a job's image that is not there, unless the key names a job.

        A repeat of what was taken in time is not late, and its images may be gone by now.
        """
        errors = await wrong_by_now(self._jobs, request, caller.tenant, self._clock.now())
        if not errors or (caller.idempotency_key is not None and await self._jobs.get(new_id)):
            return
        where = "; ".join(f"{pointer}: {text}" for pointer, text in errors)
        raise Rejected(400, "invalid_request", f"{where}.", errors=tuple(errors))
