"""Addresses that users and strangers name, made safe to ask: resolved once, checked, and asked at what was checked.

A name that answers otherwise the next time cannot lead into a private network. Redirects are for the caller to follow,
each as a new address; nobody here follows one.
"""

import asyncio
import ipaddress
from typing import Any, NamedTuple

import httpx


class RefusedAddressError(Exception):
    """An address that is not asked; the text says why."""


class Pinned(NamedTuple):
    """What httpx needs to ask the checked address for the named host."""

    url: httpx.URL
    headers: dict[str, str]
    extensions: dict[str, Any]


async def pin(address: str, *, allow_private: bool) -> Pinned:
    """Resolve the host of `address` and check every address it has.

    Raises:
        RefusedAddressError: it is no http or https address, or leads into a private network.
        OSError: its name does not resolve.
        httpx.InvalidURL: it is no address at all.
    """
    url = httpx.URL(address)
    if url.scheme not in {"http", "https"} or not url.host:
        raise RefusedAddressError(f"{url} is no http or https address")
    port = url.port or (443 if url.scheme == "https" else 80)
    found = await asyncio.get_running_loop().getaddrinfo(url.host, port, proto=6)
    addresses = [str(entry[4][0]) for entry in found]
    private = [one for one in addresses if not ipaddress.ip_address(one.split("%")[0]).is_global]
    if private and not allow_private:
        raise RefusedAddressError(f"{url.host} leads to {private[0]}, which is not on the public internet")
    return Pinned(url.copy_with(host=addresses[0]), {"Host": url.netloc.decode()}, {"sni_hostname": url.host})
