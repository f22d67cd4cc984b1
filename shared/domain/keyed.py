"""Commands that were carried out already: by the key that asked for them, or by the very call that did it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from shared.domain.errors import Rejected
from shared.domain.job import MAX_COMMANDS, Command, Job

TOMBSTONE_FOR = timedelta(days=7)  # so long a deleted job's key is still known


def noted(
    commands: Sequence[Command], operation: str, key: str | None, call: str, sequence: int
) -> tuple[Command, ...]:
    """The last MAX_COMMANDS, with one more: one without a key too, so that its call knows it again."""
    key_sha256 = hash_of(key) if key is not None else None
    done = Command(operation=operation, key_sha256=key_sha256, call=call, sequence=sequence)
    return (*commands, done)[-MAX_COMMANDS:]


def carried_out(commands: Sequence[Command], operation: str, key: str | None, call: str) -> Command | None:
    """The command that this call has carried out, or that its key had asked for before.

    Raises:
        Rejected: 422, the key had asked for another.
    """
    for command in commands:
        if command.call == call:
            return command
        if key is not None and command.key_sha256 == hash_of(key):
            return _same(command, operation)
    return None


def _same(command: Command, operation: str) -> Command:
    if command.operation == operation:
        return command
    text = f"This Idempotency-Key asked for another command already: {command.operation}. Use a new key."
    raise Rejected(422, "idempotency_key_reused", text)


def known_until(job: Job) -> datetime | None:
    """Until when the job's key, and those of its commands, are known at least; None: until it is deleted."""
    if job.deleted_at:
        return job.purge_at or job.deleted_at + TOMBSTONE_FOR
    if job.retention_seconds is None:
        return None
    # One that goes on is kept for so long after its end, which is not before now.
    return (job.expires_at or job.updated_at + timedelta(seconds=job.retention_seconds)) + TOMBSTONE_FOR


def hash_of(key: str) -> str:
    """SHA-256 in hex: the key itself may say something, and is kept nowhere but in its job."""
    return sha256(key.encode()).hexdigest()
