"""What a provider must do whose vendor is submitted to, then polled: to be inherited with a fixture `world`."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import pytest

from shared.domain.errors import LeaseLost
from shared.ports import ImageProvider
from shared.providers.operations import POLL_FOR
from tests.contract.image_provider_suite import ASKED, RemoteProviderSuite, World, broken_off, happened
from tests.fakes.http_server import Answer


class Vendor(Protocol):
    """Its server: what a test puts into the queues is answered first."""

    polls: int  # for so many an operation runs
    on_submit: deque[Answer]
    on_poll: deque[Answer]
    on_image: deque[Answer]

    @property
    def submits(self) -> int:
        """Requests for an operation so far."""
        ...

    @property
    def polled(self) -> int:
        """Requests for the state of one so far."""
        ...


@dataclass(kw_only=True)
class OperationWorld(World):
    """A provider that polls, and its vendor."""

    server: Vendor
    in_public: Callable[[], ImageProvider]  # the same provider, to whom private addresses are closed


class OperationSuite(RemoteProviderSuite):
    """Of one that submits, then polls."""

    patient: Sequence[str] = ("429 with Retry-After", "429 with a date")
    refusals: Sequence[str] = ("refused when it ran",)
    first: str  # the id of the vendor's first operation
    unreadable_polls: Sequence[Answer] = ()

    async def test_the_operation_is_stored_before_it_is_asked_for(self, world: OperationWorld) -> None:
        """Whoever cannot store it asks no more."""
        polled: list[int] = []
        world.checkpoint.on_submitted = lambda: polled.append(world.server.polled)
        await world.make()
        assert (world.checkpoint.operations, polled) == ([self.first], [0])

        def lost() -> None:
            raise LeaseLost("another has it")

        before, world.checkpoint.on_submitted = world.server.polled, lost
        with pytest.raises(LeaseLost):
            await world.make()
        assert world.server.polled == before

    async def test_polls_are_a_second_apart(self, world: OperationWorld) -> None:
        """As long as the operation runs."""
        world.server.polls = 3
        await world.make()
        assert (world.clock.slept, world.server.polled) == ([1.0, 1.0, 1.0], 4)

    async def test_a_takeover_polls_on_and_submits_nothing(self, world: OperationWorld) -> None:
        """The first worker was broken off in the middle of a poll."""
        release = threading.Event()
        world.server.on_poll.append(Answer(held=release, reset=True))
        died = asyncio.create_task(world.make())
        await happened(lambda: world.server.polled == 1)
        await broken_off(died)
        release.set()
        outcome = await world.make(world.job(provider_operation=world.checkpoint.operations[0]))
        assert len(outcome.pictures) == 1
        assert (world.server.submits, world.checkpoint.failed) == (1, [])

    @pytest.mark.parametrize("trouble", ["500", "429", "reset", "cut off", "unreadable"])
    async def test_trouble_while_polling_costs_nothing(self, world: OperationWorld, trouble: str) -> None:
        """The operation goes on: it is asked again, at the pace of polls."""
        one = {"reset": Answer(reset=True), "cut off": Answer(body=b"{", length=9)}
        answers = self.unreadable_polls if trouble == "unreadable" else [one.get(trouble) or Answer(int(trouble))] * 3
        world.server.on_poll.extend(answers)
        assert (await world.make()).pictures
        assert (world.server.submits, world.checkpoint.failed) == (1, [])

    @pytest.mark.parametrize("trouble", [None, 500, 429])
    async def test_an_operation_that_takes_too_long_is_kept(self, world: OperationWorld, trouble: int | None) -> None:
        """After a minute the attempt ends; the next one asks for the same operation."""
        world.server.polls = 10**9
        if trouble:
            world.server.on_poll.extend([Answer(trouble)] * 100)
        error = await world.refused()
        assert error.kind == ("RATE_LIMIT" if trouble == 429 else "TEMPORARY")
        assert (error.billed, error.keeps_operation) == ("unknown", True)
        assert sum(world.clock.slept) == POLL_FOR.total_seconds()
        assert (world.server.submits, world.server.polled) == (1, 61)

    async def test_polls_come_no_faster_than_the_vendor_asks(self, world: OperationWorld) -> None:
        """Retry-After; what it asks beyond the minute is left to the next attempt."""
        world.server.on_poll.append(Answer(429, headers={"Retry-After": str(ASKED)}))
        await world.make()
        assert world.clock.slept[0] == ASKED
        world.server.on_poll.append(Answer(429, headers={"Retry-After": "9" * 400}))
        error = await world.refused()
        assert (error.kind, error.keeps_operation, error.retry_after) == ("RATE_LIMIT", True, 86400)

    async def test_an_operation_that_nobody_knows_is_not_kept(self, world: OperationWorld) -> None:
        """It expired: the next attempt submits anew, and this one's price stays unknown."""
        error = await world.refused(world.job(provider_operation="of-last-week"))
        assert (error.kind, error.code, error.billed) == ("TEMPORARY", "operation_unknown", "unknown")
        assert (error.keeps_operation, world.server.submits) == (False, 0)

    @pytest.mark.parametrize("status", [401, 403])
    async def test_who_is_locked_out_while_polling_asks_no_more(self, world: OperationWorld, status: int) -> None:
        """The key was withdrawn."""
        world.server.on_poll.append(Answer(status))
        error = await world.refused()
        assert (error.kind, error.billed, world.server.polled) == ("AUTH_ERROR", "unknown", 1)

    @pytest.mark.parametrize("answer", [Answer(404), Answer(body=b"no image"), Answer(reset=True)])
    async def test_an_image_that_does_not_come_is_fetched_again(self, world: OperationWorld, answer: Answer) -> None:
        """It is paid: the next attempt asks for the same operation, and its price is known."""
        world.server.on_image.append(answer)
        error = await world.refused()
        assert (error.kind, error.billed, error.keeps_operation) == ("TEMPORARY", "yes", True)
        outcome = await world.make(world.job(provider_operation=self.first))
        assert (len(outcome.pictures), world.server.submits) == (1, 1)

    async def test_a_picture_in_a_private_network_is_not_fetched(self, world: OperationWorld) -> None:
        """Where a deployment does not allow it."""
        world.provider = world.in_public()
        error = await world.refused()
        assert (error.kind, error.keeps_operation, error.billed) == ("PERMANENT", False, "yes")

    async def test_nobody_was_paid_who_was_not_reached(self, world: OperationWorld) -> None:
        """Known to be nothing, not unknown."""
        assert world.elsewhere
        world.provider = world.elsewhere("127.0.0.1:9")
        assert (await world.refused()).billed == "no"
