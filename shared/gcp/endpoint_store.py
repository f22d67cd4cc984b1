"""EndpointStore on Firestore: `endpoints/{id}`."""

from typing import Any

import msgspec
from google.cloud.firestore_v1.async_client import AsyncClient

from shared.domain.endpoint import Endpoint
from shared.gcp.documents import fields, plain, read
from shared.gcp.errors import CALL_ERRORS, of_create
from shared.gcp.limits import WRITE

COLLECTION = "endpoints"


class FirestoreEndpointStore:
    """Receivers that want no more, as documents."""

    def __init__(self, firestore: AsyncClient) -> None:
        self._endpoints: Any = firestore.collection(COLLECTION)

    async def get(self, endpoint_id: str) -> Endpoint | None:
        """See EndpointStore.get."""
        snapshot = await read(self._endpoints.document(endpoint_id))
        return msgspec.convert(plain(snapshot.to_dict()), Endpoint) if snapshot else None

    async def disable(self, endpoint: Endpoint) -> None:
        """See EndpointStore.disable."""
        try:
            await self._endpoints.document(endpoint.id).set(fields(endpoint), **WRITE)
        except CALL_ERRORS as exc:
            raise of_create(exc) from exc

    async def enable(self, endpoint_id: str) -> None:
        """See EndpointStore.enable."""
        try:
            await self._endpoints.document(endpoint_id).delete(**WRITE)
        except CALL_ERRORS as exc:
            raise of_create(exc) from exc
