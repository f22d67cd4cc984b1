"""Links to images for everybody who has them: signed ones, which end, or permanent ones, which last as their job."""

from shared.config import Settings
from shared.domain.errors import Rejected
from shared.domain.ids import is_job_id
from shared.domain.job import Artifact, Job
from shared.domain.public_links import address, is_capability
from shared.ports import ImageStore, JobStore

OPENED_FOR = 3600  # seconds for which what a permanent link leads to is good: it is followed at once


class PublicLinks:
    """Makes them, and opens the permanent ones."""

    def __init__(self, jobs: JobStore, images: ImageStore, settings: Settings) -> None:
        self._jobs = jobs
        self._images = images
        self._settings = settings

    async def of(self, job: Job, artifact: Artifact, base_url: str) -> str:
        """A link to the image, as PUBLIC_URL_MODE has it; a signed one is good for SIGNED_URL_SECONDS from now.

        Raises:
            MissingSetting: links are to be permanent, and there is no secret to make them with.
            ImageStoreError: it cannot be signed.
        """
        if self._settings.public_url_mode == "permanent":
            return address(base_url, self._settings.need("public_url_secret"), job, artifact.index)
        return await self._images.signed_url(artifact.uri, seconds=self._settings.signed_url_seconds, anew=True)

    async def opened(self, job_id: str, index: int, capability: str) -> str:
        """What a permanent link leads to, whatever the mode is by now.

        Raises:
            Rejected: 404, forged, or of no image that is there, which are answered alike.
            ImageStoreError: it cannot be signed.
            Unavailable: the database does not answer.
        """
        secret = self._settings.public_url_secret
        found = await self._jobs.get(job_id) if secret and is_job_id(job_id) else None
        if secret and found and not found.job.deleted_at and is_capability(capability, secret, found.job, index):
            for artifact in found.job.artifacts:
                if artifact.index == index:
                    return await self._images.signed_url(artifact.uri, seconds=OPENED_FOR)
        raise Rejected(404, "image_not_found", "There is no image at this address.")
