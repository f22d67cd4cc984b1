"""A request becomes a recorded, announced job: two calls, in this order, so that nothing announced is unknown."""

import logging
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from shared.domain.caller import Caller
from shared.domain.errors import Rejected, Unavailable
from shared.domain.job import ANNOUNCE_AGAIN, Job, Moment
from shared.domain.listing import terms_of, words_of
from shared.domain.request import JobRequest, fingerprint
from shared.idempotency import create_once, fresh_token, job_id
from shared.ports import Clock, JobQueue, JobStore
from shared.telemetry import event
from shared.use_cases.estimate import Estimate, estimate
from shared.use_cases.plan import Defaults, Plan, planned
from shared.use_cases.sources import wrong_sources

LATEST = datetime.max.replace(tzinfo=UTC)


class Variation(NamedTuple):
    """What a job is a variation of, and the fingerprint of the request for it."""

    job_id: str
    fingerprint: str


class Submit:
    """POST /v1/jobs and /v1/estimate."""

    def __init__(self, jobs: JobStore, queue: JobQueue, clock: Clock, defaults: Defaults) -> None:
        self._jobs = jobs
        self._queue = queue
        self._clock = clock
        self._defaults = defaults

    async def __call__(
        self, request: JobRequest, caller: Caller, variation: Variation | None = None
    ) -> tuple[Job, bool]:
        """Record and announce; gives the job, and True where the key had named it before.

        A job that cannot be announced is recorded all the same: `sweep` announces it.

        Raises:
            Rejected: 400 or 422; nothing was written.
            Unavailable: 503; repeat with the same key.
        """
        plan = self._plan(request)
        await self._check_by_now(request, caller)
        job = self._job(request, plan, caller)
        if variation:
            job = msgspec.structs.replace(job, variation_of=variation.job_id, fingerprint=variation.fingerprint)
        stored, created = await create_once(self._jobs, job)
        job = stored.job
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
        plan = self._plan(request)
        await self._check_by_now(request, caller)
        return estimate(request, plan, self._clock.now().date())

    def _plan(self, request: JobRequest) -> Plan:
        plan = planned(request, self._defaults, self._clock.now())
        if request.webhook and not self._defaults.webhooks:
            text = "This deployment signs no webhooks: the environment variable WEBHOOK_SECRETS is not set."
            raise Unavailable("missing_webhook_secrets", text)
        return plan

    async def _check_by_now(self, request: JobRequest, caller: Caller) -> None:
        """400 after the deadline and for a job's image that is not there, unless the key names a job.

        A repeat of what was taken in time is not late, and its images may be gone by now.
        """
        now, key = self._clock.now(), caller.idempotency_key
        errors = await wrong_sources(self._jobs, request, caller.tenant)
        if request.deadline is not None and request.deadline <= now:
            errors.append(("/deadline", f"has passed: it is {now.isoformat()} now"))
        if not errors or (key is not None and await self._jobs.get(job_id(caller.tenant, "job", key))):
            return
        where = "; ".join(f"{pointer}: {text}" for pointer, text in errors)
        raise Rejected(400, "invalid_request", f"{where}.", errors=tuple(errors))

    def _job(self, request: JobRequest, plan: Plan, caller: Caller) -> Job:
        now = self._clock.now()
        return Job(
            id=job_id(caller.tenant, "job", caller.idempotency_key),
            tenant=caller.tenant,
            nonce=fresh_token(),
            fingerprint=fingerprint(request),
            idempotency_key=caller.idempotency_key,
            workflow_id=caller.workflow_id,
            user_id=caller.user_id,
            project_id=request.project_id,
            branch_id=request.branch_id,
            scene_id=request.scene_id,
            shot_id=request.shot_id,
            job_type=request.job_type,
            labels=request.labels,
            label_terms=terms_of(request.labels),
            words=words_of(request.prompt),
            listed_for=caller.tenant,
            prompt=request.prompt,
            negative_prompt=request.negative_prompt,
            style=request.style,
            enhance=request.enhance,
            width=request.width,
            height=request.height,
            fit=request.fit,
            n=request.n,
            seed=request.seed,
            mime_type=request.mime_type,
            compression=request.compression,
            thumbnail=request.thumbnail,
            provider_options=request.provider_options,
            references=request.references,
            mask=request.mask,
            priority=request.priority,
            cache=request.cache,
            not_before=_utc(request.not_before),
            deadline=_utc(request.deadline),
            webhook=request.webhook,
            status="queued",
            timeline=(Moment(at=now, status="queued"),),
            wake_at=min(request.not_before or now + ANNOUNCE_AGAIN, request.deadline or LATEST),
            write_id=fresh_token(),
            model_requested=request.model,
            allow_placeholder=request.allow_placeholder,
            retention_seconds=self._defaults.retention_seconds,
            created_at=now,
            queued_at=now,
            updated_at=now,
            trace=caller.traceparent,
            **msgspec.structs.asdict(plan),
        )


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None
