"""Addresses that users and strangers name, made safe to ask: resolved once, checked, and asked at what was checked.

A name that answers otherwise the next time cannot lead into a private network. Redirects are for the caller to follow,
each as a new address; nobody here follows one.
"""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any, NamedTuple

import httpx

# No connection is kept: TLS checked one host's certificate on it, and another host may lie at the same address.
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=0)
_UNICAST = IPv6Network("2000::/3")  # all else embeds addresses of IPv4, or is no single host's
MAX_PORT = 65535
# Of their own, made as they are needed: names whose servers are silent must not keep others' waiting.
_RESOLVERS = ThreadPoolExecutor(128, "resolver")


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
    """
    try:
        url = httpx.URL(address)
        host, port = url.raw_host.decode(), _port(url)  # as it goes over the wire, with an IDN in its A-labels
        look_up = partial(socket.getaddrinfo, host.strip("[]"), port, proto=socket.IPPROTO_TCP)
        found = await asyncio.get_running_loop().run_in_executor(_RESOLVERS, look_up)
    except (httpx.InvalidURL, ValueError) as exc:  # ValueError: a name that IDNA does not know
        raise RefusedAddressError(f"{address} is no http or https address ({exc})") from exc
    addresses = [str(entry[4][0]) for entry in found]
    private = [one for one in addresses if not _public(one)]
    if private and not allow_private:
        raise RefusedAddressError(f"{url.host} leads to {private[0]}, which is not on the public internet")
    return Pinned(url.copy_with(host=addresses[0]), {"Host": url.netloc.decode()}, {"sni_hostname": host.strip("[]")})


def _port(url: httpx.URL) -> int:
    port = {"http": 80, "https": 443}.get(url.scheme, 0) if url.port is None else url.port
    if not url.host or url.scheme not in {"http", "https"} or not 0 < port <= MAX_PORT:
        raise ValueError("there is no scheme, host or port that could be asked")
    return port


def _public(text: str) -> bool:
    """Whether an address is one host's on the public internet, and no other one in disguise."""
    address = ip_address(text.split("%", maxsplit=1)[0])
    if isinstance(address, IPv6Address):
        return address.is_global and address in _UNICAST and not (address.sixtofour or address.teredo)
    return address.is_global and not address.is_multicast
