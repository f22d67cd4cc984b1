"""Who makes images, and what it tells the job while it works."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from shared.domain.errors import ProviderError
from shared.domain.inputs import ReferenceType
from shared.domain.job import Job
from shared.domain.missing import Missing


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """One image: the exact bytes of a provider, and what they are."""

    data: bytes
    mime_type: str
    width: int  # pixels
    height: int  # pixels
    seed: int | None = None
    cost_micros: int | None = None  # None: unknown


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that the job starts from, fetched and checked to be one."""

    data: bytes
    mime_type: str
    width: int  # pixels
    height: int  # pixels
    role: Literal["reference", "mask"] = "reference"
    type: ReferenceType = "raw"
    description: str | None = None
    uri: str  # where it is stored


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a call to a provider brought."""

    pictures: tuple[Picture, ...]
    cost_micros: int | None  # of the last booked call; None: unknown
    prompt_used: str | None = None  # where the model changed what it was told
    missing: tuple[Missing, ...] = ()  # images asked for that did not come


class Checkpoint(Protocol):
    """What a provider must tell the job while it works, and what it may ask of it."""

    async def paying_again(self, after: ProviderError, estimate: int | None) -> None:
        """Book one more paid call before it is made, and settle the last one, which ended in `after`.

        `estimate` is what the new call will cost, in micro-USD; None where that is unknown.

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

    def came(self, pictures: Sequence[Picture]) -> None:
        """The next pictures of the outcome are there, while others are still being made: they may be stored already.

        Each is told of once, in the outcome's order; those that are not come with the outcome.
        """
        ...

    async def link(self, given: Given) -> str:
        """An address that opens the picture without credentials for an hour, for a vendor that fetches by itself.

        Raises:
            ImageStoreError: nothing can be signed now.
        """
        ...


class ImageProvider(Protocol):
    """A model that makes images."""

    def estimate(self, job: Job) -> int | None:
        """What the job will cost, in micro-USD; None when that is unknown."""
        ...

    async def generate(self, job: Job, given: Sequence[Given], deadline: datetime, checkpoint: Checkpoint) -> Outcome:
        """Make the job's images, at the latest by `deadline`; `given` are its references and mask.

        Raises:
            ProviderError: no image; says whether to try again and whether it was billed.
            AwaitsCallback: no image yet; the provider calls once there is one (`shared/domain/callbacks.py`).
        """
        ...
