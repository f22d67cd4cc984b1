"""ControlStore: the fake, and Firestore over the wire."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from shared.domain.control import Control, Kind, Told, paused, resumed
from shared.domain.errors import AlreadyExists, Conflict, OutcomeUnknown, Unavailable
from shared.gcp.control_store import FirestoreControlStore
from shared.gcp.documents import client
from shared.ports.controls import ControlStore, StoredControl
from tests.fakes.clock import NOON
from tests.fakes.control_store import FakeControlStore
from tests.processes import RunningCloud

RPC = {"create": "Commit", "write": "Commit", "remove": "Commit", "all": "RunQuery", "get": "GetDocument"}
Fault = Callable[[str], AbstractContextManager[object]]


@dataclass(frozen=True)
class World:
    """A ControlStore, and what can go wrong with it: each fault strikes the named method once."""

    controls: ControlStore
    lost_answer: Fault  # the call takes effect, and fails
    refused: Fault  # the call has no effect, and fails


class ControlStoreSuite:
    """To be inherited with a fixture `world`."""

    @pytest.fixture
    def controls(self, world: World) -> ControlStore:
        """The store alone."""
        return world.controls

    async def test_all_are_found_by_their_ids(self, controls: ControlStore) -> None:
        """As they were written, under the versions that the writes gave."""
        assert list(await controls.all()) == []
        stored = [
            await controls.create(_paused(*each))
            for each in (("tenant", "acme"), ("lane", "batch"), ("provider", "imagen"))
        ]
        assert list(await controls.all()) == sorted(stored, key=lambda each: each.control.id)
        assert await controls.get("lane_batch") == stored[1]
        assert await controls.get("lane_interactive") is None

    async def test_one_of_many_creates_at_once_wins(self, controls: ControlStore) -> None:
        """Two operators that pause the same make one control."""
        tries = [controls.create(_paused("lane", "batch")) for _ in range(4)]
        results = await asyncio.gather(*tries, return_exceptions=True)
        (won,) = [result for result in results if isinstance(result, StoredControl)]
        assert sum(isinstance(result, AlreadyExists) for result in results) == 3
        assert list(await controls.all()) == [won]

    async def test_a_write_must_meet_the_version_it_replaces(self, controls: ControlStore) -> None:
        """A removal too: what was paused anew meanwhile stays."""
        first = await controls.create(_paused("lane", "batch"))
        second = await controls.write(first, resumed(first.control, NOON, "write-2"))
        third = await controls.write(second, _told(second.control))
        for change in (
            controls.write(second, first.control), controls.remove(first), controls.remove(second)
        ):  # fmt: skip
            with pytest.raises(Conflict):
                await change
        assert list(await controls.all()) == [third]
        assert third.control.told == Told(NOON + timedelta(microseconds=1), "a" * 26)
        fourth = await controls.write(third, _paused("lane", "batch"))
        assert await controls.get("lane_batch") == fourth
        assert fourth.control.told is None
        await controls.remove(fourth)
        assert list(await controls.all()) == []
        with pytest.raises(Conflict):
            await controls.write(fourth, _told(fourth.control))

    async def test_an_answer_that_is_lost_leaves_the_outcome_unknown(self, world: World) -> None:
        """Of each write; all happened."""
        with world.lost_answer("create"), pytest.raises(OutcomeUnknown):
            await world.controls.create(_paused("lane", "batch"))
        (stored,) = await world.controls.all()
        with world.lost_answer("write"), pytest.raises(OutcomeUnknown):
            await world.controls.write(stored, resumed(stored.control, NOON, "write-2"))
        (stored,) = await world.controls.all()
        assert not stored.control.paused
        with world.lost_answer("remove"), pytest.raises(OutcomeUnknown):
            await world.controls.remove(stored)
        assert list(await world.controls.all()) == []

    async def test_a_database_that_refuses_is_said(self, world: World) -> None:
        """Nothing was written, nothing is known."""
        with world.refused("create"), pytest.raises(Unavailable):
            await world.controls.create(_paused("lane", "batch"))
        with world.refused("all"), pytest.raises(Unavailable):
            await world.controls.all()
        with world.refused("get"), pytest.raises(Unavailable):
            await world.controls.get("lane_batch")
        assert list(await world.controls.all()) == []


class TestFake(ControlStoreSuite):
    """The one that other tests are built on."""

    @pytest.fixture
    def world(self) -> World:
        """In memory."""
        controls = FakeControlStore()

        @contextmanager
        def lost(method: str) -> Iterator[None]:
            controls.lose_answer(method)
            yield

        @contextmanager
        def refused(method: str) -> Iterator[None]:
            controls.failures.refuse(method, Unavailable("down", "Down."))
            yield

        return World(controls, lost, refused)


@pytest.mark.usefixtures("one_loop")
class TestFirestore(ControlStoreSuite):
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
            FirestoreControlStore(firestore),
            lambda method: control.fault("firestore", RPC[method], effect="lose_response", code="INTERNAL", count=1),
            lambda method: control.fault("firestore", RPC[method], code="PERMISSION_DENIED", count=1),
        )
        await firestore._firestore_api.transport.close()  # noqa: SLF001 - the client's own close leaves it open


def _paused(kind: Kind, name: str) -> Control:
    return paused(kind, name, NOON, "write-1")


def _told(control: Control) -> Control:
    return Control(
        id=control.id, kind=control.kind, name=control.name, paused=False, since=NOON, write_id="write-3",
        told=Told(NOON + timedelta(microseconds=1), "a" * 26),
    )  # fmt: skip
