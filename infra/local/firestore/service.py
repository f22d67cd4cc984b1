"""The RPCs of google.firestore.v1.Firestore."""

import secrets
import string
from collections.abc import AsyncIterator, Iterable
from typing import Any

from google.protobuf.empty_pb2 import Empty

from infra.local.firestore.aggregate import aggregate, aggregated_fields
from infra.local.firestore.commits import Committer
from infra.local.firestore.database import Database
from infra.local.firestore.documents import field_at, projected
from infra.local.firestore.errors import invalid, not_found, unimplemented
from infra.local.firestore.messages import (
    BatchGetDocumentsResponse,
    BatchWriteResponse,
    BeginTransactionResponse,
    CommitResponse,
    Document,
    RunAggregationQueryResponse,
    RunQueryResponse,
    Write,
    WriteResult,
    set_time,
)
from infra.local.firestore.paths import FieldPath, parse_database, parse_document, parse_field_path
from infra.local.firestore.planner import run
from infra.local.firestore.query import Query, parse_query
from infra.local.firestore.reads import Reader, Reading
from infra.local.firestore.records import Record
from infra.local.firestore.store import Store
from infra.local.firestore.transactions import Seen, Transactions
from infra.local.kernel import Kernel
from infra.local.rpc import RpcError

MAX_BATCH = 500  # writes of one BatchWrite
_ID_LETTERS = string.ascii_letters + string.digits


class Firestore:
    """What answers: one coroutine, or asynchronous generator, an RPC."""

    def __init__(self, kernel: Kernel) -> None:
        self.store = Store(kernel)
        self._transactions = Transactions(kernel.clock)
        self._reader = Reader(kernel.clock, self._transactions)
        self._committer = Committer(self.store, kernel.clock)

    async def get_document(self, request: Any, _: Any) -> Any:
        """One document."""
        name = parse_document(request.name)
        database = self.store.database(name.database)
        reading = self._reader.reading(database, request)
        record = await self._read(database, name.path, reading)
        if record is None:
            raise not_found(f'Document "{request.name}" not found.')
        return _masked(record, database, request)

    async def batch_get_documents(self, request: Any, _: Any) -> AsyncIterator[Any]:
        """Many documents, found or missing."""
        database = self.store.database(parse_database(request.database))
        paths = []
        for name in dict.fromkeys(request.documents):
            parsed = parse_document(name)
            if parsed.database != database.name:
                raise invalid(f"The document {name} is not of the database {database.name}.")
            paths.append(parsed.path)
        mask = _mask(request.mask) if request.HasField("mask") else None
        reading = self._reader.reading(database, request)
        if reading.began:
            yield BatchGetDocumentsResponse(transaction=reading.began)
        if reading.transaction is not None:
            for path in sorted(paths):
                await self._transactions.hold(reading.transaction, path)
        records = [self._look(database, path, reading) for path in paths]
        read_time = self._reader.now(reading)
        for path, record in zip(paths, records, strict=True):
            response = BatchGetDocumentsResponse()
            set_time(response.read_time, read_time)
            if record is None:
                response.missing = f"{database.root}/{path}"
            else:
                _fill(response.found, record, database, mask)
            yield response

    async def commit(self, request: Any, _: Any) -> Any:
        """All writes or none."""
        database = self.store.database(parse_database(request.database))
        moment, results = self._commit(database, request)
        response = CommitResponse(write_results=results)
        set_time(response.commit_time, moment)
        return response

    async def batch_write(self, request: Any, _: Any) -> Any:
        """Each write for itself, in no transaction."""
        database = self.store.database(parse_database(request.database))
        if len(request.writes) > MAX_BATCH:
            raise invalid(f"A BatchWrite has at most {MAX_BATCH} writes.")
        response = BatchWriteResponse()
        for write in request.writes:
            status = response.status.add()
            try:
                _, results = self._committer.commit(database, [write])
                response.write_results.extend(results)
            except RpcError as refusal:
                status.code, status.message = refusal.code.value[0], refusal.message
                response.write_results.append(WriteResult())
        return response

    async def begin_transaction(self, request: Any, _: Any) -> Any:
        """Begin a transaction."""
        database = self.store.database(parse_database(request.database))
        return BeginTransactionResponse(transaction=self._reader.begin(database, request.options).id)

    async def rollback(self, request: Any, _: Any) -> Any:
        """End a transaction without effect."""
        database = self.store.database(parse_database(request.database))
        self._transactions.roll_back(request.transaction, database)
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
        database = self.store.database(parse_document(request.name).database)
        write = Write(delete=request.name)
        if request.HasField("current_document"):
            write.current_document.CopyFrom(request.current_document)
        self._committer.commit(database, [write])
        return Empty()

    async def run_query(self, request: Any, _: Any) -> AsyncIterator[Any]:
        """The documents that answer a query."""
        if request.HasField("explain_options"):
            raise unimplemented("RunQueryRequest.explain_options is not implemented here.")
        if request.WhichOneof("query_type") != "structured_query":
            raise invalid("RunQuery wants a structured_query.")
        query = parse_query(request.parent, request.structured_query)
        database = self.store.database(query.database)
        reading = self._reader.reading(database, request)
        if reading.began:
            yield RunQueryResponse(transaction=reading.began)
        records = await self._query(database, query, reading)
        read_time = self._reader.now(reading)
        skipped = query.offset if records else 0
        for record in records:
            response = RunQueryResponse(skipped_results=skipped)
            skipped = 0
            set_time(response.read_time, read_time)
            _fill(response.document, record, database, query.select)
            yield response
        if not records:
            response = RunQueryResponse()
            set_time(response.read_time, read_time)
            yield response

    async def run_aggregation_query(self, request: Any, _: Any) -> AsyncIterator[Any]:
        """Count, sum or average over the answer of a query."""
        if request.HasField("explain_options"):
            raise unimplemented("RunAggregationQueryRequest.explain_options is not implemented here.")
        asked = request.structured_aggregation_query
        query = parse_query(request.parent, asked.structured_query)
        needed = aggregated_fields(asked.aggregations)
        database = self.store.database(query.database)
        reading = self._reader.reading(database, request)
        if reading.began:
            yield RunAggregationQueryResponse(transaction=reading.began)
        records = await self._query(database, query, reading)
        complete = (
            record for record in records if all(field_at(record.document().fields, path) is not None for path in needed)
        )
        response = RunAggregationQueryResponse(result=aggregate(asked.aggregations, complete if needed else records))
        set_time(response.read_time, self._reader.now(reading))
        yield response

    def _commit(self, database: Database, request: Any) -> tuple[int, list[Any]]:
        if not request.transaction:
            return self._committer.commit(database, request.writes)
        transaction = self._transactions.get(request.transaction, database)
        try:
            if transaction.read_only and request.writes:
                raise invalid("Cannot modify entities in a read-only transaction.")
            transaction.check()
            return self._committer.commit(database, request.writes)
        finally:
            self._transactions.end(transaction)

    def _write_one(self, write: Any, name: str, request: Any) -> Any:
        parsed = parse_document(name)
        database = self.store.database(parsed.database)
        self._committer.commit(database, [write])
        record = database.get(parsed.path)
        return Document() if record is None else _masked(record, database, request)

    async def _read(self, database: Database, path: str, reading: Reading) -> Record | None:
        if reading.transaction is not None:
            await self._transactions.hold(reading.transaction, path)
        return self._look(database, path, reading)

    @staticmethod
    def _look(database: Database, path: str, reading: Reading) -> Record | None:
        record = database.get(path, reading.at)
        if reading.transaction is not None and reading.at is None:
            reading.transaction.saw(path, record.updated if record else 0)
        return record

    async def _query(self, database: Database, query: Query, reading: Reading) -> list[Record]:
        if reading.transaction is None or reading.at is not None:
            return list(run(database, query, reading.at))
        scope = query.scope
        await self._transactions.hold(reading.transaction, f"?{scope.kind}/{scope.name}")
        records = list(run(database, query))
        reading.transaction.saw_query(_seen(records), lambda: _seen(run(database, query)))
        return records


def _seen(records: Iterable[Record]) -> Seen:
    return tuple((record.path, record.updated) for record in records)


def _mask(mask: Any) -> list[FieldPath]:
    return [parse_field_path(text) for text in mask.field_paths]


def _masked(record: Record, database: Database, request: Any) -> Any:
    message = Document()
    _fill(message, record, database, _mask(request.mask) if request.HasField("mask") else None)
    return message


def _fill(message: Any, record: Record, database: Database, mask: Iterable[FieldPath] | None) -> None:
    if mask is not None:
        kept = projected(record.document(), mask)
        record = Record(record.path, kept.SerializeToString(), record.created, record.updated)
    record.fill(message, database.root)
