"""Databases and projects are worlds of their own."""

from collections.abc import Iterator
from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import firestore

from tests.contract.local.firestore.clients import close_now, database, generated, ids, name


@pytest.fixture
def other(emulator: str, project: str) -> Iterator[Any]:
    """A client of the same project's database `other`."""
    assert emulator
    client = firestore.Client(project, database="other")
    yield client
    close_now(client)


def test_named_databases_share_nothing(client: Any, other: Any) -> None:
    """The same path is another document; queries, listings and deletes stay within."""
    client.document("things/a").set({"in": "(default)"})
    other.document("things/a").set({"in": "other"})
    other.document("more/b").set({})
    assert client.document("things/a").get().to_dict() == {"in": "(default)"}
    assert other.document("things/a").get().to_dict() == {"in": "other"}
    assert [each.id for each in client.collections()] == ["things"]
    assert ids(other.collection_group("things").get()) == ["a"]
    other.document("things/a").delete()
    assert client.document("things/a").get().exists


def test_projects_share_nothing(client: Any, emulator: str) -> None:
    """Another project's default database is another one."""
    assert emulator
    stranger = firestore.Client(f"{client.project}-stranger")
    client.document("things/a").set({"x": 1})
    assert not stranger.document("things/a").get().exists
    close_now(stranger)


def test_transactions_stay_in_their_database(client: Any, other: Any) -> None:
    """A transaction's id is worth nothing in another database."""
    begun = generated(client).begin_transaction(request={"database": database(client)}).transaction
    with pytest.raises(InvalidArgument):
        generated(other).commit(request={"database": database(other), "transaction": begun})
    generated(client).rollback(request={"database": database(client), "transaction": begun})


def test_a_commit_writes_to_one_database(client: Any, other: Any) -> None:
    """A document of another database in a commit, or in a read, is INVALID_ARGUMENT."""
    writes = [{"update": {"name": name(other.document("things/a"))}}]
    with pytest.raises(InvalidArgument):
        generated(client).commit(request={"database": database(client), "writes": writes})
    documents = [name(other.document("things/a"))]
    with pytest.raises(InvalidArgument):
        list(generated(client).batch_get_documents(request={"database": database(client), "documents": documents}))


def test_references_may_lead_to_another_database(client: Any, other: Any) -> None:
    """A stored reference is only a name."""
    writes = [
        {
            "update": {
                "name": name(client.document("things/a")),
                "fields": {"to": {"reference_value": name(other.document("things/b"))}},
            }
        }
    ]
    generated(client).commit(request={"database": database(client), "writes": writes})
    stored = generated(client).get_document(request={"name": name(client.document("things/a"))})
    assert stored.fields["to"].reference_value == name(other.document("things/b"))
