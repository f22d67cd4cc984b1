"""Whatever fails while a batch is recorded, gone on with, swept and worked on: all of it runs, or nothing is left."""

import asyncio
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.errors import OutcomeUnknown, Rejected, Unavailable
from tests.unit.shared.use_cases.batches import CALLER, Batches, a_batch, limited, requests

ITEMS = 5  # in three commits
FAULTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["parents.create", "parents.write", "parents.get", "parents.remove", "jobs.create_all", "jobs.known",
             "jobs.discard", "jobs.count", "jobs.page", "queue.announce_all"]
        ),
        st.sampled_from(["refused", "lost"]),
    ),
    max_size=8,
)  # fmt: skip
STEPS = st.lists(st.sampled_from(["ask", "sweep", "ask twice at once", "wait", "work"]), min_size=1, max_size=6)


@given(faults=FAULTS, steps=STEPS)
@settings(max_examples=200, deadline=None)
def test_all_of_it_runs_or_nothing_is_left(faults: list[tuple[str, str]], steps: list[str]) -> None:
    """Whoever was answered finds all of it ended; and what was reserved is given back, once."""
    asyncio.run(_story(faults, steps))


async def _story(faults: list[tuple[str, str]], steps: list[str]) -> None:
    desk = Batches(limited(2 * ITEMS), together=2)
    for name, kind in faults:
        store, method = name.split(".")
        failures = getattr(desk, store).failures
        if kind == "refused":
            failures.refuse(method, Unavailable("down", "Down."))
        else:
            failures.lose_answer(method, OutcomeUnknown("lost") if store != "queue" else Unavailable("down", "Down."))
    answered = False
    for step in steps:
        answered |= await _step(desk, step)
    for _ in range(12):  # faults are over by then, and so are all waits: none is longer than an hour
        await desk.swept(3_601)
        await desk.run()
    children, parents = desk.children(), [desk.parents.parent(parent.id) for parent in desk.parents.history[:1]]
    if answered or children:
        assert {job.status for job in children} == {"completed"}
        assert [job.parent_index for job in children] == list(range(ITEMS))
        assert [parent and parent.status for parent in parents] == ["completed"]
    else:
        assert parents in ([], [None])
    assert {account.in_flight for account in desk.jobs.accounts} <= {0}


async def _step(desk: Batches, step: str) -> bool:
    """Do it; gives whether somebody was answered that the batch is taken."""
    if step == "wait":
        desk.clock.move(290)
    elif step == "sweep":
        with suppress(Unavailable):
            await desk.swept(1)
    elif step == "work":
        with suppress(Unavailable):
            await desk.run()
    else:
        tries = [_asked(desk) for _ in range(2 if "twice" in step else 1)]
        return any(await asyncio.gather(*tries))
    return False


async def _asked(desk: Batches) -> bool:
    try:
        await desk.instance()(a_batch(*requests(ITEMS)), CALLER)
    except (Unavailable, OutcomeUnknown, Rejected):
        return False
    return True
