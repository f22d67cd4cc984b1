"""A connection carries at most 100 calls at once, as Google's front end has it."""

import contextlib
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.api_core.exceptions import DeadlineExceeded
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

from tests.contract.local.firestore.clients import database
from tests.contract.local.firestore.listener import Listener, documents_target

MOST = 100


class _Connection:
    """A client whose channel is one connection of its own."""

    def __init__(self, host: str, of: Any) -> None:
        options = [("grpc.use_local_subchannel_pool", 1)]
        self._firestore_api = FirestoreClient(
            transport=FirestoreGrpcTransport(channel=grpc.insecure_channel(host, options=options))
        )
        self._database_string = database(of)

    def get(self, timeout: float) -> None:
        """Read a document that is not there.

        Raises:
            DeadlineExceeded: the call did not get through in `timeout` seconds.
        """
        documents = [f"{self._database_string}/documents/things/a"]
        request = {"database": self._database_string, "documents": documents}
        list(self._firestore_api.batch_get_documents(request=request, retry=None, timeout=timeout))


@pytest.fixture
def connect(emulator: str, client: Any) -> Iterator[Any]:
    """Make connections; closed with the test."""
    with contextlib.ExitStack() as stack:

        def make() -> _Connection:
            made = _Connection(emulator, client)
            stack.callback(made._firestore_api.transport.close)  # noqa: SLF001 - the test's own class
            return made

        yield make


def test_a_hundred_streams_fill_a_connection(connect: Any) -> None:
    """With 100 listeners open, the next call waits, until one of them ends; another connection is free."""
    connection = connect()
    with contextlib.ExitStack() as listeners:
        streams = [listeners.enter_context(Listener(connection)) for _ in range(MOST)]
        for stream in streams:
            stream.add(documents_target(connection, "things/a"))
        for stream in streams:
            stream.until_consistent()
        with pytest.raises(DeadlineExceeded):
            connection.get(timeout=0.3)
        connect().get(timeout=60)
        streams.pop().__exit__(None, None, None)
        connection.get(timeout=60)
