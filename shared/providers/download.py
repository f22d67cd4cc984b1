"""An image that a provider hands out by address: fetched within bounds, and never from a private network.

A redirect is followed as a new address: resolved, checked and asked like the first. A data URL holds the image itself.
"""

import asyncio
from base64 import b64decode

import httpx

from shared.domain.errors import ProviderError
from shared.pinned import LIMITS, RefusedAddressError, pin
from shared.providers.json_api import TIMEOUT, trust

MAX_BYTES = 50 * 1024 * 1024
MAX_REDIRECTS = 3
SECONDS = 60.0  # in all
SHOWN = 200  # characters of an address, in a message
SUCCESS = range(200, 300)
# Images are packed as they are: what else would come is a bomb.
PLAIN = {"Accept-Encoding": "identity"}


def image_client() -> httpx.AsyncClient:
    """For images alone: no key goes to where they lie."""
    return httpx.AsyncClient(timeout=TIMEOUT, limits=LIMITS, verify=trust(), trust_env=False)


async def download(http: httpx.AsyncClient, address: str, *, allow_private: bool) -> bytes:
    """The bytes at `address`, at most 50 MiB, within a minute.

    Raises:
        ProviderError: they did not come; the image they are is paid all the same.
    """
    if address.startswith("data:"):
        return await asyncio.to_thread(_within, address)
    try:
        async with asyncio.timeout(SECONDS):
            return await _followed(http, address, allow_private=allow_private)
    except (RefusedAddressError, httpx.InvalidURL) as exc:  # the latter: of a redirect
        raise _failed("PERMANENT", str(exc)) from exc
    except (httpx.HTTPError, OSError) as exc:  # TimeoutError is one
        raise _failed("TEMPORARY", f"{address[:SHOWN]} cannot be fetched: {type(exc).__name__}: {exc}") from exc


async def _followed(http: httpx.AsyncClient, address: str, *, allow_private: bool) -> bytes:
    for _ in range(MAX_REDIRECTS + 1):
        found = await _fetched(http, address, allow_private=allow_private)
        if isinstance(found, bytes):
            return found
        address = found
    raise _failed("TEMPORARY", f"it was sent on more than {MAX_REDIRECTS} times, at last to {address[:SHOWN]}")


async def _fetched(http: httpx.AsyncClient, address: str, *, allow_private: bool) -> bytes | str:
    """The bytes, or the address that whoever has been asked names instead."""
    pinned = await pin(address, allow_private=allow_private)
    headers = PLAIN | pinned.headers
    async with http.stream("GET", pinned.url, headers=headers, extensions=pinned.extensions) as answer:
        if answer.has_redirect_location:
            return str(httpx.URL(address).join(answer.headers["Location"]))
        if answer.status_code not in SUCCESS:
            raise _failed("TEMPORARY", f"{address[:SHOWN]} answered {answer.status_code}")
        data = bytearray()
        async for chunk in answer.aiter_bytes():
            data += chunk
            if len(data) > MAX_BYTES:
                raise _failed("PERMANENT", f"{address[:SHOWN]} has more than {MAX_BYTES} bytes")
    return bytes(data)


def _within(address: str) -> bytes:
    """The bytes that a data URL holds."""
    head, _, data = address.partition(",")
    if len(data) > MAX_BYTES * 4 // 3 + 4:
        raise _failed("PERMANENT", f"a data URL has more than {MAX_BYTES} bytes")
    try:
        if head.endswith(";base64"):
            return b64decode(data, validate=True)
    except ValueError as exc:
        raise _failed("TEMPORARY", f"a data URL cannot be read ({exc})") from exc
    raise _failed("TEMPORARY", f"{head[:SHOWN]} is no base64")


def _failed(kind: str, text: str) -> ProviderError:
    return ProviderError(
        "PERMANENT" if kind == "PERMANENT" else "TEMPORARY",
        "download_failed",
        f"The image could not be downloaded: {text}.",
        billed="yes",
        keeps_operation=kind == "TEMPORARY",
    )
