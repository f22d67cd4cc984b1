"""UploadKeyStore on Firestore: `upload_keys/{upload id}`, created once; a TTL on `purge_at` removes it."""

from typing import Any

import msgspec
from google.cloud.firestore_v1.async_client import AsyncClient

from shared.domain.errors import AlreadyExists, OutcomeUnknown, Unavailable
from shared.domain.uploads import KeyedUpload
from shared.gcp.documents import fields, plain, read
from shared.gcp.errors import CALL_ERRORS, of_create
from shared.gcp.limits import WRITE


class FirestoreUploadKeyStore:
    """Keyed uploads as documents."""

    def __init__(self, firestore: AsyncClient) -> None:
        self._keys: Any = firestore.collection("upload_keys")

    async def note(self, upload: KeyedUpload) -> KeyedUpload:
        """See UploadKeyStore.note."""
        document = self._keys.document(upload.id)
        try:
            await self._create(document, upload)
        except (AlreadyExists, OutcomeUnknown) as refusal:
            snapshot = await read(document)
            if snapshot is None:
                raise Unavailable("store_unavailable", "The upload could not be noted: please repeat.") from refusal
            return msgspec.convert(plain(snapshot.to_dict()), KeyedUpload)
        return upload

    async def _create(self, document: Any, upload: KeyedUpload) -> None:
        try:
            await document.create(fields(upload), **WRITE)
        except CALL_ERRORS as exc:
            raise of_create(exc) from exc
