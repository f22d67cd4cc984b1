"""Where images are kept."""

from collections.abc import Sequence
from typing import Protocol

import msgspec


class StoredObject(msgspec.Struct, frozen=True):
    """One object of the bucket, as a listing shows it."""

    name: str
    generation: int
    token: str | None  # the lease token of the execution that wrote it


class ImageStore(Protocol):
    """The bucket of images. Names are paths within it."""

    def uri(self, name: str) -> str:
        """The gs:// URI of the object of that name, whether or not there is one."""
        ...

    async def put(self, name: str, data: bytes, mime_type: str, *, token: str, metadata: dict[str, str]) -> str:
        """Store `data` at `name`; gives its gs:// URI.

        An object of the same token that is there already is this very upload; one of another token is
        replaced.

        Raises:
            ImageStoreError: it is not there, or nobody knows.
        """
        ...

    async def get(self, uri: str) -> bytes | None:
        """The bytes at a gs:// URI of this bucket; None when there is nothing.

        Raises:
            ImageStoreError: the bucket does not answer.
        """
        ...

    async def copy(self, uri: str, name: str, *, token: str, metadata: dict[str, str]) -> str | None:
        """Copy an object within the bucket, byte for byte; gives the new gs:// URI, None when there is none to copy.

        `name` is taken as by `put`.

        Raises:
            ImageStoreError: it is not there, or nobody knows.
        """
        ...

    async def list_objects(self, prefix: str) -> Sequence[StoredObject]:
        """Every object whose name begins with `prefix`."""
        ...

    async def delete(self, found: StoredObject) -> None:
        """Delete exactly that generation; one that is gone already is no error."""
        ...

    async def signed_url(self, uri: str, *, seconds: int, download_as: str | None = None, anew: bool = False) -> str:
        """A URL that opens the object without credentials for `seconds`; `download_as` names the file.

        It may have been signed before, and then has at least half of that time left; never if `anew`.
        """
        ...
