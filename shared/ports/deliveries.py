"""Where webhooks' deliveries are kept, and who sends them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from shared.domain.delivery import Delivery, Try


class StoredDelivery(msgspec.Struct, frozen=True):
    """A delivery as it was read or written, with the version that a next write must meet."""

    delivery: Delivery
    version: object


class DeliveryStore(Protocol):
    """`deliveries/{id}`: every write is conditional. Errors as JobStore's."""

    async def create(self, delivery: Delivery) -> StoredDelivery:
        """Store a new delivery.

        Raises:
            AlreadyExists, OutcomeUnknown, Unavailable: as JobStore.create.
        """
        ...

    async def get(self, delivery_id: str) -> StoredDelivery | None:
        """Read a delivery; None when there is none.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def write(self, before: StoredDelivery, delivery: Delivery) -> StoredDelivery:
        """Replace `before`, which must still be the stored version.

        Raises:
            Conflict, OutcomeUnknown: as JobStore.write.
        """
        ...

    async def after(self, delivery_id: str) -> Sequence[StoredDelivery]:
        """The deliveries of events that follow right after that one's; at most one is expected.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def of_job(self, job_id: str, limit: int, before: int | None = None) -> Sequence[StoredDelivery]:
        """Up to `limit` deliveries of a job, the latest change's first; only of those `before` a status_sequence.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def due(self, now: datetime, limit: int) -> Sequence[StoredDelivery]:
        """Up to `limit` deliveries with `wake_at <= now`, the longest due first.

        Raises:
            Unavailable: the database does not answer.
        """
        ...


class WebhookSender(Protocol):
    """One signed request to a receiver."""

    async def send(self, url: str, webhook_id: str, payload: str, secrets: tuple[str, ...] = ()) -> Try:
        """POST `payload`, signed by these secrets, or by the deployment's where there are none.

        What came of it, whatever that is, is the result, never an exception.
        """
        ...
