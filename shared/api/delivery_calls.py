"""Webhook deliveries: the log of a job's, and another try of one."""

from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from shared.api.headers import caller_of, tenant_of
from shared.api.keyed import key_headers
from shared.api.responses import json
from shared.domain.delivery import Delivery, State, Try
from shared.domain.request import EventType
from shared.ports import DeliveryStore
from shared.use_cases.read import Read
from shared.use_cases.redeliver import Redeliver

SHOWN = 100  # deliveries of one job, the newest


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a job, on its way to a webhook's receiver."""

    id: str
    job_id: str
    type: EventType
    status_sequence: int
    url: str
    state: State
    disabled: bool  # by a 410 of the receiver: why a delivery may be given up untried
    tries: tuple[Try, ...]
    next_try_at: datetime | None
    created_at: datetime


class DeliveryList(msgspec.Struct, frozen=True):
    """A job's deliveries, the newest first."""

    deliveries: tuple[DeliveryView, ...]


class ReadDeliveries:
    """GET of a job's deliveries."""

    def __init__(self, read: Read, deliveries: DeliveryStore) -> None:
        self._read = read
        self._deliveries = deliveries

    async def get(self, request: Request) -> Response:
        """GET /v1/jobs/{id}/deliveries: the newest first."""
        job = await self._read.job(tenant_of(request), request.path_params["job_id"])
        recorded = await self._deliveries.of_job(job.id, SHOWN)
        # Two events may be recorded in the other order than they happened in.
        found = sorted(recorded, key=lambda stored: stored.delivery.event.status_sequence, reverse=True)
        return json(DeliveryList(tuple(shown(stored.delivery) for stored in found)), 200, {"Cache-Control": "no-cache"})


class Redeliveries:
    """POST of another try."""

    def __init__(self, redeliver: Redeliver) -> None:
        self._redeliver = redeliver

    async def post(self, request: Request) -> Response:
        """POST /v1/deliveries/{id}/redeliver."""
        caller = caller_of(request)
        key = caller.idempotency_key
        delivery, replayed = await self._redeliver(caller.tenant, request.path_params["delivery_id"], key)
        return json(shown(delivery), 202, key_headers(key, delivery.purge_at, replayed=replayed))


def shown(delivery: Delivery) -> DeliveryView:
    """A delivery as its user sees it."""
    return DeliveryView(
        id=delivery.id,
        job_id=delivery.job_id,
        type=delivery.event.type,
        status_sequence=delivery.event.status_sequence,
        url=delivery.url,
        state=delivery.state,
        disabled=delivery.disabled,
        tries=delivery.tries,
        next_try_at=delivery.next_try_at if delivery.state == "pending" else None,
        created_at=delivery.created_at,
    )
