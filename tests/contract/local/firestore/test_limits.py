"""The documented limits: what is just within is accepted, what is beyond is INVALID_ARGUMENT.

https://firebase.google.com/docs/firestore/quotas
"""

from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import firestore

from tests.contract.local.firestore.clients import database, generated, name

MIB = 1024 * 1024
LONGEST_VALUE = MIB - 89  # bytes
LONGEST_NAME = 1500  # bytes of an id or of a field's name


def _nested(levels: int) -> dict[str, Any]:
    return {"m": _nested(levels - 1)} if levels else {}


def test_a_document_of_just_1_mib(client: Any) -> None:
    """A document's size is that of its name, field names and values, 32 bytes, and at most 1 MiB."""
    document = client.document("things/a")
    name_and_rest = (len("things") + 1 + len("a") + 1 + 16) + 32 + 2 * len("x1")
    room = MIB - name_and_rest - 2  # each field's name counts 1 more than its length
    fits = {"x1": b"x" * (room // 2), "x2": b"x" * (room - room // 2)}
    document.set(fits)
    with pytest.raises(InvalidArgument, match=r"(?i)size|exceeds|longer"):
        document.set(fits | {"x3": b"xxx"})
    assert document.get().to_dict() == fits


def test_a_document_may_not_grow_beyond_1_mib(client: Any) -> None:
    """An update is measured by the document that it makes."""
    document = client.document("things/a")
    document.set({"x": "a" * 600_000})
    with pytest.raises(InvalidArgument):
        document.update({"y": "a" * 600_000})
    assert set(document.get().to_dict()) == {"x"}


@pytest.mark.parametrize("value", ["é" * (LONGEST_VALUE // 2) + "a", b"a" * LONGEST_VALUE], ids=["text", "bytes"])
def test_the_longest_value(client: Any, value: Any) -> None:
    """A text or bytes value has at most 1 MiB less 89 bytes, texts in UTF-8."""
    client.document("things/a").set({"x": value})
    with pytest.raises(InvalidArgument):
        client.document("things/b").set({"x": value + value[-1:]})


@pytest.mark.parametrize("path", ["{}/a", "things/{}", "things/a/parts/{}"])
def test_the_longest_ids(client: Any, path: str) -> None:
    """Ids of documents and collections have at most 1,500 bytes."""
    client.document(path.format("é" * (LONGEST_NAME // 2))).set({})
    with pytest.raises(InvalidArgument):
        client.document(path.format("é" * (LONGEST_NAME // 2) + "a")).set({})


@pytest.mark.parametrize("bad", [".", "..", "__reserved__", "____"])
@pytest.mark.parametrize("path", ["{}/a", "things/{}"])
def test_ids_that_are_not_allowed(client: Any, path: str, bad: str) -> None:
    """Neither dots alone nor what begins and ends with two underscores."""
    with pytest.raises(InvalidArgument):
        client.document(path.format(bad)).set({})


@pytest.mark.parametrize("good", ["...", "__", "_x_", "__x", "ключ", "a b", "%", "~*[]`.", "\x01"])
def test_ids_that_are_allowed(client: Any, good: str) -> None:
    """Any other text without a slash, and it comes back as it was."""
    client.document(f"things/{good}").set({"x": 1})
    assert [each.id for each in client.collection("things").list_documents()] == [good]
    assert client.document(f"things/{good}").get().to_dict() == {"x": 1}


def test_the_longest_field_name(client: Any) -> None:
    """1,500 bytes, at any depth, and not reserved."""
    client.document("things/a").set({"x" * LONGEST_NAME: 1})
    for bad in ("x" * (LONGEST_NAME + 1), "__reserved__"):
        with pytest.raises(InvalidArgument):
            client.document("things/b").set({bad: 1})
        with pytest.raises(InvalidArgument):
            client.document("things/b").set({"m": {bad: 1}})


def test_the_deepest_map(client: Any) -> None:
    """Maps and lists are nested at most 20 levels deep."""
    client.document("things/a").set({"x": _nested(18)})
    with pytest.raises(InvalidArgument):
        client.document("things/b").set({"x": _nested(22)})
    deep: Any = 1
    for _ in range(11):
        deep = [{"x": deep}]
    with pytest.raises(InvalidArgument):
        client.document("things/b").set({"x": deep})


def test_the_deepest_collection(client: Any) -> None:
    """Subcollections are nested at most 100 deep."""
    client.document("/".join(["c", "d"] * 100)).set({"x": 1})
    with pytest.raises(InvalidArgument):
        client.document("/".join(["c", "d"] * 101)).set({"x": 1})


def test_the_largest_request(client: Any) -> None:
    """A commit has at most 10 MiB, however many documents share it."""
    batch = client.batch()
    for number in range(11):
        batch.set(client.document(f"things/{number}"), {"x": b"x" * 1_000_000})
    with pytest.raises(InvalidArgument):
        batch.commit()
    assert client.collection("things").get() == []


def test_the_most_transforms(client: Any) -> None:
    """500 transforms of one document in a write."""
    many = {f"f{number}": firestore.Increment(1) for number in range(501)}
    with pytest.raises(InvalidArgument):
        client.document("things/a").set(many)
    many.popitem()
    client.document("things/a").set(many)


@pytest.mark.parametrize(
    "bad",
    [
        "projects/p/databases/d/documents",
        "projects/p/databases/d/documents/things",
        "projects/p/databases/d/documents/things/",
        "projects/p/databases/d/documents//a",
        "things/a",
        "",
    ],
)
def test_names_that_are_none(client: Any, bad: str) -> None:
    """A write wants the full name of a document."""
    bad = bad.replace("projects/p/databases/d", database(client))
    with pytest.raises(InvalidArgument):
        generated(client).commit(request={"database": database(client), "writes": [{"update": {"name": bad}}]})
    with pytest.raises(InvalidArgument):
        list(generated(client).batch_get_documents(request={"database": database(client), "documents": [bad]}))


@pytest.mark.parametrize(
    "write",
    [
        {},
        {"update": {"fields": {"": {"integer_value": 1}}}},
        {"update": {}, "update_mask": {"field_paths": ["a..b"]}},
        {"update": {}, "update_mask": {"field_paths": ["a", "a.b"]}},
        {"update": {}, "update_mask": {"field_paths": ["`unended"]}},
        {"update": {}, "update_mask": {"field_paths": ["__reserved__"]}},
        {"update": {}, "update_transforms": [{"field_path": "a", "increment": {"string_value": "1"}}]},
        {"update": {}, "update_transforms": [{"field_path": "a"}]},
        {"update": {}, "update_transforms": [{"field_path": "", "increment": {"integer_value": 1}}]},
    ],
    ids=["nothing", "no name", "path", "overlap", "quote", "reserved", "increment of text", "no transform", "no field"],
)
def test_writes_that_are_none(client: Any, write: dict[str, Any]) -> None:
    """What the hand-written clients never send is refused all the same, and writes nothing."""
    document = client.document("things/a")
    if "update" in write:
        write = write | {"update": write["update"] | {"name": name(document)}}
    with pytest.raises(InvalidArgument):
        generated(client).commit(request={"database": database(client), "writes": [write]})
    assert not document.get().exists
