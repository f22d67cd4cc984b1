"""A Listen stream driven message by message, through Google's generated client."""

from queue import Queue
from types import TracebackType
from typing import Any, Self

from google.cloud.firestore_v1 import types

from tests.contract.local.firestore.clients import database, generated

PATIENCE = 60  # seconds that a stream may last
Kind: Any = types.TargetChange.TargetChangeType


class Listener:
    """One stream. `add` and `remove` targets; `until_consistent` gives what came until all is told."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._requests: Queue[Any] = Queue()
        self._stream: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._requests.put(None)
        if self._stream:
            self._stream.cancel()

    def add(self, target: dict[str, Any]) -> None:
        """Ask for a target."""
        self._requests.put(types.ListenRequest(database=database(self._client), add_target=target))

    def remove(self, target_id: int) -> None:
        """Ask for no more of a target."""
        self._requests.put(types.ListenRequest(database=database(self._client), remove_target=target_id))

    def next(self) -> Any:
        """The next response.

        Raises:
            google.api_core.exceptions.GoogleAPICallError: the stream ended.
        """
        if self._stream is None:  # the client waits for the first response when it opens a stream
            self._stream = generated(self._client).listen(
                requests=iter(self._requests.get, None),
                retry=None,
                timeout=PATIENCE,
                metadata=[("google-cloud-resource-prefix", database(self._client))],
            )
        return next(self._stream)

    def until(self, kind: Any) -> list[Any]:
        """Every response up to and with the first target change of that kind."""
        seen = []
        while True:
            seen.append(self.next())
            if "target_change" in seen[-1] and seen[-1].target_change.target_change_type == kind:
                return seen

    def until_consistent(self) -> list[Any]:
        """Every response up to and with the next one that says that the whole stream is consistent."""
        seen = []
        while True:
            seen.append(self.next())
            change = seen[-1].target_change if "target_change" in seen[-1] else None
            if change is not None and not change.target_ids and change.read_time:
                return seen


def changed(responses: list[Any]) -> list[str]:
    """Ids of the documents sent as changed."""
    return [each.document_change.document.name.rsplit("/", 1)[1] for each in responses if "document_change" in each]


def gone(responses: list[Any]) -> list[str]:
    """Ids of the documents sent as deleted or removed from the target."""
    deleted = [each.document_delete.document for each in responses if "document_delete" in each]
    removed = [each.document_remove.document for each in responses if "document_remove" in each]
    return [document.rsplit("/", 1)[1] for document in deleted + removed]


def kinds(responses: list[Any]) -> list[Any]:
    """The kinds of the target changes."""
    return [each.target_change.target_change_type for each in responses if "target_change" in each]


def token(responses: list[Any]) -> bytes:
    """The last resume token."""
    tokens = [each.target_change.resume_token for each in responses if "target_change" in each]
    last: bytes = next(each for each in reversed(tokens) if each)
    return last


def documents_target(client: Any, *paths: str, **more: Any) -> dict[str, Any]:
    """A target of documents, with id 1."""
    names = [f"{database(client)}/documents/{path}" for path in paths]
    return {"target_id": 1, "documents": {"documents": names}} | more


def query_target(client: Any, query: Any, **more: Any) -> dict[str, Any]:
    """A target of a query, or a collection, of the hand-written client; with id 1."""
    whole = query.offset(0)  # a query even of a collection
    structured = whole._to_protobuf()  # noqa: SLF001 - the hand-written client offers no public way
    return {"target_id": 1, "query": {"parent": f"{database(client)}/documents", "structured_query": structured}} | more
