"""A page of a tenant's jobs."""

from datetime import timedelta

import pytest

from shared.domain.errors import Rejected
from shared.domain.listing import Listing, words_of
from shared.ports import Position
from shared.use_cases.list_jobs import MAX_READ, ListJobs
from tests.builders import a_job
from tests.fakes.clock import NOON
from tests.fakes.job_store import FakeJobStore

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _store(*prompts: str) -> FakeJobStore:
    jobs = FakeJobStore()
    for at, (letter, prompt) in enumerate(zip(LETTERS, prompts, strict=False)):
        job = a_job(id=letter * 26, created_at=NOON - timedelta(seconds=at), prompt=prompt, words=words_of(prompt))
        jobs.has(job)
    return jobs


async def _all(jobs: FakeJobStore, listing: Listing, size: int) -> list[list[str]]:
    pages: list[list[str]] = []
    after: Position | None = None
    while True:
        page, after = await ListJobs(jobs)("local", listing, size, after)
        pages.append([job.id[0] for job in page])
        if after is None:
            return pages


@pytest.mark.parametrize("size", range(1, 7))
async def test_pages_together_are_everything_once(size: int) -> None:
    """The last one is full or not, and none is empty but that of nothing."""
    pages = await _all(_store(*["a fox"] * 5), Listing(), size)
    assert [letter for page in pages for letter in page] == list("abcde")
    assert all(len(page) == size for page in pages[:-1])
    assert await _all(_store(), Listing(), size) == [[]]


async def test_a_new_job_shifts_no_page() -> None:
    """A token names a job, not a number."""
    jobs = _store("a fox", "a fox", "a fox")
    first, after = await ListJobs(jobs)("local", Listing(), 1, None)
    jobs.has(a_job(id="z" * 26, created_at=NOON + timedelta(seconds=1)))
    second, _ = await ListJobs(jobs)("local", Listing(), 1, after)
    assert [job.id[0] for job in (*first, *second)] == ["a", "b"]


@pytest.mark.parametrize("size", range(1, 5))
async def test_a_search_for_several_words_passes_over_the_others(size: int) -> None:
    """Whatever the page's size."""
    jobs = _store("red foxes", "foxes", "foxes", "foxes run red", "red", "foxes red")
    pages = await _all(jobs, Listing(where={"q": "red foxes"}), size)
    assert [letter for page in pages for letter in page] == ["a", "d", "f"]


async def test_a_search_that_finds_little_stops_and_goes_on_with_the_next_page() -> None:
    """One call reads so much and no more."""
    jobs = _store(*["foxes"] * 25)
    page, after = await ListJobs(jobs)("local", Listing(where={"q": "foxes red"}), 2, None)
    assert (page, jobs.calls) == ([], ["page"] * MAX_READ)
    assert after is not None


async def test_filters_that_do_not_go_together_read_nothing() -> None:
    """400."""
    jobs = _store("a fox")
    with pytest.raises(Rejected):
        await ListJobs(jobs)("local", Listing(where={"q": "fox", "user_id": "u"}), 1, None)
    assert jobs.calls == []
