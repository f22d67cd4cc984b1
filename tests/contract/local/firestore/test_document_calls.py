"""The calls for one document, which only the generated clients make."""

import re
from typing import Any

import pytest
from google.api_core.exceptions import AlreadyExists, InvalidArgument, NotFound

from tests.contract.local.firestore.clients import begin, database, fields, generated, got, name

ONE = {"integer_value": 1}
TWO = {"integer_value": 2}


def _create(db: Any, **request: Any) -> Any:
    return generated(db).create_document(
        request={"parent": f"{database(db)}/documents", "collection_id": "things"} | request
    )


async def test_create_under_an_id(db: Any) -> None:
    """The document made is answered, with its name and times."""
    made = await got(_create(db, document_id="a", document={"fields": {"n": ONE, "m": TWO}}))
    assert made.name == name(db.document("things/a"))
    assert made.create_time == made.update_time
    assert await fields(db.document("things/a")) == {"n": 1, "m": 2}
    with pytest.raises(AlreadyExists):
        await got(_create(db, document_id="a"))


async def test_create_under_a_new_id(db: Any) -> None:
    """Without an id, Firestore makes one up."""
    made = await got(_create(db, document={"fields": {"n": ONE}}))
    assert re.fullmatch(r"[A-Za-z0-9]{20}", made.name.rsplit("/", 1)[1])


async def test_create_in_a_subcollection_and_under_a_mask(db: Any) -> None:
    """The parent may be a document, there or not; the mask bounds the answer, not what is stored."""
    document = {"fields": {"n": ONE, "m": TWO}}
    parent = name(db.document("things/none"))
    made = await got(
        _create(
            db, parent=parent, collection_id="parts", document_id="p", document=document, mask={"field_paths": ["n"]}
        )
    )
    assert list(made.fields) == ["n"]
    assert await fields(db.document("things/none/parts/p")) == {"n": 1, "m": 2}


@pytest.mark.parametrize("bad", [{"document_id": "a/b"}, {"collection_id": ""}, {"document_id": "__x__"}], ids=str)
async def test_create_refuses_ids_that_are_none(db: Any, bad: dict[str, Any]) -> None:
    """INVALID_ARGUMENT, as in a commit."""
    with pytest.raises(InvalidArgument):
        await got(_create(db, **bad))


async def test_update_under_a_mask(db: Any) -> None:
    """Fields of the mask are set or, where not given, deleted; the answer is the whole document."""
    await got(db.document("things/a").set({"n": 1, "gone": 1, "kept": 1}))
    update = {
        "document": {"name": name(db.document("things/a")), "fields": {"n": TWO, "not in the mask": TWO}},
        "update_mask": {"field_paths": ["n", "gone"]},
    }
    updated = await got(generated(db).update_document(request=update))
    assert sorted(updated.fields) == ["kept", "n"]
    assert await fields(db.document("things/a")) == {"n": 2, "kept": 1}


async def test_update_makes_a_missing_document(db: Any) -> None:
    """Unless a condition forbids it."""
    document = {"name": name(db.document("things/a")), "fields": {"n": ONE}}
    with pytest.raises(NotFound):
        await got(generated(db).update_document(request={"document": document, "current_document": {"exists": True}}))
    await got(generated(db).update_document(request={"document": document}))
    assert await fields(db.document("things/a")) == {"n": 1}


async def test_get_under_a_mask_at_a_time_and_in_a_transaction(db: Any) -> None:
    """GetDocument knows the same moments as the other reads."""
    first = (await got(db.document("things/a").set({"n": 1, "m": 1}))).update_time
    transaction = await begin(db, read_only=True)
    api, where = generated(db), name(db.document("things/a"))
    assert (await got(api.get_document(request={"name": where, "transaction": transaction.id}))).fields[
        "n"
    ].integer_value == 1
    await got(db.document("things/a").set({"n": 2, "m": 2}))
    past = await got(api.get_document(request={"name": where, "read_time": first, "mask": {"field_paths": ["n"]}}))
    assert {field: value.integer_value for field, value in past.fields.items()} == {"n": 1}
    inside = await got(api.get_document(request={"name": where, "transaction": transaction.id}))
    assert inside.fields["n"].integer_value == 1
    with pytest.raises(NotFound):
        await got(api.get_document(request={"name": name(db.document("things/none"))}))


async def test_delete_is_idempotent(db: Any) -> None:
    """Deleting what is not there is no error without a condition."""
    await got(db.document("things/a").set({}))
    for _ in range(2):
        await got(generated(db).delete_document(request={"name": name(db.document("things/a"))}))
    assert await fields(db.document("things/a")) is None
