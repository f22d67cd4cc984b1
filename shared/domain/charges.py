"""The rules that change accounts: reserve before, settle after."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import msgspec

from shared.domain.accounts import Account, Charge, Limits, Reservation, by_account, day_of
from shared.domain.errors import Rejected
from shared.domain.exceeded import Exceeded, Left, Limited
from shared.domain.money import MICROS_PER_USD

END_AGAIN = 5  # seconds after which a job in flight may have ended
MONEY: frozenset[Limited] = frozenset({"day_micros", "month_micros"})
UNITS: dict[Limited, str] = {"jobs_in_flight": "jobs in flight", "images_per_day": "images a day"}


def reserving(reservations: Iterable[Reservation], limits: Mapping[str, Limits], now: datetime) -> Charge:
    """The charge that counts these, all or none.

    Its rules raise Rejected: 402 where a budget would be exceeded, 429 where another limit would.
    """
    return {
        account: partial(_reserved, limits=limits[account], asked=asked, now=now)
        for account, asked in by_account(reservations).items()
    }


def settling(reservation: Reservation, *, images: int, micros: int) -> Charge:
    """The charge that ends a reservation: what was made, and may have been billed, stays counted; the rest is free."""
    rule = partial(_settled, held=reservation, images=images, micros=micros)
    return dict.fromkeys(reservation.accounts, rule)


def releasing(reservations: Iterable[Reservation]) -> Charge:
    """The charge that ends the reservations of jobs that never were."""
    return {
        account: partial(_settled, held=held, images=0, micros=0) for account, held in by_account(reservations).items()
    }


def left(account: Account, limits: Limits, now: datetime) -> Iterator[Left]:
    """What is left of each limit that there is."""
    account = _on(account, day_of(now))
    allowance, budget = limits.allowance, limits.budget
    today = now.astimezone(UTC).date()
    tomorrow, next_month = _midnight(today + timedelta(days=1)), _midnight(_first_of_next_month(today))
    spent_today = account.day_reserved + account.day_spent
    spent_this_month = account.month_reserved + account.month_spent
    figures: tuple[tuple[Limited, int | None, int, datetime | None], ...] = (
        ("jobs_in_flight", allowance.jobs_in_flight, account.in_flight, None),
        ("images_per_day", allowance.images_per_day, account.day_images, tomorrow),
        ("day_micros", budget.day_micros, spent_today, tomorrow),
        ("month_micros", budget.month_micros, spent_this_month, next_month),
    )
    for name, most, used, resets_at in figures:
        if most is not None:
            yield Left(
                limit=name, of=limits.of, most=most, used=used, left=max(most - used, 0), resets_at=resets_at
            )  # fmt: skip


def _reserved(account: Account, *, limits: Limits, asked: Reservation, now: datetime) -> Account:
    account = _on(account, asked.day)
    for exceeded in _exceeded(account, limits, asked, now):
        raise _refusal(exceeded, now)
    return _changed(account, asked, jobs=asked.jobs, images=asked.images, reserved=asked.micros, spent=0)


def _settled(account: Account, *, held: Reservation, images: int, micros: int) -> Account:
    return _changed(
        account, held, jobs=-held.jobs, images=images - held.images, reserved=-held.micros, spent=micros
    )  # fmt: skip


def _on(account: Account, day: str) -> Account:
    """The account on that day, where that is a later one: what was of an earlier day or month is left behind."""
    if day <= account.day:
        return account
    gone = dict.fromkeys(("day_images", "day_reserved", "day_spent"), 0)
    if day[:7] != account.day[:7]:
        gone |= dict.fromkeys(("month_reserved", "month_spent"), 0)
    return msgspec.structs.replace(account, day=day, **gone)


def _changed(account: Account, held: Reservation, *, jobs: int, images: int, reserved: int, spent: int) -> Account:
    """With that much more, in those of its periods that are the reservation's too; nothing falls below 0."""
    more = {"in_flight": jobs}
    if held.day == account.day:
        more |= {"day_images": images, "day_reserved": reserved, "day_spent": spent}
    if held.day[:7] == account.day[:7]:
        more |= {"month_reserved": reserved, "month_spent": spent}
    figures = {name: max(getattr(account, name) + change, 0) for name, change in more.items()}
    return msgspec.structs.replace(account, **figures)


def _exceeded(account: Account, limits: Limits, asked: Reservation, now: datetime) -> Iterator[Exceeded]:
    wanted: dict[Limited, int] = {
        "jobs_in_flight": asked.jobs, "images_per_day": asked.images,
        "day_micros": asked.micros, "month_micros": asked.micros,
    }  # fmt: skip
    for one in left(account, limits, now):
        more = wanted[one.limit]
        if more and one.used + more > one.most:  # what costs nothing exceeds no budget
            yield Exceeded(**msgspec.structs.asdict(one), asked=more)


def _refusal(exceeded: Exceeded, now: datetime) -> Rejected:
    never = " However long you wait, there is no more: ask for less at once." if exceeded.asked > exceeded.most else ""
    if exceeded.limit in MONEY:
        period = "day" if exceeded.limit == "day_micros" else "month"
        later = (
            f" Jobs under way give back what they do not spend; the next {period} begins at "
            f"{exceeded.resets_at:%Y-%m-%dT%H:%MZ}."
        )
        text = (
            f"The {period}'s budget of the {exceeded.of} has {_usd(exceeded.left)} of {_usd(exceeded.most)} left; this "
            f"would reserve {_usd(exceeded.asked)}."
        )
        return Rejected(402, "budget_exceeded", text + (never or later), exceeded=exceeded)
    text = (
        f"The {exceeded.of} may have {exceeded.most} {UNITS[exceeded.limit]} and has {exceeded.used}; this asks for "
        f"{exceeded.asked} more."
    )
    if exceeded.resets_at is None:
        text += never or " Repeat when one has ended."
        return Rejected(429, "too_many_jobs", text, retry_after=0 if never else END_AGAIN, exceeded=exceeded)
    text += never or f" The next day begins at {exceeded.resets_at:%Y-%m-%dT%H:%MZ}."
    wait = 0 if never else max(int((exceeded.resets_at - now).total_seconds()), 0) + 1
    return Rejected(429, "daily_images_exhausted", text, retry_after=wait, exceeded=exceeded)


def _usd(micros: int) -> str:
    return f"${micros / MICROS_PER_USD:.6f}".rstrip("0").rstrip(".")


def _first_of_next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
