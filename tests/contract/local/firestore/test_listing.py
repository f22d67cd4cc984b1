"""Listing documents and collections, and deleting all that is below."""

from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument

from tests.contract.local.firestore.clients import begin, database, generated, got, paths, store


def _parent(client: Any, path: str = "") -> str:
    return f"{database(client)}/documents" + (f"/{path}" if path else "")


def _list(client: Any, **request: Any) -> Any:
    return generated(client).list_documents(request={"parent": _parent(client), "collection_id": "things"} | request)


def _names(client: Any, documents: Any) -> list[str]:
    return [each.name.removeprefix(f"{_parent(client)}/") for each in documents]


async def test_list_documents_includes_missing_parents(db: Any) -> None:
    """A document that is not there but has something below it is listed; one with nothing is not."""
    await store(db, {"things/b": {}, "things/c/parts/p": {}, "things/a/parts/p/deep/d": {}, "others/x": {}})
    assert [each.path for each in await got(db.collection("things").list_documents())] == [
        "things/a",
        "things/b",
        "things/c",
    ]
    assert [each.path for each in await got(db.collection("things/a/parts").list_documents())] == ["things/a/parts/p"]
    assert await got(db.collection("none").list_documents()) == []


async def test_list_documents_in_pages(db: Any) -> None:
    """Pages of any size give each document once, in order."""
    await store(db, {f"things/{n:02}": {} for n in range(25)})
    listed = await got(db.collection("things").list_documents(page_size=10))
    assert [each.id for each in listed] == [f"{n:02}" for n in range(25)]


async def test_collections(db: Any) -> None:
    """Collections are those with a document somewhere below, at the top or under a document."""
    await store(db, {"b/x": {}, "a/x/deep/y": {}, "a/x/deeper/y/deepest/z": {}, "c/x": {}})
    await got(db.document("c/x").delete())
    assert [each.id for each in await got(db.collections())] == ["a", "b"]
    assert [each.id for each in await got(db.document("a/x").collections())] == ["deep", "deeper"]
    assert await got(db.document("b/x").collections()) == []


async def test_recursive_delete_of_a_collection(db: Any) -> None:
    """Every document of it and below it goes; its neighbours stay."""
    await store(db, {"a/x": {}, "a/x/b/y": {}, "a/x/b/y/c/z": {}, "a/missing/b/y": {}, "aa/x": {}, "other/a/a/a": {}})
    assert await got(db.recursive_delete(db.collection("a"))) == 4
    assert [each.id for each in await got(db.collections())] == ["aa", "other"]
    assert paths(await got(db.collection_group("a").get())) == ["other/a/a/a"]


async def test_recursive_delete_of_a_document(db: Any) -> None:
    """One document with all below it."""
    await store(db, {"a/x": {}, "a/x/b/y": {}, "a/x/c/z": {}, "a/y": {}, "a/xx": {}})
    await got(db.recursive_delete(db.document("a/x")))
    assert [each.id for each in await got(db.collection("a").list_documents())] == ["xx", "y"]


def test_pages_have_tokens(client: Any) -> None:
    """The generated call gives a page and the token of the next; the last page has none."""
    for n in range(5):
        client.document(f"things/{n}").set({"n": n})
    first = _list(client, page_size=2)
    page = next(first.pages)
    assert _names(client, page.documents) == ["things/0", "things/1"]
    rest = _list(client, page_size=3, page_token=page.next_page_token)
    page = next(rest.pages)
    assert _names(client, page.documents) == ["things/2", "things/3", "things/4"]
    last = page.next_page_token
    assert not last or not list(_list(client, page_size=3, page_token=last))


def test_a_page_token_that_is_none(client: Any) -> None:
    """What Firestore did not give is INVALID_ARGUMENT."""
    with pytest.raises(InvalidArgument):
        list(_list(client, page_token="nonsense"))  # noqa: S106 - a page's token, no secret


def test_listing_under_a_mask_and_in_an_order(client: Any) -> None:
    """Only the fields asked for, in the order asked for, without missing documents."""
    for n in range(3):
        client.document(f"things/{n}").set({"n": n, "m": {"p": n, "q": n}})
    client.document("things/9/parts/p").set({})
    listed = list(_list(client, mask={"field_paths": ["m.p"]}, order_by="n desc"))
    assert _names(client, listed) == ["things/2", "things/1", "things/0"]
    assert list(listed[0].fields) == ["m"]
    assert list(listed[0].fields["m"].map_value.fields) == ["p"]


def test_missing_documents_have_a_name_alone(client: Any) -> None:
    """Listed as missing, a document has neither fields nor times."""
    client.document("things/a/parts/p").set({})
    [missing] = _list(client, show_missing=True)
    assert _names(client, [missing]) == ["things/a"]
    assert not missing.fields
    assert missing.create_time is None
    assert missing.update_time is None
    assert list(_list(client)) == []


def test_missing_documents_have_no_order(client: Any) -> None:
    """`show_missing` together with an order is INVALID_ARGUMENT."""
    with pytest.raises(InvalidArgument):
        list(_list(client, show_missing=True, order_by="n"))


def test_listing_all_collections_of_a_parent(client: Any) -> None:
    """Without a collection id, documents of every collection directly below the parent."""
    for path in ("a/x", "b/y", "a/x/c/z"):
        client.document(path).set({})
    listed = _list(client, collection_id="")
    assert sorted(_names(client, listed)) == ["a/x", "b/y"]


def test_collection_ids_in_pages(client: Any) -> None:
    """Page by page, each id once."""
    for n in range(5):
        client.document(f"c{n}/x").set({})
    pager = generated(client).list_collection_ids(request={"parent": _parent(client), "page_size": 2})
    assert [list(page.collection_ids) for page in pager.pages][:2] == [["c0", "c1"], ["c2", "c3"]]
    pager = generated(client).list_collection_ids(request={"parent": _parent(client), "page_size": 2})
    assert list(pager) == [f"c{n}" for n in range(5)]


async def test_listing_in_a_transaction(db: Any) -> None:
    """A list read inside a read-only transaction is as of its moment."""
    await store(db, {"things/a": {}})
    transaction = await begin(db, read_only=True)
    await got(db.document("things/a").get(transaction=transaction))
    await store(db, {"things/b": {}})
    request = {"parent": _parent(db), "collection_id": "things", "transaction": transaction.id}
    assert _names(db, await got(generated(db).list_documents(request=request))) == ["things/a"]
