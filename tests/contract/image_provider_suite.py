"""What every provider must do, whoever makes the pictures: to be inherited with a fixture `world`.

Here the semantics of a provider are stated. What a vendor cannot do, or cannot do wrong, its class says by data: which
of its faults are of which kind. What its models can do is read from the catalogue.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, get_args

import pytest

from shared.catalog import Model, catalog
from shared.domain.errors import ProviderError
from shared.domain.job import Job
from shared.domain.request import MimeType
from shared.ports import Given, ImageProvider, Outcome
from shared.providers.picture import picture_of
from shared.providers.retrying import MAX_RETRIES
from tests.builders import a_job, image_bytes
from tests.fakes.checkpoint import FakeCheckpoint
from tests.fakes.clock import NOON, FakeClock
from tests.waiting import LOOK_SECONDS

LATE = NOON + timedelta(seconds=170)
ALL_CALLS = MAX_RETRIES + 1
MANY = 3  # images, where a model makes so many
ASKED = 7  # seconds that a vendor who names a wait asks for
FAULTS = {
    "busy": "busy", "patience": "patient", "broken": "broken", "unreadable": "unreadables", "outsider": "outsiders",
    "refusal": "refusals", "no_image": "no_images", "partial": "partials", "slow": "slows", "nobody": "nobodies",
}  # fmt: skip


@dataclass
class World:
    """A provider, and the vendor behind it."""

    provider: ImageProvider
    clock: FakeClock
    fields: dict[str, Any]  # of a job for this provider
    calls: Callable[[], int]  # that were, or may have been, paid so far
    # A fault of the vendor, by its name, in so many of the next calls.
    fault: Callable[[str, int], AbstractContextManager[object]]
    elsewhere: Callable[[str], ImageProvider] | None = None  # the same, whose vendor is at this host and port
    handed: Callable[[], int] = lambda: 0  # references that the vendor has been given with its last call
    checkpoint: FakeCheckpoint = field(init=False)

    def __post_init__(self) -> None:
        self.checkpoint = FakeCheckpoint(self.clock)

    def job(self, **changes: Any) -> Job:
        """A job for this provider that is being generated."""
        return a_job(**self.fields | changes)

    @property
    def model(self) -> Model:
        """Of such a job."""
        return catalog().models[self.job().model]

    async def make(self, job: Job | None = None, given: Sequence[Given] = ()) -> Outcome:
        """Its images."""
        return await self.provider.generate(job or self.job(), given, LATE, self.checkpoint)

    async def refused(self, job: Job | None = None) -> ProviderError:
        """Why there are none."""
        with pytest.raises(ProviderError) as refusal:
            await self.make(job)
        return refusal.value


def a_reference(name: str = "a") -> Given:
    """A picture to start from."""
    return Given(data=image_bytes(), mime_type="image/png", width=16, height=16, uri=f"gs://bucket/{name}.png")


class ImageProviderSuite:
    """Of any provider."""

    async def test_it_makes_the_images_asked_for(self, world: World) -> None:
        """Whole ones, with what they are and what they cost, in one call."""
        outcome = await world.make()
        (picture,) = outcome.pictures
        found = picture_of(picture.data)
        assert (found.mime_type, found.width, found.height) == (picture.mime_type, picture.width, picture.height)
        assert outcome.cost_micros == picture.cost_micros == world.provider.estimate(world.job())
        assert (world.checkpoint.failed, outcome.missing) == ([], ())

    @pytest.mark.parametrize("mime_type", get_args(MimeType))
    async def test_it_makes_something_of_every_format(self, world: World, mime_type: MimeType) -> None:
        """What it does not make itself is converted from what it does: no vendor is asked for what it refuses."""
        (picture,) = (await world.make(world.job(mime_type=mime_type))).pictures
        assert picture.mime_type in get_args(MimeType)

    async def test_several_images_have_a_price_and_a_seed_each(self, world: World) -> None:
        """As many as the catalogue lets one ask for; image i is made with seed + i, where the model has seeds."""
        n = min(MANY, world.model.max_images)
        seed = 7 if "seed" in world.model.can else None
        job = world.job(n=n, seed=seed, watermark=False if seed else None)
        outcome = await world.make(job)
        assert [picture.seed for picture in outcome.pictures] == [None if seed is None else seed + i for i in range(n)]
        each = world.provider.estimate(world.job())
        assert [picture.cost_micros for picture in outcome.pictures] == [each] * n
        assert outcome.cost_micros == world.provider.estimate(job) == (None if each is None else n * each)
        early = world.checkpoint.pictures  # those that were there before the others
        assert tuple(early) == outcome.pictures[: len(early)]

    async def test_it_starts_from_what_it_is_given(self, world: World) -> None:
        """Every reference reaches the vendor; as many as the catalogue lets through."""
        given = [a_reference("a"), a_reference("b")][: world.model.max_references]
        assert len((await world.make(given=given)).pictures) == 1
        assert world.handed() == len(given)

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
        await broken_off(task)


class RemoteProviderSuite(ImageProviderSuite):
    """Of one that asks a vendor.

    Its data are faults, by the names that `World.fault` knows; to be replaced where a vendor has others.
    """

    busy: Sequence[str] = ("429",)
    patient: Sequence[str] = ()  # busy, and asks for 7 s
    broken: Sequence[str] = ("500", "503", "reset")
    unreadables: Sequence[str] = ()  # answers that make no sense
    outsiders: Sequence[str] = ("401", "403")
    refusals: Sequence[str] = ()
    no_images: Sequence[str] = ("truncated", "wrong type")
    partials: Sequence[str] = ()  # of three images, some are refused
    slows: Sequence[str] = ("slow",)  # an answer takes some tenths of a second
    nobodies: Sequence[str] = ("127.0.0.1:9", "nobody.invalid:443")  # a refused connection, a name that nobody has

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
        assert world.checkpoint.booked == [world.provider.estimate(world.job())] * 2
        assert world.calls() == 3

    async def test_a_vendor_that_stays_busy_is_a_rate_limit(self, world: World, busy: str) -> None:
        """After four calls."""
        with world.fault(busy, 9):
            error = await world.refused()
        assert (error.kind, error.code, world.calls()) == ("RATE_LIMIT", "model_rate_limit", ALL_CALLS)

    async def test_a_wait_that_is_asked_for_is_kept(self, world: World, patience: str) -> None:
        """Retry-After, where it is longer than our own wait."""
        with world.fault(patience, 1):
            await world.make()
        assert world.clock.slept[0] == ASKED
        assert [(error.kind, error.retry_after) for error in world.checkpoint.failed] == [("RATE_LIMIT", ASKED)]

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

    async def test_an_answer_that_cannot_be_read_leaves_the_bill_unknown(self, world: World, unreadable: str) -> None:
        """Neither an unexpected error nor an empty success; another one may be read."""
        with world.fault(unreadable, 1):
            assert (await world.make()).pictures
        failed = [(error.kind, error.code, error.billed) for error in world.checkpoint.failed]
        assert failed == [("TEMPORARY", "malformed_answer", "unknown")]

    async def test_who_is_not_let_in_asks_once(self, world: World, outsider: str) -> None:
        """AUTH_ERROR: no other try helps."""
        with world.fault(outsider, 9):
            error = await world.refused()
        assert (error.kind, error.billed, world.calls()) == ("AUTH_ERROR", "no", 1)

    async def test_nobody_there_is_temporary_after_four(self, world: World, nobody: str) -> None:
        """A refused connection, a name that nobody has."""
        assert world.elsewhere
        world.provider = world.elsewhere(nobody)
        error = await world.refused()
        assert (error.kind, len(world.checkpoint.failed)) == ("TEMPORARY", ALL_CALLS - 1)

    async def test_a_slow_vendor_is_waited_for(self, world: World, slow: str) -> None:
        """Within the deadline."""
        with world.fault(slow, 1):
            assert (await world.make()).pictures
        assert (world.calls(), world.checkpoint.failed) == (1, [])

    async def test_a_call_that_is_broken_off_is_not_made_again(self, world: World, slow: str) -> None:
        """While the vendor works on it, the task ends at once."""
        with world.fault(slow, 1):
            task = asyncio.create_task(world.make())
            await happened(lambda: world.calls() == 1)
            await broken_off(task)
        assert (world.calls(), world.checkpoint.failed) == (1, [])

    async def test_a_refusal_is_told_as_one(self, world: World, refusal: str) -> None:
        """Never an empty success, and never tried again; it says what was looked at."""
        with world.fault(refusal, 9):
            error = await world.refused()
        assert (error.kind, error.code, world.calls()) == ("PERMANENT", "safety_blocked", 1)
        assert error.message
        assert error.safety

    async def test_some_images_refused_are_the_others_given(self, world: World, partial: str) -> None:
        """The run completes with those it has, says why the others are missing, and costs what came."""
        with world.fault(partial, 1):
            outcome = await world.make(world.job(n=MANY))
        assert 0 < len(outcome.pictures) < MANY
        assert len(outcome.pictures) + len(outcome.missing) == MANY
        assert {(gone.code, bool(gone.message), bool(gone.safety)) for gone in outcome.missing} == {
            ("safety_blocked", True, True)
        }
        each = world.provider.estimate(world.job())
        assert outcome.cost_micros == (None if each is None else len(outcome.pictures) * each)

    async def test_bytes_that_are_no_image_are_temporary(self, world: World, no_image: str) -> None:
        """And paid all the same; never stored."""
        with world.fault(no_image, 9):
            error = await world.refused()
        assert (error.kind, error.code, error.billed, world.calls()) == ("TEMPORARY", "not_an_image", "yes", 1)


async def broken_off(task: asyncio.Task[Any]) -> None:
    """Cancel it: it ends at once, and as canceled."""
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 60)


async def happened(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Let the loop go on until the condition holds.

    Raises:
        TimeoutError: it did not.
    """
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - of a server in a thread, which knows no event of ours
            await asyncio.sleep(LOOK_SECONDS)
