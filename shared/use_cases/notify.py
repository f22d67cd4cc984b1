"""An event of a job → its user's webhook, in the order of the job's changes, at least once."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from shared.domain.delivery import (
    GONE,
    UNHEARD_OF,
    Delivery,
    Try,
    disabled,
    is_taken,
    new,
    new_of_batch,
    postponed,
    taken,
    tried,
    waiting,
)
from shared.domain.endpoint import endpoint_id, gone
from shared.domain.errors import AlreadyExists, Conflict, OutcomeUnknown, Unavailable
from shared.domain.job import Event, Job
from shared.domain.times import MAX_SLEPT_OFF, milliseconds
from shared.idempotency import MAX_CONTENTION, fresh_token
from shared.ports import Clock, JobQueue, StoredDelivery, Stores, Tenants, WebhookSender
from shared.telemetry import event as log_event
from shared.use_cases.read_batch import BatchState, ReadBatch
from shared.use_cases.receivers import Receivers

Result = Literal["delivered", "gave_up", "pending", "waits", "busy", "not_due", "dropped"]
MAX_SLEEPERS = 20  # messages kept open for a short wait, in one instance; `sweep` wakes the others


class Notify:
    """What a message of `job-events` does."""

    def __init__(
        self,
        stores: Stores,
        tenants: Tenants,
        queue: JobQueue,
        clock: Clock,
        *,
        sender: WebhookSender,
        payload: Callable[[Event, Job | BatchState], str],
        receivers: Receivers | None = None,
    ) -> None:
        """`payload` gives the JSON that the receiver gets, below 20 kB."""
        self._receivers = receivers or Receivers()
        self._sleepers = 0
        self._jobs = stores.jobs
        self._batches = stores.batches
        self._read_batch = ReadBatch(stores.jobs, stores.batches, stores.ledger)
        self._deliveries = stores.deliveries
        self._endpoints = stores.endpoints
        self._tenants = tenants
        self._queue = queue
        self._sender = sender
        self._clock = clock
        self._payload = payload

    async def __call__(self, event: Event, job_id: str) -> Result:
        """Deliver the event, or leave it to its next try; the message is to be acknowledged whatever the result.

        Raises:
            Unavailable: the database does not answer; the broker may deliver the message again.
        """
        stored = await self._recorded(event, job_id)
        if stored is None:
            return "dropped"
        result: Result = "not_due"
        for _ in range(MAX_CONTENTION):
            try:
                result, stored = await self._try(stored)
            except Conflict:  # another message of this event, `sweep`, or its user: what is left to be done?
                stored = await self._deliveries.get(event.event_id) or stored
                continue
            wait = stored.delivery.next_try_at - self._clock.now()
            if result != "pending" or wait > MAX_SLEPT_OFF or self._sleepers >= MAX_SLEEPERS:
                break
            self._sleepers += 1
            try:
                await self._clock.sleep(max(wait, timedelta()).total_seconds())
            finally:
                self._sleepers -= 1
        return result

    async def _recorded(self, event: Event, job_id: str) -> StoredDelivery | None:
        found = await self._deliveries.get(event.event_id)
        if found:
            return found
        delivery = await (self._of_batch if _is_of_batch(event) else self._of_job)(event, job_id)
        if delivery is None:
            return None
        try:
            return await self._deliveries.create(delivery)
        except (AlreadyExists, OutcomeUnknown) as exc:
            if found := await self._deliveries.get(event.event_id):
                return found
            # Acknowledged now, the event would be lost: nothing else knows of it any more.
            raise Unavailable("store_unavailable", f"The event {event.event_id} could not be recorded.") from exc

    async def _of_job(self, event: Event, job_id: str) -> Delivery | None:
        found = await self._jobs.get(job_id)
        if found is None:
            return None
        return new(event, found.job, self._payload(event, found.job), self._clock.now(), fresh_token())

    async def _of_batch(self, event: Event, batch_id: str) -> Delivery | None:
        found = await self._batches.get(batch_id)
        if found is None:
            return None
        state = await self._read_batch.state(found.parent)
        return new_of_batch(event, found.parent, self._payload(event, state), self._clock.now(), fresh_token())

    async def _try(self, stored: StoredDelivery) -> tuple[Result, StoredDelivery]:
        delivery, now = stored.delivery, self._clock.now()
        if delivery.state != "pending" or delivery.next_try_at > now:
            return "not_due", stored
        earlier = await self._earlier(delivery)
        if await self._must_wait(delivery, earlier, now):
            return "waits", await self._write(stored, waiting(delivery, earlier, now))
        if await self._is_unwanted(delivery, earlier):
            stored = await self._write(stored, disabled(delivery))
        else:
            async with self._receivers.place(delivery.url) as free:
                if not free:
                    return "busy", await self._write(stored, postponed(delivery, self._clock.now()))
                stored = await self._sent(stored)
        if stored.delivery.state != "pending":
            await self._wake_next(stored.delivery)
        return stored.delivery.state, stored

    async def _sent(self, stored: StoredDelivery) -> StoredDelivery:
        """The delivery after one more try."""
        delivery = stored.delivery
        tenant = await self._tenants.get(delivery.tenant)
        stored = await self._write(stored, taken(delivery, self._clock.now()))
        result = await self._sender.send(delivery.url, delivery.id, delivery.payload, tenant.webhook_secrets)
        await self._heed(delivery, result)
        stored = await self._write(stored, tried(stored.delivery, result))
        self._log(stored.delivery, result)
        return stored

    async def _is_unwanted(self, delivery: Delivery, earlier: Delivery | None) -> bool:
        """Whether the receiver wants no more; one that its user asks for anew is sent all the same."""
        if delivery.redeliveries:
            return False
        if earlier and earlier.disabled:
            return True
        return await self._endpoints.get(endpoint_id(delivery.tenant, delivery.url)) is not None

    async def _heed(self, delivery: Delivery, result: Try) -> None:
        """Keep a 410 for the tenant's other jobs; forget it once a redelivery is taken."""
        try:
            if result.status == GONE:
                await self._endpoints.disable(gone(delivery.tenant, delivery.url, delivery.id, self._clock.now()))
            elif delivery.redeliveries and is_taken(result):
                await self._endpoints.enable(endpoint_id(delivery.tenant, delivery.url))
        except (OutcomeUnknown, Unavailable) as exc:
            log_event("not kept what a receiver wants", level=logging.WARNING, error=exc, job_id=delivery.job_id)

    async def _earlier(self, delivery: Delivery) -> Delivery | None:
        found = await self._deliveries.get(delivery.event.after) if delivery.event.after else None
        return found.delivery if found else None

    async def _must_wait(self, delivery: Delivery, earlier: Delivery | None, now: datetime) -> bool:
        """Whether an earlier event of the job is open: it may not even be recorded here yet."""
        if delivery.event.after is None:
            return False
        if earlier:
            return earlier.state == "pending"
        if _is_of_batch(delivery.event):
            dropped = await self._batches.get(delivery.job_id) is None
        else:
            job = await self._jobs.get(delivery.job_id)
            dropped = job is None or job.job.deleted_at is not None
        return not dropped and now - delivery.created_at < UNHEARD_OF

    async def _wake_next(self, delivery: Delivery) -> None:
        try:
            for following in await self._deliveries.after(delivery.id):
                await self._queue.tell(following.delivery.job_id, following.delivery.event)
        except Unavailable as exc:
            log_event("next event not woken; sweep will", level=logging.WARNING, error=exc, job_id=delivery.job_id)

    async def _write(self, before: StoredDelivery, delivery: Delivery) -> StoredDelivery:
        """Write, and know an own write whose answer was lost.

        Raises:
            Conflict: another's write came first, or nobody knows.
        """
        wanted = msgspec.structs.replace(delivery, write_id=fresh_token())
        try:
            return await self._deliveries.write(before, wanted)
        except (Conflict, OutcomeUnknown) as exc:
            found = await self._deliveries.get(wanted.id)
            if found is None or found.delivery.write_id != wanted.write_id:
                raise Conflict(wanted.id) from exc
            return found

    def _log(self, delivery: Delivery, result: Try) -> None:
        log_event(
            "webhook tried",
            outcome=delivery.state,
            job_id=delivery.job_id,
            event=delivery.event.type,
            status=result.status,
            reason=result.error or None,
            duration_ms=result.duration_ms,
            since_event_ms=milliseconds(delivery.created_at, self._clock.now()),
        )


def _is_of_batch(event: Event) -> bool:
    return event.type.startswith("batch.")
