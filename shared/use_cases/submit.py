"""A request becomes a recorded, announced job: two calls, in this order, so that nothing announced is unknown."""

import logging
from datetime import UTC, datetime

import msgspec

from shared.catalog import catalog, price
from shared.catalog.abilities import check_ability
from shared.config import BadSetting, Settings
from shared.domain.caller import Caller
from shared.domain.errors import Rejected, Unavailable
from shared.domain.job import ANNOUNCE_AGAIN, Job, Moment
from shared.domain.request import AspectRatio, JobRequest, check, fingerprint
from shared.idempotency import create_once, fresh_token, job_id
from shared.ports import Clock, JobQueue, JobStore
from shared.telemetry import event

DAY = 86_400  # seconds
LATEST = datetime.max.replace(tzinfo=UTC)


class Defaults(msgspec.Struct, frozen=True, kw_only=True):
    """What a request that leaves it out gets."""

    model: str
    aspect_ratio: AspectRatio
    watermark: bool
    real_images: bool = True  # False: every job goes to the placeholder
    retention_seconds: int | None = None  # None: for ever
    webhooks: bool = False  # whether there is a secret to sign them with


def defaults_of(settings: Settings) -> Defaults:
    """The defaults that this deployment's settings give.

    Raises:
        BadSetting: one that no request could be made with.
    """
    try:
        model_id, model = catalog().resolve(settings.image_model)
    except Rejected as exc:
        raise BadSetting(f"IMAGE_MODEL is {settings.image_model}: {exc.errors[0][1]}") from exc
    ratio = next((known for known in model.aspect_ratios if known == settings.default_aspect_ratio), None)
    if ratio is None:
        ratios = ", ".join(model.aspect_ratios)
        raise BadSetting(f"DEFAULT_ASPECT_RATIO is {settings.default_aspect_ratio}; {model_id} makes {ratios}")
    return Defaults(
        model=settings.image_model,
        aspect_ratio=ratio,
        watermark=settings.add_watermark,
        real_images=settings.use_real_image,
        retention_seconds=None if settings.retention_days is None else round(settings.retention_days * DAY),
        webhooks=bool(settings.webhook_secrets),
    )


class Submit:
    """POST /v1/jobs."""

    def __init__(self, jobs: JobStore, queue: JobQueue, clock: Clock, defaults: Defaults) -> None:
        self._jobs = jobs
        self._queue = queue
        self._clock = clock
        self._defaults = defaults

    async def __call__(self, request: JobRequest, caller: Caller) -> tuple[Job, bool]:
        """Record and announce; gives the job, and True where the key had named it before.

        A job that cannot be announced is recorded all the same: `sweep` announces it.

        Raises:
            Rejected: 400 or 422; nothing was written.
            Unavailable: 503; repeat with the same key.
        """
        check(request)
        if request.webhook and not self._defaults.webhooks:
            text = "This deployment signs no webhooks: the environment variable WEBHOOK_SECRETS is not set."
            raise Unavailable("missing_webhook_secrets", text)
        await self._refuse_late(request, caller)
        job = self._job(request, caller)
        stored, created = await create_once(self._jobs, job)
        job = stored.job
        if job.status == "queued" and job.due(self._clock.now()):
            try:
                await self._queue.announce(job)
            except Unavailable as exc:
                event("not announced; sweep will", level=logging.WARNING, error=exc, job_id=job.id)
        event("job recorded" if created else "job replayed", job_id=job.id, workflow_id=job.workflow_id)
        return job, not created

    async def _refuse_late(self, request: JobRequest, caller: Caller) -> None:
        """400 after the deadline, unless the key names a job: a repeat of what was taken in time is not late."""
        now, key = self._clock.now(), caller.idempotency_key
        if request.deadline is None or request.deadline > now:
            return
        if key is not None and await self._jobs.get(job_id(caller.tenant, "job", key)):
            return
        text = f"has passed: it is {now.isoformat()} now"
        raise Rejected(400, "invalid_request", f"/deadline: {text}", errors=(("/deadline", text),))

    def _job(self, request: JobRequest, caller: Caller) -> Job:
        now = self._clock.now()
        aspect_ratio = request.aspect_ratio or self._defaults.aspect_ratio
        model_id, model = catalog().resolve(request.model or self._defaults.model)
        check_ability(model_id, request, aspect_ratio, request.image_size)
        if not self._defaults.real_images:
            model_id, model = catalog().resolve("placeholder")
        watermark = self._defaults.watermark and request.seed is None
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
            prompt=request.prompt,
            negative_prompt=request.negative_prompt,
            style=request.style,
            enhance=request.enhance,
            aspect_ratio=aspect_ratio,
            image_size=request.image_size,
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
            watermark=watermark if request.watermark is None else request.watermark,
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
            provider=model.provider,
            model=model_id,
            fallback=tuple(catalog().resolve(name, f"/fallback/{at}")[0] for at, name in enumerate(request.fallback)),
            allow_placeholder=request.allow_placeholder,
            estimated_micros=price(model, request.image_size, request.n),
            retention_seconds=self._defaults.retention_seconds,
            created_at=now,
            queued_at=now,
            updated_at=now,
            trace=caller.traceparent,
        )


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None
