"""What a job counts as where jobs are counted: words, of which there are few."""

from typing import Literal

from shared.domain.job import Job

Begin = Literal["at_once", "not_before", "again"]
CacheUse = Literal["hit", "miss", "refresh", "off"]


def begin_of(job: Job) -> Begin:
    """When its last attempt was to begin: a wait that was asked for, or that follows a failure, is no late start."""
    if job.attempt_count > 1:
        return "again"
    return "not_before" if job.not_before else "at_once"


def cache_use_of(job: Job) -> CacheUse:
    """What became of its question to the cache; only a hit and a miss were questions."""
    if job.cache == "reuse":
        return "hit" if job.cached else "miss"
    return job.cache
