"""What the growth part stores, and what it counts as read."""

import os
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any, cast

import msgspec
import pytest

from shared.domain.job import Job
from shared.domain.listing import Listing, check
from shared.gcp.documents import fields
from tests.bench import usage
from tests.bench.bounds import BOUNDS
from tests.bench.parts.growth import FULL, QUICK, stored
from tests.bench.parts.growth.filling import Filling
from tests.bench.parts.growth.lists import PAGE, PAGES, reads
from tests.bench.parts.growth.requests import means, turns
from tests.bench.parts.growth.sizes import Size, grown
from tests.processes import Control
from tests.waiting import until

FEWEST = min(FULL.sizes)
NAME = "projects/p/databases/(default)/documents"


class Found(Filling):
    """A database in which each query finds as many documents as its text says."""

    def __init__(self) -> None:
        """Of no client."""

    def found(self, query: str) -> int:
        """The query is a number."""
        return int(query)


def a_size(number: int) -> Size:
    """So many stored, without anybody to ask."""
    return Size(number, Found(), cast("Control", None), {})


def test_stored_jobs_are_whole_and_not_due() -> None:
    """Each can be stored and read as itself; ids differ; `sweep` has nothing to do for any of them."""
    jobs = list(stored.jobs(1_000))
    assert [msgspec.convert(fields(job), Job) for job in jobs] == jobs
    assert len({job.id for job in jobs}) == len(jobs)
    assert not [job for job in jobs if job.wake_at and job.wake_at < stored.LATER]
    assert len({job.tenant for job in jobs}) > 2
    assert {"completed", "failed", "canceled", "queued", "generating"} == {job.status for job in jobs}
    assert all(job.is_over == (job.wake_at is None) for job in jobs)


@pytest.mark.parametrize("number", [FEWEST, 1_000])
def test_batches_are_whole(number: int) -> None:
    """All jobs of a batch are stored with it, and none of another's."""
    children = Counter(job.parent_id for job in stored.jobs(number) if job.parent_id)
    assert children == {parent.id: parent.children for parent in stored.parents(number)}
    assert children[stored.batch(0)] == stored.CHILDREN


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_page_is_full_where_the_fewest_are_stored(page: Any) -> None:
    """And has a next one; its filters go together."""
    listing = Listing(where=page.filters)
    check(listing)
    own = [job for job in stored.jobs(FEWEST) if job.tenant == stored.TENANT]
    if page.deep:
        own = [job for job in own if job.created_at < stored.middle(FEWEST)[0]]
    found = [job for job in own if all(getattr(job, name) == value for name, value in listing.equals().items())]
    found = [job for job in found if listing.finds(job)]
    assert len(found) > PAGE


def test_the_job_that_is_read_is_the_tenants_and_completed() -> None:
    """At every size."""
    for number in (100, 102, 1_000):
        (job,) = (each for each in stored.jobs(number) if each.id == stored.finished(number))
        assert (job.tenant, job.status) == (stored.TENANT, "completed")


def test_due_jobs_are_due_and_no_stored_ones() -> None:
    """They come and go beside those that are stored."""
    now = datetime.now(UTC)
    due = list(stored.due(500, now))
    assert all(job.status == "queued" and job.wake_at and job.wake_at < now for job in due)
    assert len({job.id for job in (*due, *stored.jobs(1_000), *stored.waiting(200))}) == 1_700


def test_reads_are_counted_as_they_are_billed() -> None:
    """A query costs what it finds, and one where that is nothing; what is read once a minute is left out."""
    calls = [
        {"service": "firestore", "method": "RunQuery", "about": "21"},
        {"service": "firestore", "method": "RunQuery", "about": "0"},
        {"service": "firestore", "method": "BatchGetDocuments", "about": f'documents: "{NAME}/jobs/a"'},
        {"service": "firestore", "method": "BatchGetDocuments", "about": f'documents: "{NAME}/tenants/local"'},
        {"service": "firestore", "method": "GetDocument", "about": f'name: "{NAME}/jobs/a"'},
        {"service": "pubsub", "method": "Publish", "about": ""},
    ]
    assert reads(a_size(100), calls) == 24


def test_sizes_are_asked_in_turn_and_never_twice_in_a_row() -> None:
    """And a value is the mean of some of its turns."""
    order: list[str] = []

    def mark(name: str) -> int:
        order.append(name)
        return len(order)

    first, second = turns(4, [lambda: mark("a"), lambda: mark("b")])
    assert "".join(order) == "abababab"
    assert (means(first, 2), means(second, 2)) == ([2, 6], [3, 7])


def test_the_bounds_are_of_the_most_stored_held_against_the_fewest() -> None:
    """A quick run stores fewer: no bound is of its rows."""
    bounds = [bound for bound in BOUNDS if bound.part == "growth"]
    for effort in (FULL, QUICK):
        sizes, values = [a_size(each) for each in effort.sizes], [[1.0], [3.0], [2.0]]
        row = grown("submit: CPU a request", "µs", sizes, [*values[: len(sizes) - 1], values[-1]])
        assert (row.ratio, row.against) == (2, "100 stored")
        assert row.note == ("3 µs with 10,000" if effort is FULL else "")
        assert any(bound.name == row.name for bound in bounds) == (effort is FULL)
    assert not any(bound.quick for bound in bounds)


def test_processor_time_is_told_finely_and_of_other_processes() -> None:
    """As the process itself is told; 0 of one that has gone."""
    before = time.process_time()
    assert before <= usage.cpu([os.getpid()]) <= time.process_time()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        until(lambda: usage.cpu([other.pid]) > 0)
    assert usage.cpu([other.pid]) == 0
