"""Who makes images, and what it tells the job while it works."""

from datetime import datetime
from typing import Protocol

import msgspec

from shared.domain.errors import ProviderError
from shared.domain.job import Job


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """One image: the exact bytes of a provider, and what they are."""

    data: bytes
    mime_type: str
    width: int  # pixels
    height: int  # pixels
    seed: int | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a call to a provider brought."""

    pictures: tuple[Picture, ...]
    cost_micros: int | None  # None: unknown
    prompt_used: str | None = None
    blocked: tuple[str, ...] = ()  # a reason for each image that a safety filter kept back


class Checkpoint(Protocol):
    """What a provider must tell the job while it works."""

    async def paying_again(self, after: ProviderError) -> None:
        """Book one more paid call before it is made, and settle the last one, which ended in `after`.

        Raises:
            LeaseLost: stop, the job is no longer this worker's.
        """
        ...

    async def wait(self, seconds: float) -> None:
        """Wait before another call; the instance works on other jobs meanwhile."""
        ...

    async def submitted(self, operation: str) -> None:
        """Store the id of the provider's operation, before it is first asked for.

        Raises:
            LeaseLost, Canceled: stop.
        """
        ...


class ImageProvider(Protocol):
    """A model that makes images."""

    def estimate(self, job: Job) -> int | None:
        """What the job will cost, in micro-USD; None when that is unknown."""
        ...

    async def generate(self, job: Job, deadline: datetime, checkpoint: Checkpoint) -> Outcome:
        """Make the job's images, at the latest by `deadline`.

        Raises:
            ProviderError: no image; says whether to try again and whether it was billed.
        """
        ...
