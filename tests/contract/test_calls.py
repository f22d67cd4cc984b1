"""Calls made straight on a channel are what Google's own clients would make of them."""

from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

import grpc
import pytest
from google.api_core.exceptions import NotFound, PermissionDenied
from google.cloud.firestore_v1.base_query import FieldFilter
from google.cloud.firestore_v1.types import document, firestore
from google.pubsub_v1.types import pubsub

from shared.domain.errors import Unavailable
from shared.gcp import job_queue
from shared.gcp.documents import client, read
from shared.gcp.encoding import creation
from shared.gcp.firestore import Firestore

TOPIC = "projects/p/topics/jobs-batch"
NAME = "projects/p/databases/(default)/documents/jobs/ä b"


class Asked(NamedTuple):
    """A call, as a server sees it."""

    method: str
    headers: list[tuple[str, Any]]
    request: bytes
    seconds: int  # that it may take


class Server(grpc.GenericRpcHandler):
    """Answers each method as it is told to."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.refusals: list[tuple[grpc.StatusCode, str]] = []  # of the next calls, one after the other
        self.host = ""

    def service(self, call: Any) -> Any:
        """See grpc.GenericRpcHandler."""
        if call.method.rpartition("/")[2] in STREAMS:
            return grpc.unary_stream_rpc_method_handler(self._stream(call.method))
        return grpc.unary_unary_rpc_method_handler(self._answer(call.method))

    def _answer(self, method: str) -> Any:
        async def answer(request: bytes, context: Any) -> bytes:
            await self._note(method, request, context)
            return ANSWERS[method.rpartition("/")[2]]

        return answer

    def _stream(self, method: str) -> Any:
        async def answers(request: bytes, context: Any) -> AsyncIterator[bytes]:
            await self._note(method, request, context)
            for answer in STREAMS[method.rpartition("/")[2]]:
                yield answer.SerializeToString()

        return answers

    async def _note(self, method: str, request: bytes, context: Any) -> None:
        headers = sorted((key, value) for key, value in context.invocation_metadata() if key != "user-agent")
        self.asked.append(Asked(method, headers, request, round(context.time_remaining())))
        if self.refusals:
            await context.abort(*self.refusals.pop(0))


GOT, QUERIED = firestore.BatchGetDocumentsResponse.pb(), firestore.RunQueryResponse.pb()
STREAMS: dict[str, list[Any]] = {
    "BatchGetDocuments": [GOT(found={"name": NAME}), GOT(missing=NAME + "2")],
    "RunQuery": [QUERIED(document={"name": NAME}), QUERIED(done=True)],
}
ANSWERS: dict[str, bytes] = {
    "Commit": firestore.CommitResponse.pb()(write_results=[{"update_time": {"seconds": 1}}]).SerializeToString(),
    "GetDocument": document.Document.pb()(name=NAME).SerializeToString(),
    "Publish": pubsub.PublishResponse.pb()(message_ids=["1"]).SerializeToString(),
}
NO_DATABASE = "The database (default) does not exist for project p Please visit https://console.cloud.google.com/"


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """One that takes notes."""
    noting, running = Server(), grpc.aio.server()
    running.add_generic_rpc_handlers((noting,))
    noting.host = f"127.0.0.1:{running.add_insecure_port('127.0.0.1:0')}"
    await running.start()
    yield noting
    await running.stop(None)


@pytest.fixture
async def database(server: Server, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Firestore]:
    """A client of it."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", server.host)
    made = client("p", "(default)")
    yield made
    await made._firestore_api.transport.close()  # noqa: SLF001 - the client's own close leaves it open


async def _document(database: Firestore) -> None:
    """By the method that is generated for it."""
    api, headers = database._firestore_api, database._rpc_metadata  # noqa: SLF001 - as the client itself asks
    await api.get_document(firestore.GetDocumentRequest(name=NAME), timeout=10, metadata=headers)


async def _documents(database: Firestore) -> None:
    """By the client's own call for many."""
    documents = [database.document(f"jobs/{name.rpartition('/')[2]}") for name in (NAME, NAME + "2")]
    assert [found.exists async for found in database.get_all(documents, timeout=10)] == [True, False]


def _queried(database: Firestore) -> Any:
    waiting = database.collection("jobs").where(filter=FieldFilter("waiting_for", "==", "ä"))
    return waiting.order_by("__name__").limit(2)


async def _query(database: Firestore) -> None:
    """By the query itself."""
    assert len(await _queried(database).get(timeout=10)) == 1


async def _commit(database: Firestore) -> None:
    """By the client's own batch."""
    batch = database.batch()
    batch.create(database.document("jobs/ä b"), {"a": 1})
    await batch.commit(timeout=10)


PAIRS: dict[str, tuple[Callable[[Firestore], Any], Callable[[Firestore], Any]]] = {
    "GetDocument": (lambda database: database.read(NAME), _document),
    "BatchGetDocuments": (lambda database: database.read_all([NAME, NAME + "2"]), _documents),
    "RunQuery": (lambda database: database.find(_queried(database)), _query),
    "Commit": (lambda database: database.write([creation(NAME, {"a": 1})]), _commit),
}


@pytest.mark.parametrize("method", PAIRS)
async def test_firestore_is_asked_as_google_s_client_asks_it(method: str, database: Firestore, server: Server) -> None:
    """The same method, headers, bytes and time to answer in."""
    ours, theirs = PAIRS[method]
    await ours(database)
    await theirs(database)
    first, second = server.asked
    assert first == second
    assert (first.method.rpartition("/")[2], first.seconds) == (method, 10)


async def test_pub_sub_is_asked_as_google_s_client_asks_it(server: Server) -> None:
    """The same for a message."""
    publisher = job_queue.client(server.host)
    await job_queue.publishing(publisher)(TOPIC, [(b"x", {"job_id": "ä"})])
    await publisher.publish(topic=TOPIC, messages=[{"data": b"x", "attributes": {"job_id": "ä"}}], timeout=10)
    await publisher.transport.close()
    first, second = server.asked
    assert first == second


async def test_what_may_be_tried_again_is(database: Firestore, server: Server) -> None:
    """And nothing else."""
    server.refusals = [(grpc.StatusCode.UNAVAILABLE, "x"), (grpc.StatusCode.INTERNAL, "x")]
    found = await database.read(NAME)
    assert found is not None
    assert (found.id, len(server.asked)) == ("ä b", 3)
    server.refusals = [(grpc.StatusCode.PERMISSION_DENIED, "x")]
    with pytest.raises(PermissionDenied):
        await database.read(NAME)
    assert len(server.asked) == 4


async def test_what_is_missing_is_none_but_a_database_that_is_missing_is_an_error(
    database: Firestore, server: Server
) -> None:
    """Else a deployment without its database would answer that there is no such job."""
    server.refusals = [(grpc.StatusCode.NOT_FOUND, f'Document "{NAME}" not found.')]
    assert await read(database, NAME) is None
    server.refusals = [(grpc.StatusCode.NOT_FOUND, NO_DATABASE)] * 2
    with pytest.raises(NotFound):
        await database.read(NAME)
    with pytest.raises(Unavailable):
        await read(database, NAME)
    assert list(await database.read_all([NAME, NAME + "2"])) == [NAME]
