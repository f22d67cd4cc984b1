"""A webhook delivery that is over, sent again because its user asks."""

import logging

import msgspec

from shared.domain.delivery import Delivery, is_delivery_id, redelivered
from shared.domain.errors import Conflict, OutcomeUnknown, Rejected, Unavailable
from shared.domain.keyed import hash_of
from shared.idempotency import fresh_token
from shared.ports import Clock, DeliveryStore, JobQueue
from shared.telemetry import event


class Redeliver:
    """POST /v1/deliveries/{id}/redeliver."""

    def __init__(self, deliveries: DeliveryStore, queue: JobQueue, clock: Clock) -> None:
        self._deliveries = deliveries
        self._queue = queue
        self._clock = clock

    async def __call__(self, tenant: str, delivery_id: str, key: str | None = None) -> tuple[Delivery, bool]:
        """Begin it anew; gives the delivery, and True where `key` had asked for that before.

        Raises:
            Rejected: 404, also for another tenant's; 409, it is being delivered.
            Unavailable: 503; repeat.
        """
        stored = await self._deliveries.get(delivery_id) if is_delivery_id(delivery_id) else None
        if stored is None or stored.delivery.tenant != tenant:
            raise Rejected(404, "delivery_not_found", f"There is no delivery {delivery_id}.")
        key_sha256 = hash_of(key) if key is not None else None
        if key_sha256 in stored.delivery.asked_under:
            return stored.delivery, True
        again = redelivered(stored.delivery, self._clock.now(), key_sha256)
        wanted = msgspec.structs.replace(again, write_id=fresh_token())
        try:
            await self._deliveries.write(stored, wanted)
        except (Conflict, OutcomeUnknown) as exc:
            found = await self._deliveries.get(delivery_id)
            if found is None or found.delivery.write_id != wanted.write_id:
                raise Unavailable("contended", f"Delivery {delivery_id} changed meanwhile: please repeat.") from exc
        try:
            await self._queue.tell(wanted.job_id, wanted.event)
        except Unavailable as exc:
            event("redelivery not told; sweep will", level=logging.WARNING, error=exc, job_id=wanted.job_id)
        return wanted, False
