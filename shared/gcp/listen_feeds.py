"""Feeds of a Listen stream: the jobs of a tenant that changed since some time, and each change from then on.

    client   add_target ──────────────────────────────────────────────── remove_target
    server     ADD  document …  CURRENT  snapshot │ document …  snapshot │ … REMOVE
                    what changed before           │ what changes now     │

The query is open towards now, so that a job comes into it with its next change and never leaves it: a deleted one is
marked, and keeps its tenant. At a snapshot, all that was committed until then has been said.
Source: https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#listenresponse
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from google.cloud.firestore_v1.types import ListenResponse, TargetChange

from shared.gcp.listen_requests import Requests
from shared.gcp.tenant_feed import Version

_Type: Any = TargetChange.TargetChangeType


class FeedNews(NamedTuple):
    """What was said of a tenant's jobs; without an id, that all that had changed was said."""

    tenant: str
    job_id: str | None = None
    document: Any = None  # None: there is none any more

    @property
    def version(self) -> Version:
        """Of the document, which need not be decoded for it."""
        fields = self.document.fields
        sequence = fields["status_sequence"].integer_value if "status_sequence" in fields else 1
        return Version(self.document.update_time.ToDatetime(UTC), sequence, "deleted_at" in fields)


class Feeds:
    """One target a tenant."""

    def __init__(self, requests: Requests, collection: str) -> None:
        """`collection`: where the jobs are."""
        self.refused: list[str] = []  # tenants whose targets are gone; for the owner to take out and ask for anew
        self.current: set[str] = set()  # tenants of whom all was said until `snapshot`
        self.snapshot: datetime | None = None  # by the server's clock, or by ours where that is behind
        self._requests = requests
        self._collection = collection
        self._numbers: dict[str, int] = {}  # by tenant
        self._tenants: dict[int, str] = {}  # by number
        self._found: dict[int, set[str]] = {}  # names of the target's documents

    def add(self, tenant: str, since: datetime) -> None:
        """Ask for what changed after `since`, from now on; once."""
        if tenant in self._numbers:
            return
        query = {
            "from_": [{"collection_id": self._collection}],
            "where": {
                "composite_filter": {
                    "op": "AND",
                    "filters": [_compared("tenant", "EQUAL", tenant), _compared("updated_at", "GREATER_THAN", since)],
                }
            },
            "order_by": [{"field": {"field_path": "updated_at"}, "direction": "ASCENDING"}],
        }
        number = self._requests.ask({"query": {"parent": self._requests.documents, "structured_query": query}})
        self._numbers[tenant], self._tenants[number], self._found[number] = number, tenant, set()

    def remove(self, tenant: str) -> None:
        """Ask for it no more."""
        number = self._dropped(tenant)
        if number is not None:
            self._requests.give_up(number)

    def news(self, response: Any) -> Iterator[FeedNews]:
        """What an answer says of the tenants' jobs."""
        message = ListenResponse.pb(response)
        match message.WhichOneof("response_type"):
            case "document_change":
                change = message.document_change
                yield from self._said(change.target_ids, change.document)
                self._left(change.removed_target_ids, change.document.name)
            case "document_delete":
                gone = message.document_delete
                for tenant in self._left(gone.removed_target_ids, gone.document):
                    yield FeedNews(tenant, _id(gone.document))
            case "document_remove":
                self._left(message.document_remove.removed_target_ids, message.document_remove.document)
            case "target_change":
                yield from self._target_changed(message.target_change)
            case "filter":
                self._check(message.filter.target_id, message.filter.count)

    def _said(self, numbers: Iterable[int], document: Any) -> Iterator[FeedNews]:
        for number in numbers:
            if number in self._tenants:
                self._found[number].add(document.name)
                yield FeedNews(self._tenants[number], _id(document.name), document)

    def _left(self, numbers: Iterable[int], name: str) -> list[str]:
        own = [number for number in numbers if number in self._tenants]
        for number in own:
            self._found[number].discard(name)
        return [self._tenants[number] for number in own]

    def _target_changed(self, change: Any) -> Iterator[FeedNews]:
        kind = change.target_change_type
        if kind == _Type.NO_CHANGE and not change.target_ids and change.HasField("read_time"):
            self.snapshot = min(change.read_time.ToDatetime(UTC), datetime.now(UTC))
        for number in change.target_ids or list(self._tenants):
            tenant = self._tenants.get(number)
            if tenant is None:
                continue
            if kind == _Type.CURRENT:
                self.current.add(tenant)
                yield FeedNews(tenant)
            elif kind == _Type.RESET:  # all will be said anew
                self._found[number].clear()
                self.current.discard(tenant)
            elif kind == _Type.REMOVE:
                self._dropped(tenant)
                self.refused.append(tenant)

    def _check(self, number: int, count: int) -> None:
        """The server counts so many documents: where that is not what it said before, it is asked anew."""
        if number in self._tenants and len(self._found[number]) != count:
            tenant = self._tenants[number]
            self.remove(tenant)
            self.refused.append(tenant)

    def _dropped(self, tenant: str) -> int | None:
        number = self._numbers.pop(tenant, None)
        if number is not None:
            del self._tenants[number], self._found[number]
        self.current.discard(tenant)
        return number


def _compared(field: str, op: str, value: str | datetime) -> dict[str, Any]:
    kind = "string_value" if isinstance(value, str) else "timestamp_value"
    return {"field_filter": {"field": {"field_path": field}, "op": op, "value": {kind: value}}}


def _id(name: str) -> str:
    return name.rpartition("/")[2]
