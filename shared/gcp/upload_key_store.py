"""UploadKeyStore on Firestore: `upload_keys/{upload id}`, created once; a TTL on `purge_at` removes it."""

import msgspec

from shared.domain.errors import AlreadyExists, OutcomeUnknown, Unavailable
from shared.domain.uploads import KeyedUpload
from shared.gcp.documents import created, fields, read
from shared.gcp.encoding import creation
from shared.gcp.firestore import Firestore


class FirestoreUploadKeyStore:
    """Keyed uploads as documents."""

    def __init__(self, firestore: Firestore) -> None:
        self._firestore = firestore

    async def note(self, upload: KeyedUpload) -> KeyedUpload:
        """See UploadKeyStore.note."""
        name = self._firestore.name_of("upload_keys", upload.id)
        try:
            await created(self._firestore, creation(name, fields(upload)))
        except (AlreadyExists, OutcomeUnknown) as refusal:
            snapshot = await read(self._firestore, name)
            if snapshot is None:
                raise Unavailable("store_unavailable", "The upload could not be noted: please repeat.") from refusal
            return msgspec.convert(snapshot.fields, KeyedUpload)
        return upload
