"""What one job makes the cloud do in each outcome, and what a million of them cost, beside the model's price.

Counted at the local cloud, on a stack without a scheduler, for jobs of one image without a webhook and without a
budget; what every instance reads once a minute, whatever it is asked, is left out, as are clients that ask how a job
fares. The model's price is of what was, or may have been, billed: a call that broke off counts in full. Prices
are those of infra/cloud/rates.yaml. Processor time, storage by the month and logs are in `make plan`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from infra.local.trace import MAX_TEXT
from infra.plan import rates
from infra.plan.load import KILOBYTE, TIB
from tests.bench.rows import Row
from tests.integration.api import Api, Job, a_prompt
from tests.integration.inside import NOW_AND_THEN, quiet
from tests.processes import Control
from tests.stack import RunningStack, stack
from tests.waiting import until

MILLION = 1_000_000
CALLS = {"firestore", "pubsub", "storage"}  # the model's own are its provider's
WRITES = ("objects.insert", "objects.rewrite", "objects.copy", "objects.list")  # as Cloud Storage bills them
DOCUMENT = re.compile(r'documents: "')
UPDATE, DELETE = re.compile(r"writes \{ (?!delete)"), re.compile(r"writes \{ delete")
TRIES = 4  # of a model's call: all of the first attempt's

Make = Callable[[], Job]  # gives the job, whose end is in the log of `generate` then or later
Calls = Sequence[Mapping[str, Any]]


class Outcome(NamedTuple):
    """How a job ends, and what brings it there."""

    name: str
    make: Make
    ends_at_once: bool = False
    before: Make | None = None  # not counted


class Count(NamedTuple):
    """What was counted."""

    rpcs: int
    reads: int
    writes: int
    deletes: int
    messages: int  # published, and delivered
    deliveries: int
    objects: int
    sent: int  # bytes of requests

    def dollars(self, requests: int) -> float:
        """Of a million, where each makes so many requests to functions."""
        quantities = {
            "firestore_writes": self.writes,
            "firestore_reads": self.reads,
            "firestore_deletes": self.deletes,
            "message_tib": self.messages * KILOBYTE / TIB,
            "object_operations": self.objects,
            "requests": requests,
        }
        bill = rates.load().bill
        return MILLION * sum(quantities.get(line.quantity, 0) * line.usd / line.per for line in bill)


def run(*, quick: bool) -> list[Row]:  # noqa: ARG001 - a count is a count
    """Six rows an outcome."""
    rows: list[Row] = []
    with stack(SWEEP_SECONDS="0") as running:
        api = Api(running.base_url)
        try:
            for outcome in _outcomes(api, running.control):
                rows += _rows(outcome, running, api)
        finally:
            api.close()
    return rows


def _outcomes(api: Api, control: Control) -> Iterator[Outcome]:
    def job(prompt: str, **more: str) -> Make:
        return lambda: api.submit(**{"prompt": prompt, **more})

    api.completed()  # every function has its clients, and its first commit behind it
    yield Outcome("completed", job(a_prompt()))
    again = a_prompt()
    yield Outcome("cached", job(again), before=job(again))
    yield Outcome("failed", job(a_prompt("[[retired]]")))
    yield Outcome("refused", job(a_prompt("[[blocked]]")))
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    yield Outcome("canceled", lambda: _canceled(api, job(a_prompt(), not_before=later)()), ends_at_once=True)
    with control.fault("vertex", "Predict", code="UNAVAILABLE", count=TRIES):
        yield Outcome("retried", job(a_prompt()))


def _canceled(api: Api, job: Job) -> Job:
    api.command(job, "cancel").raise_for_status()
    return job


def _rows(outcome: Outcome, running: RunningStack, api: Api) -> Iterator[Row]:
    if outcome.before:
        _ended(running, outcome.before())
    until(quiet(running.control))
    with running.control.tracing() as traced:
        job = outcome.make()
        if not outcome.ends_at_once:
            _ended(running, job)
        until(quiet(running.control))
        counted = count(traced())
    after = api.get(job)
    requests = 1 + counted.deliveries + outcome.ends_at_once  # the submit, the pushes, the cancel
    model = after["cost"]["counted_micros"] * MILLION / 1e6  # what was, or may have been, billed
    yield Row(f"{outcome.name}: RPCs", "", [counted.rpcs], note=_said(after))
    yield Row(f"{outcome.name}: Firestore writes", "", [counted.writes])
    yield Row(f"{outcome.name}: Firestore reads", "", [counted.reads])
    yield Row(f"{outcome.name}: Pub/Sub operations", "", [counted.messages])
    yield Row(f"{outcome.name}: bytes of all requests", "B", [counted.sent])
    dollars = [counted.dollars(requests)]
    yield Row(f"{outcome.name}: a million jobs", "$", dollars, [model] if model else (), "the model" if model else "")


def count(calls: Calls) -> Count:
    """What the calls of one job come to, but for what is read now and then.

    Raises:
        RuntimeError: a request is longer than a trace keeps: its writes could not be counted.
    """
    own = [
        call for call in calls
        if call["service"] in CALLS and not any(name in call["about"] for name in NOW_AND_THEN)
        and 'collection_id: "controls"' not in call["about"]
    ]  # fmt: skip
    commits = [call["about"] for call in own if call["method"] == "Commit"]
    gets = [call["about"] for call in own if call["method"] == "BatchGetDocuments"]
    if any(len(about) >= MAX_TEXT for about in commits):
        raise RuntimeError(f"a commit is longer than the {MAX_TEXT} characters that a trace keeps of it")
    named = [call["method"] for call in own]
    queries = named.count("RunQuery") + named.count("RunAggregationQuery")  # each finds one document at most here
    published, delivered = named.count("Publish"), named.count("Deliver")
    return Count(
        rpcs=len(own) - delivered,
        reads=queries + named.count("GetDocument") + sum(len(DOCUMENT.findall(about)) for about in gets),
        writes=sum(len(UPDATE.findall(about)) for about in commits),
        deletes=sum(len(DELETE.findall(about)) for about in commits),
        messages=published + delivered,
        deliveries=delivered,
        objects=sum(named.count(method) for method in WRITES),
        sent=sum(call["size"] for call in own),
    )


def _ended(running: RunningStack, job: Job) -> None:
    """Wait by the log: nobody asks the functions."""

    def told() -> bool:
        lines = running.log("generate").splitlines()
        return any('"job ended"' in line and job["id"] in line for line in lines)

    until(told)


def _said(job: Job) -> str:
    failure = job["failure"]["code"] if job["failure"] else ""
    cached = ", cached" if job["cached"] else ""
    return f"{job['status']}{cached}, {job['attempt_count']} attempts {failure}".rstrip()
