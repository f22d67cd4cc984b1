"""A batch as it is asked for: up to 1,000 requests, of which all run, or those that can where the caller says so."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Generic, NamedTuple, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shared.domain.errors import Rejected
from shared.domain.request import BatchWebhook, JobRequest, Labels, Priority

MAX_ITEMS = 1000
MAX_POINTER, MAX_DETAIL = 200, 300  # bytes of what is kept of an item's error: 1,000 of them fit a document
ItemT = TypeVar("ItemT")

JobDefaults = msgspec.defstruct(
    "JobDefaults",
    [(field.name, field.type | UnsetType, UNSET) for field in msgspec.structs.fields(JobRequest)],
    namespace={"__doc__": "Fields of a request, for each item that does not have them."},
    module=__name__,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
)


class BatchOf(msgspec.Struct, Generic[ItemT], frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A batch whose items are read as whatever is wanted."""

    items: Annotated[
        tuple[ItemT, ...],
        Meta(
            min_length=1,
            max_length=MAX_ITEMS,
            description=f"a list of 1 to {MAX_ITEMS} requests, each as the body of POST /v1/jobs",
        ),
    ]
    defaults: JobDefaults = JobDefaults()  # type: ignore[valid-type]
    partial: bool = False  # the valid items run, where others cannot be taken
    priority: Priority = "batch"  # of items that do not say
    labels: Labels = {}  # of the batch itself
    webhook: BatchWebhook | None = None  # of the batch itself


class BatchRequest(BatchOf[JobRequest], frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /v1/batches."""


class Item(NamedTuple):
    """One request of a batch, or why it is none, with pointers into the item."""

    asked: JobRequest | Rejected
    digest: str  # the same for the same request, hex


@dataclass(frozen=True)
class Batch:
    """A batch that was read."""

    items: Sequence[Item]
    partial: bool = False
    labels: dict[str, str] = field(default_factory=dict)
    webhook: BatchWebhook | None = None

    @property
    def fingerprint(self) -> str:
        """SHA-256 in hex over all of it."""
        whole = [self.partial, self.labels, self.webhook, [item.digest for item in self.items]]
        return sha256(msgspec.json.encode(whole, order="deterministic")).hexdigest()
