"""What every provider must do, whoever makes the pictures: to be inherited with a fixture `world`."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.errors import ProviderError
from shared.domain.job import Job
from shared.ports import ImageProvider, Outcome
from shared.providers.picture import picture_of
from shared.providers.retrying import MAX_RETRIES
from tests.builders import a_job
from tests.fakes.checkpoint import FakeCheckpoint
from tests.fakes.clock import NOON, FakeClock

LATE = NOON + timedelta(seconds=170)
ALL_CALLS = MAX_RETRIES + 1
FAULTS = {"busy": "busy", "broken": "broken", "outsider": "outsiders", "refusal": "refusals", "no_image": "no_images"}


@dataclass
class World:
    """A provider, and the vendor behind it."""

    provider: ImageProvider
    clock: FakeClock
    fields: dict[str, Any]  # of a job for this provider
    calls: Callable[[], int]  # that were, or may have been, paid so far
    # A fault of the vendor, by its name, in so many of the next calls.
    fault: Callable[[str, int], AbstractContextManager[object]]
    checkpoint: FakeCheckpoint = field(init=False)

    def __post_init__(self) -> None:
        self.checkpoint = FakeCheckpoint(self.clock)

    def job(self, **changes: Any) -> Job:
        """A job for this provider that is being generated."""
        return a_job(**self.fields | changes)

    async def make(self, job: Job | None = None) -> Outcome:
        """Its images."""
        return await self.provider.generate(job or self.job(), (), LATE, self.checkpoint)

    async def refused(self, job: Job | None = None) -> ProviderError:
        """Why there are none."""
        with pytest.raises(ProviderError) as refusal:
            await self.make(job)
        return refusal.value


class ImageProviderSuite:
    """Of any provider."""

    async def test_it_makes_the_images_asked_for(self, world: World) -> None:
        """Whole ones, with what they are and what they cost, in one call."""
        outcome = await world.make()
        (picture,) = outcome.pictures
        found = picture_of(picture.data)
        assert (found.mime_type, found.width, found.height) == (picture.mime_type, picture.width, picture.height)
        assert outcome.cost_micros == world.provider.estimate(world.job())
        assert (world.checkpoint.failed, outcome.missing) == ([], ())

    async def test_other_jobs_go_on_meanwhile(self, world: World) -> None:
        """Two at once, each with its own."""
        first, second = await asyncio.gather(
            world.make(world.job(prompt="a fox")), world.make(world.job(prompt="a hare"))
        )
        assert len(first.pictures) == len(second.pictures) == 1

    async def test_one_that_is_broken_off_leaves_nothing_running(self, world: World) -> None:
        """The instance goes, or the time is over: the task ends at once."""
        task = asyncio.create_task(world.make())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 5)


class RemoteProviderSuite(ImageProviderSuite):
    """Of one that asks a vendor."""

    # Faults, by the names that `World.fault` knows. To be replaced where a vendor has others.
    busy: Sequence[str] = ("429",)
    broken: Sequence[str] = ("500", "503", "reset")
    outsiders: Sequence[str] = ("401", "403")
    refusals: Sequence[str] = ()
    no_images: Sequence[str] = ("truncated", "wrong type")

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """A test a fault."""
        for name, kinds in FAULTS.items():
            if name in metafunc.fixturenames:
                given: Sequence[str] = getattr(self, kinds)
                metafunc.parametrize(name, given)

    async def test_a_vendor_that_is_busy_is_asked_again(self, world: World, busy: str) -> None:
        """Each call is booked before it is made; then it works."""
        with world.fault(busy, 2):
            assert (await world.make()).pictures
        assert [(error.kind, error.billed) for error in world.checkpoint.failed] == [("RATE_LIMIT", "no")] * 2
        assert world.calls() == 3

    async def test_a_vendor_that_stays_busy_is_a_rate_limit(self, world: World, busy: str) -> None:
        """After four calls."""
        with world.fault(busy, 9):
            error = await world.refused()
        assert (error.kind, error.code, world.calls()) == ("RATE_LIMIT", "model_rate_limit", ALL_CALLS)

    async def test_what_may_pass_is_tried_again(self, world: World, broken: str) -> None:
        """With back-off."""
        with world.fault(broken, 2):
            assert (await world.make()).pictures
        assert len(world.checkpoint.failed) == 2
        assert world.clock.slept[0] >= 1
        assert world.clock.slept[1] >= 2

    async def test_what_does_not_pass_is_temporary(self, world: World, broken: str) -> None:
        """After four calls; another attempt may have more luck."""
        with world.fault(broken, 9):
            error = await world.refused()
        assert (error.kind, world.calls()) == ("TEMPORARY", ALL_CALLS)

    async def test_a_connection_that_breaks_leaves_the_bill_unknown(self, world: World) -> None:
        """The call may have been made, and paid."""
        with world.fault("reset", 1):
            await world.make()
        assert [error.billed for error in world.checkpoint.failed] == ["unknown"]

    async def test_who_is_not_let_in_asks_once(self, world: World, outsider: str) -> None:
        """AUTH_ERROR: no other try helps."""
        with world.fault(outsider, 9):
            error = await world.refused()
        assert (error.kind, error.billed, world.calls()) == ("AUTH_ERROR", "no", 1)

    async def test_a_refusal_is_told_as_one(self, world: World, refusal: str) -> None:
        """Never an empty success, and never tried again."""
        with world.fault(refusal, 9):
            error = await world.refused()
        assert (error.kind, error.code, world.calls()) == ("PERMANENT", "safety_blocked", 1)
        assert error.message

    async def test_bytes_that_are_no_image_are_temporary(self, world: World, no_image: str) -> None:
        """And paid all the same; never stored."""
        with world.fault(no_image, 9):
            error = await world.refused()
        assert (error.kind, error.code, error.billed, world.calls()) == ("TEMPORARY", "not_an_image", "yes", 1)
