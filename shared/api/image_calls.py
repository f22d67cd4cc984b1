"""GET of one image: by a link to it, or in the answer."""

from datetime import datetime, timedelta

import msgspec
from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from shared.api.headers import tenant_of
from shared.api.queries import flag
from shared.api.responses import json
from shared.domain.errors import Rejected
from shared.domain.job import Job, Kind, StoredImage
from shared.domain.placement import ENDINGS, EXTENSIONS
from shared.ports import Clock
from shared.use_cases.read import LINK_SECONDS, Read

MAX_DIGITS = 4  # of an image's index
FRESH = {"Cache-Control": "no-store"}  # what opens without credentials is kept by nobody


class ImageData(msgspec.Struct, frozen=True, kw_only=True):
    """An image in an answer, or where it is: a page's pictures, for one, are asked for without its key."""

    mime_type: str
    image_base64: bytes | UnsetType = UNSET
    url: str | UnsetType = UNSET
    expires_at: datetime | UnsetType = UNSET


class ImageCalls:
    """The images of jobs."""

    def __init__(self, read: Read, clock: Clock) -> None:
        self._read = read
        self._clock = clock

    async def get(self, request: Request) -> Response:
        """GET /v1/jobs/{id}/images/{index}: 302 to a signed URL.

        `?thumbnail` and `?original` are what lies beside the image, where there is such; `?download` gives the link
        a file's name; `?redirect=false` answers with JSON instead, {url, expires_at, mime_type}, and `?base64` with
        {image_base64, mime_type}.
        """
        tenant, text = tenant_of(request), request.path_params["index"]
        if not text.isdecimal() or len(text) > MAX_DIGITS:
            raise Rejected(404, "image_not_found", f"{text} is no index of an image; the first is 0.")
        kind, index = _kind(request), int(text)
        job, stored = await self._read.image(tenant, request.path_params["job_id"], index, kind)
        if flag(request, "base64"):
            data = await self._read.data(stored)  # encoded as base64 by `json`
            return json(ImageData(image_base64=data, mime_type=stored.mime_type), 200, FRESH)
        name = _file_name(job, index, kind, stored) if flag(request, "download") else None
        url = await self._read.link(stored, download_as=name)
        if "redirect" in request.query_params and not flag(request, "redirect"):
            until = self._clock.now() + timedelta(seconds=LINK_SECONDS / 2)  # it may have been signed before
            return json(ImageData(url=url, expires_at=until, mime_type=stored.mime_type), 200, FRESH)
        return Response(status_code=302, headers={"Location": url, **FRESH})


def _kind(request: Request) -> Kind:
    kinds: tuple[Kind, ...] = ("thumbnail", "original")
    asked = [kind for kind in kinds if flag(request, kind)]
    if len(asked) > 1:
        raise Rejected(400, "invalid_query", "Ask for one of ?thumbnail and ?original: an answer has one image.")
    return asked[0] if asked else "image"


def _file_name(job: Job, index: int, kind: Kind, stored: StoredImage) -> str:
    return f"{job.id}_{index}{ENDINGS[kind]}.{EXTENSIONS[stored.mime_type]}"
