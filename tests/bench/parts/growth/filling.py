"""Documents into a local cloud and out of it, many in a commit, by Google's own client, encoded as our stores do."""

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Any

import grpc
import msgspec
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
from google.cloud.firestore_v1.types import firestore as calls
from google.protobuf import text_format

from shared.gcp.documents import fields
from shared.gcp.encoding import deletion, replacement

TOGETHER = 400  # writes of a commit; Firestore takes 500
AT_ONCE = 2  # commits: one is encoded while the other is applied
PATIENCE = 300.0  # seconds: over many documents the local cloud makes an index when it is first asked by it

_COMMIT, _QUERY = calls.CommitRequest.pb(), calls.RunQueryRequest.pb()


class Filling:
    """The database of one local cloud."""

    def __init__(self, api: FirestoreClient, project: str) -> None:
        self._api = api
        self._database = f"projects/{project}/databases/(default)"

    def put(self, collection: str, values: Iterable[msgspec.Struct]) -> None:
        """Store values that have an `id` as they are, whatever there is of them."""
        self._commit(self._put(collection, value) for value in values)

    def remove(self, collection: str, ids: Iterable[str]) -> None:
        """Remove documents, where they are."""
        self._commit(deletion(self._name(collection, each)) for each in ids)

    def found(self, query: str) -> int:
        """How many documents a query gives, as a trace has its request."""
        request = calls.RunQueryRequest.wrap(text_format.Parse(query, _QUERY()))
        answers = self._api.run_query(request=request, timeout=PATIENCE)
        return sum(calls.RunQueryResponse.pb(answer).HasField("document") for answer in answers)

    def _put(self, collection: str, value: Any) -> Any:
        return replacement(self._name(collection, value.id), fields(value))

    def _commit(self, writes: Iterable[Any]) -> None:
        iterator, turn = iter(writes), threading.Lock()

        def work() -> None:
            while True:
                with turn:
                    batch = list(islice(iterator, TOGETHER))
                if not batch:
                    return
                request = _COMMIT(database=self._database, writes=batch)
                self._api.commit(request=calls.CommitRequest.wrap(request), timeout=PATIENCE)

        with ThreadPoolExecutor(AT_ONCE) as threads:
            for each in [threads.submit(work) for _ in range(AT_ONCE)]:
                each.result()

    def _name(self, collection: str, document_id: str) -> str:
        return f"{self._database}/documents/{collection}/{document_id}"


@contextmanager
def filling(host: str, project: str) -> Iterator[Filling]:
    """The database at an address, within the block."""
    with grpc.insecure_channel(host) as channel:
        yield Filling(FirestoreClient(transport=FirestoreGrpcTransport(channel=channel)), project)
