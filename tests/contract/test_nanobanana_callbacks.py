"""NanoBanana where it is not polled: it is told whom to call, and asked no more often than it was told to look."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from shared.config import Settings
from shared.domain.errors import AwaitsCallback, ProviderError
from shared.domain.job import Job
from shared.ports import Outcome
from shared.providers import Providers
from shared.providers.gates import Gates
from shared.providers.nanobanana import NanoBanana
from tests.builders import a_job
from tests.contract.image_provider_suite import LATE
from tests.fakes.checkpoint import FakeCheckpoint
from tests.fakes.clock import FakeClock
from tests.fakes.http_server import Answer, Asked, HttpServer
from tests.fakes.nanobanana_server import GENERATE_FAILED, KEY, NanoBananaServer

NEVER = 10**9


@dataclass
class World:
    """The vendor, who it calls, and the provider between them."""

    vendor: NanoBananaServer
    called: list[Asked]
    provider: NanoBanana
    clock: FakeClock
    checkpoint: FakeCheckpoint

    def job(self, operation: str | None = None) -> Job:
        """One that is being generated."""
        return a_job(provider="nanobanana", model="nanobanana", provider_operation=operation)

    async def make(self, operation: str | None = None) -> Outcome:
        """Its images."""
        return await self.provider.generate(self.job(operation), (), LATE, self.checkpoint)

    async def awaits(self, operation: str | None = None) -> AwaitsCallback:
        """What says that the vendor will call."""
        with pytest.raises(AwaitsCallback) as waiting:
            await self.make(operation)
        return waiting.value


@pytest.fixture
def vendor() -> Iterator[NanoBananaServer]:
    """Its tasks run until a test ends them."""
    with (server := NanoBananaServer(polls=NEVER)).running():
        yield server


@pytest.fixture
async def world(vendor: NanoBananaServer) -> AsyncIterator[World]:
    """With a receiver that takes every call."""
    clock = FakeClock()
    with (receiver := HttpServer(lambda _: Answer())).running():
        provider = NanoBanana(
            vendor.url, KEY, clock, Gates(clock), callback=lambda job: f"{receiver.url}/{job.id}", allow_private=True
        )
        yield World(vendor, receiver.asked, provider, clock, FakeCheckpoint(clock))
        await provider.close()


async def test_it_is_told_whom_to_call_and_is_not_polled(world: World) -> None:
    """The operation is stored; nothing has come of it yet, so it is not asked for."""
    error = await world.awaits()
    assert (world.checkpoint.operations, world.vendor.polled, world.clock.slept) == (["task-1"], 0, [])
    assert (error.keeps_operation, error.counts, error.billed) == (True, False, "unknown")
    world.vendor.call_back("task-1")
    (call,) = world.called
    assert (call.method, call.path) == ("POST", f"/{world.job().id}")


async def test_it_says_whether_it_has_finished(world: World) -> None:
    """One question each time, also about an operation that failed."""
    error = await world.awaits()
    assert not await error.finished()
    world.vendor.tasks["task-1"].done = True
    assert await error.finished()
    world.vendor.flag = GENERATE_FAILED
    assert await error.finished()
    assert world.vendor.polled == 3


async def test_an_operation_nobody_can_be_asked_for_is_not_called_finished(world: World) -> None:
    """Else a vendor that is slow to know its own task would be paid again."""
    error = await world.awaits()
    world.vendor.forget()
    with pytest.raises(ProviderError):
        await error.finished()


async def test_an_operation_that_goes_on_is_asked_for_once(world: World) -> None:
    """By whoever was told to look; no time is spent on it."""
    await world.awaits()
    error = await world.awaits("task-1")
    assert (world.vendor.polled, world.vendor.submits, world.clock.slept) == (1, 1, [])
    assert not await error.finished()


async def test_an_operation_that_has_ended_brings_its_images(world: World) -> None:
    """What the vendor says when it is asked, whatever it has said in its call."""
    await world.awaits()
    world.vendor.call_back("task-1")
    assert len((await world.make("task-1")).pictures) == 1
    assert (world.vendor.submits, world.vendor.polled, world.checkpoint.failed) == (1, 1, [])


async def test_trouble_while_asking_is_no_answer(world: World) -> None:
    """It is asked again at the pace of polls, until it says something."""
    await world.awaits()
    world.vendor.on_poll.extend([Answer(500), Answer(reset=True)])
    await world.awaits("task-1")
    assert (world.vendor.polled, world.clock.slept) == (3, [1.0, 1.0])


async def test_where_it_is_polled_it_is_told_nobody(vendor: NanoBananaServer) -> None:
    """The default."""
    vendor.polls, clock = 0, FakeClock()
    settings = Settings(nano_banana_api_key=KEY, nano_banana_api_url=vendor.url, private_addresses=True)
    provider = await Providers(settings, clock)("nanobanana")
    job = a_job(provider="nanobanana", model="nanobanana")
    assert (await provider.generate(job, (), LATE, FakeCheckpoint(clock))).pictures
    assert "callBackUrl" not in vendor.tasks["task-1"].request
    assert isinstance(provider, NanoBanana)
    await provider.close()


@pytest.mark.parametrize("lacks", ["CALLBACK_SECRET", "PUBLIC_URL"])
async def test_what_callbacks_need_is_named(lacks: str) -> None:
    """As the variable is called; its jobs fail at once and cost nothing."""
    given = {"callback_secret": "secret", "public_url": "https://darkroom.test", lacks.lower(): None}
    settings = Settings(nano_banana_api_key=KEY, provider_polling=False, **given)  # type: ignore[arg-type]
    with pytest.raises(ProviderError, match=lacks) as refusal:
        await Providers(settings, FakeClock())("nanobanana")
    assert (refusal.value.kind, refusal.value.code) == ("PERMANENT", "provider_not_configured")
