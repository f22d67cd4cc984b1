"""A picture that a client is about to send, and where it is to send it."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated

import msgspec
from msgspec import Meta

from shared.domain.inputs import END, MAX_INPUT_BYTES
from shared.domain.request import MimeType

VALID = timedelta(minutes=15)  # the address, until the upload has begun
KEY_KEPT = timedelta(days=1)  # as long as a file that no job has used


class UploadRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The body of POST /v1/uploads."""

    mime_type: MimeType
    bytes: Annotated[
        int,
        Meta(ge=1, le=MAX_INPUT_BYTES, description=f"the exact size of the file, 1 to {MAX_INPUT_BYTES} bytes"),
    ]
    md5: (
        Annotated[
            str, Meta(pattern=rf"^[A-Za-z0-9+/]{{22}}=={END}", description="base64 of the 16 bytes of the file's MD5")
        ]
        | None
    ) = None


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """Where to send it: one request of this method, with these headers, before it expires."""

    id: str
    upload_url: str
    method: str
    headers: dict[str, str]
    expires_at: datetime


class KeyedUpload(msgspec.Struct, frozen=True, kw_only=True):
    """`upload_keys/{upload id}`: what a key has named an upload for."""

    id: str
    fingerprint: str
    call: str  # of the API, that noted it: tells a lost answer of its own from an earlier call's note
    purge_at: datetime


def fingerprint(request: UploadRequest) -> str:
    """SHA-256 in hex over the whole request."""
    return sha256(msgspec.json.encode(request, order="deterministic")).hexdigest()
