"""A request as the job that is to be recorded, and what only the present moment can find wrong with it."""

from datetime import UTC, datetime

import msgspec

from shared.domain.caller import Caller
from shared.domain.dialect import IDEMPOTENCY_CONFLICT, Dialect
from shared.domain.endings import failed
from shared.domain.job import ANNOUNCE_AGAIN, Failure, Job, Moment
from shared.domain.listing import terms_of, words_of
from shared.domain.request import JobRequest, fingerprint
from shared.idempotency import fresh_token, job_id
from shared.use_cases.plan import Plan
from shared.use_cases.sources import JobReader, wrong_sources

LATEST = datetime.max.replace(tzinfo=UTC)


async def wrong_by_now(jobs: JobReader, request: JobRequest, tenant: str, now: datetime) -> list[tuple[str, str]]:
    """A pointer to what a request of yesterday might have had right: its deadline, and the jobs' images it names.

    Raises:
        Unavailable: the database does not answer.
    """
    errors = await wrong_sources(jobs, request, tenant)
    if request.deadline is not None and request.deadline <= now:
        errors.append(("/deadline", f"has passed: it is {now.isoformat()} now"))
    return errors


def drafted(
    new_id: str,
    request: JobRequest,
    plan: Plan,
    caller: Caller,
    now: datetime,
    *,
    retention_seconds: int | None,
    dialect: Dialect | None = None,
) -> Job:
    """The job, as it is recorded."""
    return Job(
        id=new_id,
        tenant=caller.tenant,
        nonce=fresh_token(),
        fingerprint=fingerprint(request),
        idempotency_key=caller.idempotency_key,
        workflow_id=caller.workflow_id,
        user_id=caller.user_id,
        dialect=dialect.name if dialect else None,
        object_prefix=dialect.object_prefix if dialect else None,
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
        not_before=_utc(request.not_before),
        deadline=_utc(request.deadline),
        status="queued",
        timeline=(Moment(at=now, status="queued"),),
        wake_at=min(request.not_before or now + ANNOUNCE_AGAIN, request.deadline or LATEST),
        write_id=fresh_token(),
        model_requested=request.model,
        allow_placeholder=request.allow_placeholder,
        retention_seconds=retention_seconds,
        created_at=now,
        queued_at=now,
        updated_at=now,
        trace=caller.traceparent,
        **msgspec.structs.asdict(plan),
    )


def conflicting(job: Job, now: datetime) -> Job:
    """What is recorded in place of a job whose key names another request: it has failed, and will make nothing.

    A repeat of key and request names it again.
    """
    message = "This idempotency key was used for another request before: nothing was made for this one."
    conflict = Failure(
        type="PERMANENT", stage="validating", code=IDEMPOTENCY_CONFLICT, message=message, retryable=False
    )
    own_id = job_id(job.tenant, f"{job.dialect}/conflict", f"{job.fingerprint}/{job.idempotency_key}")
    return failed(msgspec.structs.replace(job, id=own_id, reservation=None, estimated_micros=0), now, conflict)


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None
