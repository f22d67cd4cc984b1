"""Ledger on Firestore: one query a call."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from google.cloud.firestore_v1.async_client import AsyncClient
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.domain.ledger import Entry
from shared.gcp.documents import found, plain

COLLECTION = "ledger"


class FirestoreLedger:
    """Entries as documents."""

    def __init__(self, firestore: AsyncClient) -> None:
        self._entries = firestore.collection(COLLECTION)

    async def entries(
        self, tenant: str, since: datetime, until: datetime, where: Mapping[str, str], limit: int
    ) -> Sequence[Entry]:
        """See Ledger.entries."""
        query = self._entries.where(filter=FieldFilter("tenant", "==", tenant))
        for name, value in where.items():
            query = query.where(filter=FieldFilter(name, "==", value))
        query = query.where(filter=FieldFilter("at", ">=", since)).where(filter=FieldFilter("at", "<", until))
        snapshots = await found(query.order_by("at").limit(limit))
        return [msgspec.convert(plain(snapshot.to_dict()), Entry) for snapshot in snapshots]
