"""Batches on the whole stack."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from infra.local.environment import DEFAULTS
from shared.use_cases.record_children import TOGETHER
from tests.fakes.http_server import Answer, HttpServer
from tests.integration.api import Api, a_key, a_prompt
from tests.integration.inside import Inside, counting
from tests.integration.machine import Others
from tests.processes import Control
from tests.stack import RunningStack
from tests.waiting import until

LATER = "2090-01-01T00:00:00Z"
ITEMS = 1000
SECONDS = 2
ROUNDS = 4  # at most: whatever else the machine does may spoil one


@pytest.fixture
def receiver() -> Iterator[HttpServer]:
    """A user's server that takes everything."""
    with (server := HttpServer(lambda _: Answer(204))).running():
        yield server


def test_a_batch_runs_to_its_end(api: Api, control: Control, receiver: HttpServer) -> None:
    """Each picture is made, one is refused and its error kept, the end is told with a signature, the sum is right."""
    items: list[dict[str, Any]] = [{"prompt": a_prompt()}, {"prompt": a_prompt("[[blocked]]")}, {"n": 2}, {"n": 99}]
    body = {
        "items": items,
        "defaults": {"prompt": a_prompt(), "cache": "off"},
        "partial": True,
        "webhook": {"url": f"{receiver.url}/batch"},
    }
    with counting(control) as calls:
        taken = api.http.post("/v1/batches", json=body, headers={"Idempotency-Key": a_key()})
        batch = _reached(api, taken, "completed_with_failures")
        (asked,) = until(lambda: [each for each in receiver.asked if each.path == "/batch"] or None)
    assert taken.json()["errors"][0]["pointer"] == "/items/3/n"
    assert (batch["counts"]["completed"], batch["counts"]["failed"], batch["progress"]) == (2, 1, 1.0)
    assert batch["cost"]["estimated_micros"] == 4 * 40_000
    assert batch["cost"]["counted_micros"] == batch["cost"]["actual_micros"] == 3 * 40_000
    assert calls["pubsub.Publish"] == 1 + 1  # all of its jobs; its end
    jobs = api.http.get(f"/v1/jobs?parent_id={batch['id']}").json()["jobs"]
    assert [job["status"] for job in jobs] == ["completed", "failed", "completed"]
    assert api.image(jobs[2], 1).headers["content-type"] == "image/png"
    told = Webhook(DEFAULTS["WEBHOOK_SECRETS"]).verify(asked.body, asked.headers)
    assert (told["type"], told["data"]["id"]) == ("batch.completed_with_failures", batch["id"])


def test_what_failed_runs_again(api: Api, inside: Inside) -> None:
    """And only that; the batch ends anew."""
    items = [{"prompt": a_prompt("[[blocked]]"), "cache": "off"}, {"prompt": a_prompt()}]
    batch = _reached(api, api.http.post("/v1/batches", json={"items": items}), "completed_with_failures")
    again = api.http.post(f"/v1/batches/{batch['id']}/retry")
    assert again.status_code in {200, 202}  # it may have ended again by then
    _reached(api, again, "completed_with_failures")
    retried = {job["parent_index"]: job.get("retry_count", 0) for job in inside.documents(parent_id=batch["id"])}
    assert retried == {0: 1, 1: 0}


def test_a_thousand_items_are_accepted_within_two_seconds(
    api: Api, control: Control, inside: Inside, darkroom: RunningStack
) -> None:
    """In ten commits of jobs and two of the batch; a look at them is a read and nine counts and sums."""
    lines = b"".join(json.dumps({"prompt": a_prompt(), "not_before": LATER}).encode() + b"\n" for _ in range(ITEMS))
    others = Others(darkroom.group(name) for name in ("submit", "cloud", "gateway"))
    took: list[float] = []  # without what other programs had of the machine
    while not took or (min(took) >= SECONDS and len(took) < ROUNDS):
        headers = {"Idempotency-Key": a_key(), "Content-Type": "application/jsonl"}
        with counting(control) as calls:
            begin, meanwhile = time.perf_counter(), others.seconds()
            answer = api.http.post("/v1/batches", content=lines, headers=headers)
            took.append(time.perf_counter() - begin - (others.seconds() - meanwhile))
    assert (answer.status_code, answer.json()["counts"]["queued"]) == (202, ITEMS)
    assert min(took) < SECONDS, took
    assert calls["firestore.Commit"] == 2 + ITEMS / TOGETHER
    again = api.http.post("/v1/batches", content=lines, headers=headers)
    assert (again.headers["idempotency-replayed"], again.json()["id"]) == ("true", answer.json()["id"])
    url = f"/v1/batches/{answer.json()['id']}"
    with counting(control) as calls:
        api.http.get(url).raise_for_status()
    assert (calls["firestore.GetDocument"], calls["firestore.RunAggregationQuery"]) == (1, 7 + 2)
    batch = inside.database.bulk_writer()  # nobody is to look after all that
    for job in inside.documents(parent_id=answer.json()["id"]):
        batch.delete(inside.database.collection("jobs").document(job["id"]))
    batch.delete(inside.database.collection("batches").document(answer.json()["id"]))
    batch.close()


def _reached(api: Api, answer: httpx.Response, status: str) -> dict[str, Any]:
    """The batch once it has that status."""
    url = f"/v1/batches/{answer.raise_for_status().json()['id']}"

    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = api.http.get(url).json()
        return found if found["status"] == status else None

    return until(look)
