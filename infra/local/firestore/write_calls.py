"""The RPCs that write, and those that begin and end transactions."""

import secrets
import string
from typing import Any

from google.protobuf.empty_pb2 import Empty

from infra.local.firestore.commits import operation_of
from infra.local.firestore.database import Database
from infra.local.firestore.engine import Engine, fill, mask_of
from infra.local.firestore.errors import invalid
from infra.local.firestore.messages import (
    BatchWriteResponse,
    BeginTransactionResponse,
    CommitResponse,
    Document,
    Write,
    WriteResult,
    set_time,
)
from infra.local.firestore.paths import parse_database, parse_document
from infra.local.rpc import RpcError

MAX_BATCH = 500  # writes of one BatchWrite
_ID_LETTERS = string.ascii_letters + string.digits


class WriteCalls:
    """Commits, in and out of transactions, and the shorter ways to one write."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def commit(self, request: Any, _: Any) -> Any:
        """All writes or none."""
        database = self._engine.store.database(parse_database(request.database))
        moment, results = self._commit(database, request)
        response = CommitResponse(write_results=results)
        set_time(response.commit_time, moment)
        return response

    async def batch_write(self, request: Any, _: Any) -> Any:
        """Each write for itself, in no transaction."""
        database = self._engine.store.database(parse_database(request.database))
        if len(request.writes) > MAX_BATCH:
            raise invalid(f"A BatchWrite has at most {MAX_BATCH} writes.")
        names = [operation_of(write)[1] for write in request.writes]
        if len(set(names)) < len(names):
            raise invalid("A BatchWrite writes to a document once at most.")
        response = BatchWriteResponse()
        for write in request.writes:
            status = response.status.add()
            try:
                _, results = self._engine.committer.commit(database, [write])
                response.write_results.extend(results)
            except RpcError as refusal:
                status.code, status.message = refusal.code.value[0], refusal.message
                response.write_results.append(WriteResult())
        return response

    async def begin_transaction(self, request: Any, _: Any) -> Any:
        """Begin a transaction."""
        database = self._engine.store.database(parse_database(request.database))
        return BeginTransactionResponse(transaction=self._engine.reader.begin(database, request.options).id)

    async def rollback(self, request: Any, _: Any) -> Any:
        """End a transaction without effect."""
        database = self._engine.store.database(parse_database(request.database))
        self._engine.transactions.roll_back(request.transaction, database)
        return Empty()

    async def create_document(self, request: Any, _: Any) -> Any:
        """Create one document, under a name of the server's if none is given."""
        if request.document.name:
            raise invalid("The name of the document to create must not be set.")
        identity = request.document_id or "".join(secrets.choice(_ID_LETTERS) for _ in range(20))
        write = Write(update=request.document)
        write.update.name = f"{request.parent}/{request.collection_id}/{identity}"
        write.current_document.exists = False
        return self._write_one(write, write.update.name, request)

    async def update_document(self, request: Any, _: Any) -> Any:
        """Update one document, or make it."""
        write = Write(update=request.document)
        if request.HasField("update_mask"):
            write.update_mask.CopyFrom(request.update_mask)
        if request.HasField("current_document"):
            write.current_document.CopyFrom(request.current_document)
        return self._write_one(write, request.document.name, request)

    async def delete_document(self, request: Any, _: Any) -> Any:
        """Delete one document; deleting what is not there is no error."""
        database = self._engine.store.database(parse_document(request.name).database)
        write = Write(delete=request.name)
        if request.HasField("current_document"):
            write.current_document.CopyFrom(request.current_document)
        self._engine.committer.commit(database, [write])
        return Empty()

    def _commit(self, database: Database, request: Any) -> tuple[int, list[Any]]:
        if not request.transaction:
            return self._engine.committer.commit(database, request.writes)
        transaction = self._engine.transactions.get(request.transaction, database)
        try:
            if transaction.read_only and request.writes:
                raise invalid("Cannot modify entities in a read-only transaction.")
            transaction.check()
            return self._engine.committer.commit(database, request.writes)
        finally:
            self._engine.transactions.end(transaction)

    def _write_one(self, write: Any, name: str, request: Any) -> Any:
        parsed = parse_document(name)
        database = self._engine.store.database(parsed.database)
        self._engine.committer.commit(database, [write])
        record = database.get(parsed.path)
        message = Document()
        if record is not None:
            fill(message, record, database, mask_of(request))
        return message
