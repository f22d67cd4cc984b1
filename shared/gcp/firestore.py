"""Google's asynchronous Firestore client, and the calls that every request waits for, made straight on its channel."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from google.api_core.exceptions import NotFound
from google.cloud.firestore_v1.async_client import AsyncClient
from google.cloud.firestore_v1.services.firestore.transports.base import DEFAULT_CLIENT_INFO
from google.cloud.firestore_v1.types import document, firestore, query

from shared.gcp.calls import Call, Headers, StreamCall, routing
from shared.gcp.encoding import Version, decoded, version_of
from shared.gcp.limits import READ, WRITE

SERVICE = "/google.firestore.v1.Firestore/"
NO_DATABASE = "does not exist for project"  # what is not found then is the database itself
NOTHING = "nothing"  # a name that no field of ours has
_GET, _GET_ALL = firestore.GetDocumentRequest.pb(), firestore.BatchGetDocumentsRequest.pb()
_COMMIT, _QUERY = firestore.CommitRequest.pb(), firestore.RunQueryRequest.pb()
_STRUCTURED = query.StructuredQuery.pb


class Snapshot(NamedTuple):
    """A document that was read."""

    name: str
    fields: dict[str, Any]
    version: Version

    @property
    def id(self) -> str:
        """The last part of its name."""
        return self.name.rpartition("/")[2]

    @property
    def path(self) -> str:
        """Its name within the database."""
        return self.name.partition("/documents/")[2]


class Firestore(AsyncClient):  # type: ignore[misc] # its package is not followed
    """One database. What is not here, such as how a query is put together, is the client's own."""

    def name_of(self, collection: str, document_id: str) -> str:
        """The full name of a document."""
        return f"{self._root}/{collection}/{document_id}"

    async def read(self, name: str) -> Snapshot | None:
        """A document; None where there is none.

        Raises:
            GoogleAPICallError, RetryError: of google.api_core.
        """
        try:
            found = await self._get(_GET(name=name), (*self._headers, routing("name", name)))
        except NotFound as exc:
            if NO_DATABASE in exc.message:
                raise
            return None
        return _snapshot(found)

    async def read_all(self, names: Iterable[str], *, content: bool = True) -> dict[str, Snapshot]:
        """Those of the documents that are there, by name; without `content`, it stays where it is.

        Raises:
            GoogleAPICallError, RetryError: of google.api_core.
        """
        request = _GET_ALL(database=self._database_string, documents=names)
        if not content:
            request.mask.field_paths.append(NOTHING)
        answers = await self._get_all(request, self._of_database)
        return {answer.found.name: _snapshot(answer.found) for answer in answers if answer.HasField("found")}

    async def find(self, asked: Any) -> list[Snapshot]:
        """What a query of the client's finds, in its order.

        Raises:
            GoogleAPICallError, RetryError: of google.api_core.
        """
        prepared, *_ = asked._prep_stream()  # noqa: SLF001 - what the client itself sends for it; there is no public way
        parent = prepared["parent"]
        request = _QUERY(parent=parent, structured_query=_STRUCTURED(prepared["structured_query"]))
        answers = await self._run(request, (*self._headers, routing("parent", parent)))
        return [_snapshot(answer.document) for answer in answers if answer.HasField("document")]

    async def write(self, writes: Sequence[Any]) -> list[Version]:
        """Make the writes (shared.gcp.encoding), all or none; gives the version of each one's document.

        Raises:
            GoogleAPICallError, RetryError: of google.api_core.
        """
        answer = await self._commit(_COMMIT(database=self._database_string, writes=writes), self._of_database)
        return [version_of(result.update_time) for result in answer.write_results]

    @cached_property
    def _root(self) -> str:
        return f"{self._database_string}/documents"

    @cached_property
    def _headers(self) -> Headers:
        return (*self._rpc_metadata, DEFAULT_CLIENT_INFO.to_grpc_metadata())

    @cached_property
    def _of_database(self) -> Headers:
        return (*self._headers, routing("database", self._database_string))

    @cached_property
    def _get(self) -> Call:
        types = _GET, document.Document.pb()
        return Call(self._firestore_api, f"{SERVICE}GetDocument", types, **READ)

    @cached_property
    def _get_all(self) -> StreamCall:
        types = _GET_ALL, firestore.BatchGetDocumentsResponse.pb()
        return StreamCall(self._firestore_api, f"{SERVICE}BatchGetDocuments", types, **READ)

    @cached_property
    def _run(self) -> StreamCall:
        types = _QUERY, firestore.RunQueryResponse.pb()
        return StreamCall(self._firestore_api, f"{SERVICE}RunQuery", types, **READ)

    @cached_property
    def _commit(self) -> Call:
        types = _COMMIT, firestore.CommitResponse.pb()
        return Call(self._firestore_api, f"{SERVICE}Commit", types, **WRITE)


def _snapshot(found: Any) -> Snapshot:
    return Snapshot(found.name, decoded(found.fields), version_of(found.update_time))
