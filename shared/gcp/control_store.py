"""ControlStore on Firestore: `controls/{kind}_{name}`, every write conditional."""

from collections.abc import Sequence
from typing import Any

import msgspec
from google.cloud.firestore_v1.async_client import AsyncClient

from shared.domain.control import Control
from shared.gcp.documents import changes, fields, found, plain, read
from shared.gcp.errors import CALL_ERRORS, of_create, of_write
from shared.gcp.limits import WRITE
from shared.ports.controls import StoredControl

COLLECTION = "controls"


class FirestoreControlStore:
    """Controls as documents."""

    def __init__(self, firestore: AsyncClient) -> None:
        self._firestore = firestore
        self._controls: Any = firestore.collection(COLLECTION)

    async def all(self) -> Sequence[StoredControl]:
        """See ControlStore.all."""
        return [_stored(snapshot) for snapshot in await found(self._controls.order_by("__name__"))]

    async def get(self, control_id: str) -> StoredControl | None:
        """See ControlStore.get."""
        snapshot = await read(self._controls.document(control_id))
        return _stored(snapshot) if snapshot else None

    async def create(self, control: Control) -> StoredControl:
        """See ControlStore.create."""
        try:
            result = await self._controls.document(control.id).create(fields(control), **WRITE)
        except CALL_ERRORS as exc:
            raise of_create(exc) from exc
        return StoredControl(control, result.update_time)

    async def write(self, before: StoredControl, control: Control) -> StoredControl:
        """See ControlStore.write."""
        document, option = self._document(before)
        try:
            result = await document.update(changes(before.control, control), option=option, **WRITE)
        except CALL_ERRORS as exc:
            raise of_write(exc) from exc
        return StoredControl(control, result.update_time)

    async def remove(self, before: StoredControl) -> None:
        """See ControlStore.remove."""
        document, option = self._document(before)
        try:
            await document.delete(option=option, **WRITE)
        except CALL_ERRORS as exc:
            raise of_write(exc) from exc

    def _document(self, before: StoredControl) -> tuple[Any, Any]:
        option = self._firestore.write_option(last_update_time=before.version)
        return self._controls.document(before.control.id), option


def _stored(snapshot: Any) -> StoredControl:
    return StoredControl(msgspec.convert(plain(snapshot.to_dict()), Control), snapshot.update_time)
