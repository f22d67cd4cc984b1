"""What is told of a tenant's jobs, and to whom."""

from datetime import timedelta

import pytest

from shared.gcp import tenant_feed
from shared.gcp.tenant_feed import FeedWatch, TenantFeed, Version
from tests.builders import JOB_ID, a_job
from tests.fakes.clock import NOON

FIRST = Version(NOON, sequence=2, deleted=False)
LATER = NOON + timedelta(seconds=1)


@pytest.fixture
def feed() -> TenantFeed:
    """Open, with one job that was told of."""
    made = TenantFeed()
    assert not made.is_news(JOB_ID, FIRST)
    made.open()
    return made


@pytest.mark.parametrize(
    ("version", "news"),
    [
        (FIRST, False),
        (FIRST._replace(sequence=3), False),
        (FIRST._replace(at=LATER), False),
        (FIRST._replace(at=LATER, sequence=3), True),
        (FIRST._replace(at=LATER, deleted=True), True),
        (FIRST._replace(at=LATER, sequence=1), True),
    ],
    ids=["the same", "as old", "of ours alone", "another", "deleted", "made anew"],
)
def test_a_version_is_news_once(feed: TenantFeed, version: Version, news: bool) -> None:  # noqa: FBT001 - a column
    """A later one that says something else."""
    assert feed.is_news(JOB_ID, version) is news
    assert not feed.is_news(JOB_ID, version)


def test_so_many_are_remembered(feed: TenantFeed) -> None:
    """Of those that changed last."""
    for number in range(tenant_feed.REMEMBERED):
        assert feed.is_news(f"job {number}", FIRST)
    assert feed.is_news(JOB_ID, FIRST)
    assert not feed.is_news("job 9999", FIRST)


async def test_who_is_slow_is_given_the_last_of_each_job(feed: TenantFeed) -> None:
    """In the order of their last changes; nothing is kept for who left."""
    slow, gone = FeedWatch(), FeedWatch()
    feed.join(slow)
    feed.join(gone)
    feed.watches.discard(gone)
    for job_id, number in (("a", 1), ("b", 1), ("a", 2)):
        feed.tell(job_id, a_job(id=job_id, status_sequence=number))
    feed.gone("c")
    assert [(each.job_id, each.job and each.job.status_sequence) for each in await slow.next()] == [
        ("b", 1), ("a", 2), ("c", None)
    ]  # fmt: skip
    assert not gone._waiting  # noqa: SLF001 - there is no other way to see that nothing piles up
