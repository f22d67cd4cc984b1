"""One call of the JSON API: its path, its parameters and its body, with nothing ignored."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from infra.local.storage.fields import partial
from infra.local.storage.md5s import with_md5
from infra.local.storage.meta import Bucket, Object
from infra.local.storage.preconditions import NAMES, Conditions, NotModified
from infra.local.storage.refusals import condition_not_met, invalid, unimplemented
from infra.local.storage.resources import bucket_resource, etag, object_resource
from infra.local.storage.store import Store

# What changes nothing here: who pays, how it is printed, and how much of the access lists is shown (there are none).
HARMLESS = frozenset(
    {"alt", "fields", "key", "prettyPrint", "projection", "quotaUser", "userProject", "userIp", "$.xgafv"}
)
CONDITIONS = frozenset(NAMES)
# Google's Python client writes the one so when it inserts; it is taken for what its caller asked for.
MISSPELT = {"ifMetaGenerationNotMatch": "ifMetagenerationNotMatch"}


class Call:
    """A request to one operation, which takes the parameters `taken` and refuses all others by name."""

    def __init__(self, request: Request, operation: str, *taken: str) -> None:
        self.request = request
        self.operation = operation
        self.parameters = {MISSPELT.get(name, name): value for name, value in request.query_params.items()}
        for name in self.parameters:
            if name not in HARMLESS and name not in taken:
                raise unimplemented(f"parameter {name} of {operation}")
        for name in request.headers:
            if name.startswith(("x-goog-encryption", "x-goog-copy-source-encryption")):
                raise unimplemented(f"header {name} of {operation}")

    @property
    def bucket(self) -> str:
        """The bucket's name in the path."""
        return str(self.request.path_params["bucket"])

    @property
    def object(self) -> str:
        """The object's name in the path."""
        return str(self.request.path_params["object"])

    @property
    def base(self) -> str:
        """This server's address, as the caller wrote it."""
        return f"{self.request.url.scheme}://{self.request.url.netloc}"

    @property
    def conditions(self) -> Conditions:
        """The preconditions asked for."""
        return Conditions.of(self.parameters)

    def check_read(self, generation: int, metageneration: int) -> None:
        """Hold what is to be read against the preconditions, and against If-Match and If-None-Match.

        Raises:
            StorageError: 412.
            NotModified: 304.
        """
        self.conditions.check(generation, metageneration, reading=True)
        tag, headers = etag(generation, metageneration), self.request.headers
        wanted, known = headers.get("if-match"), headers.get("if-none-match")
        if wanted is not None and tag not in _tags(wanted):
            raise condition_not_met()
        if known is not None and tag in _tags(known):
            raise NotModified

    def number(self, name: str) -> int | None:
        """A parameter that is a whole number.

        Raises:
            StorageError: 400, it is none.
        """
        text = self.parameters.get(name)
        if text is None:
            return None
        if not text.isdecimal():
            raise invalid(f"Invalid long value: '{text}'.", ("parameter", name))
        return int(text)

    def flag(self, name: str) -> bool:
        """A parameter that is true or false; false when it is missing."""
        return self.parameters.get(name, "false").lower() == "true"

    async def json(self) -> dict[str, Any]:
        """The body, a JSON object; an empty one is none.

        Raises:
            StorageError: 400.
        """
        return json_object(await self.request.body())

    async def body(self) -> bytes:
        """The body; where it came as one, it is not copied."""
        chunks = [chunk async for chunk in self.request.stream() if chunk]
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def answer(self, resource: dict[str, Any]) -> Response:
        """A JSON answer, cut down to `fields` where they are given."""
        mask = self.parameters.get("fields")
        content = msgspec.json.encode(partial(resource, mask) if mask else resource)
        return Response(content, media_type="application/json")

    def shows_md5(self, within: str = "") -> bool:
        """Whether the answer has MD5s, of the object that it is or of those in its field `within`.

        Raises:
            StorageError: 400, `fields` cannot be read.
        """
        mask, whole = self.parameters.get("fields"), {"md5Hash": ""}
        answer = {within: whole} if within else whole
        return not mask or partial(answer, mask) == answer

    async def resources(self, store: Store, items: list[Object], within: str = "") -> list[dict[str, Any]]:
        """Objects' resources, for that field of the answer; MD5s are only computed where it has them."""
        shown = await with_md5(store, items) if self.shows_md5(within) else items
        return [object_resource(item, self.base) for item in shown]

    async def answer_object(self, store: Store, item: Object) -> Response:
        """An object's resource."""
        return self.answer((await self.resources(store, [item]))[0])

    def answer_bucket(self, bucket: Bucket) -> Response:
        """A bucket's resource."""
        return self.answer(bucket_resource(bucket, self.base))


def _tags(header: str) -> set[str]:
    return {tag.strip().strip('"') for tag in header.split(",")}


def json_object(data: bytes) -> dict[str, Any]:
    """A body that is a JSON object; an empty one is none.

    Raises:
        StorageError: 400.
    """
    try:
        body = msgspec.json.decode(data) if data.strip() else {}
    except msgspec.DecodeError as exc:
        raise invalid("Parse Error") from exc
    if not isinstance(body, dict):
        raise invalid("Parse Error")
    return body
