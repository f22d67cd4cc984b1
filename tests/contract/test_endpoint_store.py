"""EndpointStore: the fake, and Firestore over the wire."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from shared.domain.endpoint import endpoint_id, gone
from shared.domain.errors import OutcomeUnknown, Unavailable
from shared.gcp.documents import client
from shared.gcp.endpoint_store import FirestoreEndpointStore
from shared.ports.endpoints import EndpointStore
from tests.fakes.clock import NOON
from tests.fakes.endpoint_store import FakeEndpointStore
from tests.processes import RunningCloud

GONE = gone("tenant/ü", "https://receiver.test/ä?b=c", "evt_a_2", NOON + timedelta(microseconds=1))
Fault = Callable[[str], AbstractContextManager[object]]


@dataclass(frozen=True)
class World:
    """An EndpointStore, and what can go wrong with it."""

    endpoints: EndpointStore
    lost_answer: Fault  # the call takes effect, and fails
    refused: Fault  # the call has no effect, and fails


class EndpointStoreSuite:
    """To be inherited with a fixture `world`."""

    async def test_what_wants_no_more_is_known_until_it_does_again(self, world: World) -> None:
        """Each may be said twice."""
        for _ in range(2):
            await world.endpoints.disable(GONE)
        assert await world.endpoints.get(GONE.id) == GONE
        for _ in range(2):
            await world.endpoints.enable(GONE.id)
        assert await world.endpoints.get(GONE.id) is None

    async def test_a_tenant_s_receiver_is_its_own(self, world: World) -> None:
        """Another tenant's of the same address is not disabled with it."""
        await world.endpoints.disable(GONE)
        assert await world.endpoints.get(endpoint_id("other", GONE.url)) is None
        assert await world.endpoints.get(endpoint_id(GONE.tenant, "https://receiver.test/")) is None

    async def test_what_goes_wrong_is_said(self, world: World) -> None:
        """A lost answer is told from a refusal."""
        with world.refused("get"), pytest.raises(Unavailable):
            await world.endpoints.get(GONE.id)
        with world.lost_answer("disable"), pytest.raises(OutcomeUnknown):
            await world.endpoints.disable(GONE)
        with world.lost_answer("enable"), pytest.raises(OutcomeUnknown):
            await world.endpoints.enable(GONE.id)
        with world.refused("disable"), pytest.raises(Unavailable):
            await world.endpoints.disable(GONE)
        assert await world.endpoints.get(GONE.id) is None


class TestFake(EndpointStoreSuite):
    """The one that other tests are built on."""

    @pytest.fixture
    def world(self) -> World:
        """In memory."""
        endpoints = FakeEndpointStore()

        @contextmanager
        def lost(method: str) -> Iterator[None]:
            endpoints.failures.lose_answer(method, OutcomeUnknown("the answer was lost"))
            yield

        @contextmanager
        def refused(method: str) -> Iterator[None]:
            endpoints.failures.refuse(method, Unavailable("down", "Down."))
            yield

        return World(endpoints, lost, refused)


@pytest.mark.usefixtures("one_loop")
class TestFirestore(EndpointStoreSuite):
    """The real one."""

    @pytest.fixture
    async def world(
        self, deployed_cloud: RunningCloud, project: str, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[World]:
        """A database of its own, through Google's client."""
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", deployed_cloud.host("firestore"))
        control = deployed_cloud.control
        firestore = client(project, "(default)")
        rpc = {"get": "GetDocument", "disable": "Commit", "enable": "Commit"}
        yield World(
            FirestoreEndpointStore(firestore),
            lambda method: control.fault("firestore", rpc[method], effect="lose_response", code="INTERNAL", count=1),
            lambda method: control.fault("firestore", rpc[method], code="PERMISSION_DENIED", count=1),
        )
        await firestore._firestore_api.transport.close()  # noqa: SLF001 - the client's own close leaves it open
