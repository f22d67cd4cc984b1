"""Targets of a Listen stream: what each kind of answer says of the jobs."""

from typing import Any

import pytest
from google.cloud.firestore_v1.types import ListenResponse

from shared.gcp.listen_requests import Requests
from shared.gcp.listen_targets import Targets

FOLDER = "projects/p/databases/d/documents/jobs"


@pytest.fixture
def requests() -> Requests:
    """What is sent."""
    return Requests("projects/p/databases/d")


@pytest.fixture
def targets(requests: Requests) -> Targets:
    """With the jobs a and b, of which a was said to be there."""
    made = Targets(requests, "jobs")
    made.add("a")
    made.add("b")
    assert told(made, there("a", 1)) == [("a", True)]
    return made


def there(job_id: str, *numbers: int) -> dict[str, Any]:
    """The document, as it is now."""
    return {"document_change": {"document": {"name": f"{FOLDER}/{job_id}"}, "target_ids": numbers}}


def changed(kind: str, *numbers: int) -> dict[str, Any]:
    """A change of targets."""
    return {"target_change": {"target_change_type": kind, "target_ids": numbers}}


def told(targets: Targets, answer: dict[str, Any]) -> list[tuple[str, bool]]:
    """What an answer says: of which jobs, and whether they are there."""
    return [(news.job_id, news.document is not None) for news in targets.news(ListenResponse(answer))]


async def sent(requests: Requests) -> list[int]:
    """Ids of the targets that were asked for (positive) and given up (negative)."""
    requests.end()
    return [request.add_target.target_id or -request.remove_target async for request in requests]


@pytest.mark.parametrize("kind", ["document_delete", "document_remove"])
def test_a_document_that_went_is_none(targets: Targets, kind: str) -> None:
    """Deleted, or no longer the target's."""
    answer = {kind: {"document": f"{FOLDER}/a", "removed_target_ids": [1]}}
    assert told(targets, answer) == [("a", False)]


def test_a_target_that_is_told_of_whole_without_a_document_has_none(targets: Targets) -> None:
    """The others have what they had."""
    assert told(targets, changed("CURRENT", 1, 2)) == [("b", False)]
    assert told(targets, changed("CURRENT", 1, 2)) == []


def test_what_was_said_before_a_reset_counts_no_more(targets: Targets) -> None:
    """Of all targets, where none is named: they are told of anew."""
    assert told(targets, changed("RESET")) == []
    assert told(targets, there("b", 2)) == [("b", True)]
    assert told(targets, changed("CURRENT")) == [("a", False)]


async def test_a_count_that_is_not_ours_has_the_document_asked_for_anew(targets: Targets, requests: Requests) -> None:
    """Under another id; one that is right changes nothing."""
    told(targets, {"filter": {"target_id": 1, "count": 1}})
    told(targets, {"filter": {"target_id": 1, "count": 0}})
    assert told(targets, there("a", 1)) == []
    assert told(targets, changed("CURRENT", 3)) == [("a", False)]
    assert await sent(requests) == [1, 2, -1, 3]


async def test_a_target_that_the_server_removes_can_be_asked_for_again(targets: Targets, requests: Requests) -> None:
    """It is not given up a second time: the stream would end by it."""
    assert told(targets, changed("REMOVE", 1)) == []
    assert targets.refused == ["a"]
    targets.remove("a")
    targets.add("a")
    assert told(targets, there("a", 3)) == [("a", True)]
    assert await sent(requests) == [1, 2, 3]


async def test_a_job_has_one_target(targets: Targets, requests: Requests) -> None:
    """However often it is asked for; nothing is heard of it once it is given up."""
    targets.add("a")
    targets.remove("a")
    assert told(targets, there("a", 1)) == []
    assert await sent(requests) == [1, 2, -1]
