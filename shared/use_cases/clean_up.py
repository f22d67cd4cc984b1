"""Objects that a job does not reference: left behind by a worker that died, lost its lease, or was canceled."""

import asyncio
from collections.abc import Sequence

from shared.domain.errors import LeaseLost
from shared.domain.job import Job
from shared.domain.placement import prefix, sidecar_name
from shared.ports import ImageStore, JobStore, StoredObject


def leftovers(found: Sequence[StoredObject], job: Job, keep: str | None = None) -> list[StoredObject]:
    """Those of the `found` objects that the job does not reference and that token `keep` did not write.

    A deleted job references none.
    """
    artifacts = () if job.deleted_at else job.artifacts
    referenced = {stored.uri.split("/", 3)[3] for artifact in artifacts for stored in artifact.stored.values()}
    referenced |= {sidecar_name(name) for name in referenced}
    referenced |= {given.uri.split("/", 3)[3] for given in (() if job.deleted_at else job.inputs)}
    return [thing for thing in found if thing.name not in referenced and (keep is None or thing.token != keep)]


async def remove_as_holder(images: ImageStore, jobs: JobStore, job: Job, *, keep: str | None = None) -> int:
    """Delete what the job owns but does not reference, except what token `keep` wrote; gives the number.

    For the holder, whose view `job` is. Lists first and reads the job after: a holder that was frozen meanwhile may
    have listed the images of whoever took over.

    Raises:
        ImageStoreError: the bucket does not answer.
        LeaseLost: another has the job by now, or it has ended.
        Unavailable: the database does not answer.
    """
    found = await images.list_objects(prefix(job))
    now = await jobs.get(job.id)
    if now is None or now.job.lease is None or job.lease is None or now.job.lease.token != job.lease.token:
        raise LeaseLost(f"job {job.id} is no longer this worker's")
    return await _remove(images, leftovers(found, job, keep))


async def remove_of_ended(images: ImageStore, jobs: JobStore, job: Job) -> int:
    """Delete what an ended job does not reference; gives the number.

    Lists first and reads the job after: an object that is written later than the listing is not touched, and a
    job that has been retried since is left alone.

    Raises:
        ImageStoreError: the bucket does not answer.
        Unavailable: the database does not answer.
    """
    found = await images.list_objects(prefix(job))
    now = await jobs.get(job.id)
    if now is None or not now.job.is_over:
        return 0
    return await _remove(images, leftovers(found, now.job))


async def _remove(images: ImageStore, left: list[StoredObject]) -> int:
    await asyncio.gather(*(images.delete(thing) for thing in left))
    return len(left)
