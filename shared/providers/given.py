"""The pictures that users give: opened with Pillow, fetched within bounds and never from a private network."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from shared.domain.errors import InputError, ProviderError
from shared.domain.inputs import MAX_INPUT_BYTES, MAX_PIXELS
from shared.ports import Picture
from shared.providers.picture import picture_of

if TYPE_CHECKING:
    import httpx

# Their own, and few: a job may start from fourteen pictures of 80 million pixels, which are 320 MB each when unpacked.
THREADS = 2


class GivenPictures:
    """A PictureReader; what it needs is imported when a job first gives it something to do."""

    def __init__(self, *, allow_private: bool = False) -> None:
        """`allow_private` is for local work alone."""
        self._allow_private = allow_private
        self._http: httpx.AsyncClient | None = None
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="given")

    async def read(self, data: bytes) -> Picture:
        """See PictureReader.read; on a thread, so that other jobs go on."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, _seen, data)
        except ProviderError as exc:
            if exc.code == "image_too_large":
                raise InputError("PERMANENT", "input_too_large", f"it has more than {MAX_PIXELS} pixels") from exc
            text = f"its {len(data)} bytes are no whole PNG, JPEG or WebP"
            raise InputError("PERMANENT", "input_not_an_image", text) from exc

    async def fetch(self, url: str) -> Picture:
        """See PictureReader.fetch."""
        from shared.providers.download import NotFetchedError, fetched, image_client

        self._http = self._http or image_client()
        try:
            data = await fetched(self._http, url, most=MAX_INPUT_BYTES, allow_private=self._allow_private)
        except NotFetchedError as exc:
            code = "input_too_large" if exc.why == "too_large" else "input_not_found"
            text = f"A picture to start from could not be had: {exc}."
            raise InputError("TEMPORARY" if exc.why == "unreachable" else "PERMANENT", code, text) from exc
        try:
            return await self.read(data)
        except InputError as exc:
            raise InputError(exc.kind, exc.code, f"The picture at {url} cannot be used: {exc.message}.") from exc


def _seen(data: bytes) -> Picture:
    return picture_of(data, unpacked=True)
