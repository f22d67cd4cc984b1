"""The rules of accounts: what is reserved, what is refused, and what is free again."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.accounts import Account, Limits, Reservation, day_of, limits_on, summed
from shared.domain.charges import releasing, reserving, settling
from shared.domain.errors import Rejected
from shared.domain.tenant import Allowance, Budget, Tenant
from tests.fakes.accounts import FakeAccounts
from tests.fakes.clock import NOON

TODAY = day_of(NOON)
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)


def a_reservation(**changes: Any) -> Reservation:
    """Of one job with one image at 40 micro-USD, on account `t`, today."""
    fields: dict[str, Any] = {"accounts": ("t",), "day": TODAY, "images": 1, "micros": 40}
    return Reservation(**fields | changes)


def limits(allowance: Allowance | None = None, **budget: int) -> Mapping[str, Limits]:
    """Of account `t`."""
    return {"t": Limits(of="tenant", allowance=allowance or Allowance(), budget=Budget(**budget))}


ANY = limits(Allowance(jobs_in_flight=10**9))


def test_a_reservation_counts_everywhere() -> None:
    """In flight, as images, and as money of the day and of the month."""
    accounts = FakeAccounts()
    accounts.apply(reserving([a_reservation(images=3)], ANY, NOON))
    assert accounts["t"] == Account(id="t", day=TODAY, in_flight=1, day_images=3, day_reserved=40, month_reserved=40)


def test_settling_keeps_what_was_made_and_billed() -> None:
    """And frees the rest; more than was reserved is counted, too."""
    for micros in (0, 25, 70):
        accounts = FakeAccounts()
        accounts.apply(reserving([a_reservation(images=3)], ANY, NOON))
        accounts.apply(settling(a_reservation(images=3), images=2, micros=micros))
        assert accounts["t"] == Account(id="t", day=TODAY, day_images=2, day_spent=micros, month_spent=micros)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (MIDNIGHT, Account(id="t", day="2026-11-22", in_flight=2, day_images=1, day_reserved=40, month_reserved=80)),
        (DECEMBER, Account(id="t", day="2026-12-01", in_flight=2, day_images=1, day_reserved=40, month_reserved=40)),
    ],
)
def test_a_new_day_begins_with_nothing_but_what_is_in_flight(now: datetime, expected: Account) -> None:
    """And so does a new month; what is settled late counts in the day of its reservation."""
    accounts = FakeAccounts()
    accounts.apply(reserving([a_reservation()], ANY, NOON))
    accounts.apply(reserving([a_reservation(day=day_of(now))], ANY, now))
    assert accounts["t"] == expected
    accounts.apply(settling(a_reservation(), images=1, micros=40))
    assert accounts["t"].in_flight == 1
    assert (accounts["t"].day_images, accounts["t"].day_spent) == (1, 0)
    assert accounts["t"].month_spent == (40 if now == MIDNIGHT else 0)


def test_a_clock_that_is_behind_at_midnight_opens_no_day_again() -> None:
    """It counts in flight and in the month, and its end takes back just that."""
    accounts = FakeAccounts()
    accounts.apply(reserving([a_reservation(day="2026-11-22")], ANY, MIDNIGHT))
    before = accounts["t"]
    accounts.apply(reserving([a_reservation()], ANY, MIDNIGHT - timedelta(seconds=1)))
    assert (accounts["t"].day, accounts["t"].day_images, accounts["t"].in_flight) == ("2026-11-22", 1, 2)
    accounts.apply(settling(a_reservation(), images=0, micros=0))
    assert accounts["t"] == before


@pytest.mark.parametrize(
    ("allowed", "status", "code", "exceeded", "resets_at"),
    [
        (limits(day_micros=100), 402, "budget_exceeded", ("day_micros", 100, 80, 20, 40), MIDNIGHT),
        (limits(month_micros=119), 402, "budget_exceeded", ("month_micros", 119, 80, 39, 40), DECEMBER),
        (limits(Allowance(jobs_in_flight=2)), 429, "too_many_jobs", ("jobs_in_flight", 2, 2, 0, 1), None),
        (limits(Allowance(images_per_day=1)), 429, "daily_images_exhausted", ("images_per_day", 1, 2, 0, 1), MIDNIGHT),
    ],
)
def test_what_would_exceed_a_limit_is_refused(
    allowed: Mapping[str, Limits],
    status: int,
    code: str,
    exceeded: tuple[str, int, int, int, int],
    resets_at: datetime | None,
) -> None:
    """With what is left, and when it will be more."""
    accounts = FakeAccounts()
    accounts.apply(reserving([a_reservation(), a_reservation()], ANY, NOON))
    before = accounts["t"]
    with pytest.raises(Rejected) as refusal:
        accounts.apply(reserving([a_reservation()], allowed, NOON))
    error, why = refusal.value, refusal.value.exceeded
    assert why is not None
    assert (error.status, error.code) == (status, code)
    assert ((why.limit, why.most, why.used, why.left, why.asked), why.resets_at) == (exceeded, resets_at)
    assert error.retry_after == {402: 0, 429: 12 * 3600 + 1 if resets_at else 5}[status]
    assert accounts["t"] == before


def test_a_refusal_says_money_as_money() -> None:
    """In dollars, for people; the fields are for programs."""
    accounts = FakeAccounts()
    accounts.apply(reserving([a_reservation(micros=20_000)], ANY, NOON))
    with pytest.raises(Rejected) as refusal:
        accounts.apply(reserving([a_reservation(micros=40_000)], limits(day_micros=50_000), NOON))
    assert "has $0.03 of $0.05 left; this would reserve $0.04." in refusal.value.detail
    assert "begins at 2026-11-22T00:00Z" in refusal.value.detail


@pytest.mark.parametrize(
    ("most", "asked"),
    [
        (limits(Allowance(jobs_in_flight=2)), a_reservation(jobs=3)),
        (limits(Allowance(images_per_day=2)), a_reservation(images=3)),
        (limits(day_micros=39), a_reservation()),
        (limits(month_micros=39), a_reservation()),
    ],
)
def test_whoever_asks_for_more_than_there_ever_is_is_not_told_to_wait(
    most: Mapping[str, Limits], asked: Reservation
) -> None:
    """A large batch, say: a client that heeded Retry-After would repeat it for ever."""
    with pytest.raises(Rejected) as caught:
        FakeAccounts().apply(reserving([asked], most, NOON))
    assert caught.value.retry_after == 0
    assert "ask for less" in caught.value.detail


def test_what_costs_nothing_exceeds_no_budget() -> None:
    """A placeholder is painted on the last day of the money, too."""
    accounts = FakeAccounts()
    accounts.apply(reserving([a_reservation(micros=0)], limits(day_micros=0), NOON))
    assert accounts["t"].in_flight == 1


TENANT = Tenant(id="t", created_at=NOON)


@pytest.mark.parametrize(
    ("tenant", "accounts"),
    [
        ({}, []),
        ({"limits": Allowance(requests_per_minute=1)}, []),  # counted in memory
        ({"budget": Budget(day_micros=1)}, ["t"]),
        ({"limits": Allowance(images_per_day=1)}, ["t"]),
        ({"project_budget": Budget(month_micros=0)}, ["t:project:p"]),
        ({"project_budgets": {"p": Budget(day_micros=1)}}, ["t:project:p"]),
        ({"project_budgets": {"q": Budget(day_micros=1)}}, []),
        ({"project_budget": Budget(month_micros=0), "project_budgets": {"p": Budget()}}, []),
        ({"project_limits": Allowance(jobs_in_flight=1)}, ["t:project:p"]),
        ({"user_limits": Allowance(jobs_in_flight=1)}, ["t:user:"]),
    ],
)
def test_only_what_is_limited_is_counted(tenant: dict[str, Any], accounts: list[str]) -> None:
    """Of a job with a project and a user; a project's own budget stands instead of every project's."""
    found = limits_on(Tenant(id="t", created_at=NOON, **tenant), "p", "Ann / 猫")
    assert [name.partition("user:")[0] + name.partition("user:")[1] for name in found] == accounts
    assert list(limits_on(TENANT, "p", "u")) == []


def test_no_two_users_share_an_account() -> None:
    """Nor a user and a project; and what a client calls its user makes no address."""
    limited = Tenant(
        id="t",
        created_at=NOON,
        user_limits=Allowance(jobs_in_flight=1),
        project_limits=Allowance(jobs_in_flight=1),
        limits=Allowance(jobs_in_flight=1),
    )
    names = ["ann", "Ann", "a/n", "..", "__x__", "x" * 255]
    accounts = [account for name in names for account in limits_on(limited, None, name) if account != "t"]
    assert len(set(accounts)) == len(names)
    assert not any("/" in account for account in accounts)
    assert list(limits_on(limited, None, None)) == ["t"]


@given(st.lists(st.tuples(st.sampled_from(["p", "q"]), st.integers(0, 9), st.integers(0, 100)), max_size=12))
def test_the_sum_of_reservations_is_what_they_are_one_by_one(asked: list[tuple[str, int, int]]) -> None:
    """Reserved at once and released at once, or each by itself: the accounts are the same, and empty at the end."""
    each = [a_reservation(accounts=("t", project), images=n, micros=micros) for project, n, micros in asked]
    unlimited = dict.fromkeys(("t", "p", "q"), ANY["t"])
    at_once, one_by_one = FakeAccounts(), FakeAccounts()
    at_once.apply(reserving(each, unlimited, NOON))
    for reservation in each:
        one_by_one.apply(reserving([reservation], unlimited, NOON))
    assert {account.id: account for account in at_once} == {account.id: account for account in one_by_one}
    at_once.apply(releasing(summed(each)))
    for reservation in each:
        one_by_one.apply(settling(reservation, images=0, micros=0))
    for accounts in (at_once, one_by_one):
        assert all(account == Account(id=account.id, day=TODAY) for account in accounts)


STEPS = st.lists(
    st.tuples(
        st.integers(0, 40),  # hours later
        st.booleans(),  # reserve, or settle the oldest
        st.integers(0, 3),  # images
        st.integers(0, 60),  # micro-USD
        st.integers(0, 90),  # that it came to
    ),
    max_size=40,
)


@given(STEPS)
def test_no_budget_admits_more_and_nothing_leaks(steps: list[tuple[int, bool, int, int, int]]) -> None:
    """A day's and a month's figures are what was reserved or spent in them; once all is settled, nothing is open."""
    allowed = limits(Allowance(jobs_in_flight=4, images_per_day=6), day_micros=100, month_micros=200)
    accounts, now = FakeAccounts(), NOON
    open_: list[Reservation] = []
    counted: list[tuple[str, int]] = []  # of each reservation: its day, and what it counts at
    for hours, reserve, images, micros, spent in steps:
        now += timedelta(hours=hours)
        if reserve:
            reservation = a_reservation(day=day_of(now), images=images, micros=micros, first_call=len(counted))
            try:
                accounts.apply(reserving([reservation], allowed, now))
            except Rejected:
                continue
            open_.append(reservation)
            counted.append((reservation.day, micros))
            assert accounts["t"].in_flight <= 4
            assert not images or accounts["t"].day_images <= 6
            assert not micros or accounts["t"].day_reserved + accounts["t"].day_spent <= 100
            assert not micros or accounts["t"].month_reserved + accounts["t"].month_spent <= 200
        elif open_:
            ended = open_.pop(0)
            accounts.apply(settling(ended, images=min(images, ended.images), micros=spent))
            counted[ended.first_call] = (ended.day, spent)
        found = accounts["t"]
        assert found.in_flight == len(open_)
        assert found.day_reserved + found.day_spent == sum(sum_ for day, sum_ in counted if day == found.day)
        assert found.month_reserved + found.month_spent == sum(
            sum_ for day, sum_ in counted if day[:7] == found.day[:7]
        )
    for reservation in open_:
        accounts.apply(settling(reservation, images=0, micros=0))
    assert (accounts["t"].in_flight, accounts["t"].day_reserved, accounts["t"].month_reserved) == (0, 0, 0)
