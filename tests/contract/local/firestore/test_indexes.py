"""With the deployed index definitions given, only the queries that they serve are answered."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.api_core.exceptions import FailedPrecondition
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import BaseFilter, FieldFilter, Or

from tests.contract.local.firestore.clients import close_now, ids
from tests.processes import RunningCloud, local_cloud

DEFINITIONS = {
    "indexes": [
        {
            "collectionGroup": "jobs",
            "queryScope": "COLLECTION",
            "fields": [
                {"fieldPath": "tenant", "order": "ASCENDING"},
                {"fieldPath": "created", "order": "DESCENDING"},
            ],
        },
        {
            "collectionGroup": "jobs",
            "queryScope": "COLLECTION",
            "fields": [
                {"fieldPath": "tags", "arrayConfig": "CONTAINS"},
                {"fieldPath": "created", "order": "ASCENDING"},
            ],
        },
        {
            "collectionGroup": "parts",
            "queryScope": "COLLECTION_GROUP",
            "fields": [{"fieldPath": "kind", "order": "ASCENDING"}, {"fieldPath": "n", "order": "ASCENDING"}],
        },
    ],
    "fieldOverrides": [
        {"collectionGroup": "jobs", "fieldPath": "prompt", "indexes": []},
        {
            "collectionGroup": "parts",
            "fieldPath": "kind",
            "indexes": [
                {"order": "ASCENDING", "queryScope": "COLLECTION"},
                {"order": "ASCENDING", "queryScope": "COLLECTION_GROUP"},
            ],
        },
    ],
}
DESCENDING = firestore.Query.DESCENDING
EITHER = Or([FieldFilter("tenant", "==", "t"), FieldFilter("status", "==", "x")])


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """A local cloud with the definitions above."""
    file: Path = tmp_path_factory.mktemp("indexes") / "firestore.indexes.json"
    file.write_text(json.dumps(DEFINITIONS))
    with local_cloud("--services", "firestore", "--indexes", str(file)) as running:
        yield running


@pytest.fixture
def jobs(indexed: RunningCloud, monkeypatch: pytest.MonkeyPatch, project: str) -> Iterator[Any]:
    """The collection `jobs` there, with two documents."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", indexed.host("firestore"))
    client = firestore.Client(project)
    for number, each in enumerate("ab"):
        job = {"tenant": "t", "created": number, "status": "queued", "tags": ["x"], "prompt": "p", "m": {"k": 1}}
        client.document(f"jobs/{each}").set(job)
    yield client.collection("jobs")
    close_now(client)


def _where(query: Any, *conditions: tuple[str, str, Any] | BaseFilter) -> Any:
    for condition in conditions:
        query = query.where(filter=condition if isinstance(condition, BaseFilter) else FieldFilter(*condition))
    return query


def test_single_fields_are_indexed_by_themselves(jobs: Any) -> None:
    """Equality, range, order either way and array-contains of one field need no definition."""
    assert len(_where(jobs, ("status", "==", "queued")).get()) == 2
    assert ids(_where(jobs, ("created", ">", 0)).get()) == ["b"]
    assert ids(jobs.order_by("created", direction=DESCENDING).get()) == ["b", "a"]
    assert len(_where(jobs, ("tags", "array_contains", "x")).get()) == 2
    assert len(_where(jobs, ("m.k", "==", 1)).get()) == 2
    assert ids(_where(jobs, ("created", "<=", 0)).order_by("created", direction=DESCENDING).get()) == ["a"]


def test_equalities_are_merged(jobs: Any) -> None:
    """Any number of equalities is served by the indexes of the single fields."""
    assert len(_where(jobs, ("status", "==", "queued"), ("tenant", "==", "t"), ("m.k", "==", 1)).get()) == 2
    assert len(_where(jobs, ("status", "==", "queued"), ("tags", "array_contains", "x")).get()) == 2


def test_a_defined_index_serves(jobs: Any) -> None:
    """Equality and the order defined, and a range in that order."""
    ours = _where(jobs, ("tenant", "==", "t"))
    assert ids(ours.order_by("created", direction=DESCENDING).get()) == ["b", "a"]
    assert ids(_where(ours, ("created", ">=", 0)).order_by("created", direction=DESCENDING).get()) == ["b", "a"]
    assert ids(_where(jobs, ("tags", "array_contains", "x")).order_by("created").get()) == ["a", "b"]


@pytest.mark.parametrize(
    "query",
    [
        lambda jobs: _where(jobs, ("status", "==", "queued")).order_by("created"),
        lambda jobs: _where(jobs, ("status", "==", "queued"), ("created", ">", 0)),
        lambda jobs: jobs.order_by("tenant").order_by("created"),
        lambda jobs: _where(jobs, ("tenant", ">", "a"), ("created", ">", 0)),
        lambda jobs: _where(jobs, ("tags", "array_contains", "x")).order_by("created", direction=DESCENDING),
        lambda jobs: _where(jobs, ("status", "in", ["queued"])).order_by("created"),
        lambda jobs: _where(jobs, EITHER).order_by("created"),
    ],
    ids=["order", "range", "two orders", "two ranges", "contains, other way", "in", "one branch of or"],
)
def test_a_query_that_no_index_serves(jobs: Any, query: Any) -> None:
    """FAILED_PRECONDITION that says that an index is missing, also for a count."""
    with pytest.raises(FailedPrecondition, match="index"):
        query(jobs).get()
    with pytest.raises(FailedPrecondition, match="index"):
        query(jobs).count().get()


@pytest.mark.parametrize(
    "query",
    [
        lambda jobs: _where(jobs, ("prompt", "==", "p")),
        lambda jobs: jobs.order_by("prompt"),
        lambda jobs: _where(jobs, ("status", "==", "queued"), ("prompt", "==", "p")),
    ],
    ids=["equality", "order", "merged"],
)
def test_an_exempted_field_is_not_indexed(jobs: Any, query: Any) -> None:
    """A field whose single indexes are switched off serves no query."""
    with pytest.raises(FailedPrecondition, match="index"):
        query(jobs).get()


def test_a_collection_group_wants_its_own_index(jobs: Any) -> None:
    """Single fields are indexed for collections alone; groups by definition."""
    client = jobs._client  # noqa: SLF001 - the fixture's client
    client.document("jobs/a/parts/p").set({"kind": "k", "n": 1, "other": 1})
    group = client.collection_group("parts")
    assert ids(_where(group, ("kind", "==", "k")).get()) == ["p"]
    assert ids(_where(group, ("kind", "==", "k"), ("n", ">", 0)).get()) == ["p"]
    assert ids(group.get()) == ["p"]
    with pytest.raises(FailedPrecondition, match="index"):
        _where(group, ("other", "==", 1)).get()


def test_a_refused_query_is_refused_in_a_transaction_too(jobs: Any) -> None:
    """Inside a transaction the answer is the same."""
    client = jobs._client  # noqa: SLF001 - the fixture's client

    def body(transaction: Any) -> None:
        jobs.order_by("prompt").get(transaction=transaction)

    with pytest.raises(FailedPrecondition, match="index"):
        firestore.transactional(body)(client.transaction())
