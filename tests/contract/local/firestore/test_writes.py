"""Creating, replacing, merging, updating and deleting one document."""

import re
from typing import Any

import pytest
from google.api_core.exceptions import AlreadyExists, NotFound
from google.cloud import firestore

from tests.contract.local.firestore.clients import fields, got


async def test_a_created_document_is_read_back(db: Any) -> None:
    """Get answers what create stored, and both of its times are the write's."""
    document = db.document("things/a")
    written = await got(document.create({"x": 1, "deep": {"y": ["z"]}}))
    snapshot = await got(document.get())
    assert snapshot.to_dict() == {"x": 1, "deep": {"y": ["z"]}}
    assert snapshot.create_time == snapshot.update_time == written.update_time
    assert snapshot.read_time >= snapshot.update_time


async def test_create_refuses_a_document_that_exists(db: Any) -> None:
    """A second create is ALREADY_EXISTS and changes nothing."""
    document = db.document("things/a")
    await got(document.create({"x": 1}))
    with pytest.raises(AlreadyExists, match="already exists"):
        await got(document.create({"x": 2}))
    assert await fields(document) == {"x": 1}


async def test_a_missing_document_is_no_error(db: Any) -> None:
    """Get of what was never written answers a snapshot that does not exist."""
    snapshot = await got(db.document("things/none").get())
    assert not snapshot.exists
    assert snapshot.to_dict() is None
    assert snapshot.update_time is None


async def test_set_replaces_everything_and_keeps_the_create_time(db: Any) -> None:
    """Set leaves none of the old fields; only the update time moves on."""
    document = db.document("things/a")
    created = await got(document.create({"x": 1, "y": 2}))
    written = await got(document.set({"z": None}))
    snapshot = await got(document.get())
    assert snapshot.to_dict() == {"z": None}
    assert snapshot.create_time == created.update_time < snapshot.update_time == written.update_time


async def test_a_write_that_changes_nothing_keeps_the_update_time(db: Any) -> None:
    """Setting what is already there answers the previous update time."""
    document = db.document("things/a")
    created = await got(document.create({"x": 1}))
    assert (await got(document.set({"x": 1}))).update_time == created.update_time
    assert (await got(document.get())).update_time == created.update_time


async def test_an_integer_set_to_the_equal_double_is_a_change(db: Any) -> None:
    """1 and 1.0 compare as equal, yet the stored value becomes a double."""
    document = db.document("things/a")
    created = await got(document.create({"x": 1}))
    assert (await got(document.set({"x": 1.0}))).update_time > created.update_time
    assert isinstance((await fields(document))["x"], float)


async def test_an_empty_document_exists(db: Any) -> None:
    """A document needs no fields."""
    await got(db.document("things/a").create({}))
    snapshot = await got(db.document("things/a").get())
    assert snapshot.exists
    assert snapshot.to_dict() == {}


async def test_merge_goes_into_maps(db: Any) -> None:
    """Merging touches the leaves given and keeps their neighbours."""
    document = db.document("things/a")
    await got(document.create({"name": "Sam", "address": {"city": "SF", "state": "CA"}}))
    await got(document.set({"address": {"city": "LA"}}, merge=True))
    assert await fields(document) == {"name": "Sam", "address": {"city": "LA", "state": "CA"}}


async def test_merge_creates_what_is_missing(db: Any) -> None:
    """Merging into nothing makes the document."""
    await got(db.document("things/a").set({"m": {"x": 1}}, merge=True))
    assert await fields(db.document("things/a")) == {"m": {"x": 1}}


async def test_merging_nothing_only_makes_the_document(db: Any) -> None:
    """An empty merge creates a missing document and leaves an existing one alone."""
    await got(db.document("things/new").set({}, merge=True))
    assert await fields(db.document("things/new")) == {}
    await got(db.document("things/old").set({"x": 1}))
    await got(db.document("things/old").set({}, merge=True))
    assert await fields(db.document("things/old")) == {"x": 1}


async def test_merge_of_named_fields_leaves_the_others(db: Any) -> None:
    """Of the data given, only the fields named are written; a map named whole is replaced whole."""
    document = db.document("things/a")
    await got(document.create({"x": 1, "y": 1, "m": {"p": 1, "q": 1}}))
    await got(document.set({"x": 2, "y": 2, "m": {"p": 2}}, merge=["x", "m"]))
    assert await fields(document) == {"x": 2, "y": 1, "m": {"p": 2}}


async def test_merge_deletes_a_nested_field(db: Any) -> None:
    """DELETE_FIELD in a merge removes just that leaf."""
    document = db.document("things/a")
    await got(document.create({"m": {"p": 1, "q": 2}}))
    await got(document.set({"m": {"p": firestore.DELETE_FIELD}}, merge=True))
    assert await fields(document) == {"m": {"q": 2}}


async def test_update_refuses_a_missing_document(db: Any) -> None:
    """Update of nothing is NOT_FOUND, by the document's name."""
    with pytest.raises(NotFound, match=r"^404 No document to update: projects/.*/documents/things/none$"):
        await got(db.document("things/none").update({"x": 1}))
    assert await fields(db.document("things/none")) is None


async def test_update_replaces_a_map_unless_a_path_leads_into_it(db: Any) -> None:
    """`{"m": …}` replaces the map, `"m.p"` one leaf of it."""
    document = db.document("things/a")
    await got(document.create({"m": {"p": 1, "q": 2}, "n": {"p": 1, "q": 2}}))
    await got(document.update({"m": {"r": 3}, "n.p": 9}))
    assert await fields(document) == {"m": {"r": 3}, "n": {"p": 9, "q": 2}}


async def test_update_makes_the_maps_on_its_way(db: Any) -> None:
    """A path through nothing, or through a value that is no map, makes maps of them."""
    document = db.document("things/a")
    await got(document.create({"x": 1}))
    await got(document.update({"x.y.z": 1, "new.deep": 2}))
    assert await fields(document) == {"x": {"y": {"z": 1}}, "new": {"deep": 2}}


async def test_update_deletes_fields(db: Any) -> None:
    """DELETE_FIELD removes a field at any depth; one that is not there is no error."""
    document = db.document("things/a")
    await got(document.create({"x": 1, "m": {"p": 1, "q": 2}}))
    gone = firestore.DELETE_FIELD
    await got(document.update({"x": gone, "m.p": gone, "none": gone, "none2.deep": gone}))
    assert await fields(document) == {"m": {"q": 2}}


async def test_field_names_of_any_characters(db: Any) -> None:
    """Quoted paths reach names with dots, backticks, backslashes, spaces, digits and other scripts."""
    document = db.document("things/a")
    names = ["a.b", "back`tick", "back\\slash", "with space", "14", "ключ", "*/[]~"]
    await got(document.create({"m": dict.fromkeys(names, 0), "kept": 1}))
    await got(document.update({db.field_path("m", name): number for number, name in enumerate(names)}))
    assert await fields(document) == {"m": {name: number for number, name in enumerate(names)}, "kept": 1}


async def test_delete_is_idempotent(db: Any) -> None:
    """A deleted document is gone, and deleting it again is no error."""
    document = db.document("things/a")
    await got(document.create({"x": 1}))
    first = await got(document.delete())
    second = await got(document.delete())
    assert not (await got(document.get())).exists
    assert first < second


async def test_a_recreated_document_is_new(db: Any) -> None:
    """After a delete, the create time is that of the second create."""
    document = db.document("things/a")
    first = await got(document.create({"x": 1}))
    await got(document.delete())
    second = await got(document.create({"x": 1}))
    snapshot = await got(document.get())
    assert snapshot.create_time == second.update_time > first.update_time


async def test_deleting_a_parent_keeps_its_children(db: Any) -> None:
    """Subcollections do not need their document."""
    await got(db.document("things/a").create({}))
    await got(db.document("things/a/parts/p").create({"x": 1}))
    await got(db.document("things/a").delete())
    assert await fields(db.document("things/a/parts/p")) == {"x": 1}


async def test_add_names_the_document_itself(db: Any) -> None:
    """Add makes a document with a random id of 20 characters, or with the one given."""
    _, document = await got(db.collection("things").add({"x": 1}))
    assert re.fullmatch(r"[A-Za-z0-9]{20}", document.id)
    assert await fields(document) == {"x": 1}
    _, named = await got(db.collection("things").add({"x": 2}, document_id="named"))
    assert named.path == "things/named"


async def test_get_with_a_mask_answers_only_those_fields(db: Any) -> None:
    """A projection at any depth; what is missing is left out."""
    document = db.document("things/a")
    await got(document.create({"x": 1, "y": 2, "m": {"p": 1, "q": 2}}))
    snapshot = await got(document.get(field_paths=["x", "m.p", "none"]))
    assert snapshot.to_dict() == {"x": 1, "m": {"p": 1}}


async def test_get_all_answers_each_document_once(db: Any) -> None:
    """Missing documents come as missing, repeated ones once, under a mask if one is given."""
    await got(db.document("things/a").create({"x": 1, "y": 1}))
    await got(db.document("things/c").create({"x": 3, "y": 3}))
    wanted = [db.document(f"things/{each}") for each in "abca"]
    snapshots = await got(db.get_all(wanted, field_paths=["x"]))
    assert {s.id: s.to_dict() for s in snapshots} == {"a": {"x": 1}, "b": None, "c": {"x": 3}}
    assert len(snapshots) == 3
