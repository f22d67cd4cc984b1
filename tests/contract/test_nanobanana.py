"""ImageProvider: NanoBanana over HTTP, whose tasks are submitted, then polled."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from shared.domain.errors import LeaseLost
from shared.providers.gates import Gates
from shared.providers.nanobanana import NanoBanana, base_url
from shared.providers.operations import POLL_FOR
from tests.builders import image_bytes
from tests.contract.image_provider_suite import ALL_CALLS, RemoteProviderSuite, World
from tests.fakes.clock import FakeClock
from tests.fakes.http_server import Answer, json_answer
from tests.fakes.nanobanana_server import GENERATE_FAILED, KEY, RUNNING, NanoBananaServer

Make = Callable[..., NanoBanana]
REFUSED = "Your prompt violates our content policy"


def _record(**data: Any) -> Answer:
    return json_answer({"code": 200, "msg": "success", "data": data})


SUBMITS = {
    "reset": Answer(reset=True),
    "malformed": Answer(body=b'{"code": 200, "data": '),
    "no task": _record(taskId=None),
    "429 in the body": json_answer({"code": 429, "msg": "Against our rate policy"}),
    "429 with Retry-After": Answer(429, headers={"Retry-After": "7"}),
    "refused by its body": json_answer({"code": 400, "msg": REFUSED}),
    "refused by its status": Answer(400, REFUSED.encode()),
}
IMAGES = {
    "truncated": Answer(body=image_bytes()[:40]),
    "wrong type": Answer(body=b"<html>", headers={"Content-Type": "image/png"}),
}


@pytest.fixture
def server() -> Iterator[NanoBananaServer]:
    """The vendor."""
    with NanoBananaServer().running() as running:
        assert isinstance(running, NanoBananaServer)
        yield running


@contextmanager
def _fault(server: NanoBananaServer, name: str, times: int) -> Iterator[None]:
    """See World.fault."""
    if name == "refused when it ran":
        server.flag, server.error = GENERATE_FAILED, REFUSED
    elif name in IMAGES:
        server.on_image.extend([IMAGES[name]] * times)
    else:
        server.on_submit.extend([SUBMITS[name] if name in SUBMITS else Answer(int(name))] * times)
    yield


@pytest.fixture
async def made() -> AsyncIterator[Make]:
    """Makes providers; their images may lie on this machine, unless `allow_private` says otherwise."""
    providers = []

    def make(url: str, clock: FakeClock, *, key: str = KEY, allow_private: bool = True) -> NanoBanana:
        providers.append(NanoBanana(url, key, clock, Gates(clock), allow_private=allow_private))
        return providers[-1]

    yield make
    for provider in providers:
        await provider.close()


class TestNanoBanana(RemoteProviderSuite):
    """What every provider does, and what comes of submitting and polling."""

    busy = ("429", "429 in the body", "429 with Retry-After")
    broken = ("500", "502", "503", "455", "reset", "malformed", "no task")
    refusals = ("refused by its body", "refused by its status", "refused when it ran")

    @pytest.fixture
    def world(self, server: NanoBananaServer, made: Make) -> World:
        """The provider and its vendor."""
        clock = FakeClock()
        return World(
            made(server.url, clock),
            clock,
            {"provider": "nanobanana", "model": "nanobanana"},
            lambda: server.submits,
            lambda name, times: _fault(server, name, times),
        )

    async def test_it_asks_as_documented(self, world: World, server: NanoBananaServer) -> None:
        """The key goes to the API alone, not to where images lie."""
        await world.make(world.job(prompt="a fox", aspect_ratio="16:9"))
        assert server.tasks["task-1"].request == {
            "prompt": "a fox",
            "type": "TEXTTOIAMGE",
            "numImages": 1,
            "image_size": "16:9",
        }
        assert [asked.headers.get("authorization") for asked in server.asked] == [*[f"Bearer {KEY}"] * 4, None]
        assert world.clock.slept == [1.0, 1.0]

    async def test_it_waits_as_long_as_it_was_asked_to(self, world: World) -> None:
        """Retry-After, where it is longer than our own wait."""
        with world.fault("429 with Retry-After", 1):
            await world.make()
        assert world.clock.slept[0] == 7

    async def test_the_operation_is_stored_before_it_is_asked_for(self, world: World, server: NanoBananaServer) -> None:
        """Whoever cannot store it asks no more."""
        polled: list[int] = []
        world.checkpoint.on_submitted = lambda: polled.append(server.polled)
        await world.make()
        assert (world.checkpoint.operations, polled) == (["task-1"], [0])

        def lost() -> None:
            raise LeaseLost("another has it")

        before, world.checkpoint.on_submitted = server.polled, lost
        with pytest.raises(LeaseLost):
            await world.make()
        assert server.polled == before

    async def test_a_takeover_polls_on_and_submits_nothing(self, world: World, server: NanoBananaServer) -> None:
        """The first worker died after it stored the operation."""
        release = threading.Event()
        server.on_poll.append(Answer(held=release, reset=True))
        stored = asyncio.Event()
        world.checkpoint.on_submitted = stored.set
        died = asyncio.create_task(world.make())
        await stored.wait()
        died.cancel()
        release.set()
        with pytest.raises(asyncio.CancelledError):
            await died
        outcome = await world.make(world.job(provider_operation=world.checkpoint.operations[0]))
        assert len(outcome.pictures) == 1
        assert (server.submits, world.checkpoint.failed) == (1, [])

    @pytest.mark.parametrize(
        "trouble",
        [Answer(500), Answer(429), Answer(reset=True), Answer(body=b"{"), _record(successFlag="x"), _record()],
        ids=lambda answer: f"{answer.status} {answer.body[:40]!r}",
    )
    async def test_trouble_while_polling_costs_nothing(
        self, world: World, server: NanoBananaServer, trouble: Answer
    ) -> None:
        """The task goes on: it is asked again, at the pace of polls."""
        server.on_poll.extend([trouble] * 3)
        assert (await world.make()).pictures
        assert (server.submits, world.checkpoint.failed) == (1, [])

    @pytest.mark.parametrize("trouble", [None, Answer(500), Answer(429)])
    async def test_a_task_that_takes_too_long_is_kept(
        self, world: World, server: NanoBananaServer, trouble: Answer | None
    ) -> None:
        """After a minute the attempt ends; the next one asks for the same task."""
        server.polls = 10**9
        if trouble:
            server.on_poll.extend([trouble] * 100)
        error = await world.refused()
        assert error.kind == ("RATE_LIMIT" if trouble and trouble.status == 429 else "TEMPORARY")
        assert (error.billed, error.keeps_operation) == ("unknown", True)
        assert sum(world.clock.slept) == POLL_FOR.total_seconds()
        assert (server.submits, server.polled) == (1, 61)

    async def test_polls_come_no_faster_than_the_vendor_asks(self, world: World, server: NanoBananaServer) -> None:
        """Retry-After; what it asks beyond the minute is left to the next attempt."""
        server.on_poll.append(Answer(429, headers={"Retry-After": "7"}))
        await world.make()
        assert world.clock.slept[0] == 7
        server.on_poll.append(Answer(429, headers={"Retry-After": "9" * 400}))
        error = await world.refused()
        assert (error.kind, error.keeps_operation, error.retry_after) == ("RATE_LIMIT", True, 86400)

    async def test_a_task_that_failed_is_not_kept(self, world: World, server: NanoBananaServer) -> None:
        """Nor tried again by itself: it may have been paid."""
        for flag in (2, 3):
            server.flag, server.error = flag, "internal error"
            error = await world.refused()
            assert (error.kind, error.code, error.billed) == ("UNKNOWN", "provider_task_failed", "unknown")
            assert not error.keeps_operation

    async def test_a_task_that_nobody_knows_is_not_kept(self, world: World, server: NanoBananaServer) -> None:
        """It expired: the next attempt submits anew, and this one's price stays unknown."""
        error = await world.refused(world.job(provider_operation="task-of-last-week"))
        assert (error.kind, error.code, error.billed) == ("TEMPORARY", "operation_unknown", "unknown")
        assert (error.keeps_operation, server.submits) == (False, 0)

    async def test_a_task_without_an_image_is_not_paid_again(self, world: World, server: NanoBananaServer) -> None:
        """A user may."""
        for response in (None, {}, {"resultImageUrl": None}, {"resultImageUrl": ""}):
            server.on_poll.append(_record(successFlag=1, response=response))
            error = await world.refused()
            assert (error.kind, error.billed) == ("UNKNOWN", "yes")

    @pytest.mark.parametrize("answer", [Answer(404), Answer(body=b"no image"), Answer(reset=True)])
    async def test_an_image_that_does_not_come_is_fetched_again(
        self, world: World, server: NanoBananaServer, answer: Answer
    ) -> None:
        """It is paid: the next attempt asks for the same task, and its price is known."""
        server.on_image.append(answer)
        error = await world.refused()
        assert (error.kind, error.billed, error.keeps_operation) == ("TEMPORARY", "yes", True)
        outcome = await world.make(world.job(provider_operation="task-1"))
        assert (len(outcome.pictures), server.submits) == (1, 1)

    @pytest.mark.parametrize("status", [401, 403])
    async def test_who_is_locked_out_while_polling_asks_no_more(
        self, world: World, server: NanoBananaServer, status: int
    ) -> None:
        """The key was withdrawn."""
        server.on_poll.append(Answer(status))
        error = await world.refused()
        assert (error.kind, error.billed, server.polled) == ("AUTH_ERROR", "unknown", 1)

    async def test_a_wrong_key_is_one_call(self, server: NanoBananaServer, world: World, made: Make) -> None:
        """As the vendor answers it."""
        world.provider = made(server.url, world.clock, key="another")
        assert (await world.refused()).kind == "AUTH_ERROR"
        assert server.submits == 1

    @pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://nobody.invalid"])
    async def test_nobody_there_is_temporary_after_four(self, world: World, made: Make, url: str) -> None:
        """A refused connection, a name that nobody has: nothing can have been billed."""
        world.provider = made(url, world.clock)
        error = await world.refused()
        assert (error.kind, error.billed) == ("TEMPORARY", "no")
        assert len(world.checkpoint.failed) == ALL_CALLS - 1

    async def test_a_picture_in_a_private_network_is_not_fetched(
        self, world: World, server: NanoBananaServer, made: Make
    ) -> None:
        """Where a deployment does not allow it."""
        world.provider = made(server.url, world.clock, allow_private=False)
        error = await world.refused()
        assert (error.kind, error.keeps_operation, error.billed) == ("PERMANENT", False, "yes")

    async def test_a_task_that_runs_says_nothing_more(self, world: World, server: NanoBananaServer) -> None:
        """`successFlag` 0 is all that is looked at."""
        server.on_poll.append(_record(successFlag=RUNNING, response={"resultImageUrl": "http://nobody.invalid"}))
        assert (await world.make()).pictures


@pytest.mark.parametrize(
    ("configured", "url"),
    [
        (None, "https://api.nanobananaapi.ai"),
        ("https://x.test", "https://x.test"),
        ("https://x.test/", "https://x.test"),
        ("https://x.test/v1", "https://x.test"),
        ("https://x.test/v1/", "https://x.test"),
        ("http://x.test:81/proxy/", "http://x.test:81/proxy"),
    ],
)
def test_the_address_is_an_origin(configured: str | None, url: str) -> None:
    """A path of `/` or `/v1` is dropped."""
    assert base_url(configured) == url
