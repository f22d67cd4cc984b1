"""What so many jobs a day make of the rates: quantities by the month, loads at the peak, instances."""

from collections.abc import Mapping

import msgspec

from infra.plan.queueing import busy_instances, places_for, wait_percentile
from infra.plan.rates import Counts, Rates

DAY = 86_400  # seconds
MONTH_DAYS = 30
KILOBYTE = 1_000  # Pub/Sub bills no message below it
MIB, GIB, TIB = 2**20, 2**30, 2**40
PERCENTILES = (0.50, 0.95, 0.99)


class Plan(msgspec.Struct, frozen=True):
    """What is asked: how many jobs, and of what kind."""

    jobs_per_day: float
    peak: float = 3  # times as many a second at the busiest time as on average
    images: int = 1  # a job
    polls: float = 3  # reads of a job by its client
    downloads: float = 1  # of each image, out of Google's network
    webhooks: float = 0  # the share of jobs that tell of their end
    retention_days: float = 30
    model_seconds: float | None = None  # None: the table's
    quota_per_minute: float | None = None  # of the model's calls; None: as many as are needed
    max_instances: int | None = None  # of `generate`; None: as many as are needed


class Fleet(msgspec.Struct, frozen=True):
    """One function at the peak."""

    requests_per_second: float
    busy_places: float
    instances: int
    billed_instances: float  # at work on average over the day


class Load(msgspec.Struct, frozen=True):
    """The answer."""

    quantities: Mapping[str, float]  # by the month
    peak: Mapping[str, float]  # by the second, or at once
    fleets: Mapping[str, Fleet]
    queue_age: tuple[float, ...]  # seconds, at PERCENTILES, at the peak


def load_of(plan: Plan, rates: Rates) -> Load:
    """What the plan comes to."""
    seconds = plan.model_seconds or rates.model_seconds
    fleets = _fleets(plan, rates, seconds)
    places = fleets["generate"].instances * rates.functions["generate"].concurrency
    busy = fleets["generate"].busy_places
    held = seconds + rates.functions["generate"].seconds
    if plan.quota_per_minute:
        places = min(places, int(plan.quota_per_minute / 60 * held))  # more could not be used
    ages = tuple(rates.delivery_seconds + wait_percentile(share, places, busy, held) for share in PERCENTILES)
    return Load(_quantities(plan, rates, fleets), _peak(plan, rates, fleets), fleets, ages)


def _fleets(plan: Plan, rates: Rates, model_seconds: float) -> dict[str, Fleet]:
    jobs = plan.jobs_per_day / DAY
    arrivals = {
        "submit": jobs,
        "status": jobs * plan.polls,
        "generate": jobs,
        "notify": jobs * plan.webhooks,
        "sweep": rates.sweep.runs_per_day / DAY,
    }
    fleets = {}
    for name, function in rates.functions.items():
        held = function.seconds + (model_seconds if name == "generate" else 0)
        swing = 1 if name == "sweep" else plan.peak
        busy = arrivals[name] * swing * held
        instances = -(-places_for(busy) // function.concurrency) if arrivals[name] else 0
        if name == "generate" and plan.max_instances:
            instances = min(instances, plan.max_instances)
        usable = max(1, function.concurrency * rates.busy_share)
        at_work = busy_instances(arrivals[name] * held, usable)
        fleets[name] = Fleet(arrivals[name] * swing, busy, instances, at_work)
    return fleets


def _total(plan: Plan, rates: Rates, field: str) -> float:
    """How often a thing is done in a month."""

    def count(counts: Counts) -> int:
        return int(getattr(counts, field))

    each = count(rates.job) + plan.webhooks * count(rates.webhook) + plan.polls * count(rates.poll)
    each += count(rates.expiry)  # as many end as begin
    return MONTH_DAYS * (plan.jobs_per_day * each + rates.sweep.runs_per_day * count(rates.sweep))


def _quantities(plan: Plan, rates: Rates, fleets: Mapping[str, Fleet]) -> dict[str, float]:
    month = MONTH_DAYS * DAY
    kept = plan.jobs_per_day * plan.retention_days
    more_images = plan.jobs_per_day * (plan.images - 1) * MONTH_DAYS  # each an object; what it is stands in one for all
    at_work = {name: fleet.billed_instances * month for name, fleet in fleets.items()}
    images = plan.jobs_per_day * plan.images * MONTH_DAYS
    observed = plan.jobs_per_day * MONTH_DAYS * (rates.metrics.points + plan.polls)
    points = min(observed, rates.metrics.series * month / 60)
    requests = sum(fleets[name].requests_per_second / plan.peak for name in fleets if name != "sweep")
    return {
        "firestore_writes": _total(plan, rates, "firestore_writes"),
        "firestore_reads": _total(plan, rates, "firestore_reads"),
        "firestore_deletes": _total(plan, rates, "firestore_deletes"),
        "document_gib": kept * rates.job.document_bytes / GIB,
        "message_tib": _total(plan, rates, "messages") * 2 * KILOBYTE / TIB,
        "object_operations": _total(plan, rates, "object_writes") + _total(plan, rates, "object_lists") + more_images,
        "image_gib": kept * plan.images * rates.job.image_bytes / GIB,
        "object_reads": images * plan.downloads,
        "egress_gib": images * plan.downloads * rates.job.image_bytes / GIB,
        "calls": plan.jobs_per_day * MONTH_DAYS * (1 + plan.polls),
        "requests": requests * month + MONTH_DAYS * rates.sweep.runs_per_day,
        "vcpu_seconds": sum(at_work[name] * rates.functions[name].vcpu for name in fleets),
        "gib_seconds": sum(at_work[name] * rates.functions[name].gib for name in fleets),
        "log_gib": _total(plan, rates, "log_bytes") / GIB,
        "metric_mib": points * rates.metrics.bytes / MIB,
        "images": images,
    }


def _peak(plan: Plan, rates: Rates, fleets: Mapping[str, Fleet]) -> dict[str, float]:
    jobs = plan.jobs_per_day / DAY * plan.peak
    writes = rates.job.firestore_writes + plan.webhooks * rates.webhook.firestore_writes
    reads = rates.job.firestore_reads + plan.webhooks * rates.webhook.firestore_reads + plan.polls
    return {
        "jobs_per_second": jobs,
        "job_writes_per_second": jobs * rates.job.document_writes,
        "firestore_writes_per_second": jobs * writes,
        "firestore_reads_per_second": jobs * reads,
        "messages_per_second": jobs * (rates.job.messages + plan.webhooks * rates.webhook.messages),
        "objects_per_second": jobs * (rates.job.object_writes + plan.images - 1),
        "model_calls_per_minute": jobs * 60,
        "instances": max(fleets[name].busy_places / rates.functions[name].concurrency for name in fleets),
    }
