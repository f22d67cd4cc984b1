"""httpx, and what becomes of its errors. Imported by the first client that is made: httpx takes its time."""

import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TypeVar
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
import httpx

from .effects import Answer, Request
from .errors import Misused, NotDarkroom, Timeout, Unreachable

T = TypeVar("T")
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
CONNECT_SECONDS = 10.0
IDLE_SECONDS = 4.0  # below what servers keep a connection for


def checked_url(url: str) -> str:
    """The address of a deployment, without a slash at its end.

    Raises:
        Misused: it is none.
    """
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:
        address = httpx.URL("")
    if address.scheme in {"http", "https"} and address.host and not address.query and not address.fragment:
        return url.rstrip("/")
    advice = "Give url or DARKROOM_URL such as https://images.example.com or http://127.0.0.1:8080."
    raise Misused(f"{url!r} is no address of a deployment", advice)


def sync_http(url: str) -> httpx.Client:
    """Connections for a deployment and for what its links lead to; no proxy leads to this machine itself."""
    return httpx.Client(trust_env=_goes_out(url), limits=_limits(), verify=_trusted())


def async_http(url: str) -> httpx.AsyncClient:
    """As `sync_http`."""
    return httpx.AsyncClient(trust_env=_goes_out(url), limits=_limits(), verify=_trusted())


class Line:
    """What one call uses of the connections: answers whole, or one answer piece by piece."""

    def __init__(self, http: httpx.Client, now: Callable[[], float], sleep: Callable[[float], object]) -> None:
        self._http = http
        self._now = now
        self.sleep = sleep
        self._opened: httpx.Response | None = None
        self._pieces: Iterator[bytes] = iter(())

    def send(self, request: Request) -> Answer:
        """See effects.Send."""
        with translated(request):
            response = self._http.send(built(self._http, request, self._now()), stream=True)
            try:
                return answer_of(request, response, b"".join(self._read(request, response)))
            finally:
                response.close()

    def open(self, request: Request) -> Answer:
        """See effects.Open."""
        self.close()
        with translated(request):
            self._opened = self._http.send(built(self._http, request, self._now()), stream=True)
        self._pieces = self._read(request, self._opened)
        return answer_of(request, self._opened)

    def read(self) -> bytes | None:
        """See effects.Read."""
        return next(self._pieces, None)

    def run(self, function: Callable[[], T]) -> T:
        """See effects.Do."""
        return function()

    def close(self) -> None:
        """End what is opened."""
        if self._opened is not None:
            self._opened.close()

    def _read(self, request: Request, response: httpx.Response) -> Iterator[bytes]:
        with translated(request):
            for piece in response.iter_bytes():
                check_time(request, self._now())
                yield piece


class AsyncLine:
    """As Line."""

    def __init__(
        self, http: httpx.AsyncClient, now: Callable[[], float], sleep: Callable[[float], Awaitable[object]] | None
    ) -> None:
        self._http = http
        self._now = now
        self.sleep = sleep or anyio.sleep
        self._opened: httpx.Response | None = None
        self._pieces: AsyncGenerator[bytes, None] | None = None

    async def send(self, request: Request) -> Answer:
        """See effects.Send."""
        with translated(request):
            response = await self._http.send(built(self._http, request, self._now()), stream=True)
            try:
                return answer_of(request, response, b"".join([part async for part in self._read(request, response)]))
            finally:
                await response.aclose()

    async def open(self, request: Request) -> Answer:
        """See effects.Open."""
        await self.aclose()
        with translated(request):
            self._opened = await self._http.send(built(self._http, request, self._now()), stream=True)
        self._pieces = self._read(request, self._opened)
        return answer_of(request, self._opened)

    async def read(self) -> bytes | None:
        """See effects.Read."""
        return await anext(self._pieces, None) if self._pieces else None

    async def run(self, function: Callable[[], T]) -> T:
        """See effects.Do: the event loop goes on meanwhile."""
        return await anyio.to_thread.run_sync(function)

    async def aclose(self) -> None:
        """End what is opened."""
        if self._pieces is not None:
            await self._pieces.aclose()
        if self._opened is not None:
            await self._opened.aclose()

    async def _read(self, request: Request, response: httpx.Response) -> AsyncGenerator[bytes, None]:
        with translated(request):
            async for piece in response.aiter_bytes():
                check_time(request, self._now())
                yield piece


def built(http: httpx.Client | httpx.AsyncClient, request: Request, now: float) -> httpx.Request:
    """The request, which waits for no step of its answer longer than it may.

    Raises:
        Timeout: there is no time left.
    """
    left = request.until - now
    if left <= 0:
        raise _too_late(request)
    timeout = httpx.Timeout(min(request.silence, left), connect=min(CONNECT_SECONDS, left))
    return http.build_request(
        request.method, request.url, headers=dict(request.headers), content=request.content, timeout=timeout
    )


def answer_of(request: Request, response: httpx.Response, content: bytes = b"") -> Answer:
    """The answer that the response is."""
    asked = f"{request.method} {urlsplit(request.url).path}"
    return Answer(asked=asked, status=response.status_code, headers=response.headers, content=content)


def check_time(request: Request, now: float) -> None:
    """That there is time left: an answer that comes drop by drop never takes any step too long.

    Raises:
        Timeout: there is none.
    """
    if now >= request.until:
        raise _too_late(request)


@contextmanager
def translated(request: Request) -> Iterator[None]:
    """Within the block, httpx's errors are ours."""
    parts = urlsplit(request.url)
    server = f"{parts.scheme}://{parts.netloc}"  # not all of it: a link may be signed
    try:
        yield
    except httpx.TimeoutException as exc:
        raise Timeout(f"{server} was silent for too long: {type(exc).__name__}", _UP) from exc
    except httpx.HTTPError as exc:
        raise Unreachable(f"{server} cannot be reached: {exc or type(exc).__name__}", _UP) from exc
    except httpx.InvalidURL as exc:
        raise NotDarkroom(f"{server} is no address: {exc}", _UP) from exc


_UP = "Check the address (url, or DARKROOM_URL) and that it is up."


def _too_late(request: Request) -> Timeout:
    return Timeout(f"{request.method} {urlsplit(request.url).path}: no time is left", "Give it a longer timeout.")


@cache
def _trusted() -> ssl.SSLContext:
    """Whom to trust, read once for all clients: it takes a while."""
    return httpx.create_ssl_context()


def _goes_out(url: str) -> bool:
    return httpx.URL(url).host not in LOCAL


def _limits() -> httpx.Limits:
    return httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=IDLE_SECONDS)
