"""Webhook deliveries: the log of a job's, and another try of one."""

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from shared.api.headers import caller_of, tenant_of
from shared.api.keyed import key_headers
from shared.api.pages import page_size, page_token, token_of
from shared.api.responses import json
from shared.domain.delivery import Delivery, State, Try, is_delivery_id
from shared.domain.request import BatchEventType, EventType
from shared.ports import DeliveryStore, ParentStore, Position
from shared.use_cases.read import Read
from shared.use_cases.read_batch import own_batch

if TYPE_CHECKING:
    from shared.use_cases.redeliver import Redeliver


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a job, on its way to a webhook's receiver."""

    id: str
    job_id: str
    type: EventType | BatchEventType
    status_sequence: int
    url: str
    state: State
    disabled: bool  # by a 410 of the receiver: why a delivery may be given up untried
    tries: tuple[Try, ...]
    next_try_at: datetime | None
    created_at: datetime


class DeliveryPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a job's deliveries, the newest first."""

    deliveries: tuple[DeliveryView, ...]
    next_page_token: str | None


class ReadDeliveries:
    """GET of the deliveries of a job, or of a batch."""

    def __init__(self, read: Read, batches: ParentStore, deliveries: DeliveryStore) -> None:
        self._read = read
        self._batches = batches
        self._deliveries = deliveries

    async def get(self, request: Request) -> Response:
        """GET /v1/jobs/{id}/deliveries: a page of them, the latest change's first."""
        job = await self._read.job(tenant_of(request), request.path_params["job_id"])
        return await self._page(request, job.id)

    async def of_batch(self, request: Request) -> Response:
        """GET /v1/batches/{id}/deliveries: as of a job; those of its jobs are theirs."""
        batch = await own_batch(self._batches, tenant_of(request), request.path_params["batch_id"])
        return await self._page(request, batch.parent.id)

    async def _page(self, request: Request, job_id: str) -> Response:
        size, after = page_size(request), page_token(request, is_delivery_id)
        before = int(after.job_id.rpartition("_")[2]) if after else None
        found = [stored.delivery for stored in await self._deliveries.of_job(job_id, size + 1, before)]
        page = found[:size]
        end = Position(page[-1].created_at, page[-1].id) if len(found) > size else None
        answer = DeliveryPage(deliveries=tuple(map(shown, page)), next_page_token=token_of(request, end))
        return json(answer, 200, {"Cache-Control": "no-cache"})


class Redeliveries:
    """POST of another try."""

    def __init__(self, redeliver: "Redeliver") -> None:
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
