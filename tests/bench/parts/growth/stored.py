"""Jobs as a deployment has them after a while: of several tenants, mostly over, of batches and single, searchable.

Of each two jobs one is of the tenant whom the functions take everybody for here; so is every list that is asked for.
Of each batch all jobs are stored, 25; every second run of as many has none. Nothing of it is due for hours.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from shared.domain.job import Artifact, Job, Lease, Moment, Status, moved
from shared.domain.listing import words_of
from shared.domain.parent import Parent
from shared.idempotency import job_id

TENANT = "local"
OTHERS = ("acme", "globex", "initech")
CHILDREN = 25  # of a batch
START = datetime(2026, 1, 1, tzinfo=UTC)
EVERY = timedelta(seconds=1)  # a job
LATER = datetime(2100, 1, 1, tzinfo=UTC)  # nothing is due before
SUBJECTS = ("a lighthouse in the fog", "an old harbour", "a fox in the snow", "a market at dawn", "two cranes")
MANNERS = ("oil on canvas, soft light, wide shot", "oil pastel, rain, from above", "ink, one colour, close up")
COMMON_WORD = "oil"  # of two jobs in three
# Of twenty jobs: most are over.
STATUSES: tuple[Status, ...] = (*("completed",) * 16, "failed", "canceled", "queued", "generating")
WAY: tuple[Status, ...] = ("processing", "generating", "uploading", "completed")


def jobs(number: int) -> Iterator[Job]:
    """The first so many, the oldest first."""
    for index in range(number):
        yield _job(index)


def parents(number: int) -> Iterator[Parent]:
    """The batches of the first so many jobs."""
    for run in range(0, number // (2 * CHILDREN), 2):
        at = START + 2 * CHILDREN * run * EVERY
        yield Parent(
            id=batch(run), kind="batch", tenant=TENANT, nonce=f"nonce-{run}", fingerprint=f"{run:064x}",
            children=CHILDREN, status="completed_with_failures", status_sequence=4, write_id=f"write-{run}",
            estimated_micros=40_000 * CHILDREN, created_at=at, queued_at=at, completed_at=at, updated_at=at,
        )  # fmt: skip


def batch(run: int) -> str:
    """The id of the batch of a run of jobs; 0 is the oldest."""
    return job_id(TENANT, "batch", str(run))


def finished(number: int) -> str:
    """The id of a completed job of the tenant's, from the middle of so many."""
    (found, *_) = (
        index for index in range(number // 4 * 2, number, 2) if STATUSES[index // 2 % len(STATUSES)] == "completed"
    )
    return _job(found).id


def middle(number: int) -> tuple[datetime, str]:
    """When the tenant's job in the middle of so many was made, and its id."""
    job = _job(number // 4 * 2)
    return job.created_at, job.id


def due(number: int, now: datetime) -> Iterator[Job]:
    """So many more, that wait to be announced again since a while ago."""
    before = now - timedelta(minutes=10)
    for index in range(number):
        job = _job(index)
        yield _queued(f"due-{index}", OTHERS[0], job.prompt, before, wake_at=before)


def waiting(number: int) -> Iterator[Job]:
    """So many more of the tenant's, that wait for their turn."""
    for index in range(number):
        yield _queued(f"waiting-{index}", TENANT, SUBJECTS[0], START, wake_at=LATER)


def _job(index: int) -> Job:
    own, run = index // 2, index // 2 // CHILDREN
    tenant = OTHERS[own % len(OTHERS)] if index % 2 else TENANT
    prompt = f"{SUBJECTS[own % len(SUBJECTS)]}, {MANNERS[own % len(MANNERS)]}, variant {index}"
    now, status = START + index * EVERY, STATUSES[own % len(STATUSES)]
    job = _queued(f"job-{index}", tenant, prompt, now, wake_at=LATER)
    if tenant == TENANT and run % 2 == 0:
        job = msgspec.structs.replace(job, parent_id=batch(run), parent_index=own % CHILDREN)
    way = WAY[: WAY.index(status) + 1] if status in WAY else () if status == "queued" else (status,)
    for number, step in enumerate(way, 1):
        job = moved(job, step, now + number * timedelta(seconds=2), **_changes(job, step))
    return job


def _queued(key: str, tenant: str, prompt: str, now: datetime, *, wake_at: datetime) -> Job:
    return Job(
        id=job_id(tenant, "job", key), tenant=tenant, nonce=f"nonce-of-{key}", fingerprint=job_id(tenant, "print", key),
        idempotency_key=key, workflow_id="storyboards", user_id="user-7", project_id="project-3", job_type="image",
        labels={"team": "blue"}, label_terms=("team=blue",), words=words_of(prompt), listed_for=tenant, prompt=prompt,
        aspect_ratio="16:9", watermark=True, priority="interactive", status="queued",
        timeline=(Moment(at=now, status="queued"),), wake_at=wake_at, write_id=f"write-of-{key}", provider="imagen",
        model="imagen-4.0-generate-001", estimated_micros=40_000, created_at=now, queued_at=now, updated_at=now,
    )  # fmt: skip


def _changes(job: Job, status: Status) -> dict[str, Any]:
    if status == "processing":
        return {"attempt_count": 1, "lease": Lease(token="token", holder="worker", expires_at=LATER)}  # noqa: S106
    if status == "completed":
        uri = f"gs://darkroom-images/tenants/{job.tenant}/{job.id}_0.png"
        image = Artifact(
            index=0, uri=uri, sha256=job.id * 2, mime_type="image/png", width=1408, height=768, bytes=10**6
        )
        return {"artifacts": (image,), "wake_at": None}
    return {"wake_at": None} if status in {"failed", "canceled"} else {}
