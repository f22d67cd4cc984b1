"""Requests a minute."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import Rejected
from shared.domain.tenant import Allowance, Tenant
from shared.use_cases.rates import Quota, Rates
from tests.fakes.clock import NOON, FakeClock


def a_tenant(
    tenant: int | None = None, user: int | None = None, project: int | None = None, tenant_id: str = "t"
) -> Tenant:
    """With so many requests a minute."""
    return Tenant(
        id=tenant_id,
        created_at=NOON,
        limits=Allowance(requests_per_minute=tenant),
        user_limits=Allowance(requests_per_minute=user),
        project_limits=Allowance(requests_per_minute=project),
    )


def taken(rates: Rates, tenant: Tenant, user: str | None = None) -> int:
    """How many requests are taken at once."""
    return next(number for number in count() if rates.request(tenant, user)[1])


def test_a_minute_has_so_many_requests_and_no_more() -> None:
    """At once or spread; a second gives back a sixtieth."""
    clock = FakeClock()
    rates = Rates(clock)
    assert taken(rates, a_tenant(120)) == 120
    clock.move(1)
    assert taken(rates, a_tenant(120)) == 2
    clock.move(3600)
    assert taken(rates, a_tenant(120)) == 120


def test_a_refusal_says_when_the_next_is_taken() -> None:
    """Then it is, and not a second earlier."""
    clock = FakeClock()
    rates = Rates(clock)
    assert taken(rates, a_tenant(6)) == 6
    _, refusal = rates.request(a_tenant(6), None)
    assert refusal is not None
    assert (refusal.status, refusal.code, refusal.retry_after) == (429, "rate_limited", 10)
    assert refusal.exceeded is not None
    assert (refusal.exceeded.of, refusal.exceeded.most) == ("tenant", 6)
    clock.move(9)
    assert rates.request(a_tenant(6), None)[1] is not None
    clock.move(1)
    assert rates.request(a_tenant(6), None)[1] is None


def test_quotas_say_what_is_left() -> None:
    """Of each limit, and when all of it is there again; of none where there is none."""
    clock = FakeClock()
    rates = Rates(clock)
    assert rates.request(a_tenant(60, 6), "ann") == ((Quota("tenant", 60, 59, 1), Quota("user", 6, 5, 10)), None)
    assert rates.request(a_tenant(60, 6), None) == ((Quota("tenant", 60, 58, 2),), None)
    assert rates.request(a_tenant(), "ann") == ((), None)


def test_a_user_at_its_limit_takes_nothing_from_others() -> None:
    """Neither from another user nor from the tenant; and another tenant's user of that name is another."""
    rates = Rates(FakeClock())
    assert taken(rates, a_tenant(10, 3), "ann") == 3
    assert [rates.request(a_tenant(10, 3), "ann")[1] is None for _ in range(5)] == [False] * 5
    assert taken(rates, a_tenant(10, 3), "bob") == 3
    assert taken(rates, a_tenant(10, 3, tenant_id="u"), "ann") == 3
    assert taken(rates, a_tenant(10, 3)) == 4


def test_a_project_has_its_own() -> None:
    """Where its tenant says so."""
    rates = Rates(FakeClock())
    for _ in range(2):
        rates.project(a_tenant(project=2), "p")
        rates.project(a_tenant(project=2), None)
        rates.project(a_tenant(), "p")
    with pytest.raises(Rejected, match="project p may make 2 requests a minute"):
        rates.project(a_tenant(project=2), "p")
    rates.project(a_tenant(project=2), "q")


def test_a_limit_that_is_lowered_holds_at_once() -> None:
    """What was left of the former one does not count."""
    rates = Rates(FakeClock())
    rates.request(a_tenant(600), None)
    assert taken(rates, a_tenant(3)) == 3


def test_no_more_is_kept_than_there_is_room_for() -> None:
    """Whoever changes its user's name with each request meets the tenant's limit all the same."""
    rates = Rates(FakeClock(), most=3)
    tenant = a_tenant(50, 1)
    names = (str(number) for number in count())
    assert sum(rates.request(tenant, next(names))[1] is None for _ in range(80)) == 50
    assert len(rates._buckets) <= 3  # noqa: SLF001 - its memory is what this is about


@given(st.lists(st.tuples(st.floats(0, 90), st.integers(1, 40)), max_size=30))
def test_in_no_minute_more_than_two_minutes_are_taken(steps: list[tuple[float, int]]) -> None:
    """A bucket lets a full one and what fills it meanwhile through, never more."""
    clock, limit = FakeClock(), 12
    rates = Rates(clock)
    times: list[float] = []
    for seconds, tries in steps:
        clock.move(seconds)
        at = (clock.now() - NOON).total_seconds()
        times += [at for _ in range(tries) if rates.request(a_tenant(limit), None)[1] is None]
    for start in times:
        assert sum(start <= at < start + 60 for at in times) <= 2 * limit
