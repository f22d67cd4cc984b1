"""An image that a provider hands out by address: fetched within bounds, and never from a private network.

A redirect is followed as a new address: resolved, checked and asked like the first. A data URL holds the image itself.
"""

import asyncio
from typing import Literal

import httpx
import pybase64

from shared.domain.errors import ProviderError
from shared.pinned import LIMITS, RefusedAddressError, pin
from shared.providers.json_api import TIMEOUT, trust

MAX_BYTES = 50 * 1024 * 1024
MAX_REDIRECTS = 3
SECONDS = 60.0  # in all
SHOWN = 200  # characters of an address, in a message
SUCCESS = range(200, 300)
PASSING = frozenset({408, 425, 429})  # refusals that another time may not be
# Images are packed as they are: what else would come is a bomb.
PLAIN = {"Accept-Encoding": "identity"}

Why = Literal["gone", "refused", "too_large", "unreachable"]


class NotFetchedError(Exception):
    """Nothing came from an address; the text says what happened, and `why` whether it may come another time."""

    def __init__(self, why: Why, text: str) -> None:
        super().__init__(text)
        self.why = why


def image_client() -> httpx.AsyncClient:
    """For images alone: no key goes to where they lie."""
    return httpx.AsyncClient(timeout=TIMEOUT, limits=LIMITS, verify=trust(), trust_env=False)


async def download(http: httpx.AsyncClient, address: str, *, allow_private: bool) -> bytes:
    """The bytes at `address`, at most 50 MiB, within a minute.

    Raises:
        ProviderError: they did not come; the image they are is paid all the same.
    """
    try:
        if address.startswith("data:"):
            return await asyncio.to_thread(_within, address)
        return await fetched(http, address, most=MAX_BYTES, allow_private=allow_private)
    except NotFetchedError as exc:
        never = exc.why in {"too_large", "refused"}
        raise ProviderError(
            "PERMANENT" if never else "TEMPORARY",
            "download_failed",
            f"The image could not be downloaded: {exc}.",
            billed="yes",
            keeps_operation=not never,
        ) from exc


async def fetched(http: httpx.AsyncClient, address: str, *, most: int, allow_private: bool) -> bytes:
    """The bytes at an http or https address, at most `most`, within a minute.

    Raises:
        NotFetchedError: they did not come.
    """
    try:
        async with asyncio.timeout(SECONDS):
            for _ in range(MAX_REDIRECTS + 1):
                found = await _answered(http, address, most, allow_private=allow_private)
                if isinstance(found, bytes):
                    return found
                address = found
    except (RefusedAddressError, httpx.InvalidURL) as exc:  # the latter: of a redirect
        raise NotFetchedError("refused", str(exc)) from exc
    except (httpx.HTTPError, OSError) as exc:  # TimeoutError is one
        text = f"{address[:SHOWN]} cannot be fetched: {type(exc).__name__}: {exc}"
        raise NotFetchedError("unreachable", text) from exc
    text = f"it was sent on more than {MAX_REDIRECTS} times, at last to {address[:SHOWN]}"
    raise NotFetchedError("unreachable", text)


async def _answered(http: httpx.AsyncClient, address: str, most: int, *, allow_private: bool) -> bytes | str:
    """The bytes, or the address that whoever has been asked names instead."""
    pinned = await pin(address, allow_private=allow_private)
    headers = PLAIN | pinned.headers
    async with http.stream("GET", pinned.url, headers=headers, extensions=pinned.extensions) as answer:
        if answer.has_redirect_location:
            return str(httpx.URL(address).join(answer.headers["Location"]))
        if answer.status_code not in SUCCESS:
            gone = answer.is_client_error and answer.status_code not in PASSING
            raise NotFetchedError("gone" if gone else "unreachable", f"{address[:SHOWN]} answered {answer.status_code}")
        chunks, size = [], 0
        async for chunk in answer.aiter_bytes():
            chunks.append(chunk)
            size += len(chunk)
            if size > most:
                raise NotFetchedError("too_large", f"{address[:SHOWN]} has more than {most} bytes")
    return b"".join(chunks)


def _within(address: str) -> bytes:
    """The bytes that a data URL holds."""
    head, _, data = address.partition(",")
    if len(data) > MAX_BYTES * 4 // 3 + 4:
        raise NotFetchedError("too_large", f"a data URL has more than {MAX_BYTES} bytes")
    try:
        if head.endswith(";base64"):
            return pybase64.b64decode(data, validate=True)
    except ValueError as exc:
        raise NotFetchedError("unreachable", f"a data URL cannot be read ({exc})") from exc
    raise NotFetchedError("unreachable", f"{head[:SHOWN]} is no base64")
