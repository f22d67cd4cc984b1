"""The provider that paints by itself: no account, no cost, the same picture for the same prompt and seed."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from shared.domain.job import Job
from shared.ports import Checkpoint, Given, Outcome, Picture
from shared.providers.painting import paint, size_for


class Placeholder:
    """Paints with Pillow, on a thread, so that other jobs go on."""

    def estimate(self, job: Job) -> int | None:  # noqa: ARG002 - whatever the job
        """Always 0."""
        return 0

    async def generate(
        self,
        job: Job,
        given: Sequence[Given],  # noqa: ARG002 - it paints by the prompt alone
        deadline: datetime,  # noqa: ARG002 - quick
        checkpoint: Checkpoint,  # noqa: ARG002 - as above
    ) -> Outcome:
        """See ImageProvider.generate; image i is painted with seed + i."""
        first = job.seed or 0
        painted = [asyncio.to_thread(_picture, job, first + index) for index in range(job.n)]
        return Outcome(pictures=tuple(await asyncio.gather(*painted)), cost_micros=0)


def _picture(job: Job, seed: int) -> Picture:
    width, height = size_for(job.aspect_ratio)
    data = paint(job.told.prompt, width=width, height=height, seed=seed, mime_type=job.mime_type)
    return Picture(data=data, mime_type=job.mime_type, width=width, height=height, seed=seed, cost_micros=0)
