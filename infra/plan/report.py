"""The plan in words and tables, as Markdown, which reads well in a terminal too."""

import math
from collections.abc import Iterable, Sequence

from infra.plan.load import MONTH_DAYS, PERCENTILES, Load, Plan
from infra.plan.rates import Limit, Rates


def report(plan: Plan, load: Load, rates: Rates, model: str, image_micros: int | None) -> str:
    """All of it; `image_micros` is the model's price of an image in micro-USD, None where nobody knows it."""
    peak = load.peak
    seconds = plan.model_seconds or rates.model_seconds
    head = (
        f"{plan.jobs_per_day:,.0f} jobs a day of {_images(plan.images)} by `{model}`, {seconds:g} s a call,"
        f" {plan.peak:g} times as many at the peak: {_number(peak['jobs_per_second'])} jobs/s and"
        f" {_number(peak['model_calls_per_minute'])} model calls a minute."
    )
    return "\n\n".join(
        (head, _loads(load), _age(load), _limits(plan, load, rates.limits), _bill(plan, load, rates, image_micros))
    )


def _loads(load: Load) -> str:
    peak = load.peak
    rows = [
        [name, _number(fleet.requests_per_second), _number(fleet.busy_places), f"{fleet.instances:,}"]
        for name, fleet in load.fleets.items()
    ]
    rates = (
        f"Firestore {_number(peak['firestore_writes_per_second'])} writes/s",
        f"{_number(peak['firestore_reads_per_second'])} reads/s",
        f"Pub/Sub {_number(peak['messages_per_second'])} messages/s",
        f"Cloud Storage {_number(peak['objects_per_second'])} objects/s",
    )
    operations = f"At the peak: {', '.join(rates)}."
    return _table(("at the peak", "requests/s", "at once", "instances"), rows) + "\n\n" + operations


def _age(load: Load) -> str:
    ages = " · ".join(
        f"p{share * 100:.0f} {_seconds(age)}" for share, age in zip(PERCENTILES, load.queue_age, strict=True)
    )
    if math.isinf(load.queue_age[-1]):
        return f"Queue age at the peak: {ages}. It grows for as long as the peak lasts: more instances, or more quota."
    return f"Queue age at the peak: {ages}, once so many instances of `generate` are up."


def _limits(plan: Plan, load: Load, limits: Iterable[Limit]) -> str:
    rows = []
    if plan.quota_per_minute:
        quota = Limit("model calls a minute", "model_calls_per_minute", plan.quota_per_minute, "ask for more, or batch")
        limits = [*limits, quota]
    for limit in limits:
        used = load.peak[limit.load]
        met = plan.jobs_per_day * limit.limit / used
        headroom = f"{limit.limit / used:,.1f} ×" if used <= limit.limit else f"**over, {used / limit.limit:,.1f} ×**"
        rows.append([limit.what, _number(used), f"{limit.limit:g}", headroom, f"{_round(met):,.0f}", limit.then])
    return _table(("limit", "peak", "at most", "headroom", "met at jobs/day", "then"), rows)


def _bill(plan: Plan, load: Load, rates: Rates, image_micros: int | None) -> str:
    costs = [(line.item, load.quantities[line.quantity], line.usd / line.per) for line in rates.bill]
    ours = sum(quantity * price for _, quantity, price in costs)
    rows = [[item, _number(quantity), _usd(quantity * price)] for item, quantity, price in costs]
    jobs = plan.jobs_per_day * MONTH_DAYS
    rows.append(["**Darkroom's own**", f"{jobs:,.0f} jobs", f"**{_usd(ours)}** ({_usd(ours / jobs, 6)} a job)"])
    images = load.quantities["images"]
    if image_micros is None:
        rows.append(["the model", f"{images:,.0f} images", "its price is unknown"])
    else:
        model = images * image_micros / 1_000_000
        share = f", of which ours {100 * ours / (ours + model):.2g} %" if model else ""
        rows.append(["the model", f"{images:,.0f} images", _usd(model)])
        rows.append(["in all", "", _usd(ours + model) + share])
    return _table(("a month", "how many", "dollars"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])


def _images(count: int) -> str:
    return "one image" if count == 1 else f"{count} images"


def _seconds(value: float) -> str:
    return "grows" if math.isinf(value) else f"{value:.1f} s"


def _number(value: float) -> str:
    """Three digits, or whole."""
    if value >= 100:  # noqa: PLR2004 - where a fraction says nothing more
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _round(value: float) -> float:
    """Two digits: it is an estimate."""
    digits = 1 - math.floor(math.log10(value))
    return round(value, digits)


def _usd(value: float, digits: int = 2) -> str:
    return f"${value:,.{digits}f}"
