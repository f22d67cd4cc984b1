"""Which queries the deployed index definitions serve."""

import json
from pathlib import Path
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore_v1 import Client
from google.cloud.firestore_v1.base_query import FieldFilter, Or

from infra.local.firestore.definitions import Definitions, load_definitions
from infra.local.firestore.paths import parse_field_path
from infra.local.firestore.query import parse_query
from infra.local.rpc import RpcError

ROOT = "projects/p/databases/(default)/documents"
UP, DOWN = "ASCENDING", "DESCENDING"
TENANT = FieldFilter("tenant", "==", "t")
STATUS = FieldFilter("status", "==", "done")
TAGGED = FieldFilter("tags", "array_contains", "x")
client = Client("p", AnonymousCredentials())
jobs = client.collection("jobs")._query()  # noqa: SLF001 - a collection's own methods take fewer arguments
every_jobs = client.collection_group("jobs")


def composite(*fields: tuple[str, str], scope: str = "COLLECTION") -> dict[str, Any]:
    """A composite index, as the Firebase CLI writes it."""
    parts = [
        {"fieldPath": path, **({"arrayConfig": mode} if mode == "CONTAINS" else {"order": mode})}
        for path, mode in fields
    ]
    return {"collectionGroup": "jobs", "queryScope": scope, "fields": parts}


@pytest.fixture
def definitions(tmp_path: Path) -> Definitions:
    """What these tests have deployed."""
    file = tmp_path / "firestore.indexes.json"
    overrides = [
        {"collectionGroup": "jobs", "fieldPath": "blob", "indexes": []},
        {"collectionGroup": "jobs", "fieldPath": "purge_at", "ttl": True, "indexes": []},
        {
            "collectionGroup": "jobs",
            "fieldPath": "wake_at",
            "indexes": [{"order": UP, "queryScope": "COLLECTION"}, {"order": UP, "queryScope": "COLLECTION_GROUP"}],
        },
    ]
    indexes = [
        composite(("tenant", UP), ("created", DOWN)),
        composite(("status", UP), ("created", DOWN)),
        composite(("tags", "CONTAINS"), ("created", UP), ("__name__", UP)),
        composite(("tenant", UP), ("created", UP), scope="COLLECTION_GROUP"),
    ]
    file.write_text(json.dumps({"indexes": indexes, "fieldOverrides": overrides}))
    return load_definitions(file)


def check(definitions: Definitions, query: Any, *summed: str) -> None:
    """Check a query of Google's client."""
    message = query._to_protobuf()._pb  # noqa: SLF001 - the plain message has no public name
    definitions.check(parse_query(ROOT, message, map(parse_field_path, summed)))


@pytest.mark.parametrize(
    "query",
    [
        jobs,
        jobs.order_by("created"),
        jobs.order_by("created", DOWN),
        jobs.order_by("created", DOWN).order_by("__name__", DOWN),
        jobs.where(filter=TENANT),
        jobs.where(filter=TAGGED),
        jobs.where(filter=TENANT).where(filter=STATUS).where(filter=TAGGED),
        jobs.where(filter=FieldFilter("created", ">", 1)),
        jobs.where(filter=TENANT).order_by("tenant"),
        jobs.where(filter=TENANT).order_by("created", DOWN),
        jobs.where(filter=TENANT).where(filter=STATUS).order_by("created", DOWN),
        jobs.where(filter=FieldFilter("tenant", "in", ["t", "u"])).order_by("created", DOWN),
        jobs.where(filter=Or([TENANT, STATUS])).order_by("created", DOWN),
        jobs.where(filter=TAGGED).order_by("created"),
        jobs.where(filter=FieldFilter("wake_at", "<=", 1)).order_by("wake_at"),
        every_jobs,
        every_jobs.where(filter=FieldFilter("wake_at", "<=", 1)),
        every_jobs.where(filter=TENANT).order_by("created"),
    ],
)
def test_served(definitions: Definitions, query: Any) -> None:
    """Built-in indexes, composite ones, and several merged."""
    check(definitions, query)


@pytest.mark.parametrize(
    ("query", "missing"),
    [
        (jobs.order_by("__name__", DOWN), [("__name__", DOWN)]),
        (jobs.order_by("created").order_by("tenant"), [("created", UP), ("tenant", UP)]),
        (jobs.order_by("created").order_by("__name__", DOWN), [("created", UP), ("__name__", DOWN)]),
        (jobs.where(filter=TENANT).order_by("created"), [("tenant", UP), ("created", UP)]),
        (
            jobs.where(filter=Or([TENANT, FieldFilter("kind", "==", 1)])).order_by("created", DOWN),
            [("kind", UP), ("created", DOWN)],
        ),
        (jobs.where(filter=TAGGED).order_by("created", DOWN), [("tags", "CONTAINS"), ("created", DOWN)]),
        (jobs.where(filter=FieldFilter("blob", "==", 1)), [("blob", UP)]),
        (jobs.where(filter=FieldFilter("blob.inner", "==", 1)), [("blob.inner", UP)]),
        (jobs.order_by("purge_at"), [("purge_at", UP)]),
        (jobs.order_by("wake_at", DOWN), [("wake_at", DOWN)]),
        (every_jobs.where(filter=STATUS), [("status", UP)]),
    ],
)
def test_refused(definitions: Definitions, query: Any, missing: list[tuple[str, str]]) -> None:
    """The refusal names the index that is missing, ready to be put into the file."""
    with pytest.raises(RpcError) as refused:
        check(definitions, query)
    assert refused.value.code.name == "FAILED_PRECONDITION"
    named = json.loads(refused.value.message.partition("lacks: ")[2])
    scope = "COLLECTION_GROUP" if query._all_descendants else "COLLECTION"  # noqa: SLF001 - no public name
    assert named == composite(*missing, scope=scope)


def test_what_is_summed_needs_an_index_too(definitions: Definitions) -> None:
    """A sum over one tenant is served by the index of tenant and field, whichever way it sorts."""
    check(definitions, jobs.where(filter=TENANT), "created")
    check(definitions, jobs, "cost")
    with pytest.raises(RpcError, match="cost"):
        check(definitions, jobs.where(filter=TENANT), "cost")


def test_ttl_policies_are_read(definitions: Definitions) -> None:
    """Overrides with `ttl` are policies."""
    assert definitions.ttl == (("jobs", ("purge_at",)),)


def test_a_file_of_another_format_is_named(tmp_path: Path) -> None:
    """The error says which file, and where in it."""
    file = tmp_path / "broken.json"
    file.write_text('{"indexes": [{"fields": []}]}')
    with pytest.raises(ValueError, match=r"broken\.json.*collectionGroup"):
        load_definitions(file)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "truncated"),
        ('{"index": []}', "unknown field `index`"),
        ('{"indexes": [{"collectionGroup": "a"}]}', "missing required field `fields`"),
        ('{"indexes": [{"collectionGroup": "a", "fields": [{"fieldPath": "b", "order": "UP"}]}]}', "UP"),
        ('{"indexes": [{"collectionGroup": "a", "fields": [{"fieldPath": "b"}]}]}', "exactly one of order"),
        ('{"indexes": [{"collectionGroup": "a", "fields": [{"fieldPath": "..", "order": "ASCENDING"}]}]}', r"\.\."),
    ],
)
def test_what_is_no_definition_is_refused_by_name(tmp_path: Path, content: str, said: str) -> None:
    """The file, and what is wrong in it."""
    file = tmp_path / "firestore.indexes.json"
    file.write_text(content)
    with pytest.raises(ValueError, match=rf"firestore\.indexes\.json.*{said}"):
        load_definitions(file)
