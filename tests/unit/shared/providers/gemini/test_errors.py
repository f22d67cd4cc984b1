"""What goes wrong on the way to Gemini, row by row."""

from typing import Any

import httpx
import pytest
from google.auth import exceptions as auth
from google.genai.errors import APIError

from shared.providers.gemini.errors import BAD_KEY, FAILURES, VENDOR_ERRORS, ours
from tests.fakes.clock import NOON

INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo"}
STATUSES = [
    (400, "PERMANENT", "model_refused_request", "no"),
    (401, "AUTH_ERROR", "model_unauthorized", "no"),
    (403, "AUTH_ERROR", "model_forbidden", "no"),
    (404, "PERMANENT", "model_not_found", "no"),
    (408, "TEMPORARY", "model_unavailable", "unknown"),
    (409, "TEMPORARY", "model_unavailable", "no"),
    (413, "PERMANENT", "model_refused_request", "no"),
    (429, "RATE_LIMIT", "model_rate_limit", "no"),
    (499, "TEMPORARY", "model_unavailable", "unknown"),
    (500, "TEMPORARY", "model_unavailable", "unknown"),
    (501, "TEMPORARY", "model_unavailable", "unknown"),
    (503, "TEMPORARY", "model_unavailable", "no"),
    (504, "TEMPORARY", "model_timeout", "unknown"),
]
NO_ANSWER: list[tuple[Exception, str, str, str]] = [
    (httpx.ConnectError("x"), "TEMPORARY", "model_unavailable", "no"),
    (httpx.ConnectTimeout("x"), "TEMPORARY", "model_unavailable", "no"),
    (httpx.PoolTimeout("x"), "TEMPORARY", "model_unavailable", "no"),
    (httpx.ReadTimeout("x"), "TEMPORARY", "model_timeout", "unknown"),
    (httpx.WriteTimeout("x"), "TEMPORARY", "model_timeout", "unknown"),
    (httpx.ReadError("x"), "TEMPORARY", "model_unavailable", "unknown"),
    (httpx.RemoteProtocolError("x"), "TEMPORARY", "model_unavailable", "unknown"),
    (TimeoutError(), "TEMPORARY", "model_timeout", "unknown"),
    (UnicodeDecodeError("utf-8", b"", 0, 1, "x"), "TEMPORARY", "malformed_answer", "unknown"),
    (auth.DefaultCredentialsError("x"), "AUTH_ERROR", "model_no_credentials", "no"),
    (auth.RefreshError("x"), "AUTH_ERROR", "model_no_credentials", "no"),
    (auth.RefreshError("x", retryable=True), "TEMPORARY", "model_unavailable", "no"),
    (auth.TransportError("x"), "TEMPORARY", "model_unavailable", "no"),
]


def _answer(status: int, body: Any = None, **headers: str) -> APIError:
    return APIError(status, {} if body is None else body, httpx.Response(status, headers=headers))


@pytest.mark.parametrize(("status", "kind", "code", "billed"), STATUSES)
def test_a_status(status: int, kind: str, code: str, billed: str) -> None:
    """Whether it is billed is not known where the model may have worked."""
    error = ours(_answer(status, {"error": {"message": "why"}}), NOON)
    assert (error.kind, error.code, error.billed) == (kind, code, billed)
    assert "why" in error.message


@pytest.mark.parametrize(("theirs", "kind", "code", "billed"), NO_ANSWER, ids=lambda value: type(value).__name__)
def test_no_answer(theirs: Exception, kind: str, code: str, billed: str) -> None:
    """Whether it is billed is known only where nobody was reached."""
    error = ours(theirs, NOON)
    assert (error.kind, error.code, error.billed) == (kind, code, billed)
    assert isinstance(theirs, VENDOR_ERRORS)


def test_a_wrong_key_is_no_bad_request() -> None:
    """As the Developer API calls it."""
    error = ours(_answer(400, {"error": {"details": [{"reason": BAD_KEY}]}}), NOON)
    assert (error.kind, error.code) == ("AUTH_ERROR", "model_unauthorized")


@pytest.mark.parametrize(
    ("delay", "headers", "wait"),
    [
        (None, {}, None),
        (None, {"Retry-After": "7"}, 7),
        ("34.5s", {}, 34.5),
        ("34.5s", {"Retry-After": "7"}, 34.5),
        ("5s", {"Retry-After": "7"}, 7),
        ("999999999s", {}, 86400),
        ("soon", {"Retry-After": "soon"}, None),
    ],
)
def test_the_longest_wait_that_is_asked_for_counts(
    delay: str | None, headers: dict[str, str], wait: float | None
) -> None:
    """By Retry-After, and by RetryInfo in the answer; a day at most."""
    details = [{**INFO, "retryDelay": delay}] if delay else []
    assert ours(_answer(429, {"error": {"details": details}}, **headers), NOON).retry_after == wait


@pytest.mark.parametrize("body", ["text", [], {"error": "text"}, {"error": {"details": ["text", None]}}, {"error": {}}])
def test_an_error_that_is_not_as_documented(body: Any) -> None:
    """Its status is what counts."""
    assert ours(_answer(503, body), NOON).code == "model_unavailable"


def test_no_row_is_behind_one_that_takes_all_of_it() -> None:
    """Else it could never count."""
    for at, (row, *_) in enumerate(FAILURES):
        assert not any(issubclass(row, earlier) for earlier, *_ in FAILURES[:at]), row
