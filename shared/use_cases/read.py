"""What a caller may see of a job: one read, and nothing of another tenant's."""

from shared.domain.errors import Rejected
from shared.domain.ids import is_job_id
from shared.domain.job import Artifact, Job, Kind, StoredImage
from shared.ports import ImageStore, JobStore, Position

MAX_DATA = 25 * 1024 * 1024  # bytes of an image that is handed out in an answer
LINK_SECONDS = 3600  # a link to an image is followed at once, by whoever may read the job


class Read:
    """GET /v1/jobs/{id} and its images."""

    def __init__(self, jobs: JobStore, images: ImageStore) -> None:
        self._jobs = jobs
        self._images = images

    async def job(self, tenant: str, job_id: str) -> Job:
        """The job.

        Raises:
            Rejected: 404, also for another tenant's.
            Unavailable: the database does not answer.
        """
        stored = await self._jobs.get(job_id) if is_job_id(job_id) else None
        if stored is None or stored.job.tenant != tenant or stored.job.deleted_at:
            raise Rejected(404, "job_not_found", f"There is no job {job_id}.")
        return stored.job

    async def dead_letters(self, tenant: str, size: int, after: Position | None) -> tuple[list[Job], Position | None]:
        """A page of jobs that gave up, the newest first, and where the next one begins.

        Raises:
            Unavailable: the database does not answer.
        """
        found = [stored.job for stored in await self._jobs.gave_up(tenant, size + 1, after)]
        page = found[:size]
        last = page[-1] if len(found) > size else None
        return page, Position(last.completed_at, last.id) if last and last.completed_at else None

    async def image(self, tenant: str, job_id: str, index: int, kind: Kind = "image") -> tuple[Job, StoredImage]:
        """One image of a job, by index from 0, or what lies beside it.

        Raises:
            Rejected: 404, there is no such job, or no such image, or not yet, or nothing of that kind beside it.
            Unavailable: the database does not answer.
        """
        job = await self.job(tenant, job_id)
        for artifact in job.artifacts:
            if artifact.index == index:
                return job, _of_kind(job, artifact, kind)
        has = f"has {len(job.artifacts)} images" if job.is_over else "has none yet"
        text = f"Job {job_id} is {job.status} and {has}; there is no image {index}."
        raise Rejected(404, "image_not_found", text)

    async def data(self, stored: StoredImage) -> bytes:
        """The image's bytes, at most MAX_DATA of them.

        Raises:
            Rejected: 422, it has more; 404, it is gone.
            ImageStoreError: the bucket does not answer.
        """
        if stored.bytes > MAX_DATA:
            text = (
                f"The image has {stored.bytes} bytes, and an answer at most {MAX_DATA}: follow the link to it instead."
            )
            raise Rejected(422, "image_too_large", text)
        data = await self._images.get(stored.uri)
        if data is None:
            raise Rejected(404, "image_gone", f"{stored.uri} is no longer in the bucket.")
        return data

    async def link(self, stored: StoredImage, *, download_as: str | None = None) -> str:
        """A URL that opens the image without credentials.

        Raises:
            ImageStoreError: it cannot be signed.
        """
        return await self._images.signed_url(stored.uri, seconds=LINK_SECONDS, download_as=download_as)


def _of_kind(job: Job, artifact: Artifact, kind: Kind) -> StoredImage:
    found = artifact.stored.get(kind)
    if found:
        return found
    why = "it is the model's own picture, byte for byte"
    if kind == "thumbnail":
        why = artifact.problem or "the job did not ask for one with `thumbnail`"
    text = f"Image {artifact.index} of job {job.id} has no {kind}: {why}."
    raise Rejected(404, f"{kind}_not_found", text)
