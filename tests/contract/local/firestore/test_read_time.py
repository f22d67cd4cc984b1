"""Reads of the past, at the microsecond."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core.exceptions import FailedPrecondition, InvalidArgument
from google.cloud.firestore_v1.base_query import FieldFilter

from tests.contract.local.firestore.clients import got, ids, store


@pytest.fixture
async def moments(db: Any) -> list[Any]:
    """Times of the database: before anything, with a = 1, with a = 2 and b, without a."""
    document = db.document("things/a")
    first = (await got(document.set({"n": 1}))).update_time
    batch = db.batch()
    batch.set(document, {"n": 2})
    batch.set(db.document("things/b"), {"n": 2})
    batch.set(db.document("things/c/parts/p"), {"n": 2})
    await got(batch.commit())
    last = await got(document.delete())
    return [first - timedelta(microseconds=1), first, batch.commit_time, last]


async def test_get_at_a_time(db: Any, moments: list[Any]) -> None:
    """A document is as the last commit at or before the time left it."""
    seen = [await got(db.document("things/a").get(read_time=moment)) for moment in moments]
    assert [snapshot.to_dict() for snapshot in seen] == [None, {"n": 1}, {"n": 2}, None]
    assert [snapshot.read_time for snapshot in seen] == moments


async def test_a_time_between_two_commits(db: Any, moments: list[Any]) -> None:
    """Just before a commit, its effect is not there yet."""
    just_before = moments[2] - timedelta(microseconds=1)
    snapshot = await got(db.document("things/a").get(read_time=just_before))
    assert snapshot.to_dict() == {"n": 1}
    assert snapshot.update_time == moments[1]


async def test_get_all_at_a_time(db: Any, moments: list[Any]) -> None:
    """Several documents at one moment."""
    both = [db.document("things/a"), db.document("things/b")]
    seen = await got(db.get_all(both, read_time=moments[1]))
    assert {snapshot.id: snapshot.exists for snapshot in seen} == {"a": True, "b": False}


async def test_queries_at_a_time(db: Any, moments: list[Any]) -> None:
    """Filters, orders and aggregations see the past too."""
    things = db.collection("things")
    assert [ids(await got(things.get(read_time=moment))) for moment in moments] == [[], ["a"], ["a", "b"], ["b"]]
    twos = things.where(filter=FieldFilter("n", "==", 2))
    assert [ids(await got(twos.get(read_time=moment))) for moment in moments] == [[], [], ["a", "b"], ["b"]]
    sums = [(await got(things.sum("n").get(read_time=moment)))[0][0].value for moment in moments]
    assert sums == [0, 1, 4, 2]


async def test_listings_at_a_time(db: Any, moments: list[Any]) -> None:
    """Documents, missing parents and collections as they were."""
    listed = [await got(db.collection("things").list_documents(read_time=moment)) for moment in moments]
    assert [[each.id for each in each_time] for each_time in listed] == [[], ["a"], ["a", "b", "c"], ["b", "c"]]
    collections = [await got(db.collections(read_time=moment)) for moment in moments]
    assert [[each.id for each in each_time] for each_time in collections] == [[], ["things"], ["things"], ["things"]]
    assert await got(db.document("things/c").collections(read_time=moments[1])) == []


async def test_many_versions(db: Any) -> None:
    """Each of many versions can be read back."""
    document = db.document("things/a")
    times = [(await got(document.set({"n": n}))).update_time for n in range(20)]
    for n, time in enumerate(times):
        assert (await got(document.get(read_time=time))).to_dict() == {"n": n}


async def test_a_time_to_come(db: Any) -> None:
    """The future cannot be read: INVALID_ARGUMENT."""
    await store(db, {"things/a": {}})
    with pytest.raises(InvalidArgument):
        await got(db.document("things/a").get(read_time=datetime.now(UTC) + timedelta(hours=1)))


async def test_a_time_too_long_ago(db: Any) -> None:
    """More than an hour ago is FAILED_PRECONDITION: the version is too old."""
    await store(db, {"things/a": {}})
    with pytest.raises(FailedPrecondition, match="too old"):
        await got(db.document("things/a").get(read_time=datetime.now(UTC) - timedelta(hours=2)))
