"""A signer whose addresses are kept in a dictionary."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from tests.fakes.failures import Failures


class FakeUploadSigner:
    """An UploadSigner, and the door that its addresses open."""

    def __init__(self) -> None:
        self.failures = Failures()
        self.sent: dict[str, bytes] = {}  # by name
        self._signed: dict[str, tuple[str, dict[str, str], datetime]] = {}

    async def put_url(self, name: str, headers: Mapping[str, str], now: datetime, lifetime: timedelta) -> str:
        """See UploadSigner.put_url."""
        await asyncio.sleep(0)
        self.failures.before("put_url")
        url = f"https://fake.test/{name}?signature={len(self._signed)}"
        self._signed[url] = (name, dict(headers), now + lifetime)
        return url

    def send(self, url: str, headers: Mapping[str, str], data: bytes, now: datetime) -> bool:
        """What a client does with an address; whether the bytes were taken."""
        name, bound, until = self._signed[url]
        taken = dict(headers) == bound and now < until
        if taken:
            self.sent[name] = data
        return taken
