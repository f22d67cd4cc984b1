"""A vendor's API of JSON over HTTP, at its bounds."""

import gzip
import threading
from collections.abc import AsyncIterator, Iterator

import pytest

from shared.domain.errors import ProviderError
from shared.providers import json_api as module
from shared.providers.json_api import JsonApi
from tests.fakes.clock import FakeClock
from tests.fakes.http_server import Answer, HttpServer


@pytest.fixture
def server() -> Iterator[HttpServer]:
    """The vendor."""
    with HttpServer(lambda _: Answer(body=b"{}")).running() as running:
        yield running


@pytest.fixture
async def api(server: HttpServer) -> AsyncIterator[JsonApi]:
    """Its API."""
    made = JsonApi("The vendor", server.url, "a-key", FakeClock())
    yield made
    await made.close()


async def _refused(api: JsonApi) -> ProviderError:
    with pytest.raises(ProviderError) as refusal:
        await api.ask("GET", "/")
    return refusal.value


@pytest.mark.parametrize("packed", [False, True])
async def test_no_more_than_its_bound_is_read(
    server: HttpServer, api: JsonApi, monkeypatch: pytest.MonkeyPatch, *, packed: bool
) -> None:
    """Unpacked, and of a refusal, too."""
    monkeypatch.setattr(module, "MAX_ANSWER", 1000)
    body = gzip.compress(b" " * 1001) if packed else b" " * 1001
    headers = {"Content-Encoding": "gzip"} if packed else {}
    for status in (200, 500):
        answer = Answer(status, body, headers)
        server.answer = lambda _, answer=answer: answer  # type: ignore[misc]
        error = await _refused(api)
        assert (error.kind, error.code, error.billed) == ("TEMPORARY", "malformed_answer", "unknown")
    server.answer = lambda _: Answer(body=b" " * 1000)
    assert len((await api.ask("GET", "/")).body) == 1000


async def test_an_answer_that_never_ends_is_left(
    server: HttpServer, api: JsonApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a minute in all; what the call did, nobody knows."""
    monkeypatch.setattr(module, "SECONDS", 0.1)
    release = threading.Event()
    server.answer = lambda _: Answer(held=release)
    error = await _refused(api)
    release.set()
    assert (error.kind, error.code, error.billed) == ("TEMPORARY", "model_unavailable", "unknown")


async def test_a_redirect_is_not_followed(server: HttpServer, api: JsonApi) -> None:
    """The key goes nowhere else; as an error it helps no other try."""
    server.answer = lambda _: Answer(302, headers={"Location": "/elsewhere"})
    reply = await api.ask("GET", "/")
    assert (reply.is_success, len(server.asked)) == (False, 1)
    assert api.refusal(reply.status, reply.shown(), reply.retry_after).kind == "PERMANENT"


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, "PERMANENT", "model_refused_request"),
        (401, "AUTH_ERROR", "model_unauthorized"),
        (402, "PERMANENT", "provider_credits_exhausted"),
        (403, "AUTH_ERROR", "model_forbidden"),
        (404, "PERMANENT", "model_not_found"),
        (408, "TEMPORARY", "model_unavailable"),
        (422, "PERMANENT", "model_refused_request"),
        (429, "RATE_LIMIT", "model_rate_limit"),
        (500, "TEMPORARY", "model_unavailable"),
        (502, "TEMPORARY", "model_unavailable"),
        (503, "TEMPORARY", "model_unavailable"),
        (599, "TEMPORARY", "model_unavailable"),
    ],
)
async def test_each_status_has_its_meaning(api: JsonApi, status: int, kind: str, code: str) -> None:
    """The wait that it asks for goes along; after some, what was asked for may have been made all the same."""
    error = api.refusal(status, "No.", 3)
    billed = "unknown" if status in {408, 500, 502, 599} else "no"
    assert (error.kind, error.code, error.retry_after, error.billed) == (kind, code, 3, billed)


@pytest.mark.parametrize(
    ("said", "blocked"),
    [
        ("The input or output was flagged as sensitive. (E005)", True),
        ("NSFW content detected", True),
        ("Against our content policy", True),
        ("Blocked by the safety system", True),
        ("prohibited content", True),
        ("safety_filter_level is not one of these", False),
        ("The server is insensitive", False),
        ("out of memory", False),
    ],
)
async def test_a_filter_is_known_by_its_words(api: JsonApi, said: str, *, blocked: bool) -> None:
    """Where the status itself says nothing more."""
    assert (api.refusal(400, said, None).code == "safety_blocked") is blocked
    assert api.refusal(401, said, None).code == "model_unauthorized"
