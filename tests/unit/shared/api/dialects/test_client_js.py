"""The module for pages, against a service whose answers are written down: what it repeats, and what it gives up."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.e2e.clients.studio_js import NEEDS_NODE, run
from tests.fakes.http_server import Answer, Asked, HttpServer, json_answer
from tests.processes import ROOT

pytestmark = NEEDS_NODE
MODULE = ROOT / "shared/api/dialects/studio_client/client.js"
ASSET = ["generateAssetImageKey", "film", "a lighthouse", "noir"]
TAKEN = json_answer({"jobId": "j1", "status": "queued"}, 202)
DONE = json_answer({"status": "completed", "jobId": "j1", "publicUrl": "https://pictures.test/1.png"})
GENERATING = json_answer({"status": "generating", "jobId": "j1"})
NO_EVENTS = json_answer({"code": "too_many_waiters"}, 429)
RESET = Answer(reset=True)


def events(*statuses: str) -> Answer:
    """A job's events, comments among them, in pieces as they may come."""
    told = "".join(f':\nid: {at}\nevent: job\ndata: {{"status": "{status}"}}\n\n' for at, status in enumerate(statuses))
    return Answer(200, told.encode(), {"Content-Type": "text/event-stream"})


def refused(status: int, kind: str, code: str, **headers: str) -> Answer:
    """What the contract answers to a request that is not taken."""
    error = {"type": kind, "code": code, "message": "No.", "failureStage": None, "retryable": status >= 429}
    return json_answer({"error": error}, status, **headers)


@contextmanager
def a_service(**scripts: list[Answer]) -> Iterator[HttpServer]:
    """One that gives these answers, the last again and again, to `posts`, `looks` and `follows`."""

    def answer(asked: Asked) -> Answer:
        kind = "posts" if asked.method == "POST" else "follows" if asked.path.endswith("/events") else "looks"
        script = scripts.get(kind, [NO_EVENTS])
        return script.pop(0) if len(script) > 1 else script[0]

    with HttpServer(answer).running() as server:
        yield server


def ended(server: HttpServer, **options: Any) -> dict[str, Any]:
    """How one call ended."""
    fast: dict[str, Any] = {"intervalMs": 10, "token": "drk_x"}
    (found,) = run(MODULE, [ASSET], baseUrl=server.url, **fast | options)
    return found


def asked(server: HttpServer, test: Callable[[Asked], bool]) -> list[Asked]:
    """What it was asked."""
    return [each for each in server.asked if test(each)]


def test_a_request_is_what_the_contract_has() -> None:
    """With the key of the deployment, and an idempotency key of its own for each call."""
    with a_service(posts=[TAKEN], looks=[GENERATING, DONE]) as server:
        run(MODULE, [ASSET, ASSET], baseUrl=server.url, token="drk_x", intervalMs=10, width=1920, height=1080)  # noqa: S106
        posts = asked(server, lambda each: each.method == "POST")
    keys = {post.json().pop("idempotencyKey") for post in posts}
    assert len(keys) == 2
    assert all(len(key) == 32 for key in keys)
    body = {name: value for name, value in posts[0].json().items() if name != "idempotencyKey"}
    assert body == {
        "branchId": "main", "width": 1920, "height": 1080, "projectId": "film", "jobType": "master_asset",
        "prompt": "a lighthouse", "visualStyleCapsuleId": "noir",
    }  # fmt: skip
    assert {each.headers["authorization"] for each in server.asked} == {"Bearer drk_x"}


def test_a_lost_answer_is_asked_for_again_under_the_same_key() -> None:
    """So that it is the same job, whichever was lost; refusals for now are, too."""
    busy = refused(503, "TEMPORARY", "unavailable", **{"Retry-After": "0"})
    slow_down = refused(429, "RATE_LIMIT", "rate_limited", **{"Retry-After": "0"})
    with a_service(posts=[RESET, slow_down, busy, TAKEN], looks=[busy, DONE]) as server:
        assert ended(server) == {"imageUrl": "https://pictures.test/1.png"}
        posts = asked(server, lambda each: each.method == "POST")
    assert len(posts) == 4
    assert len({post.body for post in posts}) == 1


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (refused(400, "PERMANENT", "invalid_request"), "PERMANENT", "invalid_request"),
        (refused(401, "AUTH_ERROR", "unauthorized"), "AUTH_ERROR", "unauthorized"),
        (refused(429, "RATE_LIMIT", "rate_limited", **{"Retry-After": "3600"}), "RATE_LIMIT", "rate_limited"),
        (Answer(404, b"<html>"), "PERMANENT", "http_404"),
        (Answer(403, b""), "AUTH_ERROR", "http_403"),
    ],
)  # fmt: skip
def test_what_no_repeat_would_mend_is_not_repeated(answer: Answer, kind: str, code: str) -> None:
    """Nor what would only be mended in an hour; whoever stands before the service may answer, too."""
    with a_service(posts=[answer]) as server:
        error = ended(server)["error"]
        assert len(server.asked) == 1
    assert (error["type"], error["code"], error["status"]) == (kind, code, answer.status)


def test_repeats_have_an_end() -> None:
    """Three of them."""
    with a_service(posts=[refused(503, "TEMPORARY", "unavailable", **{"Retry-After": "0"})]) as server:
        error = ended(server)["error"]
        assert len(server.asked) == 4
    assert (error["type"], error["code"], error["retryable"]) == ("TEMPORARY", "unavailable", True)


def test_who_is_told_of_the_end_need_not_look_before_it() -> None:
    """One look, for the link; a stream that breaks off is followed by looks."""
    with a_service(posts=[TAKEN], follows=[events("queued", "generating", "completed")], looks=[DONE]) as server:
        assert "imageUrl" in ended(server, intervalMs=60_000)
        assert [each.path for each in server.asked[1:]] == ["/v1/jobs/j1/events", "/api/images/jobs/j1"]
    with a_service(posts=[TAKEN], follows=[events("queued")], looks=[GENERATING, GENERATING, DONE]) as server:
        assert "imageUrl" in ended(server)
        assert len(asked(server, lambda each: each.path == "/api/images/jobs/j1")) == 3


def test_nobody_waits_for_ever() -> None:
    """As many looks as were asked for; the job goes on, and the error says which it is."""
    with a_service(posts=[TAKEN], looks=[GENERATING]) as server:
        error = ended(server, streaming=False, intervalMs=100, maxAttempts=3)["error"]
        assert len(asked(server, lambda each: each.method == "GET")) == 3
    assert (error["type"], error["code"], error["jobId"], error["retryable"]) == ("TEMPORARY", "timeout", "j1", True)


def test_a_failed_job_is_an_error_with_its_stage() -> None:
    """As the contract has it."""
    why = {"type": "UNKNOWN", "code": "odd", "message": "Hm.", "failureStage": "uploading", "retryable": False}
    failed = json_answer({"status": "failed", "jobId": "j1", "error": why})
    with a_service(posts=[TAKEN], looks=[failed]) as server:
        error = ended(server)["error"]
    assert {name: error[name] for name in why} == why
    assert error["jobId"] == "j1"
