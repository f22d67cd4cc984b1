"""A webhook's delivery: its schedule, its ends, and its beginning anew."""

from datetime import timedelta

import pytest

from shared.domain.delivery import (
    KEPT,
    SCHEDULE,
    TRY_FOR,
    WAKE_WAITING,
    Delivery,
    Try,
    disabled,
    is_delivery_id,
    new,
    redelivered,
    taken,
    tried,
    waiting,
)
from shared.domain.errors import Rejected
from shared.domain.request import Webhook
from tests.builders import JOB_ID, a_delivery, a_job, an_event
from tests.fakes.clock import NOON

HOOKED = a_job(webhook=Webhook(url="https://receiver.test/hook"))
LATER = NOON + timedelta(days=4)


def _tried(delivery: Delivery, *statuses: int | None) -> Delivery:
    """The delivery after tries, each at the very moment it was due."""
    for status in statuses:
        delivery = tried(delivery, Try(at=delivery.next_try_at, status=status))
    return delivery


def test_an_event_becomes_a_delivery_that_is_due_at_once() -> None:
    """Under its own id; the payload and the address stay what they were."""
    made = new(an_event(), HOOKED, '{"a": 1}', NOON, "write-1")
    assert made == a_delivery(payload='{"a": 1}')


@pytest.mark.parametrize("job", [a_job(), a_job(webhook=HOOKED.webhook, deleted_at=NOON)])
def test_a_job_without_a_webhook_has_none(job: object) -> None:
    """Nor has a deleted one: nobody wants to hear of it."""
    assert new(an_event(), job, "{}", NOON, "w") is None  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_a_success_ends_it(status: int) -> None:
    """Any 2xx, at whatever try; `sweep` need not look again."""
    done = _tried(a_delivery(), None, status)
    assert (done.state, done.wake_at, [each.status for each in done.tries]) == ("delivered", None, [None, status])


@pytest.mark.parametrize("status", [None, 100, 199, 300, 302, 400, 401, 404, 429, 500, 503])
def test_anything_else_is_tried_again(status: int | None) -> None:
    """A redirect too: where it leads was not checked."""
    assert _tried(a_delivery(), status).state == "pending"


def test_the_waits_are_those_of_the_specification() -> None:
    """5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h, with up to a tenth of jitter; then it gives up."""
    delivery, waits = a_delivery(), []
    for _ in SCHEDULE[1:]:
        before = delivery.next_try_at
        delivery = _tried(delivery, 500)
        waits.append((delivery.next_try_at - before).total_seconds())
        assert delivery.state == "pending"
    for wait, least in zip(waits, (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400), strict=True):
        assert least <= wait <= least * 1.1
    ended = _tried(delivery, 500)
    assert (ended.state, ended.wake_at, len(ended.tries), ended.disabled) == ("gave_up", None, 10, False)


def test_a_short_wait_is_watched_a_long_one_is_woken() -> None:
    """Who sleeps the 5 s off may die: `sweep` looks a minute after. The 5 minutes are left to `sweep`."""
    short = _tried(a_delivery(), 500)
    long = _tried(short, 500)
    assert (short.wake_at, long.wake_at) == (short.next_try_at + TRY_FOR, long.next_try_at)


def test_gone_ends_it_at_once() -> None:
    """410: the receiver wants no more, of this event or a later one."""
    gone = _tried(a_delivery(), 410)
    assert (gone.state, gone.wake_at, gone.disabled) == ("gave_up", None, True)
    untried = disabled(a_delivery(3))
    assert (untried.state, untried.wake_at, untried.disabled, untried.tries) == ("gave_up", None, True, ())


def test_while_somebody_tries_nobody_else_does() -> None:
    """For a minute; `sweep` looks then."""
    held = taken(a_delivery(), NOON)
    assert (held.next_try_at, held.wake_at) == (NOON + TRY_FOR, NOON + TRY_FOR)


def test_a_waiting_event_is_looked_at_after_the_one_it_waits_for() -> None:
    """A minute later than that one, which wakes it; in a minute where that one is not recorded yet."""
    second = a_delivery(3, after=a_delivery().id)
    first = a_delivery(wake_at=NOON + timedelta(hours=2))
    assert waiting(second, first, NOON).wake_at == NOON + timedelta(hours=2) + WAKE_WAITING
    assert waiting(second, None, NOON).wake_at == NOON + WAKE_WAITING
    overdue = a_delivery(wake_at=NOON - timedelta(hours=1))
    assert waiting(second, overdue, NOON).wake_at == NOON + WAKE_WAITING


@pytest.mark.parametrize("state", ["delivered", "gave_up"])
def test_a_delivery_that_is_over_can_begin_anew(state: str) -> None:
    """With all its tries before it, under its id, as long kept as a new one."""
    over = a_delivery(state=state, tries=(Try(at=NOON, status=500),), wake_at=None)
    again = redelivered(over, LATER)
    assert (again.state, again.tries, again.next_try_at, again.wake_at) == ("pending", (), LATER, LATER + WAKE_WAITING)
    assert (again.id, again.payload, again.purge_at) == (over.id, over.payload, LATER + KEPT)


def test_a_delivery_that_is_not_over_cannot() -> None:
    """409, with the time of its next try."""
    with pytest.raises(Rejected, match="2026-11-21T12:00:00") as refusal:
        redelivered(a_delivery(), LATER)
    assert (refusal.value.status, refusal.value.code) == (409, "delivery_pending")


def test_what_a_delivery_is_called() -> None:
    """By its job and the number of the change; anything else is not looked up."""
    assert is_delivery_id(f"evt_{JOB_ID}_2")
    for text in ("", "evt_", f"evt_{JOB_ID}", f"evt_{JOB_ID}_0", f"evt_{JOB_ID}_2\n", f"evt_{JOB_ID}/x_2", "evt_x_2"):
        assert not is_delivery_id(text)
