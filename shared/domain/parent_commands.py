"""What a user may do to a batch that exists: a flag on it, carried out on its children in pages."""

from datetime import datetime

import msgspec

from shared.domain.errors import Rejected
from shared.domain.job import ANNOUNCE_AGAIN
from shared.domain.parent import Pages, Parent, changed


def cancel(parent: Parent, now: datetime) -> Parent:
    """Each child that has not ended is to be canceled; unchanged where that was asked for already.

    Raises:
        Rejected: 409, it has ended otherwise.
    """
    if parent.status == "canceled" or (parent.cancel_requested and not parent.is_over):
        return parent
    if parent.is_over:
        text = f"{_name(parent)} is {parent.status} already: there is nothing to cancel."
        raise Rejected(409, "batch_finished", text)
    return msgspec.structs.replace(
        parent,
        status_sequence=parent.status_sequence + 1,
        cancel_requested=True,
        pages=_first(parent, "cancel"),
        wake_at=now + ANNOUNCE_AGAIN,
        updated_at=now,
    )


def retry(parent: Parent, now: datetime) -> Parent:
    """Each child that failed is to be queued again.

    Raises:
        Rejected: 409, it goes on, or none of its children failed.
    """
    if parent.status not in {"failed", "completed_with_failures"}:
        text = (
            f"{_name(parent)} is {parent.status}; only one that ended, with failed jobs, can be retried. A single "
            "failed job of it can be retried at any time."
        )
        raise Rejected(409, "batch_not_failed", text)
    return changed(
        parent,
        "running",
        now,
        cancel_requested=False,
        pages=_first(parent, "retry"),
        completed_at=None,
        purge_at=None,
        wake_at=now + ANNOUNCE_AGAIN,
    )


def _first(parent: Parent, command: str) -> Pages:
    return msgspec.convert({"command": command, "id": f"{parent.id}/{parent.status_sequence + 1}"}, Pages)


def _name(parent: Parent) -> str:
    return f"{parent.kind.capitalize()} {parent.id}"
