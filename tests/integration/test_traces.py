"""One trace through the whole stack: every function's spans, each below the one that caused it."""

from collections.abc import Iterator

import httpx
import pytest

from tests.fakes.http_server import Answer, HttpServer
from tests.integration.api import Api, a_prompt
from tests.integration.inside import Inside
from tests.integration.traced import Placed, a_client, placed, spans_of
from tests.processes import Control
from tests.stack import RunningStack
from tests.waiting import PATIENCE, until

REQUEST, SENT = "submit: POST /v1/jobs", "submit: send jobs-interactive"
PROCESSED, ATTEMPT = "generate: process jobs", "generate: attempt"
ONE_JOB = {
    Placed("submit", "POST /v1/jobs", "server", "the client"),
    Placed("submit", "record job", "internal", REQUEST),
    Placed("submit", "send jobs-interactive", "producer", REQUEST),
    Placed("generate", "process jobs", "consumer", SENT),
    Placed("generate", "claim job", "internal", PROCESSED),
    Placed("generate", "attempt", "internal", PROCESSED),
    Placed("generate", "generate images", "internal", ATTEMPT),
    Placed("generate", "generate_content imagen-4.0-generate-001", "client", "generate: generate images"),
    Placed("generate", "upload images", "internal", ATTEMPT),
    Placed("generate", "settle job", "internal", ATTEMPT),
    Placed("generate", "send job-events", "producer", ATTEMPT),
    Placed("notify", "process job-events", "consumer", "generate: send job-events"),
    Placed("notify", "POST", "client", "notify: process job-events"),
    Placed("status", "GET /v1/jobs/{job_id}", "server", "the client"),
}
BEGUN = {
    Placed("submit", "POST /v1/jobs", "server", "the client"),
    Placed("generate", "process jobs", "consumer", SENT),
}
SWEPT = {
    Placed("sweep", "send jobs-interactive", "producer", REQUEST),
    Placed("generate", "process jobs", "consumer", "sweep: send jobs-interactive"),
    Placed("generate", "attempt", "internal", PROCESSED),
}
ASKED_BY_OPENAI = {
    Placed("openai", "POST /v1/images/generations", "server", "the client"),
    Placed("openai", "record job", "internal", "openai: POST /v1/images/generations"),
    Placed("openai", "send jobs-interactive", "producer", "openai: POST /v1/images/generations"),
    Placed("generate", "process jobs", "consumer", "openai: send jobs-interactive"),
}


@pytest.fixture
def receiver() -> Iterator[HttpServer]:
    """A user's server."""
    with (server := HttpServer(lambda _: Answer(204))).running():
        yield server


def test_one_job_is_one_trace(darkroom: RunningStack, api: Api, receiver: HttpServer) -> None:
    """From the client's span to the webhook, which is told of the trace too; with nothing that the user wrote."""
    client, prompt = a_client(), a_prompt("told to nobody")
    api.http.headers["traceparent"] = client.traceparent
    webhook = {"url": f"{receiver.url}/hook", "events": ["job.completed"]}
    job = api.completed(prompt=prompt, model="imagen-4.0-generate-001", webhook=webhook)
    assert placed(darkroom, client, ONE_JOB) == ONE_JOB
    spans = spans_of(darkroom, client)
    (attempt,) = (span for span in spans if span["name"] == "attempt")
    about = {"darkroom.job_id": job["id"], "darkroom.attempt": 1, "darkroom.cost_micros": 40_000}
    assert attempt["attributes"].items() >= about.items()
    assert prompt not in str(spans)
    (posted,) = (span["span_id"] for span in spans if span["name"] == "POST")
    assert receiver.asked[0].headers["traceparent"] == f"00-{client.trace_id}-{posted}-01"


def test_a_job_that_sweep_announces_goes_on_in_its_own_trace(
    darkroom: RunningStack, api: Api, inside: Inside, control: Control
) -> None:
    """It was recorded, and not announced: it is below the request that asked for it, and linked to the sweep's tick."""
    client, tick = a_client(), a_client()
    api.http.headers["traceparent"] = client.traceparent
    lost = {"effect": "error", "code": "PERMISSION_DENIED", "containing": [client.trace_id], "count": 1}
    with control.fault("pubsub", "Publish", **lost):
        job = api.submit(model="placeholder")
    inside.make_due(job)
    headers = {"traceparent": tick.traceparent}
    httpx.post(darkroom.function_url("sweep"), json={}, headers=headers, timeout=PATIENCE, trust_env=False)
    api.ended(job)
    assert placed(darkroom, client, SWEPT) >= SWEPT
    (announced,) = (span for span in spans_of(darkroom, client) if span["service"] == "sweep")
    (swept,) = until(lambda: [span for span in spans_of(darkroom, tick) if span["name"] == "sweep"])
    assert announced["links"] == [{"trace_id": tick.trace_id, "span_id": swept["span_id"]}]
    (failed,) = (span for span in spans_of(darkroom, client) if span["service"] == "submit" and span["error"])
    assert failed["name"] == "send jobs-interactive"


def test_a_job_of_openai_s_clients_is_traced_too(darkroom: RunningStack, api: Api) -> None:
    """Below the call that waits for its images."""
    client = a_client()
    body = {"prompt": a_prompt(), "model": "placeholder"}
    api.http.post("/v1/images/generations", json=body, headers={"traceparent": client.traceparent}).raise_for_status()
    assert placed(darkroom, client, ASKED_BY_OPENAI) >= ASKED_BY_OPENAI


def test_nobody_s_trace_is_recorded_unasked(darkroom: RunningStack, api: Api) -> None:
    """A trace that its client does not sample is handed on, and sent nowhere; one that came later is there already."""
    unsampled, later = a_client(), a_client()
    for traceparent in (unsampled.traceparent[:-1] + "0", later.traceparent):
        api.http.headers["traceparent"] = traceparent
        api.submit(model="placeholder")
    assert placed(darkroom, later, BEGUN) >= BEGUN
    assert spans_of(darkroom, unsampled) == []
