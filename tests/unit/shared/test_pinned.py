"""Addresses that strangers name: which are asked, and at what."""

import asyncio
import socket
import threading
from typing import Any

import pytest

from shared.pinned import RefusedAddressError, pin

NOT_PUBLIC = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - an address that leads to this machine
    "255.255.255.255",
    "224.0.0.1",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "fd20:ce::254",
    "fe80::1%eth0",
    "ff02::1",
]


class Names:
    """A resolver that knows what the test told it."""

    def __init__(self, **addresses: list[str]) -> None:
        self.asked: list[str] = []
        self.hanging: dict[str, threading.Event] = {}  # until then
        self._addresses = {name.replace("_", "."): found for name, found in addresses.items()}

    def getaddrinfo(self, host: str, port: int, **_: object) -> list[Any]:
        """See socket."""
        self.asked.append(host)
        if host in self.hanging:
            self.hanging[host].wait(20)
        if host not in self._addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in self._addresses[host]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What names stand for, in this test."""

    def know(**addresses: list[str]) -> Names:
        known = Names(**addresses)
        monkeypatch.setattr(socket, "getaddrinfo", known.getaddrinfo)
        return known

    return know


async def test_a_name_is_resolved_once_and_asked_where_it_led(names: Any) -> None:
    """Under its own name: the header and the certificate stay the host's."""
    known = names(receiver_test=["93.184.216.34", "93.184.216.35"])
    pinned = await pin("https://receiver.test:8443/a?b=c", allow_private=False)
    assert str(pinned.url) == "https://93.184.216.34:8443/a?b=c"
    assert pinned.headers == {"Host": "receiver.test:8443"}
    assert pinned.extensions == {"sni_hostname": "receiver.test"}
    assert known.asked == ["receiver.test"]


async def test_a_name_in_another_script_is_asked_in_its_own(names: Any) -> None:
    """The same name for the resolver, the header and the certificate."""
    names(**{"xn--mnchen-3ya_test": ["93.184.216.34"]})
    pinned = await pin("https://münchen.test/", allow_private=False)
    assert pinned.headers == {"Host": "xn--mnchen-3ya.test"}
    assert pinned.extensions == {"sni_hostname": "xn--mnchen-3ya.test"}


async def test_an_address_of_ipv6_is_asked_in_brackets() -> None:
    """As an address of IPv4 is: without a look-up."""
    pinned = await pin("https://[2606:4700::1111]/x", allow_private=False)
    assert str(pinned.url) == "https://[2606:4700::1111]/x"


@pytest.mark.parametrize("address", NOT_PUBLIC)
async def test_what_is_not_on_the_public_internet_is_refused(names: Any, address: str) -> None:
    """Whatever the name is, and whatever else it leads to."""
    names(receiver_test=["93.184.216.34", address])
    with pytest.raises(RefusedAddressError, match=r"receiver\.test leads to"):
        await pin("https://receiver.test/", allow_private=False)
    assert await pin("https://receiver.test/", allow_private=True)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/",
        "http://localhost:80/",
        "http://LOCALHOST./",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://[::1]/",
        "http://[::ffff:7f00:1]/",
        "http://[::ffff:169.254.169.254]/computeMetadata/v1/",
        "http://169.254.169.254/computeMetadata/v1/",
        "http://0/",
        "http://user:password@127.0.0.1/",
    ],
)
async def test_no_way_of_writing_hides_a_private_address(address: str) -> None:
    """This machine's own resolver reads them."""
    with pytest.raises((RefusedAddressError, OSError)):
        await pin(address, allow_private=False)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "receiver.test",
        "ftp://receiver.test/",
        "file:///etc/passwd",
        "http://",
        "http:///x",
        "http://[::1/",
        "http://h:0/",
        "http://h:99999/",
        "https://h:-1/",
        "http://h\x00/",
        "http://" + "a" * 64 + ".test/",
        "http://xn--/",
        "http://a..b/",
    ],
)
async def test_what_is_no_address_is_refused(address: str) -> None:
    """With private ones allowed, too."""
    with pytest.raises(RefusedAddressError):
        await pin(address, allow_private=True)


async def test_a_name_that_does_not_resolve_is_an_error_of_the_network(names: Any) -> None:
    """It may resolve later."""
    names()
    with pytest.raises(OSError, match="not known"):
        await pin("https://receiver.test/", allow_private=False)


async def test_names_that_hang_keep_no_other_waiting(names: Any) -> None:
    """A hundred whose servers are silent, and one that resolves."""
    release = threading.Event()
    names(receiver_test=["93.184.216.34"]).hanging["silent.test"] = release
    silent = [asyncio.create_task(pin("https://silent.test/", allow_private=False)) for _ in range(100)]
    await asyncio.sleep(0)
    assert await asyncio.wait_for(pin("https://receiver.test/", allow_private=False), 60)
    release.set()
    assert {type(each) for each in await asyncio.gather(*silent, return_exceptions=True)} == {socket.gaierror}
