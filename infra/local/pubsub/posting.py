"""POST requests of which nothing but the answer's status is asked, over connections that are kept for a while."""

import ssl
from collections.abc import Mapping
from functools import cache

IDLE = 1.0  # seconds that a connection waits for its next request; servers keep theirs for 2 s at least (gunicorn)
MOST_IDLE = 100  # connections
_FRAMING = {"content-length", "transfer-encoding"}  # would say where the body ends, beside what is said already


class Poster:
    """A pool of connections, to be made and used within one event loop.

    httpx's transport without its client: what that adds (cookies, redirects, proxies, headers) is nothing that a push
    has, and a third of the work. aiohttp has a fifth of it, but Google's clients load that wherever it is installed, so
    that each worker on this machine would hold 20 MB more than in the cloud.
    """

    def __init__(self, idle: float = IDLE) -> None:
        """`idle`: seconds that a connection waits for its next request."""
        import httpx  # a tenth of a second, which the local cloud's start need not take

        # As many connections as pushes are under way: their number is the window's.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=MOST_IDLE, keepalive_expiry=idle)
        self._transport = httpx.AsyncHTTPTransport(verify=_tls(), limits=limits)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer, once all of it has come; cancelled, it ends the connection.

        It has no time-out of its own: the ack deadline, by the movable clock, ends a push.

        Raises:
            OSError: nobody answers there, what answers is not HTTP, or the connection broke before the answer's end.
            ValueError: the URL or a header cannot be sent.
        """
        import httpx

        if framing := _FRAMING & {name.lower() for name in headers}:
            raise ValueError(f"{', '.join(sorted(framing))}: the request's own, and no attribute's")
        try:
            request = httpx.Request("POST", url, headers=headers, content=body)
            if request.url.userinfo:
                request = next(httpx.BasicAuth(request.url.username, request.url.password).auth_flow(request))
            answer = await self._transport.handle_async_request(request)
            try:
                async for _ in answer.aiter_raw():
                    pass  # none of it is wanted, but a connection is free again only after it
            finally:
                await answer.aclose()
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError) as exc:
            raise ValueError(f"a request to {url} cannot be sent: {exc}") from exc
        except httpx.HTTPError as exc:
            raise ConnectionError(f"no answer from {url}: {exc!r}") from exc
        return answer.status_code

    async def close(self) -> None:
        """End all connections."""
        await self._transport.aclose()


@cache
def _tls() -> ssl.SSLContext:
    """One for all: each would read the certificates anew."""
    return ssl.create_default_context()
