"""Who makes of a provider's picture what the job asks for."""

from typing import Protocol

import msgspec

from shared.domain.job import Job
from shared.ports.provider import Picture


class Processed(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of a job, as it is handed out."""

    image: Picture
    original: Picture | None = None  # the provider's own, where the image is not that
    thumbnail: Picture | None = None
    problem: str | None = None  # why it is not as the job asks


class ImageProcessor(Protocol):
    """Size, format and thumbnail."""

    async def process(self, job: Job, picture: Picture) -> Processed:
        """Make `picture` what `job` asks for, and a thumbnail where it asks for one.

        Where nothing has to be changed the image is `picture` itself. What cannot be made is a `problem`, never an
        exception: the picture is paid, and handed out as it came.
        """
        ...
