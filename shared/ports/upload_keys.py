"""Which idempotency keys have named an upload, and for what."""

from typing import Protocol

from shared.domain.uploads import KeyedUpload


class UploadKeyStore(Protocol):
    """`upload_keys/{upload id}`: written once, and removed by the database when it is over."""

    async def note(self, upload: KeyedUpload) -> KeyedUpload:
        """Store it, unless one of its id is there; gives the one that is there.

        Raises:
            Unavailable: the database does not answer.
        """
        ...
