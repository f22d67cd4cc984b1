"""The streaming Write RPC: commits in a row, each answered with a new stream token."""

import secrets
from collections.abc import AsyncIterator
from typing import Any

from infra.local.firestore.absent import refusal
from infra.local.firestore.commits import Committer
from infra.local.firestore.errors import invalid
from infra.local.firestore.messages import WriteResponse, set_time
from infra.local.firestore.paths import parse_database
from infra.local.firestore.store import Store


class WriteStream:
    """One stream: a handshake without writes, then commits. The first refusal ends it."""

    def __init__(self, store: Store, committer: Committer) -> None:
        self._store = store
        self._committer = committer
        self._id = secrets.token_hex(8)
        self._tokens: set[bytes] = set()

    async def run(self, requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Answer every request, in order."""
        database = None
        async for request in requests:
            if database is None:
                _check_handshake(request)
                database = self._store.database(parse_database(request.database))
                yield self._response(stream_id=self._id)
                continue
            if request.database and request.database != database.name:
                raise invalid("All requests of a stream must be of one database.")
            if request.stream_id:
                raise invalid("A stream_id is given in the first request only.")
            if request.stream_token not in self._tokens:
                raise invalid("The stream token is not of this stream.")
            if not request.writes:
                yield self._response()
                continue
            moment, results = self._committer.commit(database, request.writes)
            response = self._response(write_results=results)
            set_time(response.commit_time, moment)
            yield response

    def _response(self, **fields: Any) -> Any:
        token = secrets.token_bytes(8)
        self._tokens.add(token)
        return WriteResponse(stream_token=token, **fields)


def _check_handshake(request: Any) -> None:
    if request.stream_id:
        raise refusal("WriteRequest.stream_id")
    if request.writes or request.stream_token:
        raise invalid("The first request of a write stream has neither writes nor a token.")
