"""Commands that were carried out already."""

from datetime import timedelta

import msgspec
import pytest

from shared.domain.commands import delete, tombstone
from shared.domain.errors import Rejected
from shared.domain.job import MAX_COMMANDS, Command, Job
from shared.domain.keyed import TOMBSTONE_FOR, carried_out, known_until, noted
from tests.builders import a_job, a_job_in
from tests.fakes.clock import NOON

WEEK = timedelta(days=7)


def one(operation: str = "cancel", key: str | None = "key", call: str = "call-1") -> tuple[Command, ...]:
    """One command, noted."""
    return noted((), operation, key, call, 2)


def test_a_command_is_known_by_its_key_and_by_its_call() -> None:
    """Another key is another command, and so is none."""
    (done,) = one()
    assert carried_out((done,), "cancel", "key", "call-2") == done
    assert carried_out((done,), "cancel", None, "call-1") == done
    assert carried_out((done,), "cancel", "other", "call-2") is None
    assert carried_out(one(key=None), "cancel", None, "call-2") is None


def test_a_key_asks_for_one_command() -> None:
    """Another one under it is a mistake of the client, and is told."""
    with pytest.raises(Rejected, match="cancel") as refusal:
        carried_out(one(), "retry", "key", "call-2")
    assert (refusal.value.status, refusal.value.code) == (422, "idempotency_key_reused")


def test_the_last_sixteen_commands_are_known() -> None:
    """The list is bounded, and no key is stored in the clear."""
    commands: tuple[Command, ...] = ()
    for number in range(MAX_COMMANDS + 1):
        commands = noted(commands, "retry", f"key-{number}", f"call-{number}", number)
    assert len(commands) == MAX_COMMANDS
    assert carried_out(commands, "retry", "key-0", "") is None
    assert b"key-1" not in msgspec.json.encode(commands)


def test_what_is_left_of_a_job_knows_that_it_was_deleted() -> None:
    """And no other command: its key is answered as the first time."""
    commands = one("retry") + noted((), "delete", "gone", "call-2", 3)
    left = tombstone(delete(a_job_in("failed", commands=commands), NOON), NOON)
    assert [command.operation for command in left.commands] == ["delete"]


@pytest.mark.parametrize(
    ("job", "until"),
    [
        (a_job(), None),
        (a_job(retention_seconds=86_400), NOON + timedelta(days=1) + WEEK),
        (a_job(retention_seconds=86_400, expires_at=NOON), NOON + WEEK),
        (a_job(deleted_at=NOON), NOON + WEEK),
        (a_job(deleted_at=NOON, purge_at=NOON + timedelta(days=9)), NOON + timedelta(days=9)),
    ],
)
def test_a_key_lives_as_long_as_its_job_and_a_week(job: Job, until: object) -> None:
    """For ever, where nothing ends the job; where it goes on, until then at least."""
    assert (known_until(job), TOMBSTONE_FOR) == (until, WEEK)
