"""A PictureReader that knows PNGs by their first bytes, and a web of a few pages."""

import asyncio

from shared.domain.errors import InputError
from shared.domain.inputs import MAX_INPUT_BYTES
from shared.ports import Picture
from tests.fakes.failures import Failures

PNG = (b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82")  # how a whole one begins and ends


class FakePictureReader:
    """Finds what `web` has."""

    def __init__(self) -> None:
        self.failures = Failures()
        self.web: dict[str, bytes] = {}
        self.fetched: list[str] = []

    async def read(self, data: bytes) -> Picture:
        """See PictureReader.read."""
        await asyncio.sleep(0)
        if not (data.startswith(PNG[0]) and data.endswith(PNG[1])):
            raise InputError("PERMANENT", "input_not_an_image", "it is no PNG")
        return Picture(data=data, mime_type="image/png", width=2, height=3)

    async def fetch(self, url: str) -> Picture:
        """See PictureReader.fetch."""
        self.failures.before("fetch")
        self.fetched.append(url)
        if url not in self.web:
            raise InputError("PERMANENT", "input_not_found", f"nothing at {url}")
        if len(self.web[url]) > MAX_INPUT_BYTES:
            raise InputError("PERMANENT", "input_too_large", f"too much at {url}")
        return await self.read(self.web[url])
