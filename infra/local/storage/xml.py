"""Answers in the form of the XML API: refusals, and the headers of an object."""

import base64
from email.utils import formatdate
from xml.sax.saxutils import escape

from starlette.responses import Response

from infra.local.rest import HttpError
from infra.local.storage.downloads import media_headers
from infra.local.storage.meta import Object

# What a refusal of the JSON API is called here, by its status and reason.
CODES = {
    (404, "notFound"): ("NoSuchKey", "The specified key does not exist."),
    (412, "conditionNotMet"): ("PreconditionFailed", "At least one of the pre-conditions you specified did not hold."),
    (403, "forbidden"): ("AccessDenied", "Access denied."),
    (501, "UNIMPLEMENTED"): ("NotImplemented", "A header or query you provided requests a function that is not here."),
}


class XmlError(HttpError):
    """A refusal of the XML API: `<Error><Code/><Message/><Details/></Error>`."""

    def __init__(self, status: int, code: str, message: str, **more: str) -> None:
        super().__init__(status, message, code)
        self.more = more  # further elements, by their names

    def response(self) -> Response:  # type: ignore[override]
        """The whole answer."""
        elements = {"Code": self.reason, "Message": self.message, **self.more}
        body = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in elements.items())
        text = f"<?xml version='1.0' encoding='UTF-8'?><Error>{body}</Error>"
        return Response(text, self.status, media_type="application/xml; charset=UTF-8")


def translated(refusal: HttpError) -> HttpError:
    """A refusal of the JSON API in the form of this one."""
    if isinstance(refusal, XmlError) or refusal.status == 304:  # noqa: PLR2004 - not modified has no form
        return refusal
    if refusal.message == "The specified bucket does not exist.":
        return XmlError(404, "NoSuchBucket", refusal.message)
    code, message = CODES.get((refusal.status, refusal.reason), ("InvalidArgument", "Invalid argument."))
    if "hash" in refusal.message and refusal.status == 400:  # noqa: PLR2004 - a damaged body
        code = "BadDigest"
    return XmlError(refusal.status, code, message, Details=refusal.message)


def object_headers(item: Object) -> dict[str, str]:
    """What the XML API says of an object in headers."""
    headers = media_headers(item)
    headers["etag"] = xml_etag(item)
    headers["last-modified"] = formatdate(item.created / 1_000_000, usegmt=True)
    metadata = item.settings.get("metadata") or {}
    return headers | {f"x-goog-meta-{name}".lower(): str(value) for name, value in metadata.items()}


def xml_etag(item: Object) -> str:
    """The tag that If-Match and If-None-Match compare."""
    return f'"{base64.b64decode(item.md5).hex()}"' if item.md5 else f'"{item.generation:x}"'
