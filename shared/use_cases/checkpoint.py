"""What a provider tells the job while it works: written by the job's holder, and by nobody else."""

from collections.abc import Sequence

import msgspec

from shared.domain.errors import ProviderError
from shared.domain.spending import booked_again
from shared.idempotency import Hold
from shared.ports import Clock, Given, ImageStore, Picture
from shared.telemetry import event
from shared.use_cases.arriving import Arriving
from shared.use_cases.places import Place

LINKED_FOR = 3600  # seconds that a vendor may fetch a picture


class HeldCheckpoint:
    """A Checkpoint of a held job."""

    def __init__(self, hold: Hold, place: Place, clock: Clock, images: ImageStore, arriving: Arriving | None) -> None:
        """`arriving` stores pictures; None where none are made."""
        self._hold = hold
        self._place = place
        self._clock = clock
        self._images = images
        self._arriving = arriving

    async def paying_again(self, after: ProviderError, estimate: int | None) -> None:
        """See Checkpoint.paying_again."""
        event("provider called again", job_id=self._hold.job.id, reason=after.code)
        await self._hold.write(lambda job, now: booked_again(job, after, estimate, now))

    async def wait(self, seconds: float) -> None:
        """See Checkpoint.wait."""
        await self._place.away(lambda: self._clock.sleep(seconds))

    def came(self, pictures: Sequence[Picture]) -> None:
        """See Checkpoint.came."""
        if self._arriving:
            self._arriving(pictures)

    async def link(self, given: Given) -> str:
        """See Checkpoint.link."""
        return await self._images.signed_url(given.uri, seconds=LINKED_FOR)

    async def submitted(self, operation: str) -> None:
        """See Checkpoint.submitted."""
        await self._hold.write(lambda job, _: msgspec.structs.replace(job, provider_operation=operation))
