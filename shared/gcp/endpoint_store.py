"""EndpointStore on Firestore: `endpoints/{id}`."""

import msgspec

from shared.domain.endpoint import Endpoint
from shared.gcp.documents import created, fields, read
from shared.gcp.encoding import deletion, replacement
from shared.gcp.firestore import Firestore

COLLECTION = "endpoints"


class FirestoreEndpointStore:
    """Receivers that want no more, as documents."""

    def __init__(self, firestore: Firestore) -> None:
        self._firestore = firestore

    async def get(self, endpoint_id: str) -> Endpoint | None:
        """See EndpointStore.get."""
        snapshot = await read(self._firestore, self._name(endpoint_id))
        return msgspec.convert(snapshot.fields, Endpoint) if snapshot else None

    async def disable(self, endpoint: Endpoint) -> None:
        """See EndpointStore.disable."""
        await created(self._firestore, replacement(self._name(endpoint.id), fields(endpoint)))

    async def enable(self, endpoint_id: str) -> None:
        """See EndpointStore.enable."""
        await created(self._firestore, deletion(self._name(endpoint_id)))

    def _name(self, endpoint_id: str) -> str:
        return self._firestore.name_of(COLLECTION, endpoint_id)
