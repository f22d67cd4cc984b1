"""Pictures that a request starts from: references and a mask, named by where they come from."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

END = r"$(?!\n)"  # Python's `$` also matches before a last newline
# What Python or JSON Schema's dialect takes for white space: so that both read the contract alike.
BLANKS = r"\s\x1c-\x1f\x85\ufeff"
URL = rf"^https?://[^{BLANKS}]+{END}"
MAX_INPUT_BYTES = 20 * 1024 * 1024
# A square of the longest side that a request may ask for (8192) has less. Four bytes each, once it is unpacked.
MAX_PIXELS = 80_000_000
# What a reference is for: raw, the picture to start from or to edit; style, subject and control, what to take from it.
ReferenceType = Literal["raw", "style", "subject", "control"]


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where a picture comes from: exactly one of an upload, a job's image and an address."""

    upload_id: (
        Annotated[
            str, Meta(pattern=rf"^[a-z0-9]{{26}}{END}", description="the id of an upload, as POST /v1/uploads gave it")
        ]
        | None
    ) = None
    job_id: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    index: Annotated[int, Meta(ge=0, le=9)] = 0  # of the job's image
    url: (
        Annotated[
            str,
            Meta(
                pattern=URL,
                max_length=2048,
                description="an https address of at most 2048 characters",
            ),
        ]
        | None
    ) = None


class Reference(Source, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A picture to start from, and what it is for."""

    type: ReferenceType = "raw"
    description: Annotated[str, Meta(max_length=1000)] | None = None


class Input(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A picture that a job starts from, stored among the job's own objects: so a later attempt starts from the same."""

    uri: str
    sha256: str  # hex, of the bytes
    mime_type: str
    role: Literal["reference", "mask"] = "reference"
    type: ReferenceType = "raw"
    description: str | None = None


def wrong(source: Source) -> str:
    """What is wrong with a source beyond its fields; empty where nothing is."""
    named = [name for name in ("upload_id", "job_id", "url") if getattr(source, name) is not None]
    if len(named) != 1:
        return "must have exactly one of upload_id, job_id and url" + (f", not {' and '.join(named)}" if named else "")
    if source.index and source.job_id is None:
        return "index goes with job_id"
    return ""
