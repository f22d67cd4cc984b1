"""GET / and /dashboard/{path}: the page where people look, as files that nothing has to build.

The page says nothing of any tenant, and so needs no key: what it shows it asks the API for, by the key of who looks.
Its policy lets it run its own scripts alone, ask its own host, and show pictures of the one bucket where images lie.
Source: https://www.w3.org/TR/CSP3/
"""

import gzip
import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from shared.api.conditional import NO_CACHE, etag_of, unless_known
from shared.config import Settings
from shared.domain.errors import Rejected

INDEX = "index.html"
STORAGE = "https://storage.googleapis.com"  # what signed URLs are under
MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
# A file, or one in a folder; no part begins with a dot, and so none leads out of here.
NAME = re.compile(r"([A-Za-z0-9_-][A-Za-z0-9._-]*/)?[A-Za-z0-9_-][A-Za-z0-9._-]*")


# Said with the page, where its scripts can read it: so that it asks for a key before it asks for what needs one.
# Source: https://www.w3.org/TR/server-timing/
CLOSED = {"Server-Timing": "key"}


class DashboardCalls:
    """The page's files."""

    def __init__(self, folder: Path | None, settings: Settings) -> None:
        """`folder`: where they lie; None: there is no page."""
        self._folder = folder if settings.dashboard else None
        self._headers = {
            **NO_CACHE,
            "Vary": "Accept-Encoding",
            "Content-Security-Policy": policy(settings),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            **({} if settings.auth_mode == "none" else CLOSED),
        }

    async def index(self, request: Request) -> Response:
        """GET /."""
        return self._answer(request, INDEX)

    async def file(self, request: Request) -> Response:
        """GET /dashboard/{path}."""
        return self._answer(request, request.path_params["path"])

    def _answer(self, request: Request, name: str) -> Response:
        path = self._found(name)
        if path is None:
            raise Rejected(404, "file_not_found", f"There is nothing at {request.url.path}: see DASHBOARD, and /docs.")
        body, headers = path.read_bytes(), self._headers  # small, and in memory where functions run
        if "gzip" in request.headers.get("accept-encoding", ""):  # Cloud Run compresses nothing by itself
            body, headers = gzip.compress(body, mtime=0), {**headers, "Content-Encoding": "gzip"}
        return unless_known(request, body, etag_of(body), MEDIA_TYPES[path.suffix], headers)

    def _found(self, name: str) -> Path | None:
        if self._folder is None or not NAME.fullmatch(name):
            return None
        path = self._folder / name
        return path if path.suffix in MEDIA_TYPES and path.is_file() else None


def policy(settings: Settings) -> str:
    """What the page may do, for a browser to hold it to."""
    storage = (settings.storage_emulator_host or STORAGE).rstrip("/")
    images = f"{storage}/{settings.gcs_bucket_name}/" if settings.gcs_bucket_name else storage
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        f"img-src 'self' blob: data: {images}; connect-src 'self' {images}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
