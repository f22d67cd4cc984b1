"""Tenants and keys are read once a minute in each process, however many ask."""

import asyncio
from datetime import timedelta

import pytest

from shared.domain.errors import Unavailable
from shared.domain.tenant import Tenant
from shared.use_cases.recent import Recent
from shared.use_cases.tenants import RecentTenants
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.tenant_store import FakeTenantStore

MINUTE = timedelta(seconds=60)


async def test_a_tenant_is_read_once_a_minute() -> None:
    """A change is in force a minute later, also of one that was not there."""
    store, clock = FakeTenantStore(), FakeClock()
    tenants = RecentTenants(store, clock)
    assert (await tenants.get("acme")).limits.jobs_in_flight is None
    store.has(Tenant(id="acme", created_at=NOON, images_per_request=3))
    clock.move(59)
    assert (await tenants.get("acme")).images_per_request is None
    clock.move(1)
    assert (await tenants.get("acme")).images_per_request == 3
    assert store.reads == 2


async def test_many_at_once_are_one_read() -> None:
    """Also when the first of them goes away."""
    store = FakeTenantStore()
    tenants = RecentTenants(store, FakeClock())
    waiting = [asyncio.ensure_future(tenants.get("acme")) for _ in range(20)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert [tenant.id for tenant in found[1:] if isinstance(tenant, Tenant)] == ["acme"] * 19
    assert store.reads == 1


async def test_an_error_is_kept_for_nobody() -> None:
    """The next one asks again."""
    store = FakeTenantStore()
    store.failures.refuse("get", Unavailable("down", "Down."))
    tenants = RecentTenants(store, FakeClock())
    with pytest.raises(Unavailable):
        await tenants.get("acme")
    assert (await tenants.get("acme")).id == "acme"


async def test_what_is_kept_has_a_bound() -> None:
    """Names that somebody makes up push out the oldest, and memory stays."""
    reads: list[str] = []

    async def read(name: str) -> str | None:
        reads.append(name)
        return None

    kept = Recent(read, FakeClock(), found=MINUTE, missing=MINUTE, most=3)
    for name in ("a", "b", "c", "d", "b", "a"):
        await kept(name)
    assert reads == ["a", "b", "c", "d", "a"]


async def test_what_is_missing_drives_out_nothing_that_is_there() -> None:
    """Whoever tries keys by the thousand makes nobody else's be read again."""
    reads: list[str] = []

    async def read(name: str) -> str | None:
        reads.append(name)
        return name if name == "there" else None

    kept = Recent(read, FakeClock(), found=MINUTE, missing=MINUTE, most=3)
    for name in ("there", "a", "b", "c", "d", "there", "d", "a"):
        await kept(name)
    assert reads == ["there", "a", "b", "c", "d", "a"]
