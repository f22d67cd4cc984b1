"""The local stack's page of metrics, of jobs that the whole stack worked on."""

from typing import Any

import httpx

from tests.integration.api import Api, a_prompt
from tests.stack import RunningStack
from tests.waiting import until


def _count(api: Api, metric: str, **labels: str) -> int:
    """How often it was observed so far, with these labels."""
    shown = api.http.get("/local/metrics").raise_for_status().json()
    (found,) = [each for each in shown["metrics"] if each["name"] == metric]
    chosen = [row for row in found["series"] if labels.items() <= row["labels"].items()]
    return sum(int(row["count"]) for row in chosen)


def test_jobs_are_counted_where_they_end(api: Api, darkroom: RunningStack) -> None:
    """By the logs of whoever worked on them: a hit of the cache is one, a cancel is, and so is what was refused."""
    model = "imagen-4.0-generate-001"
    wanted: list[tuple[str, dict[str, str]]] = [
        ("jobs", {"status": "completed", "lane": "batch", "job_type": "image"}),
        ("jobs", {"status": "canceled", "lane": "batch"}),
        ("jobs", {"status": "failed", "failure_type": "PERMANENT"}),
        ("job_duration", {"lane": "batch", "scheduled": "no", "status": "completed"}),
        ("queue_age", {"lane": "batch", "begin": "at_once"}),
        ("generating", {"model": model, "lane": "batch"}),
        ("uploading", {"lane": "batch", "cache": "hit"}),
        ("model_calls", {"provider": "imagen", "model": model, "outcome": "answered"}),
        ("model_waits", {"model": model}),
        ("cost", {"model": model}),
        ("cache", {"cache": "hit"}),
        ("requests", {"operation": "createJob", "status": "202", "outcome": "done"}),
        ("requests", {"operation": "createJob", "status": "400", "outcome": "refused"}),
    ]
    before = [_count(api, metric, **labels) for metric, labels in wanted]
    body: dict[str, Any] = {"prompt": a_prompt(), "model": model, "priority": "batch"}
    api.completed(**body)
    assert api.completed(**body)["cached"]
    assert api.command(api.submit(priority="batch", not_before="2100-01-01T00:00:00Z"), "cancel").is_success
    api.reached(api.submit(prompt=a_prompt("[[blocked]]")), "failed")
    assert api.post({}).status_code == httpx.codes.BAD_REQUEST

    def missing() -> list[tuple[str, dict[str, str]]]:
        now = [_count(api, metric, **labels) for metric, labels in wanted]
        return [each for each, once, then in zip(wanted, before, now, strict=True) if then <= once]

    try:
        until(lambda: not missing())  # a line is written after its commit
    except AssertionError as exc:
        exc.add_note(f"not counted: {missing()}")
        raise
    page = api.http.get("/local/metrics", headers={"Accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert model in page.text
    assert '"message":"job ended"' in darkroom.log("submit")  # by who ended it
