"""Pages of other origins: which of them may call from a browser (CORS), by CORS_ORIGINS.

Nothing here lets anybody in: that a page may ask is its origin's affair, what it is answered is its key's. There are no
cookies, and so no credentials to allow. Source: https://fetch.spec.whatwg.org/#http-cors-protocol
"""

import re
from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

SECONDS = "600"  # for which a browser need not ask beforehand again
NAMES = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+( *, *[a-z0-9!#$%&'*+.^_`|~-]+)*", re.IGNORECASE)
# Of our answers, beyond those that a page may see of any.
EXPOSED = (
    "Location, ETag, Retry-After, Link, Deprecation, Sunset, Preference-Applied, Idempotency-Replayed, "
    "Idempotency-Key-Expires, WWW-Authenticate, RateLimit, RateLimit-Policy, RateLimit-Limit, RateLimit-Remaining, "
    "RateLimit-Reset"
)


class Cors:
    """What browsers are told of pages of other origins; with no origins, nothing."""

    def __init__(self, origins: Iterable[str] = ()) -> None:
        """`origins`: scheme://host[:port]; with `*` for the port, any; `*` alone, every origin there is."""
        self._origins = [re.compile(_pattern(origin)) for origin in origins]

    def preflight(self, request: Request, methods: Iterable[str]) -> Response | None:
        """The answer to a browser that asks whether a page may call by one of these methods; None to all others."""
        asked = request.headers.get("access-control-request-method")
        if request.method != "OPTIONS" or asked is None or not self.lets(request):
            return None
        headers = {"Access-Control-Allow-Methods": ", ".join(sorted(methods)), "Access-Control-Max-Age": SECONDS}
        wanted = request.headers.get("access-control-request-headers", "")
        if NAMES.fullmatch(wanted):
            headers["Access-Control-Allow-Headers"] = wanted  # whatever it sends, it is read as anybody's
        return Response(status_code=204, headers=headers)

    def tell(self, request: Request, answer: Response) -> None:
        """Say in the answer that its page may read it."""
        if not self._origins:
            return
        answer.headers.add_vary_header("Origin")
        if self.lets(request):
            answer.headers["Access-Control-Allow-Origin"] = request.headers["origin"]
            answer.headers["Access-Control-Expose-Headers"] = EXPOSED

    def lets(self, request: Request) -> bool:
        """Whether the request's page is one of theirs."""
        origin = request.headers.get("origin", "")
        return bool(origin) and any(known.fullmatch(origin) for known in self._origins)


def _pattern(origin: str) -> str:
    if origin == "*":
        return ".+"
    host, any_port, _ = origin.partition(":*")
    return re.escape(host) + (r"(:\d+)?" if any_port else "")
