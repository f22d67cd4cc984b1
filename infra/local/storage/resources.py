"""Records as the JSON API shows them, and which of their fields a caller may set."""

import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec

from infra.local.storage.merge import merged
from infra.local.storage.meta import Bucket, Object
from infra.local.storage.refusals import StorageError, invalid, unimplemented

OBJECT_SETTINGS = frozenset({
    "cacheControl", "contentDisposition", "contentEncoding", "contentLanguage", "contentType", "customTime",
    "eventBasedHold", "metadata", "storageClass", "temporaryHold",
})  # fmt: skip
OBJECT_OUTPUT = frozenset({
    "bucket", "componentCount", "crc32c", "etag", "generation", "id", "kind", "md5Hash", "mediaLink", "metageneration",
    "name", "selfLink", "size", "timeCreated", "timeDeleted", "timeFinalized", "timeStorageClassUpdated", "updated",
})  # fmt: skip
BUCKET_SETTINGS = frozenset({
    "autoclass", "cors", "iamConfiguration", "labels", "lifecycle", "location", "locationType", "rpo",
    "softDeletePolicy", "storageClass", "versioning",
})  # fmt: skip
BUCKET_OUTPUT = frozenset({
    "etag", "generation", "id", "kind", "metageneration", "name", "projectNumber", "selfLink", "timeCreated", "updated",
})  # fmt: skip
BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")


def rfc3339(micros: int) -> str:
    """A time as the JSON API writes it, to the millisecond."""
    return datetime.fromtimestamp(micros / 1_000_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def etag(generation: int, metageneration: int) -> str:
    """A version's tag, as opaque as the real one's."""
    return base64.b64encode(f"{generation}/{metageneration}".encode()).decode()


def object_resource(item: Object, base: str) -> dict[str, Any]:
    """`storage#object`; `base` is this server's address."""
    path = f"b/{item.bucket}/o/{quote(item.name, safe='~')}"
    resource: dict[str, Any] = {
        "kind": "storage#object",
        "id": f"{item.bucket}/{item.name}/{item.generation}",
        "selfLink": f"{base}/storage/v1/{path}",
        "mediaLink": f"{base}/download/storage/v1/{path}?generation={item.generation}&alt=media",
        "name": item.name,
        "bucket": item.bucket,
        "generation": str(item.generation),
        "metageneration": str(item.metageneration),
        "storageClass": "STANDARD",
        "size": str(item.size),
        "crc32c": item.crc32c,
        "etag": etag(item.generation, item.metageneration),
        "timeCreated": rfc3339(item.created),
        "updated": rfc3339(item.updated),
        "timeStorageClassUpdated": rfc3339(item.created),
        "timeFinalized": rfc3339(item.created),
    } | item.settings
    if item.md5:
        resource["md5Hash"] = item.md5
    if item.components is not None:
        resource["componentCount"] = item.components
    if item.deleted is not None:
        resource["timeDeleted"] = rfc3339(item.deleted)
    return resource


def bucket_resource(bucket: Bucket, base: str) -> dict[str, Any]:
    """`storage#bucket`."""
    defaults = {
        "kind": "storage#bucket",
        "id": bucket.name,
        "selfLink": f"{base}/storage/v1/b/{bucket.name}",
        "name": bucket.name,
        "projectNumber": "0",
        "generation": str(bucket.created),
        "metageneration": str(bucket.metageneration),
        "storageClass": "STANDARD",
        "etag": etag(0, bucket.metageneration),
        "timeCreated": rfc3339(bucket.created),
        "updated": rfc3339(bucket.updated),
        "iamConfiguration": {
            "bucketPolicyOnly": {"enabled": False},
            "uniformBucketLevelAccess": {"enabled": False},
            "publicAccessPrevention": "inherited",
        },
    }
    return merged(defaults, bucket.settings)


def settable(body: Mapping[str, Any], settings: frozenset[str], output: frozenset[str], kind: str) -> dict[str, Any]:
    """The fields of `body` to be stored; what the server gives out itself is left out, as the real one does.

    Raises:
        StorageError: 501, a field is not implemented, or 400, it is no such thing; it is named.
    """
    for name in body:
        if name not in settings and name not in output:
            raise unimplemented(f"field {name} of {kind}")
    return merged({}, {name: _checked(name, value) for name, value in body.items() if name in settings})


class CorsRule(msgspec.Struct, forbid_unknown_fields=True):
    """One entry of a bucket's `cors`."""

    origin: list[str] = []
    method: list[str] = []
    responseHeader: list[str] = []  # noqa: N815 - the API's name
    maxAgeSeconds: int = 3600  # noqa: N815 - the API's name


# What JSON each setting is; a missing one may be anything.
SHAPES: dict[str, Any] = {
    **dict.fromkeys(("cacheControl", "contentDisposition", "contentEncoding", "contentLanguage", "contentType"), str),
    **dict.fromkeys(("customTime", "location", "storageClass"), str),
    **dict.fromkeys(("iamConfiguration", "lifecycle", "softDeletePolicy", "versioning"), dict[str, Any]),
    **dict.fromkeys(("labels", "metadata"), dict[str, str | None]),
    **dict.fromkeys(("eventBasedHold", "temporaryHold"), bool),
    "cors": list[dict[str, Any]],
}


def _checked(name: str, value: Any) -> Any:
    try:
        if name == "cors":
            msgspec.convert(value or [], list[CorsRule])
        return value if value is None else msgspec.convert(value, SHAPES.get(name, Any))
    except msgspec.ValidationError as exc:
        raise invalid(f"Invalid value for field {name}: {exc}", ("field", name)) from exc


def check_bucket_name(name: object) -> str:
    """The name, when a bucket may have it.

    Raises:
        StorageError: 400.
    """
    if not isinstance(name, str) or not BUCKET_NAME.fullmatch(name):
        raise invalid(f"Invalid bucket name: '{name}'")
    return name


def check_object_name(name: object) -> str:
    """The name, when an object may have it: 1 to 1,024 bytes of UTF-8 without line breaks.

    Raises:
        StorageError: 400.
    """
    if not isinstance(name, str) or not name:
        raise StorageError(400, "Required", "required", ("parameter", "name"))
    if len(name.encode()) > 1024 or "\r" in name or "\n" in name or name in (".", ".."):  # noqa: PLR2004 - documented
        raise invalid(f"The specified object name is not valid: '{name[:80]}'")
    return name
