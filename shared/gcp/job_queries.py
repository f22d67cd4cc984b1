"""Queries of `jobs` and of parents; each needs its index in `infra/cloud/firestore.indexes.json`."""

from collections.abc import Sequence
from typing import Any

from google.cloud.firestore_v1.base_query import FieldFilter
from google.cloud.firestore_v1.query import Query

from shared.domain.job import Status
from shared.domain.listing import Listing
from shared.gcp.errors import CALL_ERRORS, refused
from shared.gcp.limits import READ
from shared.ports import Position


def asked(jobs: Any, listing: Listing) -> Any:
    """Those of the jobs that the listing asks for."""
    for name, value in listing.equals().items():
        jobs = jobs.where(filter=FieldFilter(name, "==", value))
    if element := listing.contains():
        name, value = element
        jobs = jobs.where(filter=FieldFilter(name, "array_contains", value))
    if listing.created_after:
        jobs = jobs.where(filter=FieldFilter("created_at", ">", listing.created_after))
    return jobs


def children(jobs: Any, tenant: str, parent_id: str, statuses: Sequence[Status]) -> Any:
    """The listed jobs of a parent that have one of these statuses."""
    own = jobs.where(filter=FieldFilter("listed_for", "==", tenant))
    return own.where(filter=FieldFilter("parent_id", "==", parent_id)).where(
        filter=FieldFilter("status", "in", list(statuses))
    )


def newest(jobs: Any, time: str, after: Position | None) -> Any:
    """The jobs by that time, the newest first; only those after a position."""
    return _ordered(jobs, time, after, Query.DESCENDING)


def oldest(jobs: Any, time: str, after: Position | None) -> Any:
    """The jobs by that time, the oldest first; only those after a position."""
    return _ordered(jobs, time, after, Query.ASCENDING)


async def counted(jobs: Any) -> int:
    """How many there are, counted on the server's side.

    Raises:
        Unavailable: the database does not answer.
    """
    try:
        answer = await jobs.count().get(**READ)
    except CALL_ERRORS as exc:
        raise refused("Firestore", exc) from exc
    return int(answer[0][0].value)


def _ordered(jobs: Any, time: str, after: Position | None, direction: str) -> Any:
    for name in (time, "__name__"):
        jobs = jobs.order_by(name, direction=direction)
    return jobs.start_after({time: after.at, "__name__": after.job_id}) if after else jobs
