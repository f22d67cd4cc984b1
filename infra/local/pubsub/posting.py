"""POST requests of which nothing but the answer's status is asked, over connections that are kept for a while."""

from base64 import b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from pyqwest import HTTPTransport

IDLE = 1.0  # seconds that a connection waits for its next request; servers keep theirs for 2 s at least (gunicorn)
MOST_IDLE = 100  # connections
_FRAMING = {"content-length", "transfer-encoding"}  # would say where the body ends, beside what is said already
_EVERYWHERE = "*,0.0.0.0/0,::/0"  # names and addresses


class Poster:
    """A pool of connections, to be made and used within one event loop.

    pyqwest is hyper, in Rust: a tenth of httpx's work where 32 pushes are under way, a quarter where one is. aiohttp
    would do as well, but Google's clients load that wherever it is installed, so that each worker on this machine
    would hold 20 MB more than in the cloud. An answer is held whole, though nobody reads it: to discard it as it comes
    would cost about twice the work.

    On a system without certificates of authorities, no endpoint of https is trusted, and so none is reached.
    """

    def __init__(self, idle: float = IDLE) -> None:
        """`idle`: seconds that a connection waits for its next request."""
        import pyqwest  # which the local cloud's start need not load

        try:
            self._transport = _transport(idle, system_certificates=True)
        except RuntimeError:  # this system has none; endpoints of http need none
            self._transport = _transport(idle, system_certificates=False)
        self._client = pyqwest.Client(self._transport)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer, once all of it has come; cancelled, it ends the connection.

        It has no time-out of its own: the ack deadline, by the movable clock, ends a push.

        Raises:
            OSError: nobody answers there, what answers is not HTTP, or the connection broke before the answer's end.
            ValueError: the URL or a header cannot be sent.
        """
        import pyqwest

        try:
            answer = await self._client.post(url, _sendable(url, headers, body), body)
        except (ValueError, RuntimeError) as exc:  # RuntimeError: of what is an address, but none that is asked by HTTP
            raise ValueError(f"a request to {url} cannot be sent: {exc}") from exc
        except (OSError, pyqwest.RemoteProtocolError, pyqwest.ReadError, pyqwest.WriteError) as exc:
            raise ConnectionError(f"no answer from {url}: {exc!r}") from exc
        return answer.status

    async def close(self) -> None:
        """End all connections."""
        await self._transport.aclose()


def _transport(idle: float, *, system_certificates: bool) -> "HTTPTransport":
    """Connections.

    Raises:
        RuntimeError: the system has no certificates of authorities.
    """
    import pyqwest

    return pyqwest.HTTPTransport(
        tls_include_system_certs=system_certificates,
        http_version=pyqwest.HTTPVersion.HTTP1,
        # One that is used nowhere: without any, it takes the environment's.
        proxy=pyqwest.Proxy("http://127.0.0.1", no_proxy=_EVERYWHERE),
        connect_timeout=None,
        pool_idle_timeout=idle,
        pool_max_idle_per_host=MOST_IDLE,
        enable_gzip=False,
        enable_brotli=False,
        enable_zstd=False,
        use_system_dns=True,
        follow_redirects=False,
        enable_otel=False,
    )


def _sendable(url: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, str]:
    """The headers, with the URL's name and password as Basic authentication, and with the length of an empty body.

    Raises:
        ValueError: a header is the request's own or not of ASCII, or the URL is none.
    """
    if framing := _FRAMING & {name.lower() for name in headers}:
        raise ValueError(f"{', '.join(sorted(framing))}: the request's own, and no attribute's")
    if foreign := [name for name, value in headers.items() if not value.isascii()]:
        raise ValueError(f"{', '.join(sorted(foreign))}: a header's value is of ASCII")
    if not body:  # of which hyper would say nothing, and some servers answer 411
        headers = {**headers, "content-length": "0"}
    if "@" not in url or not ((parts := urlsplit(url)).username or parts.password):
        return headers
    login = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return {**headers, "authorization": f"Basic {b64encode(login.encode()).decode()}"}
