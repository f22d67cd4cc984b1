"""The operators' questions: how many jobs ended how, how fast, what they cost, and which are stuck."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import fmean

import msgspec

from shared.domain.job import Job
from shared.domain.ledger import Entry
from shared.ports import Clock, JobStore, Ledger
from shared.use_cases.usage import entries_of

STUCK_AFTER = timedelta(minutes=5)  # a job that is queued for longer, and due, is stuck
MAX_STUCK = 100


class Durations(msgspec.Struct, frozen=True, kw_only=True):
    """Of completed jobs, in milliseconds; None where there are none."""

    average_ms: float | None
    p50_ms: int | None
    p95_ms: int | None


class CostOfType(msgspec.Struct, frozen=True, kw_only=True):
    """Of the jobs of one type, in micro-USD."""

    jobs: int
    average_micros: float
    total_micros: int


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in the window, and what is stuck now."""

    by_status: Mapping[str, int]
    success_rate: float | None  # of completed among completed and failed; None where there are none
    cache_hit_rate: float | None  # of cached among completed
    total: Durations
    queued: Durations
    generating: Durations
    uploading: Durations
    cost_by_type: Mapping[str, CostOfType]
    failures_by_stage: Mapping[str, int]
    failures_by_code: Mapping[str, int]
    stuck: Sequence[str]  # ids of jobs, the longest queued first; at most 100


class ReadStats:
    """GET /v1/stats."""

    def __init__(self, ledger: Ledger, jobs: JobStore, clock: Clock) -> None:
        self._ledger = ledger
        self._jobs = jobs
        self._clock = clock

    async def __call__(self, tenant: str, since: datetime, until: datetime, where: Mapping[str, str]) -> Stats:
        """The figures from `since` to before `until`.

        Raises:
            Rejected: 400, as ReadUsage.
            Unavailable: the database does not answer.
        """
        entries = await entries_of(self._ledger, tenant, since, until, where)
        now = self._clock.now()
        queued = await self._jobs.queued_since(tenant, now - STUCK_AFTER, MAX_STUCK)
        return of(entries, [stored.job for stored in queued if _stuck(stored.job, now)])


def _stuck(job: Job, now: datetime) -> bool:
    """Whether it might have begun long ago; one that waits for another's images stands and falls with that one."""
    return job.due(now) and not job.waiting_for


def of(entries: Sequence[Entry], stuck: Sequence[Job]) -> Stats:
    """The figures of these entries."""
    completed = [entry for entry in entries if entry.status == "completed"]
    failed = [entry for entry in entries if entry.status == "failed"]
    types = sorted({entry.job_type for entry in entries})
    return Stats(
        by_status=dict(sorted(Counter(entry.status for entry in entries).items())),
        success_rate=_share(len(completed), len(completed) + len(failed)),
        cache_hit_rate=_share(sum(entry.cached for entry in completed), len(completed)),
        total=_durations(entry.total_ms for entry in completed),
        queued=_durations(entry.queued_ms for entry in completed),
        generating=_durations(entry.generating_ms for entry in completed),
        uploading=_durations(entry.uploading_ms for entry in completed),
        cost_by_type={name: _cost([entry for entry in entries if entry.job_type == name]) for name in types},
        failures_by_stage=dict(sorted(Counter(str(entry.failure_stage) for entry in failed).items())),
        failures_by_code=dict(sorted(Counter(str(entry.failure_code) for entry in failed).items())),
        stuck=[job.id for job in stuck],
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _durations(found: Iterable[int | None]) -> Durations:
    known = sorted(value for value in found if value is not None)
    if not known:
        return Durations(average_ms=None, p50_ms=None, p95_ms=None)
    return Durations(average_ms=fmean(known), p50_ms=_percentile(known, 50), p95_ms=_percentile(known, 95))


def _percentile(known: Sequence[int], percent: int) -> int:
    """The smallest value that so many percent do not exceed (nearest rank)."""
    return known[max(0, -(-len(known) * percent // 100) - 1)]


def _cost(entries: Sequence[Entry]) -> CostOfType:
    total = sum(entry.micros for entry in entries)
    return CostOfType(jobs=len(entries), average_micros=total / len(entries), total_micros=total)
