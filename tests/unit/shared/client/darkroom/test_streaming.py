"""A stream goes on over cuts, tells each change once, and ends with the job."""

import pytest
from darkroom import errors

from tests.fakes.http_server import Answer, json_answer
from tests.unit.shared.client.darkroom.service import DONE, JOB, LOST, Service, a_job, a_problem, a_stream

QUEUED, RUNNING = a_job(), a_job(status="generating", status_sequence=3, progress=0.3)


def test_a_cut_stream_goes_on_after_what_came(deployment: Service) -> None:
    """Even where the deployment tells some of it again."""
    deployment.answers = [
        a_stream(QUEUED, cut=True, more=b"id: 3\nevent: job\ndata: {"),
        LOST,
        a_problem(503, "unavailable", headers={"Retry-After": "4"}),
        a_stream(QUEUED, RUNNING),
        a_stream(DONE),
    ]
    with deployment.client() as client:
        told = [(job.status, job.progress) for job in client.stream(JOB)]
    assert told == [("queued", 0.0), ("generating", 0.3), ("completed", 1.0)]
    assert [asked.headers.get("last-event-id") for asked in deployment.asked] == [None, "1", "1", "1", "3"]
    assert {asked.headers["accept"] for asked in deployment.asked} == {"text/event-stream"}
    assert deployment.moments.slept[0] == 1  # as the stream asked for
    assert deployment.moments.slept[2] == 4


def test_a_stream_of_an_unknown_end_ends(deployment: Service) -> None:
    """Where the deployment says that nothing is left to tell."""
    deployment.answers = [a_stream(a_job(status="archived", status_sequence=9)), Answer(204)]
    with deployment.client() as client:
        assert [job.status for job in client.stream(JOB)] == ["archived"]
    assert deployment.asked[-1].headers["last-event-id"] == "9"


def test_a_stream_goes_on_after_a_version(deployment: Service) -> None:
    """That an earlier one told."""
    deployment.answers = [a_stream(QUEUED, DONE)]
    with deployment.client() as client:
        assert [job.status for job in client.stream(JOB, last_event_id="3")] == ["completed"]
    assert deployment.asked[0].headers["last-event-id"] == "3"


def test_a_stream_is_refused_as_any_call(deployment: Service) -> None:
    """At once, with the problem."""
    deployment.answers = [a_problem(404, "job_not_found")]
    with deployment.client() as client, pytest.raises(errors.NotFound, match="It is job_not_found"):
        list(client.stream(JOB))
    assert len(deployment.asked) == 1


def test_a_deployment_that_is_gone_ends_a_stream(deployment: Service) -> None:
    """After as many tries in a row as any call has; a stream that told anything between begins the count anew."""
    deployment.answers = [LOST, LOST, a_stream(QUEUED, cut=True), LOST]
    with deployment.client(retries=3) as client:
        changes = client.stream(JOB)
        assert next(changes).status == "queued"
        with pytest.raises(errors.Unreachable):
            next(changes)
    assert len(deployment.asked) == 3 + 1 + 2


def test_a_stream_has_a_deadline_where_it_is_given_one(deployment: Service) -> None:
    """However often it is cut."""
    deployment.answers = [a_stream(QUEUED)]
    with deployment.client() as client, pytest.raises(errors.Timeout, match="not ended after 60 s"):
        list(client.stream(JOB, timeout=60))
    assert deployment.moments.seconds < 60


def test_a_stream_may_be_left(deployment: Service) -> None:
    """Its connection is closed, and the client goes on."""
    deployment.answers = [a_stream(QUEUED, RUNNING, cut=True), json_answer(DONE)]
    with deployment.client() as client:
        for job in client.stream(JOB):
            assert job.status == "queued"
            break
        assert client.get(JOB).status == "completed"


def test_any_stream_can_be_followed(deployment: Service) -> None:
    """Event by event, with their names and ids."""
    body = b"event: open\nid: a\ndata: {}\n\nevent: job\nid: b\ndata: {}\n\n"
    deployment.answers = [Answer(200, body), Answer(204)]
    with deployment.client() as client:
        found = list(client.events("/v1/events", params={"project_id": "p"}, last_event_id="z"))
    assert [(event.name, event.id, event.json()) for event in found] == [("open", "a", {}), ("job", "b", {})]
    assert [asked.headers["last-event-id"] for asked in deployment.asked] == ["z", "b"]
    assert deployment.asked[0].query == {"project_id": "p"}
