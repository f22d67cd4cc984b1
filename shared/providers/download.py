"""An image that a provider hands out by address: fetched within bounds, and never from a private network."""

import asyncio

import httpx

from shared.domain.errors import ProviderError
from shared.pinned import RefusedAddressError, pin

MAX_BYTES = 50 * 1024 * 1024
SECONDS = 60.0  # in all
SUCCESS = range(200, 300)


async def download(http: httpx.AsyncClient, address: str, *, allow_private: bool) -> bytes:
    """The bytes at `address`, at most 50 MiB, within a minute.

    Raises:
        ProviderError: they did not come; the image they are is paid all the same.
    """
    try:
        async with asyncio.timeout(SECONDS):
            return await _fetched(http, address, allow_private=allow_private)
    except RefusedAddressError as exc:
        raise _failed("PERMANENT", str(exc)) from exc
    except (httpx.HTTPError, OSError) as exc:  # TimeoutError is one
        raise _failed("TEMPORARY", f"{address} cannot be fetched: {type(exc).__name__}: {exc}") from exc


async def _fetched(http: httpx.AsyncClient, address: str, *, allow_private: bool) -> bytes:
    pinned = await pin(address, allow_private=allow_private)
    async with http.stream("GET", pinned.url, headers=pinned.headers, extensions=pinned.extensions) as answer:
        if answer.status_code not in SUCCESS:
            raise _failed("TEMPORARY", f"{address} answered {answer.status_code}")
        data = bytearray()
        async for chunk in answer.aiter_bytes():
            data += chunk
            if len(data) > MAX_BYTES:
                raise _failed("PERMANENT", f"{address} has more than {MAX_BYTES} bytes")
    return bytes(data)


def _failed(kind: str, text: str) -> ProviderError:
    return ProviderError(
        "PERMANENT" if kind == "PERMANENT" else "TEMPORARY",
        "download_failed",
        f"The image could not be downloaded: {text}.",
        billed="yes",
        keeps_operation=kind == "TEMPORARY",
    )
