"""An event of a job → its user's webhook, in the order of the job's changes, at least once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Literal

import msgspec

from shared.domain.delivery import Delivery, Try, new, taken, tried, waiting
from shared.domain.errors import AlreadyExists, Conflict, OutcomeUnknown
from shared.domain.job import Event, Job
from shared.domain.retry import MAX_SLEPT_OFF
from shared.idempotency import fresh_token
from shared.ports import Clock, DeliveryStore, JobQueue, JobStore, StoredDelivery, WebhookSender
from shared.telemetry import event as log_event
from shared.telemetry import milliseconds

Result = Literal["delivered", "gave_up", "pending", "waits", "not_due", "dropped"]


class Notify:
    """What a message of `job-events` does."""

    def __init__(
        self,
        jobs: JobStore,
        deliveries: DeliveryStore,
        queue: JobQueue,
        clock: Clock,
        *,
        sender: WebhookSender,
        payload: Callable[[Event, Job], str],
    ) -> None:
        """`payload` gives the JSON that the receiver gets, below 20 kB."""
        self._jobs = jobs
        self._deliveries = deliveries
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
        while True:
            result, stored = await self._try(stored)
            wait = stored.delivery.next_try_at - self._clock.now()
            if result != "pending" or wait > MAX_SLEPT_OFF:
                return result
            await self._clock.sleep(max(wait, timedelta()).total_seconds())

    async def _recorded(self, event: Event, job_id: str) -> StoredDelivery | None:
        found = await self._deliveries.get(event.event_id)
        if found:
            return found
        job = await self._jobs.get(job_id)
        if job is None:
            return None
        delivery = new(event, job.job, self._payload(event, job.job), self._clock.now(), fresh_token())
        if delivery is None:
            return None
        try:
            return await self._deliveries.create(delivery)
        except (AlreadyExists, OutcomeUnknown):
            return await self._deliveries.get(event.event_id)

    async def _try(self, stored: StoredDelivery) -> tuple[Result, StoredDelivery]:
        delivery, now = stored.delivery, self._clock.now()
        if delivery.state != "pending" or delivery.next_try_at > now:
            return "not_due", stored
        try:
            if await self._must_wait(delivery):
                return "waits", await self._write(stored, waiting(delivery, now))
            stored = await self._write(stored, taken(delivery, now))
            result = await self._sender.send(delivery.url, delivery.id, delivery.payload)
            stored = await self._write(stored, tried(stored.delivery, result))
        except (Conflict, OutcomeUnknown):
            return "not_due", stored  # another message's work; if not, it is due again
        self._log(stored.delivery, result)
        if stored.delivery.state != "pending":
            await self._wake_next(stored.delivery)
        return stored.delivery.state, stored

    async def _must_wait(self, delivery: Delivery) -> bool:
        """Whether an earlier event of the job is open: it may not even be recorded here yet."""
        if delivery.event.after is None:
            return False
        earlier = await self._deliveries.get(delivery.event.after)
        return earlier is None or earlier.delivery.state == "pending"

    async def _wake_next(self, delivery: Delivery) -> None:
        for following in await self._deliveries.after(delivery.id):
            await self._queue.tell(following.delivery.job_id, following.delivery.event)

    async def _write(self, before: StoredDelivery, delivery: Delivery) -> StoredDelivery:
        return await self._deliveries.write(before, msgspec.structs.replace(delivery, write_id=fresh_token()))

    def _log(self, delivery: Delivery, result: Try) -> None:
        log_event(
            f"webhook {delivery.state}",
            job_id=delivery.job_id,
            event=delivery.event.type,
            status=result.status,
            reason=result.error or None,
            duration_ms=result.duration_ms,
            since_event_ms=milliseconds(delivery.created_at, self._clock.now()),
        )
