"""The pictures that users give: opened with Pillow, fetched within bounds and never from a private network."""

import asyncio
from typing import TYPE_CHECKING

from shared.domain.errors import InputError, ProviderError
from shared.domain.inputs import MAX_INPUT_BYTES
from shared.ports import Picture
from shared.providers.picture import picture_of

if TYPE_CHECKING:
    import httpx


class GivenPictures:
    """A PictureReader; what it needs is imported when a job first gives it something to do."""

    def __init__(self, *, allow_private: bool = False) -> None:
        """`allow_private` is for local work alone."""
        self._allow_private = allow_private
        self._http: httpx.AsyncClient | None = None

    async def read(self, data: bytes) -> Picture:
        """See PictureReader.read; on a thread, so that other jobs go on."""
        try:
            return await asyncio.to_thread(picture_of, data)
        except ProviderError as exc:
            text = f"its {len(data)} bytes are no whole PNG, JPEG or WebP"
            raise InputError("PERMANENT", "input_not_an_image", text) from exc

    async def fetch(self, url: str) -> Picture:
        """See PictureReader.fetch."""
        data = await self._downloaded(url)
        if len(data) > MAX_INPUT_BYTES:
            text = f"The picture at {url} has more than {MAX_INPUT_BYTES} bytes."
            raise InputError("PERMANENT", "input_too_large", text)
        try:
            return await self.read(data)
        except InputError as exc:
            raise InputError(exc.kind, exc.code, f"The picture at {url} cannot be used: {exc.message}.") from exc

    async def _downloaded(self, url: str) -> bytes:
        import httpx

        from shared.pinned import LIMITS
        from shared.providers.download import download

        self._http = self._http or httpx.AsyncClient(limits=LIMITS, trust_env=False)
        try:
            return await download(self._http, url, allow_private=self._allow_private)
        except ProviderError as exc:
            text = f"The picture to start from was not to be had. {exc.message}"
            raise InputError(exc.kind, "input_not_found", text) from exc
