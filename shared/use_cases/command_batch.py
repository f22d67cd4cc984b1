"""Cancel or retry a whole batch: one conditional write, once per idempotency key; its jobs follow, page by page."""

import logging
from collections.abc import Callable
from datetime import datetime

import msgspec

from shared.domain.errors import Conflict, OutcomeUnknown, Unavailable
from shared.domain.keyed import carried_out, noted
from shared.domain.parent import Parent, ParentKind
from shared.idempotency import MAX_CONTENTION, fresh_token
from shared.ports import Clock, ParentStore, StoredParent
from shared.telemetry import event
from shared.use_cases.carry_out import CarryOut
from shared.use_cases.read_batch import own_batch

Rule = Callable[[Parent, datetime], Parent]


class CommandBatch:
    """POST /v1/batches/{id}/…."""

    def __init__(self, batches: ParentStore, carry_out: CarryOut, clock: Clock, *, kind: ParentKind = "batch") -> None:
        self._kind: ParentKind = kind
        self._batches = batches
        self._carry_out = carry_out
        self._clock = clock

    async def __call__(self, tenant: str, batch_id: str, rule: Rule, key: str | None = None) -> tuple[Parent, bool]:
        """Apply `rule`, and carry it out on the first page; gives the batch, and True where `key` had asked before.

        `sweep` goes on with the other pages.

        Raises:
            Rejected: 404, what the rule says, or 422: the key had asked for another command.
            Unavailable: 503; repeat with the same key.
        """
        call = fresh_token()
        for _ in range(MAX_CONTENTION):
            stored = await own_batch(self._batches, tenant, batch_id, self._kind)
            done = carried_out(stored.parent.commands, rule.__name__, key, call)
            if done:
                return stored.parent, done.call != call
            wanted = rule(stored.parent, self._clock.now())
            if wanted is stored.parent:
                return wanted, False
            commands = noted(wanted.commands, rule.__name__, key, call, wanted.status_sequence)
            wanted = msgspec.structs.replace(wanted, commands=commands, write_id=fresh_token())
            try:
                written = await self._batches.write(stored, wanted)
            except (Conflict, OutcomeUnknown):
                continue
            event("batch commanded", parent_id=batch_id, rule=rule.__name__)
            return (await self._begun(written)).parent, False
        raise Unavailable(
            "contended", f"Batch {batch_id} changes too fast to be changed: please repeat.", retry_after=1
        )

    async def _begun(self, stored: StoredParent) -> StoredParent:
        try:
            return await self._carry_out.page(stored)
        except (Conflict, OutcomeUnknown, Unavailable) as exc:
            event("not carried out; sweep will", level=logging.WARNING, error=exc, parent_id=stored.parent.id)
        return stored
