"""TenantStore: the fake, and Firestore over the wire."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest

from shared.domain.errors import AlreadyExists, Conflict, OutcomeUnknown, Unavailable
from shared.domain.request import Webhook
from shared.domain.tenant import Allowance, Budget, Tenant
from shared.gcp.documents import client
from shared.gcp.tenant_store import FirestoreTenantStore
from shared.ports import StoredTenant, TenantStore
from tests.fakes.clock import NOON
from tests.fakes.tenant_store import FakeTenantStore
from tests.processes import RunningCloud

ACME = Tenant(id="acme", created_at=NOON)
FULL = Tenant(
    id="acme",
    created_at=NOON,
    disabled=True,
    limits=Allowance(requests_per_minute=1, jobs_in_flight=2, images_per_day=3),
    project_limits=Allowance(jobs_in_flight=4),
    user_limits=Allowance(images_per_day=0),
    images_per_request=5,
    budget=Budget(day_micros=6, month_micros=7),
    project_budget=Budget(day_micros=0),
    project_budgets={"a.b": Budget(month_micros=2**40), "ü/`": Budget()},
    unknown_price_micros=8,
    max_body_bytes=9,
    cache="off",
    retention_days=0.5,
    webhook=Webhook(url="https://receiver.test/ä", events=("job.failed",)),
    webhook_secrets=("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",),
)
Fault = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True)
class World:
    """A TenantStore, and what can go wrong with its writes."""

    tenants: TenantStore
    lost_answer: Fault  # the write takes effect, and fails
    refused: Fault  # the read has no answer


class TenantStoreSuite:
    """To be inherited with a fixture `world`."""

    async def test_a_tenant_is_created_once(self, world: World) -> None:
        """Of many at once one wins, and is read as it was, under the version that its creation gave."""
        tries = [world.tenants.create(Tenant(id="acme", created_at=NOON, images_per_request=n)) for n in range(1, 5)]
        results = await asyncio.gather(*tries, return_exceptions=True)
        (won,) = [result for result in results if isinstance(result, StoredTenant)]
        assert sum(isinstance(result, AlreadyExists) for result in results) == 3
        assert await world.tenants.get("acme") == won
        assert await world.tenants.get("other") is None

    async def test_a_write_must_meet_the_version_it_replaces(self, world: World) -> None:
        """Of two who change a tenant at once, one is told."""
        first = await world.tenants.create(ACME)
        second = await world.tenants.write(first, FULL)
        with pytest.raises(Conflict):
            await world.tenants.write(first, Tenant(id="acme", created_at=NOON, disabled=True))
        assert await world.tenants.get("acme") == second

    async def test_every_field_comes_back_as_it_was(self, world: World) -> None:
        """Written at once, or by an update; and back to its defaults."""
        plain = [name for name in FULL.__struct_fields__ if getattr(FULL, name) == getattr(ACME, name)]
        assert plain == ["id", "created_at"], "the full tenant must have every field"
        created = await world.tenants.create(FULL)
        assert await _read(world.tenants) == FULL
        emptied = await world.tenants.write(created, ACME)
        assert await _read(world.tenants) == ACME
        await world.tenants.write(emptied, FULL)
        assert await _read(world.tenants) == FULL

    async def test_a_lost_answer_is_told_from_a_refusal(self, world: World) -> None:
        """The write may have happened; a read that is not answered says nothing."""
        with world.lost_answer(), pytest.raises(OutcomeUnknown):
            await world.tenants.create(FULL)
        with world.refused(), pytest.raises(Unavailable):
            await world.tenants.get("acme")
        assert await _read(world.tenants) == FULL


class TestFake(TenantStoreSuite):
    """The one that other tests are built on."""

    @pytest.fixture
    def world(self) -> World:
        """In memory."""
        tenants = FakeTenantStore()

        @contextmanager
        def lost() -> Iterator[None]:
            tenants.lose_answer("create")
            yield

        @contextmanager
        def refused() -> Iterator[None]:
            tenants.failures.refuse("get", Unavailable("down", "Down."))
            yield

        return World(tenants, lost, refused)


@pytest.mark.usefixtures("one_loop")
class TestFirestore(TenantStoreSuite):
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
            FirestoreTenantStore(firestore),
            lambda: control.fault("firestore", "Commit", effect="lose_response", code="INTERNAL", count=1),
            lambda: control.fault("firestore", "GetDocument", code="PERMISSION_DENIED", count=1),
        )
        await firestore._firestore_api.transport.close()  # noqa: SLF001 - the client's own close leaves it open


async def _read(tenants: TenantStore) -> Tenant:
    found = await tenants.get("acme")
    assert found is not None
    return found.tenant
