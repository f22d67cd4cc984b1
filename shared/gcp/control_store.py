"""ControlStore on Firestore: `controls/{kind}_{name}`, every write conditional."""

from collections.abc import Sequence

import msgspec

from shared.domain.control import Control
from shared.gcp.documents import changes, created, fields, found, read, written
from shared.gcp.encoding import creation, deletion, update
from shared.gcp.firestore import Firestore, Snapshot
from shared.ports.controls import StoredControl

COLLECTION = "controls"


class FirestoreControlStore:
    """Controls as documents."""

    def __init__(self, firestore: Firestore) -> None:
        self._firestore = firestore

    async def all(self) -> Sequence[StoredControl]:
        """See ControlStore.all."""
        every = self._firestore.collection(COLLECTION).order_by("__name__")
        return [_stored(snapshot) for snapshot in await found(self._firestore, every)]

    async def get(self, control_id: str) -> StoredControl | None:
        """See ControlStore.get."""
        snapshot = await read(self._firestore, self._name(control_id))
        return _stored(snapshot) if snapshot else None

    async def create(self, control: Control) -> StoredControl:
        """See ControlStore.create."""
        version = await created(self._firestore, creation(self._name(control.id), fields(control)))
        return StoredControl(control, version)

    async def write(self, before: StoredControl, control: Control) -> StoredControl:
        """See ControlStore.write."""
        change = update(self._name(before.control.id), changes(before.control, control), before.version)
        return StoredControl(control, await written(self._firestore, change))

    async def remove(self, before: StoredControl) -> None:
        """See ControlStore.remove."""
        await written(self._firestore, deletion(self._name(before.control.id), before.version))

    def _name(self, control_id: str) -> str:
        return self._firestore.name_of(COLLECTION, control_id)


def _stored(snapshot: Snapshot) -> StoredControl:
    return StoredControl(msgspec.convert(snapshot.fields, Control), snapshot.version)
