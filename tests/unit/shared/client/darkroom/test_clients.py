"""What is public, what it costs to import, and how a client is set up."""

import asyncio
import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import aclosing
from threading import Event

import darkroom
import pytest
from darkroom import AsyncClient, Client, errors
from darkroom.calls import Calls

from tests.fakes.http_server import Answer, json_answer
from tests.processes import ROOT, clean_environment
from tests.unit.shared.client.darkroom.service import DONE, JOB, Service, a_job, a_stream
from tests.waiting import until

# What is loaded besides the package itself, and how long that and httpx take, in a process of its own.
PROBE = """
import sys, time
begin = time.perf_counter()
import darkroom
ours = time.perf_counter() - begin
loaded = sorted(sys.modules)
begin = time.perf_counter()
import httpx
httpx_too = time.perf_counter() - begin
import json
print(json.dumps([ours, httpx_too, loaded]))
"""


def test_an_import_is_light() -> None:
    """It loads neither what draws the command line nor httpx, of which it takes at most half the time.

    httpx takes over a tenth of a second, since where Rich is installed it loads that, too.
    """
    environment = clean_environment({"PYTHONPATH": str(ROOT / "shared" / "client")})
    rounds = []
    for _ in range(3):  # the best of them: the machine does other things
        done = subprocess.run(
            [sys.executable, "-c", PROBE], env=environment, capture_output=True, text=True, check=True, timeout=60
        )
        rounds.append(json.loads(done.stdout))
    loaded = set(rounds[0][2])
    assert loaded & {"typer", "rich", "click", "httpx", "asyncio", "anyio", "darkroom.cli", "darkroom.wire"} == set()
    assert min(ours for ours, *_ in rounds) < 2 * min(httpx_too for _, httpx_too, _ in rounds)


def test_the_public_names_are_few() -> None:
    """And each is there; the rest is in `errors`."""
    assert set(darkroom.__all__) == {
        "AsyncClient", "Batch", "Client", "DarkroomError", "Image", "Job", "errors", "verify_webhook",
    }  # fmt: skip
    assert all(hasattr(darkroom, name) for name in darkroom.__all__)
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, BaseException)]
    assert all(issubclass(kind, darkroom.DarkroomError) for kind in kinds)
    assert all(kind.__name__ in (errors.__doc__ or "") for kind in kinds)


def test_both_clients_have_the_same_calls() -> None:
    """Each with its parameters and its words, for whoever asks for help."""
    names = [name for name in vars(Calls) if not name.startswith("_")]
    assert {"submit", "wait", "stream", "images", "list", "batch", "cancel", "retry", "delete"} <= set(names)
    with Client("http://127.0.0.1:9") as client:
        for name in names:
            method: Callable[..., object] = getattr(client, name)
            assert inspect.getdoc(method)
            assert "timeout" in inspect.signature(method).parameters
            assert getattr(AsyncClient, name) is getattr(Client, name)


@pytest.mark.parametrize(
    ("url", "api_key", "settings"),
    [
        ("example", None, {}), ("ftp://x", None, {}), ("http://", None, {}), ("http://x:y", None, {}),
        ("https://x?a=b", None, {}), ("https://x", "drk_a\n", {}), ("https://x", "drk ä", {}),
        ("https://x", None, {"timeout": 0}), ("https://x", None, {"retries": -1}),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told_at_once(url: str, api_key: str | None, settings: dict[str, float]) -> None:
    """With what to give instead, and without showing a key."""
    for kind in (Client, AsyncClient):
        with pytest.raises(errors.Misused) as told:
            kind(url, api_key, **settings)  # type: ignore[arg-type]
        assert told.value.advice
        assert "drk" not in str(told.value)


def test_the_environment_says_where_and_by_which_key(deployment: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the caller does not."""
    monkeypatch.setenv("DARKROOM_URL", f"{deployment.server.url}/")
    monkeypatch.setenv("DARKROOM_API_KEY", "drk_of_the_environment")
    with Client() as client:
        client.get("j")
    with Client(api_key="") as client:
        client.get("j")
    assert [(asked.path, asked.headers.get("authorization")) for asked in deployment.asked] == [
        ("/v1/jobs/j", "Bearer drk_of_the_environment"), ("/v1/jobs/j", None),
    ]  # fmt: skip


async def test_an_awaited_call_can_be_canceled() -> None:
    """In the middle of a call or a stream: its connection is closed, and the client goes on."""
    held, deployment = Event(), Service("async")
    deployment.answers = [Answer(held=held), a_stream(a_job(), cut=True), json_answer(DONE)]
    with deployment.server.running():
        async with AsyncClient(deployment.server.url) as client:
            call = asyncio.ensure_future(client.get(JOB))
            await asyncio.to_thread(until, lambda: deployment.asked)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            held.set()
            async with aclosing(client.stream(JOB)) as changes:
                assert (await anext(changes)).status == "queued"
            assert (await client.get(JOB)).status == "completed"
