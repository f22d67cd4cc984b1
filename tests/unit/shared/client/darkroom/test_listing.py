"""Listings turn their pages as they are needed."""

import pytest
from darkroom import errors

from tests.fakes.http_server import Answer, Asked, json_answer
from tests.unit.shared.client.darkroom.service import Service, a_job

PAGES = {None: (["a", "b"], "2"), "2": (["c"], "3"), "3": ([], None)}


def pages(asked: Asked) -> Answer:
    """Three jobs on three pages, the last of them empty."""
    ids, token = PAGES[asked.query.get("page_token")]
    return json_answer({"jobs": [a_job(id=each) for each in ids], "next_page_token": token})


def test_jobs_are_listed_over_all_pages(deployment: Service) -> None:
    """By the same filters; a page is asked for when the one before is used up."""
    deployment.answers = [pages]
    with deployment.client() as client:
        found = client.list(status="queued", label="film=fox", page_size=2)
        assert [next(found).id, next(found).id] == ["a", "b"]
        assert len(deployment.asked) == 1
        assert [job.id for job in found] == ["c"]
    filters = {"status": "queued", "label": "film=fox", "page_size": "2"}
    assert [asked.query for asked in deployment.asked] == [
        filters, {**filters, "page_token": "2"}, {**filters, "page_token": "3"},
    ]  # fmt: skip


def test_any_listing_is_gone_through(deployment: Service) -> None:
    """As it came."""
    deployment.answers = [json_answer({"keys": [{"id": "k"}], "next_page_token": None, "new": 1})]
    with deployment.client() as client:
        assert list(client.each("/v1/keys", params={"page_size": 5})) == [{"id": "k"}]
    assert deployment.asked[0].query == {"page_size": "5"}


@pytest.mark.parametrize("page", [{"jobs": {}}, {"jobs": [], "more": []}, {"hello": "world"}])
def test_what_is_no_page_is_told(deployment: Service, page: dict[str, object]) -> None:
    """An answer without one list, whose jobs these are."""
    deployment.answers = [json_answer(page)]
    with deployment.client() as client, pytest.raises(errors.NotDarkroom):
        list(client.list())


def test_a_page_that_names_itself_as_the_next_keeps_nobody(deployment: Service) -> None:
    """Else the same jobs would be listed for ever."""
    deployment.answers = [json_answer({"jobs": [a_job()], "next_page_token": "same"})]
    with deployment.client() as client, pytest.raises(errors.NotDarkroom):
        list(client.list())
    assert len(deployment.asked) == 2
