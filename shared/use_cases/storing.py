"""The images of an attempt on their way into the bucket: what is paid is not thrown away for a hiccup."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from itertools import count

from shared.domain.errors import RETRYABLE, ImageStoreError
from shared.domain.job import Artifact
from shared.domain.retry import backoff
from shared.idempotency import Hold
from shared.ports import Clock, ImageProcessor, ImageStore, JobStore, Picture
from shared.telemetry import event, span
from shared.use_cases.clean_up import remove_as_holder
from shared.use_cases.prepare import Ready, prepare
from shared.use_cases.upload import upload

Uploads = Callable[[], Awaitable[tuple[Artifact, ...]]]


class Storing:
    """Stores for the holder of one job."""

    def __init__(self, images: ImageStore, jobs: JobStore, clock: Clock, hold: Hold, processor: ImageProcessor) -> None:
        self._images = images
        self._jobs = jobs
        self._clock = clock
        self._hold = hold
        self._processor = processor

    async def ready(self, first: int, pictures: Sequence[Picture]) -> list[Ready]:
        """Some of the job's pictures, processed; `first` is the index of the first of them."""
        within = (self._hold.work_until - self._clock.now()) / 2  # the rest is for storing
        return await prepare(self._processor, self._hold.job, pictures, first=first, within=within)

    async def upload(self, first: int, ready: Sequence[Ready], *, patient: bool = True) -> tuple[Artifact, ...]:
        """Store what is ready.

        Raises:
            ImageStoreError, LeaseLost, Unavailable: as below.
        """
        job, token = self._hold.job, self._hold.lease.token
        return await self(lambda: upload(self._images, job, ready, token, first=first), patient=patient)

    async def __call__(self, uploads: Uploads, *, patient: bool = True) -> tuple[Artifact, ...]:
        """What `uploads()` gives; where one is `patient`, it is tried again while the lease lasts.

        Raises:
            ImageStoreError: not all of it is there.
            LeaseLost: another has the job by now.
            Unavailable: the database does not answer.
        """
        for turn in count(1):
            try:
                with span("upload images"):
                    await self._clean_taken_over()
                    return await self._within_lease(uploads())
            except ImageStoreError as error:
                wait = backoff(turn, error.retry_after)
                if not patient or error.kind not in RETRYABLE or self._clock.now() + wait >= self._hold.work_until:
                    raise
                event("images not stored yet", level=logging.WARNING, error=error, job_id=self._hold.job.id)
            await self._clock.sleep(wait.total_seconds())
        raise AssertionError("count() never ends")

    async def clean(self, *, keep: str | None) -> None:
        """Delete what the job owns and does not reference, except what token `keep` wrote.

        Raises:
            ImageStoreError, LeaseLost, Unavailable: as above.
        """
        await remove_as_holder(self._images, self._jobs, self._hold.job, keep=keep)

    async def _within_lease(self, uploads: Awaitable[tuple[Artifact, ...]]) -> tuple[Artifact, ...]:
        left = self._hold.lease.expires_at - self._clock.now()
        try:
            async with asyncio.timeout(left.total_seconds()):
                return await uploads
        except TimeoutError as exc:
            text = "The images could not be stored while the lease lasted."
            raise ImageStoreError("TEMPORARY", "store_timeout", text) from exc

    async def _clean_taken_over(self) -> None:
        """What an earlier holder uploaded goes before this one's first upload."""
        if self._hold.job.took_over:
            await self.clean(keep=self._hold.lease.token)
