"""How a client is let into the bucket, for one object."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol


class UploadSigner(Protocol):
    """Signs addresses that take an object from whoever has them; it reads and writes no object."""

    async def put_url(self, name: str, headers: Mapping[str, str], now: datetime, lifetime: timedelta) -> str:
        """A URL to PUT the object `name` with exactly these headers, from `now` on for `lifetime` (at most 7 days).

        Raises:
            Unavailable: there is nothing to sign with.
        """
        ...
