"""Cross-origin requests: the JSON API allows them all, as the real one; signed URLs follow the bucket's `cors`."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from infra.local.rest import Handler, HttpService
from infra.local.storage.meta import Bucket

EXPOSED = (
    "Content-Encoding, Content-Length, Content-Range, Content-Type, ETag, Location, Range, X-GUploader-UploadID,"
    " X-Goog-Generation, X-Goog-Hash, X-Goog-Metageneration, X-Goog-Storage-Class"
)
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"


class JsonService(HttpService):
    """Operations of the JSON API; each may be called from any origin."""

    def _endpoint(self, operation: str, handler: Handler) -> Handler:
        answer = super()._endpoint(operation, handler)

        async def endpoint(request: Request) -> Response:
            response = await answer(request)
            if origin := request.headers.get("origin"):
                response.headers.update(
                    {
                        "access-control-allow-origin": origin,
                        "access-control-expose-headers": EXPOSED,
                        "vary": "Origin, X-Origin",
                    }
                )
            return response

        return endpoint

    def offer_preflight(self) -> None:
        """Answer browsers that ask before they call."""
        for path in ("storage/v1", "upload/storage/v1", "download/storage/v1", "batch/storage/v1"):
            self.route_escaped("cors.preflight", "OPTIONS", f"/{path}/{{path:path}}", preflight)


async def preflight(request: Request) -> Response:
    """Every method and header may be used on the JSON API."""
    asked = request.headers.get("access-control-request-headers", "")
    headers = {"access-control-allow-methods": METHODS, "access-control-max-age": "3600"}
    return Response(headers=headers | ({"access-control-allow-headers": asked} if asked else {}))


def allowed(bucket: Bucket | None, headers: Mapping[str, str], method: str) -> dict[str, str]:
    """What a bucket's configuration lets a browser read of the answer to `method`; nothing when it is silent."""
    origin = headers.get("origin")
    rule = _rule(bucket, origin, method)
    if rule is None or origin is None:
        return {}
    exposed = ", ".join(rule.get("responseHeader", ()))
    return {
        "access-control-allow-origin": "*" if "*" in rule["origin"] else origin,
        "vary": "Origin",
        **({"access-control-expose-headers": exposed} if exposed else {}),
    }


def allowed_beforehand(bucket: Bucket | None, headers: Mapping[str, str]) -> dict[str, str]:
    """The same for a preflight request: its method and every header it names must be in one rule."""
    method = headers.get("access-control-request-method", "")
    rule = _rule(bucket, headers.get("origin"), method)
    if rule is None:
        return {}
    known = rule.get("responseHeader", [])
    asked = [name.strip() for name in headers.get("access-control-request-headers", "").split(",") if name.strip()]
    if not all(_matches(name, known) for name in asked):
        return {}
    granted = allowed(bucket, headers, method) | {
        "access-control-allow-methods": ", ".join(rule["method"]),
        "access-control-max-age": str(rule.get("maxAgeSeconds", 3600)),
    }
    granted.pop("access-control-expose-headers", None)
    return granted | ({"access-control-allow-headers": ", ".join(known)} if known else {})


def _rule(bucket: Bucket | None, origin: str | None, method: str) -> dict[str, Any] | None:
    if bucket is None or origin is None:
        return None
    for rule in bucket.settings.get("cors", ()):
        if origin in rule.get("origin", ()) or "*" in rule.get("origin", ()):
            methods = rule.get("method", ())
            if method in methods or "*" in methods:
                return dict(rule)
    return None


def _matches(name: str, known: list[str]) -> bool:
    """Whether a header is among those known; a known name may end in `*`."""
    for entry in map(str.lower, known):
        if name.lower() == entry or (entry.endswith("*") and name.lower().startswith(entry[:-1])):
            return True
    return False
