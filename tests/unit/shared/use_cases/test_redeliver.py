"""A delivery that is over, sent again because its user asks."""

import pytest

from shared.domain.errors import OutcomeUnknown, Rejected, Unavailable
from shared.use_cases.redeliver import Redeliver
from tests.builders import a_delivery
from tests.fakes.clock import FakeClock
from tests.fakes.delivery_store import FakeDeliveryStore
from tests.fakes.job_queue import FakeJobQueue

OVER = a_delivery(state="gave_up", wake_at=None)


class Desk:
    """`Redeliver` with fakes around it, and one delivery."""

    def __init__(self) -> None:
        self.deliveries, self.queue, self.clock = FakeDeliveryStore(), FakeJobQueue(), FakeClock()
        self.deliveries.has(OVER)
        self.redeliver = Redeliver(self.deliveries, self.queue, self.clock)


async def test_it_begins_anew_and_is_told() -> None:
    """`notify` then finds it due."""
    desk = Desk()
    again, _ = await desk.redeliver("local", OVER.id)
    assert (again.state, again.next_try_at) == ("pending", desk.clock.now())
    assert desk.deliveries.delivery(OVER.id) == again
    assert desk.queue.told == [OVER.event]


@pytest.mark.parametrize(
    ("tenant", "delivery_id"), [("another", OVER.id), ("local", a_delivery(9).id), ("local", "evt_x/y"), ("local", "")]
)
async def test_what_is_not_the_tenant_s_is_404(tenant: str, delivery_id: str) -> None:
    """Nobody can tell another's from one that is not there."""
    desk = Desk()
    with pytest.raises(Rejected) as refusal:
        await desk.redeliver(tenant, delivery_id)
    assert (refusal.value.status, refusal.value.code) == (404, "delivery_not_found")
    assert str(refusal.value) == f"There is no delivery {delivery_id}."


async def test_one_under_way_is_409() -> None:
    """A second request of the user too."""
    desk = Desk()
    await desk.redeliver("local", OVER.id)
    with pytest.raises(Rejected) as refusal:
        await desk.redeliver("local", OVER.id)
    assert (refusal.value.status, len(desk.queue.told)) == (409, 1)


async def test_a_lost_answer_is_known_again() -> None:
    """By the write's own id."""
    desk = Desk()
    desk.deliveries.lose_answer("write")
    assert (await desk.redeliver("local", OVER.id))[0].state == "pending"
    assert desk.queue.told == [OVER.event]


async def test_a_write_that_did_not_happen_is_503() -> None:
    """The user repeats."""
    desk = Desk()
    desk.deliveries.failures.refuse("write", OutcomeUnknown("lost"))
    with pytest.raises(Unavailable):
        await desk.redeliver("local", OVER.id)
    assert desk.deliveries.delivery(OVER.id) == OVER


async def test_what_cannot_be_told_is_left_to_sweep() -> None:
    """The delivery is due: that is what counts."""
    desk = Desk()
    desk.queue.failures.refuse("tell", Unavailable("down", "Down."))
    assert (await desk.redeliver("local", OVER.id))[0].wake_at is not None


async def test_a_key_asks_once() -> None:
    """Its repeat finds the delivery as it is by then; without it, or by another key, it is asked for again."""
    desk = Desk()
    _, first = await desk.redeliver("local", OVER.id, "key")
    delivery, second = await desk.redeliver("local", OVER.id, "key")
    assert (delivery.state, first, second, len(desk.queue.told)) == ("pending", False, True, 1)
    with pytest.raises(Rejected):
        await desk.redeliver("local", OVER.id, "another")
