"""What is asked again, with which key, when, and until when."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Event
from typing import Any

import pytest
from darkroom import errors

from tests.fakes.http_server import Answer, json_answer
from tests.unit.shared.client.darkroom.service import LOST, Service, a_job, a_problem

TAKEN = json_answer(a_job(), 202)
BUSY = a_problem(503, "unavailable")


def test_a_lost_answer_is_asked_for_again_under_the_same_key(deployment: Service) -> None:
    """So that the job is made once, however many answers were lost; another call has another key."""
    deployment.answers = [LOST, BUSY, TAKEN]
    with deployment.client() as client:
        client.submit("a fox", seed=3)
        client.submit("a fox", seed=3)
    first, again, third, other = deployment.asked
    keys = [asked.headers["idempotency-key"] for asked in deployment.asked]
    assert keys[0] == keys[1] == keys[2] != keys[3]
    assert re.fullmatch("[0-9a-f]{32}", keys[0])
    assert first.body == again.body == third.body == other.body
    assert first.json() == {"prompt": "a fox", "seed": 3}
    assert {asked.headers["authorization"] for asked in deployment.asked} == {"Bearer k"}


def test_a_key_of_the_caller_s_own_is_sent_and_a_read_has_none(deployment: Service) -> None:
    """With what else the caller says of the request; what is None is left out."""
    with deployment.client() as client:
        client.submit("a fox", idempotency_key="mine", user_id="ann", extra={"new": 1}, seed=None)  # type: ignore[arg-type]
        client.get("j")
        client.cancel("j", idempotency_key="mine")
    submit, get, cancel = deployment.asked
    assert (submit.headers["idempotency-key"], cancel.headers["idempotency-key"]) == ("mine", "mine")
    assert (submit.headers["x-user-id"], submit.json()) == ("ann", {"prompt": "a fox", "new": 1})
    assert "idempotency-key" not in get.headers


def test_the_pauses_double_with_chance_in_them(deployment: Service) -> None:
    """Each is between half and all of its bound; the last refusal is what is told."""
    deployment.answers = [BUSY]
    with deployment.client(retries=7) as client, pytest.raises(errors.Unavailable) as refused:
        client.get("j")
    bounds = [0.25, 0.5, 1, 2, 4, 8, 8]
    assert len(deployment.moments.slept) == len(bounds)
    assert all(bound / 2 <= pause <= bound for pause, bound in zip(deployment.moments.slept, bounds, strict=True))
    assert (refused.value.attempts, refused.value.code) == (8, "unavailable")
    assert "logs" in refused.value.advice


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_a_repeat_may_help_is_repeated(deployment: Service, status: int) -> None:
    """Also where no Darkroom answered, but something before it."""
    deployment.answers = [Answer(status, b"<html>"), TAKEN]
    with deployment.client() as client:
        assert client.submit("a fox").status == "queued"


def test_it_comes_back_when_it_was_asked_to(deployment: Service) -> None:
    """In seconds, or at a time."""
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    deployment.answers = [
        a_problem(429, "rate_limited", headers={"Retry-After": "7"}),
        a_problem(429, "rate_limited", headers={"Retry-After": at}),
        TAKEN,
    ]
    with deployment.client() as client:
        client.submit("a fox")
    seconds, until = deployment.moments.slept
    assert seconds == 7
    assert 0 < until <= 40


def test_nobody_waits_past_the_deadline(deployment: Service) -> None:
    """What asks for longer is told at once, with how long; what fails on and on ends before it."""
    deployment.answers = [a_problem(429, "daily_images_exhausted", headers={"Retry-After": "5000"}), BUSY]
    with deployment.client(retries=100) as client:
        with pytest.raises(errors.RateLimited) as refused:
            client.submit("a fox", timeout=20)
        assert (refused.value.retry_after, deployment.moments.slept) == (5000, [])
        with pytest.raises(errors.Unavailable):
            client.submit("a fox", timeout=20)
    assert 10 < deployment.moments.seconds < 20


def test_a_silent_server_is_left_at_the_deadline(deployment: Service) -> None:
    """With an error that says so."""
    release = Event()
    deployment.answers = [Answer(held=release)]
    try:
        with deployment.client() as client, pytest.raises(errors.Timeout, match=r"within 0\.2 s"):
            client.submit("a fox", timeout=0.2)
    finally:
        release.set()


def test_a_server_that_is_not_there_is_told(deployment: Service) -> None:
    """After every retry, in words, with what to do."""
    deployment.answers = [LOST]
    with deployment.client(retries=2) as client, pytest.raises(errors.Unreachable, match="cannot be reached") as told:
        client.submit("a fox")
    assert len(deployment.asked) == 3
    assert "DARKROOM_URL" in told.value.advice


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "invalid_request", errors.Invalid),
        (401, "unauthorized", errors.Unauthorized),
        (402, "budget_exceeded", errors.BudgetExceeded),
        (403, "insufficient_scope", errors.Forbidden),
        (404, "job_not_found", errors.NotFound),
        (409, "job_finished", errors.Conflict),
        (410, "job_deleted", errors.NotFound),
        (413, "body_too_large", errors.Invalid),
        (422, "idempotency_key_reused", errors.IdempotencyMismatch),
        (422, "image_too_large", errors.Invalid),
        (451, "a_new_one", errors.Invalid),
    ],
)
def test_a_refusal_is_an_error_of_its_kind(
    deployment: Service, status: int, code: str, kind: type[errors.ApiError]
) -> None:
    """At once, with all that the problem says, and what to do."""
    fields = [{"pointer": "/seed", "detail": "is too much"}, "not as we know it"]
    deployment.answers = [a_problem(status, code, errors=fields, exceeded={"left": 1})]
    with deployment.client() as client, pytest.raises(errors.ApiError) as refused:
        client.submit("a fox")
    told = refused.value
    assert (type(told), told.status, told.code, told.detail) == (kind, status, code, f"It is {code}.")
    assert told.errors == (errors.FieldError("/seed", "is too much"),)
    assert told.raw["exceeded"] == {"left": 1}
    assert told.advice
    assert len(deployment.asked) == 1


def test_what_no_darkroom_answers_is_told(deployment: Service) -> None:
    """Another program at that address; also one that answers as if it had taken the job."""
    deployment.answers = [Answer(200, b"<html>welcome")]
    with deployment.client() as client:
        with pytest.raises(errors.NotDarkroom, match="<html>welcome"):
            client.submit("a fox")
        deployment.answers = [json_answer({"hello": "world"})]
        with pytest.raises(errors.NotDarkroom, match="hello"):
            client.submit("a fox")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("request", ("GET", "//elsewhere.example/v1/jobs")),
        ("request", ("GET", "https://elsewhere.example/v1/jobs")),
        ("get", ("..",)),
        ("delete", ("",)),
        ("submit", (object(),)),
    ],
)
def test_what_cannot_be_sent_is_not(deployment: Service, name: str, arguments: tuple[Any, ...]) -> None:
    """Above all not the key to another address."""
    with deployment.client() as client, pytest.raises(errors.Misused):
        getattr(client, name)(*arguments)
    with deployment.client() as client, pytest.raises(errors.Misused, match="Idempotency-Key"):
        client.submit("a fox", idempotency_key="a\r\nb: c")
    assert deployment.asked == []


def test_a_deletion_whose_answer_was_lost_is_done(deployment: Service) -> None:
    """The repeat finds nothing any more; where the first attempt finds nothing, there was none."""
    gone = a_problem(404, "job_not_found")
    deployment.answers = [LOST, gone]
    with deployment.client() as client:
        client.delete("j")
        with pytest.raises(errors.NotFound):
            client.delete("j")


def test_any_other_call_has_the_same_rules(deployment: Service) -> None:
    """By `request`: retries, a key, errors, or the refusal itself, and nobody's key where it is not to be sent."""
    deployment.answers = [BUSY, json_answer({"key": "drk_"}, 201, **{"Idempotency-Replayed": "true"}), Answer(401)]
    with deployment.client() as client:
        answer = client.request("post", "/v1/keys", json={"name": "x"}, params={"a": None, "b": True})
        refused = client.request("GET", "/v1/models", anonymous=True, check=False)
    assert (answer.status, answer.json(), answer.replayed) == (201, {"key": "drk_"}, True)
    assert (refused.status, refused.is_success) == (401, False)
    first, again, stranger = deployment.asked
    assert first.headers["idempotency-key"] == again.headers["idempotency-key"]
    assert (first.method, first.query, first.json()) == ("POST", {"b": "true"}, {"name": "x"})
    assert "authorization" not in stranger.headers
