"""Ledger on Firestore: queries and sums."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.domain.ledger import Entry
from shared.gcp.documents import found
from shared.gcp.errors import CALL_ERRORS, refused
from shared.gcp.firestore import Firestore
from shared.gcp.limits import READ
from shared.ports.ledger import Sum

COLLECTION = "ledger"


class FirestoreLedger:
    """Entries as documents."""

    def __init__(self, firestore: Firestore) -> None:
        self._firestore = firestore
        self._entries = firestore.collection(COLLECTION)

    async def entries(
        self, tenant: str, since: datetime, until: datetime, where: Mapping[str, str], limit: int
    ) -> Sequence[Entry]:
        """See Ledger.entries."""
        query = self._entries.where(filter=FieldFilter("tenant", "==", tenant))
        for name, value in where.items():
            query = query.where(filter=FieldFilter(name, "==", value))
        query = query.where(filter=FieldFilter("at", ">=", since)).where(filter=FieldFilter("at", "<", until))
        snapshots = await found(self._firestore, query.order_by("at").limit(limit))
        return [msgspec.convert(snapshot.fields, Entry) for snapshot in snapshots]

    async def of_parent(self, tenant: str, parent_id: str) -> Sum:
        """See Ledger.of_parent: sums on the server's side, each by its index.

        One query for both would pass over whatever lacks one of them: a field at its default is not stored.
        """
        own = self._entries.where(filter=FieldFilter("tenant", "==", tenant))
        own = own.where(filter=FieldFilter("parent_id", "==", parent_id))
        try:
            sums = await asyncio.gather(*(own.sum(name).get(**READ) for name in Sum._fields))
        except CALL_ERRORS as exc:
            raise refused("Firestore", exc) from exc
        return Sum(*(int(answer[0][0].value) for answer in sums))
