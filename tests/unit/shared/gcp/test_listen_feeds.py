"""Feeds of a Listen stream: what each kind of answer says of a tenant's jobs."""

from datetime import UTC, datetime
from typing import Any

import pytest
from google.cloud.firestore_v1.types import ListenResponse

from shared.gcp.listen_feeds import Feeds
from shared.gcp.listen_requests import Requests

FOLDER = "projects/p/databases/d/documents/jobs"
NOON = datetime(2020, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def requests() -> Requests:
    """What is sent."""
    return Requests("projects/p/databases/d")


@pytest.fixture
def feeds(requests: Requests) -> Feeds:
    """Of acme and rival; acme's job a was said."""
    made = Feeds(requests, "jobs")
    made.add("acme", NOON)
    made.add("rival", NOON)
    assert told(made, there("a", 1)) == [("acme", "a", True)]
    return made


def there(job_id: str, *numbers: int) -> dict[str, Any]:
    """The document, as it is now."""
    document = {"name": f"{FOLDER}/{job_id}", "update_time": NOON, "fields": {"status_sequence": {"integer_value": 3}}}
    return {"document_change": {"document": document, "target_ids": numbers}}


def changed(kind: str, *numbers: int, **more: Any) -> dict[str, Any]:
    """A change of targets."""
    return {"target_change": {"target_change_type": kind, "target_ids": numbers, **more}}


def told(feeds: Feeds, answer: dict[str, Any]) -> list[tuple[str, str | None, bool]]:
    """What an answer says: of whose, which job, and whether it is there."""
    return [(news.tenant, news.job_id, news.document is not None) for news in feeds.news(ListenResponse(answer))]


async def sent(requests: Requests) -> list[int]:
    """Ids of the targets that were asked for (positive) and given up (negative)."""
    requests.end()
    return [request.add_target.target_id or -request.remove_target async for request in requests]


async def test_what_is_asked_for_is_what_changed_since(feeds: Feeds, requests: Requests) -> None:
    """Of the tenant; once, however often it is added."""
    feeds.add("acme", NOON)
    requests.end()
    first, second = [request.add_target.query async for request in requests]
    assert (first.parent, second.parent) == ("projects/p/databases/d/documents",) * 2
    tenant, since = first.structured_query.where.composite_filter.filters
    assert (tenant.field_filter.field.field_path, tenant.field_filter.value.string_value) == ("tenant", "acme")
    assert (since.field_filter.field.field_path, since.field_filter.value.timestamp_value) == ("updated_at", NOON)


def test_a_version_is_known_without_decoding(feeds: Feeds) -> None:
    """When it was written, the job's sequence, and whether it is deleted."""
    (news,) = feeds.news(ListenResponse(there("b", 1)))
    assert news.version == (NOON, 3, False)


def test_a_document_that_is_deleted_is_gone_and_one_that_left_is_nothing(feeds: Feeds) -> None:
    """What leaves a query is there still; nothing is said twice."""
    assert told(feeds, {"document_delete": {"document": f"{FOLDER}/a", "removed_target_ids": [1]}}) == [
        ("acme", "a", False)
    ]
    told(feeds, there("b", 2))
    assert told(feeds, {"document_remove": {"document": f"{FOLDER}/b", "removed_target_ids": [2]}}) == []


def test_all_was_said_of_those_that_are_current(feeds: Feeds) -> None:
    """Until the last snapshot of all; after a reset, of none."""
    assert told(feeds, changed("CURRENT", 1)) == [("acme", None, False)]
    told(feeds, changed("NO_CHANGE", read_time=NOON))
    assert (feeds.current, feeds.snapshot) == ({"acme"}, NOON)
    told(feeds, changed("RESET"))
    assert feeds.current == set()


async def test_a_count_that_is_not_ours_has_it_asked_for_anew(feeds: Feeds, requests: Requests) -> None:
    """By the owner; what is still said of the old target is nothing. One that is right changes nothing."""
    told(feeds, {"filter": {"target_id": 1, "count": 1}})
    assert feeds.refused == []
    told(feeds, {"filter": {"target_id": 1, "count": 2}})
    assert feeds.refused == ["acme"]
    feeds.add("acme", NOON)
    assert told(feeds, there("a", 1)) == []
    assert told(feeds, there("a", 3)) == [("acme", "a", True)]
    assert await sent(requests) == [1, 2, -1, 3]


async def test_a_target_that_the_server_removes_is_not_given_up(feeds: Feeds, requests: Requests) -> None:
    """The stream would end by it."""
    told(feeds, changed("REMOVE", 2))
    assert feeds.refused == ["rival"]
    feeds.remove("rival")
    feeds.remove("acme")
    assert await sent(requests) == [1, 2, -1]
