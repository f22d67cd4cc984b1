"""Forms with files (multipart/form-data), within bounds."""

from typing import NamedTuple

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from shared.api.headers import chunks, media_type_of
from shared.domain.errors import Rejected

MULTIPART = "multipart/form-data"
MAX_FILES = 32
MAX_FIELDS = 64
MAX_FIELD = 256 * 1024  # bytes of what is no file


class Form(NamedTuple):
    """What was sent: of each name the last text, and every file; `image[]` is `image`."""

    fields: dict[str, str]
    files: dict[str, list[bytes]]


async def form_of(request: Request, most: int) -> Form:
    """The body as a form.

    Raises:
        Rejected: 400, it is none; 413 above `most` bytes; 415, it is not said to be one.
    """
    media_type = media_type_of(request)
    if media_type != MULTIPART:
        raise Rejected(415, "unsupported_media_type", f"The body must be {MULTIPART}, not {media_type}.")
    parser = MultiPartParser(
        request.headers,
        chunks(request, most),
        max_files=MAX_FILES,
        max_fields=MAX_FIELDS,
        max_part_size=MAX_FIELD,
    )
    try:
        found = await parser.parse()
    except MultiPartException as exc:
        raise Rejected(400, "malformed_form", f"The body is no form: {exc.message}") from exc
    form = Form({}, {})
    try:
        for name, value in found.multi_items():
            name = name.removesuffix("[]")  # noqa: PLW2901 - as lists are sent
            if isinstance(value, UploadFile):
                form.files.setdefault(name, []).append(await value.read())
            else:
                form.fields[name] = value
    finally:
        await found.close()
    return form
