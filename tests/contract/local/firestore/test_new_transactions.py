"""Transactions that begin with their first read, and what requests say of the moment they read at."""

from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument

from tests.contract.local.firestore.clients import database, generated, name

READ_WRITE: dict[str, Any] = {"read_write": {}}
FROM = {"from_": [{"collection_id": "things"}]}


def _read(client: Any, kind: str, **moment: Any) -> list[Any]:
    api, parent = generated(client), f"{database(client)}/documents"
    if kind == "get":
        documents = [name(client.document("things/a"))]
        request: dict[str, Any] = {"database": database(client), "documents": documents}
        return list(api.batch_get_documents(request=request | moment))
    if kind == "query":
        return list(api.run_query(request={"parent": parent, "structured_query": FROM} | moment))
    counted = {"structured_query": FROM, "aggregations": [{"alias": "n", "count": {}}]}
    return list(api.run_aggregation_query(request={"parent": parent, "structured_aggregation_query": counted} | moment))


@pytest.mark.parametrize("kind", ["get", "query", "aggregation"])
def test_a_read_begins_a_transaction(client: Any, kind: str) -> None:
    """The first response has the new transaction's id, with which a commit is made."""
    client.document("things/a").set({"n": 1})
    responses = _read(client, kind, new_transaction=READ_WRITE)
    transaction = responses[0].transaction
    assert transaction
    assert not any(response.transaction for response in responses[1:])
    writes = [{"update": {"name": name(client.document("things/a"))}}]
    generated(client).commit(request={"database": database(client), "writes": writes, "transaction": transaction})
    assert client.document("things/a").get().to_dict() == {}


def test_get_begins_a_read_only_transaction_by_default(client: Any) -> None:
    """Options left empty mean read-only."""
    transaction = _read(client, "get", new_transaction={})[0].transaction
    writes = [{"update": {"name": name(client.document("things/a"))}}]
    with pytest.raises(InvalidArgument):
        generated(client).commit(request={"database": database(client), "writes": writes, "transaction": transaction})


def test_a_query_tells_its_transaction_apart_from_its_results(client: Any) -> None:
    """The response with the transaction's id carries nothing else."""
    client.document("things/a").set({"n": 1})
    first, second = _read(client, "query", new_transaction=READ_WRITE)
    assert not first.document.name
    assert second.document.name == name(client.document("things/a"))


def test_a_read_only_transaction_at_a_past_time(client: Any) -> None:
    """All its reads are as of that time."""
    document = client.document("things/a")
    before = document.set({"n": 1}).update_time
    document.set({"n": 2})
    options = {"read_only": {"read_time": before}}
    transaction = (
        generated(client).begin_transaction(request={"database": database(client), "options": options}).transaction
    )
    [response] = _read(client, "get", transaction=transaction)
    assert response.found.fields["n"].integer_value == 1
    assert response.read_time == before


def test_a_retry_names_the_transaction_before(client: Any) -> None:
    """`retry_transaction` is accepted, and gives a new id."""
    api, where = generated(client), database(client)
    first = api.begin_transaction(request={"database": where}).transaction
    api.rollback(request={"database": where, "transaction": first})
    options = {"read_write": {"retry_transaction": first}}
    second = api.begin_transaction(request={"database": where, "options": options}).transaction
    assert second != first
    api.commit(request={"database": where, "transaction": second})
