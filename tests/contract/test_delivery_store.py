"""DeliveryStore: the fake, and Firestore over the wire."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.delivery import Delivery, Try
from shared.domain.errors import AlreadyExists, Conflict, OutcomeUnknown, Unavailable
from shared.gcp.delivery_store import FirestoreDeliveryStore
from shared.gcp.documents import client
from shared.ports import DeliveryStore, StoredDelivery
from tests.builders import a_delivery, an_event
from tests.fakes.clock import NOON
from tests.fakes.delivery_store import FakeDeliveryStore
from tests.processes import RunningCloud

OTHER_JOB = "b" * 26
ODD = datetime(2026, 11, 21, 11, 59, 59, 999_999, tzinfo=UTC)
A_FULL_DELIVERY = a_delivery(
    event=an_event(3, type="job.failed", after="evt_0"),
    tenant="tenant/ü",
    url="https://receiver.test/ä?b=c#d",
    payload='{"a.b": "猫 🦊 \u0000 \\n"}',
    state="gave_up",
    disabled=True,
    redeliveries=2,
    tries=(Try(at=ODD, status=410, duration_ms=7), Try(at=ODD, error="ConnectError: ü")),
    next_try_at=ODD,
    wake_at=ODD,
    asked_under=("0" * 64,),
    created_at=ODD,
    purge_at=ODD,
)
RPC = {
    "create": "Commit", "write": "Commit", "get": "GetDocument",
    "due": "RunQuery", "after": "RunQuery", "of_job": "RunQuery",
}  # fmt: skip
Fault = Callable[[str], AbstractContextManager[object]]


@dataclass(frozen=True)
class World:
    """A DeliveryStore, and what can go wrong with it: each fault strikes the named method once."""

    deliveries: DeliveryStore
    lost_answer: Fault  # the call takes effect, and fails
    refused: Fault  # the call has no effect, and fails


class DeliveryStoreSuite:
    """To be inherited with a fixture `world`."""

    @pytest.fixture
    def deliveries(self, world: World) -> DeliveryStore:
        """The store alone."""
        return world.deliveries

    async def test_a_recorded_delivery_can_be_read(self, deliveries: DeliveryStore) -> None:
        """As it was, under the version that its creation gave."""
        created = await deliveries.create(a_delivery())
        assert created.delivery == a_delivery()
        assert await deliveries.get(a_delivery().id) == created
        assert await deliveries.get("evt_none_2") is None

    async def test_one_of_many_creates_at_once_wins(self, deliveries: DeliveryStore) -> None:
        """A message that comes twice is one delivery."""
        tries = [deliveries.create(a_delivery(payload=str(n))) for n in range(6)]
        results = await asyncio.gather(*tries, return_exceptions=True)
        (won,) = [result for result in results if isinstance(result, StoredDelivery)]
        assert sum(isinstance(result, AlreadyExists) for result in results) == 5
        assert await deliveries.get(a_delivery().id) == won

    async def test_a_write_must_meet_the_version_it_replaces(self, deliveries: DeliveryStore) -> None:
        """Of two that take the same try, one is refused; what is gone is not written anew."""
        first = await deliveries.create(a_delivery())
        second = await deliveries.write(first, a_delivery(state="delivered"))
        with pytest.raises(Conflict):
            await deliveries.write(first, a_delivery(state="gave_up"))
        assert await deliveries.get(a_delivery().id) == second
        with pytest.raises(Conflict):
            await deliveries.write(StoredDelivery(a_delivery(9), first.version), a_delivery(9, payload="x"))
        assert await deliveries.get(a_delivery(9).id) is None

    async def test_every_field_comes_back_as_it_was(self, deliveries: DeliveryStore) -> None:
        """Written at once, or by an update; and back to its defaults."""
        await deliveries.create(A_FULL_DELIVERY)
        assert await _read(deliveries, A_FULL_DELIVERY.id) == A_FULL_DELIVERY
        plain = a_delivery(7)
        full: Delivery = a_delivery(7, **{name: getattr(A_FULL_DELIVERY, name) for name in _BUT_THE_ID})
        stored = await deliveries.create(plain)
        stored = await deliveries.write(stored, full)
        assert await _read(deliveries, full.id) == full
        await deliveries.write(stored, plain)
        assert await _read(deliveries, plain.id) == plain

    async def test_those_after_an_event_are_found(self, deliveries: DeliveryStore) -> None:
        """Whatever their state; none for the last."""
        first, second, third = _chain()
        for each in (first, second, third):
            await deliveries.create(each)
        assert [found.delivery for found in await deliveries.after(first.id)] == [second]
        assert [found.delivery for found in await deliveries.after(second.id)] == [third]
        assert list(await deliveries.after(third.id)) == []

    async def test_a_job_s_deliveries_come_newest_first(self, deliveries: DeliveryStore) -> None:
        """By its changes, in whichever order they were recorded; in pages; no other job's."""
        for sequence in (2, 4, 3):
            created_at = NOON - timedelta(seconds=sequence)
            await deliveries.create(a_delivery(sequence, created_at=created_at))
        await deliveries.create(a_delivery(9, job_id=OTHER_JOB))
        found = await deliveries.of_job(a_delivery().job_id, 10)
        assert [stored.delivery.event.status_sequence for stored in found] == [4, 3, 2]
        assert list(await deliveries.of_job(a_delivery().job_id, 2)) == found[:2]
        assert list(await deliveries.of_job(a_delivery().job_id, 2, 4)) == found[1:]
        assert list(await deliveries.of_job(a_delivery().job_id, 2, 2)) == []
        assert list(await deliveries.of_job("c" * 26, 10)) == []

    async def test_due_gives_the_longest_due_first_up_to_the_limit(self, deliveries: DeliveryStore) -> None:
        """From the very moment on; never what has no time, or a later one."""
        for sequence, age in {2: 0, 3: 3, 4: 2, 5: -1, 6: None}.items():
            wake_at = None if age is None else NOON - timedelta(seconds=age)
            await deliveries.create(a_delivery(sequence, wake_at=wake_at))
        found = await deliveries.due(NOON, 10)
        assert [stored.delivery.event.status_sequence for stored in found] == [3, 4, 2]
        assert len(await deliveries.due(NOON, 1)) == 1
        await deliveries.write(found[0], a_delivery(3, wake_at=None))
        assert len(await deliveries.due(NOON, 10)) == 2

    async def test_an_answer_that_is_lost_leaves_the_outcome_unknown(self, world: World) -> None:
        """Of a creation, and of a write; both happened."""
        with world.lost_answer("create"), pytest.raises(OutcomeUnknown):
            await world.deliveries.create(a_delivery())
        stored = await world.deliveries.get(a_delivery().id)
        assert stored is not None
        with world.lost_answer("write"), pytest.raises(OutcomeUnknown):
            await world.deliveries.write(stored, a_delivery(payload="x"))
        assert (await _read(world.deliveries, a_delivery().id)).payload == "x"

    async def test_a_database_that_refuses_is_said(self, world: World) -> None:
        """Nothing was written, nothing is known."""
        with world.refused("create"), pytest.raises(Unavailable):
            await world.deliveries.create(a_delivery())
        with world.refused("get"), pytest.raises(Unavailable):
            await world.deliveries.get(a_delivery().id)
        with world.refused("after"), pytest.raises(Unavailable):
            await world.deliveries.after(a_delivery().id)
        with world.refused("of_job"), pytest.raises(Unavailable):
            await world.deliveries.of_job(a_delivery().job_id, 1)
        with world.refused("due"), pytest.raises(Unavailable):
            await world.deliveries.due(NOON, 1)
        assert await world.deliveries.get(a_delivery().id) is None


_BUT_THE_ID = [name for name in A_FULL_DELIVERY.__struct_fields__ if name != "id"]


def test_the_full_delivery_is_full() -> None:
    """No optional field is at its default, so that the round trip proves them all."""
    fields = {"disabled", "tries", "wake_at"}
    plain = a_delivery()
    assert [name for name in fields if getattr(plain, name) == getattr(A_FULL_DELIVERY, name)] == []


class TestFake(DeliveryStoreSuite):
    """The one that other tests are built on."""

    @pytest.fixture
    def world(self) -> World:
        """In memory."""
        deliveries = FakeDeliveryStore()

        @contextmanager
        def lost(method: str) -> Iterator[None]:
            deliveries.lose_answer(method)
            yield

        @contextmanager
        def refused(method: str) -> Iterator[None]:
            deliveries.failures.refuse(method, Unavailable("down", "Down."))
            yield

        return World(deliveries, lost, refused)


@pytest.mark.usefixtures("one_loop")
class TestFirestore(DeliveryStoreSuite):
    """The real one, under the indexes that are deployed."""

    @pytest.fixture
    async def world(
        self, deployed_cloud: RunningCloud, project: str, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[World]:
        """A database of its own, through Google's client."""
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", deployed_cloud.host("firestore"))
        control = deployed_cloud.control
        firestore = client(project, "(default)")
        yield World(
            FirestoreDeliveryStore(firestore),
            lambda method: control.fault("firestore", RPC[method], effect="lose_response", code="INTERNAL", count=1),
            lambda method: control.fault("firestore", RPC[method], code="PERMISSION_DENIED", count=1),
        )
        await firestore._firestore_api.transport.close()  # noqa: SLF001 - the client's own close leaves it open

    async def test_a_write_that_the_client_repeated_conflicts_with_itself(
        self, world: World, deployed_cloud: RunningCloud
    ) -> None:
        """Whoever wrote knows it again by its `write_id`."""
        stored = await world.deliveries.create(a_delivery())
        lost = deployed_cloud.control.fault("firestore", "Commit", effect="lose_response", count=1)
        with lost, pytest.raises(Conflict):
            await world.deliveries.write(stored, a_delivery(write_id="write-2"))
        assert (await _read(world.deliveries, a_delivery().id)).write_id == "write-2"


def _chain() -> tuple[Delivery, Delivery, Delivery]:
    first = a_delivery(2, state="delivered")
    second = a_delivery(3, after=first.id)
    return first, second, a_delivery(4, after=second.id, state="gave_up")


async def _read(deliveries: DeliveryStore, delivery_id: str) -> Delivery:
    found = await deliveries.get(delivery_id)
    assert found is not None
    return found.delivery
