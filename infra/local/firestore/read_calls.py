"""The RPCs that read."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

from infra.local.firestore.absent import refusal
from infra.local.firestore.aggregate import aggregate, aggregated_fields
from infra.local.firestore.database import Database
from infra.local.firestore.engine import Engine, fill, mask_of
from infra.local.firestore.errors import invalid, not_found
from infra.local.firestore.listing import Listed, collection_ids, listing_query, page
from infra.local.firestore.messages import (
    BatchGetDocumentsResponse,
    Document,
    ListCollectionIdsResponse,
    ListDocumentsResponse,
    RunAggregationQueryResponse,
    RunQueryResponse,
    set_time,
)
from infra.local.firestore.paths import parse_database, parse_document, parse_parent
from infra.local.firestore.planner import run
from infra.local.firestore.query import Query
from infra.local.firestore.reads import Reading
from infra.local.firestore.records import Record
from infra.local.firestore.transactions import Seen


class ReadCalls:
    """Documents by name, by query, and by page."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def get_document(self, request: Any, _: Any) -> Any:
        """One document."""
        name = parse_document(request.name)
        database = self._engine.store.database(name.database)
        reading = await self._engine.reader.reading(database, request, [name.path])
        record = _look(database, name.path, reading)
        if record is None:
            raise not_found(f'Document "{request.name}" not found.')
        message = Document()
        fill(message, record, database, mask_of(request))
        return message

    async def batch_get_documents(self, request: Any, _: Any) -> AsyncIterator[Any]:
        """Many documents, found or missing."""
        database = self._engine.store.database(parse_database(request.database))
        paths = []
        for name in dict.fromkeys(request.documents):
            parsed = parse_document(name)
            if parsed.database != database.name:
                raise invalid(f"The document {name} is not of the database {database.name}.")
            paths.append(parsed.path)
        mask = mask_of(request)
        reading = await self._engine.reader.reading(database, request, paths)
        if reading.began:
            yield BatchGetDocumentsResponse(transaction=reading.began)
        records = [_look(database, path, reading) for path in paths]
        for path, record in zip(paths, records, strict=True):
            response = BatchGetDocumentsResponse()
            set_time(response.read_time, reading.read_time)
            if record is None:
                response.missing = f"{database.root}/{path}"
            else:
                fill(response.found, record, database, mask)
            yield response

    async def list_documents(self, request: Any, _: Any) -> Any:
        """A page of documents of a collection."""
        query = listing_query(request)
        database = self._engine.store.database(query.database)
        reading = await self._engine.reader.reading(database, request, [query.scope.key])
        mask = mask_of(request)

        def listed() -> tuple[list[Listed], str]:
            return page(database, query, request.page_size, reading.at, missing=request.show_missing)

        found, token = listed()
        if reading.transaction is not None:
            reading.transaction.saw_query(_seen_listed((found, token)), lambda: _seen_listed(listed()))
        response = ListDocumentsResponse(next_page_token=token)
        for path, record in found:
            document = response.documents.add(name=f"{database.root}/{path}")
            if record is not None:
                fill(document, record, database, mask)
        return response

    async def list_collection_ids(self, request: Any, _: Any) -> Any:
        """A page of the ids of the collections of a document, or of the root."""
        parent = parse_parent(request.parent)
        database = self._engine.store.database(parent.database)
        at = (await self._engine.reader.reading(database, request, [])).at
        ids, token = collection_ids(database, parent.path, request.page_size, request.page_token, at)
        return ListCollectionIdsResponse(collection_ids=ids, next_page_token=token)

    async def run_query(self, request: Any, _: Any) -> AsyncIterator[Any]:
        """The documents that answer a query."""
        if request.HasField("explain_options"):
            raise refusal("RunQueryRequest.explain_options")
        if request.WhichOneof("query_type") != "structured_query":
            raise invalid("RunQuery wants a structured_query.")
        query = self._engine.query(request.parent, request.structured_query)
        database = self._engine.store.database(query.database)
        reading = await self._engine.reader.reading(database, request, [query.scope.key])
        if reading.began:
            yield RunQueryResponse(transaction=reading.began)
        records = _ask(database, query, reading)
        skipped = query.offset if records else 0
        for record in records:
            response = RunQueryResponse(skipped_results=skipped)
            skipped = 0
            set_time(response.read_time, reading.read_time)
            fill(response.document, record, database, query.select)
            yield response
        if not records:
            response = RunQueryResponse()
            set_time(response.read_time, reading.read_time)
            yield response

    async def run_aggregation_query(self, request: Any, _: Any) -> AsyncIterator[Any]:
        """Count, sum or average over the answer of a query."""
        if request.HasField("explain_options"):
            raise refusal("RunAggregationQueryRequest.explain_options")
        asked = request.structured_aggregation_query
        query = self._engine.query(request.parent, asked.structured_query, aggregated_fields(asked.aggregations))
        database = self._engine.store.database(query.database)
        reading = await self._engine.reader.reading(database, request, [query.scope.key])
        if reading.began:
            yield RunAggregationQueryResponse(transaction=reading.began)
        records = _ask(database, query, reading)
        response = RunAggregationQueryResponse(result=aggregate(asked.aggregations, records))
        set_time(response.read_time, reading.read_time)
        yield response


def _look(database: Database, path: str, reading: Reading) -> Record | None:
    record = database.get(path, reading.at)
    if reading.transaction is not None:
        reading.transaction.saw(path, record.updated if record else 0)
    return record


def _ask(database: Database, query: Query, reading: Reading) -> list[Record]:
    records = list(run(database, query, reading.at))
    if reading.transaction is not None:
        reading.transaction.saw_query(_seen(records), lambda: _seen(run(database, query)))
    return records


def _seen_listed(listed: tuple[list[Listed], str]) -> Seen:
    return tuple((path, record.updated if record else 0) for path, record in listed[0])


def _seen(records: Iterable[Record]) -> Seen:
    return tuple((record.path, record.updated) for record in records)
