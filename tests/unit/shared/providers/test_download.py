"""An image that a provider hands out by address."""

import gzip
import threading
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from shared.domain.errors import ProviderError
from shared.pinned import LIMITS, Pinned, pin
from shared.providers import download as module
from shared.providers.download import download
from tests.builders import image_bytes
from tests.fakes.http_server import Answer, HttpServer


@pytest.fixture
def images() -> Iterator[HttpServer]:
    """Where the image lies."""
    with HttpServer(lambda _: Answer(body=image_bytes())).running() as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """As the providers have it."""
    async with httpx.AsyncClient(limits=LIMITS, timeout=60, trust_env=False) as client:
        yield client


async def _refused(http: httpx.AsyncClient, address: str, *, allow_private: bool = True) -> ProviderError:
    with pytest.raises(ProviderError) as refusal:
        await download(http, address, allow_private=allow_private)
    assert (refusal.value.code, refusal.value.billed) == ("download_failed", "yes")
    return refusal.value


async def test_the_bytes_come_as_they_lie_there(images: HttpServer, http: httpx.AsyncClient) -> None:
    """Whatever they are called."""
    assert await download(http, f"{images.url}/a.png?b=c", allow_private=True) == image_bytes()
    assert (images.asked[0].path, images.asked[0].query) == ("/a.png", {"b": "c"})


@pytest.mark.parametrize("status", [304, 404, 429, 500])
async def test_another_status_is_fetched_again_later(images: HttpServer, http: httpx.AsyncClient, status: int) -> None:
    """The operation goes on being asked for."""
    images.answer = lambda _: Answer(status)
    error = await _refused(http, images.url)
    assert (error.kind, error.keeps_operation, len(images.asked)) == ("TEMPORARY", True, 1)


async def test_what_breaks_off_is_fetched_again_later(images: HttpServer, http: httpx.AsyncClient) -> None:
    """Truncated, reset, or nobody there."""
    for answer in (Answer(body=image_bytes(), length=10_000), Answer(reset=True)):
        images.answer = lambda _, answer=answer: answer  # type: ignore[misc]
        assert (await _refused(http, images.url)).keeps_operation
    assert (await _refused(http, "http://127.0.0.1:9/")).keeps_operation
    assert (await _refused(http, "https://nobody.invalid/")).keeps_operation


async def test_a_download_ends_after_a_minute(
    images: HttpServer, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In all, not from one byte to the next."""
    monkeypatch.setattr(module, "SECONDS", 0.1)
    release = threading.Event()
    images.answer = lambda _: Answer(held=release)
    assert (await _refused(http, images.url)).kind == "TEMPORARY"
    release.set()


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_no_more_than_its_bound_is_read(
    images: HttpServer, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    """Unpacked; a bound that is just met is met."""
    monkeypatch.setattr(module, "MAX_BYTES", 1000)

    def of(size: int) -> Answer:
        data = b"x" * size
        return Answer(body=gzip.compress(data) if encoding == "gzip" else data, headers={"Content-Encoding": encoding})

    images.answer = lambda _: of(1000)
    assert len(await download(http, images.url, allow_private=True)) == 1000
    images.answer = lambda _: of(1001)
    error = await _refused(http, images.url)
    assert (error.kind, error.keeps_operation) == ("PERMANENT", False)


@pytest.mark.parametrize("address", ["http://127.0.0.1:{}/", "http://localhost:{}/", "file:///etc/passwd", "x"])
async def test_a_private_network_is_not_asked(images: HttpServer, http: httpx.AsyncClient, address: str) -> None:
    """Wherever a stranger's answer points; it will not become another."""
    error = await _refused(http, address.format(images.port), allow_private=False)
    assert (error.kind, error.keeps_operation, images.asked) == ("PERMANENT", False, [])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_followed(images: HttpServer, http: httpx.AsyncClient, status: int) -> None:
    """Also a relative one, which stays with the host by its name."""
    host = f"localhost:{images.port}"
    ways = {"/a": f"http://{host}/b", "/b": "c?d=e"}
    images.answer = lambda asked: (
        Answer(status, headers={"Location": ways[asked.path]}) if asked.path in ways else Answer(body=image_bytes())
    )
    assert await download(http, f"{images.url}/a", allow_private=True) == image_bytes()
    assert [asked.path for asked in images.asked] == ["/a", "/b", "/c"]
    assert [asked.headers["host"] for asked in images.asked[1:]] == [host, host]


async def test_a_circle_is_left(images: HttpServer, http: httpx.AsyncClient) -> None:
    """After three redirects; it may lead somewhere later."""
    images.answer = lambda _: Answer(302, headers={"Location": "/a"})
    error = await _refused(http, images.url)
    assert (error.kind, len(images.asked)) == ("TEMPORARY", 4)


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://[::1", "data:image/png;base64,AAAA", "gopher://x/"])
async def test_a_redirect_leads_to_http_alone(images: HttpServer, http: httpx.AsyncClient, location: str) -> None:
    """Whatever a stranger names."""
    images.answer = lambda _: Answer(302, headers={"Location": location})
    await _refused(http, images.url)
    assert len(images.asked) == 1


async def test_a_redirect_is_checked_like_the_first(
    images: HttpServer, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A public address cannot send into a private network."""
    asked: list[str] = []

    async def pinned(address: str, *, allow_private: bool) -> Pinned:
        asked.append(address)  # the first stands for a public one
        return await pin(address, allow_private=allow_private or len(asked) == 1)

    monkeypatch.setattr(module, "pin", pinned)
    images.answer = lambda _: Answer(302, headers={"Location": f"http://localhost:{images.port}/secret"})
    error = await _refused(http, images.url, allow_private=False)
    assert (error.kind, error.keeps_operation, len(images.asked)) == ("PERMANENT", False, 1)


async def test_a_data_url_holds_its_image(http: httpx.AsyncClient) -> None:
    """In base64."""
    address = f"data:image/png;base64,{b64encode(image_bytes()).decode()}"
    assert await download(http, address, allow_private=False) == image_bytes()


@pytest.mark.parametrize("address", ["data:,hello", "data:image/png;base64,no base64!", "data:"])
async def test_a_data_url_of_another_kind_is_none(http: httpx.AsyncClient, address: str) -> None:
    """Images come in base64."""
    assert (await _refused(http, address)).kind == "TEMPORARY"


async def test_a_data_url_has_the_same_bound(http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked at before it is unpacked."""
    monkeypatch.setattr(module, "MAX_BYTES", 900)
    assert len(await download(http, f"data:x;base64,{'A' * 1200}", allow_private=False)) == 900
    assert (await _refused(http, f"data:x;base64,{'A' * 1208}")).kind == "PERMANENT"
