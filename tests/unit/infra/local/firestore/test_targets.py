"""What a listener hears: the steps lead to the same view as asking anew, and so does resuming."""

from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore_v1 import Client
from google.cloud.firestore_v1.base_query import FieldFilter
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.firestore.database import Change, Database
from infra.local.firestore.messages import Document
from infra.local.firestore.planner import run
from infra.local.firestore.query import Query, parse_query
from infra.local.firestore.records import Record
from infra.local.firestore.targets import Delta, DocumentsTarget, QueryTarget

DATABASE = "projects/p/databases/(default)"
things = Client("p", AnonymousCredentials()).collection("things")
queries = st.sampled_from(
    [
        things._query(),  # noqa: SLF001 - a collection is no query yet
        things.where(filter=FieldFilter("n", ">", 1)),
        things.order_by("n").limit(2),
        things.where(filter=FieldFilter("n", "in", [1, 3])).order_by("n", "DESCENDING").limit(1),
        things.order_by("n").offset(1),
    ]
)
writes = st.lists(st.tuples(st.sampled_from("abcd"), st.none() | st.integers(0, 4)), max_size=5)


def parsed(query: Any) -> Query:
    """A query of Google's client as it is run."""
    return parse_query(f"{DATABASE}/documents", query._to_protobuf()._pb)  # noqa: SLF001 - the plain message has no name


def write(database: Database, name: str, number: int | None) -> str:
    """Write or delete one document; gives its path."""
    path, moment = f"things/{name}", database.last_commit + 1
    document = Document()
    document.fields["n"].integer_value = number or 0
    after = None if number is None else Record(path, document.SerializeToString(), moment, moment)
    before = database.get(path)
    if before is not None or after is not None:
        database.apply([Change(path, before, after)], moment)
    return path


def heard(view: dict[str, int], delta: Delta) -> dict[str, int]:
    """A client's view after what it hears."""
    assert set(delta.removed) <= set(view)
    changed = {record.path: record.updated for record in delta.changed}
    assert all(view.get(path) != updated for path, updated in changed.items())
    return {path: updated for path, updated in {**view, **changed}.items() if path not in delta.removed}


@settings(max_examples=200, deadline=None)
@given(queries, st.lists(writes, min_size=1, max_size=4))
def test_a_client_that_listens_knows_the_answer(query: Any, rounds: list[list[tuple[str, int | None]]]) -> None:
    """After every snapshot, its view is the answer of the query; also when it comes back with an old view."""
    database, asked = Database(DATABASE, 0), parsed(query)
    target, view = QueryTarget(database, asked), dict[str, int]()
    view = heard(view, target.begin(None))
    history = [(database.last_commit, view)]
    for each in rounds:
        paths = sorted({write(database, *one) for one in each})
        assert not target.concerns("others/a")
        view = heard(view, target.follow(filter(target.concerns, paths)))
        assert view == {record.path: record.updated for record in run(database, asked)}
        history.append((database.last_commit, view))
    for moment, old in history:
        assert heard(old, QueryTarget(database, asked).begin(moment)) == view


@given(st.lists(writes, min_size=1, max_size=4))
def test_a_client_that_listens_to_documents(rounds: list[list[tuple[str, int | None]]]) -> None:
    """Only those named are heard of, missing ones at first too."""
    database = Database(DATABASE, 0)
    target = DocumentsTarget(database, ["things/a", "things/b", "things/a"])
    assert target.begin(None).removed == ["things/a", "things/b"]
    history, view = [(0, dict[str, int]())], dict[str, int]()
    for each in rounds:
        view = heard(view, target.follow(sorted({write(database, *one) for one in each})))
        present = (database.get(path) for path in ("things/a", "things/b"))
        assert view == {record.path: record.updated for record in present if record is not None}
        history.append((database.last_commit, view))
    for moment, old in history:
        again = DocumentsTarget(database, ["things/a", "things/b"])
        assert heard(old, again.begin(moment)) == view
