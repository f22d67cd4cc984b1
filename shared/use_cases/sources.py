"""What a request names to start from, as far as it can be known before the job runs: images of the caller's own jobs.

Uploads and addresses are looked at when the job runs: `submit` reaches no bucket.
"""

import asyncio
from typing import Protocol

from shared.domain.ids import is_job_id
from shared.domain.inputs import Source
from shared.domain.job import Job
from shared.domain.request import JobRequest
from shared.ports import Stored


class JobReader(Protocol):
    """As much of a JobStore as is needed here."""

    async def get(self, job_id: str) -> Stored | None:
        """See JobStore.get."""
        ...


async def wrong_sources(jobs: JobReader, request: JobRequest, tenant: str) -> list[tuple[str, str]]:
    """A pointer to each image that is not there, and what is wrong; jobs are read only where one is named.

    Raises:
        Unavailable: the database does not answer.
    """
    named: list[tuple[str, Source]] = [(f"/references/{at}", source) for at, source in enumerate(request.references)]
    if request.mask:
        named.append(("/mask", request.mask))
    if not named:
        return []
    ids = sorted({source.job_id for _, source in named if source.job_id is not None})
    found = dict(zip(ids, await asyncio.gather(*(own_job(jobs, each, tenant) for each in ids)), strict=True))
    return [
        (f"{pointer}/{field}", text)
        for pointer, source in named
        if source.job_id is not None
        for field, text in [wrong_image(found[source.job_id], source.job_id, source.index)]
        if text
    ]


async def own_job(jobs: JobReader, job_id: str, tenant: str) -> Job | None:
    """The job, where it is this tenant's and not deleted.

    Raises:
        Unavailable: the database does not answer.
    """
    stored = await jobs.get(job_id) if is_job_id(job_id) else None
    return stored.job if stored and stored.job.tenant == tenant and not stored.job.deleted_at else None


def wrong_image(job: Job | None, job_id: str, index: int) -> tuple[str, str]:
    """The field at fault and why there is no such image; an empty text where there is one.

    Another tenant's job is told from a missing one by nothing.
    """
    if job is None:
        return "job_id", f"there is no job {job_id}"
    if job.status != "completed":
        return "job_id", f"job {job_id} is {job.status}; only a completed job has images to start from"
    if not job.artifacts:
        return "job_id", f"job {job_id} is a {job.job_type} and has no images of its own to start from"
    if not any(artifact.index == index for artifact in job.artifacts):
        has = ", ".join(str(artifact.index) for artifact in job.artifacts)
        return "index", f"job {job_id} has no image {index}; it has {has}"
    return "", ""
