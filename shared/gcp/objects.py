"""What an ImageStore does to the objects of its bucket, by Google's synchronous client; to be asked on threads."""

from collections.abc import Callable
from datetime import timedelta

from google.api_core import exceptions as google
from google.auth import exceptions as auth
from google.cloud import storage
from google.cloud.storage.retry import DEFAULT_RETRY
from requests import exceptions as requests

from shared.domain.errors import FailureType, ImageStoreError
from shared.gcp.multipart import Resource, upload
from shared.gcp.signing import sign
from shared.ports import StoredObject

TIMEOUT = 20.0  # seconds a request
RETRY = DEFAULT_RETRY.with_timeout(30.0)
TOKEN = "lease_token"  # noqa: S105 - the name of a metadata field
LISTED = f"items(name,generation,metadata/{TOKEN}),nextPageToken"  # what is asked of a listing
MAX_TURNS = 4  # at replacing an object that others replace too

# What a refusal means for the attempt; the first match counts.
KINDS: tuple[tuple[type[Exception], FailureType, str], ...] = (
    (google.TooManyRequests, "RATE_LIMIT", "store_rate_limit"),
    (google.Unauthorized, "AUTH_ERROR", "store_unauthorized"),
    (google.Forbidden, "AUTH_ERROR", "store_forbidden"),
    (google.NotFound, "PERMANENT", "bucket_not_found"),
    (google.ClientError, "PERMANENT", "store_refused"),
    (google.ServerError, "TEMPORARY", "store_unavailable"),
    (google.RetryError, "TEMPORARY", "store_unavailable"),
    (auth.TransportError, "TEMPORARY", "store_unavailable"),
    (auth.GoogleAuthError, "AUTH_ERROR", "store_no_credentials"),
    (requests.RequestException, "TEMPORARY", "store_unavailable"),
)
VENDOR_ERRORS = tuple(kind[0] for kind in KINDS)


def client(project: str) -> storage.Client:
    """Google's client; honours STORAGE_EMULATOR_HOST."""
    return storage.Client(project=project)


class Objects:
    """The objects of one bucket. What goes wrong is Google's to say: VENDOR_ERRORS."""

    def __init__(self, bucket: storage.Bucket, signer_key: str | None) -> None:
        self._bucket = bucket
        self._signer_key = signer_key

    def put(self, name: str, data: bytes, mime_type: str, token: str, metadata: dict[str, str]) -> None:
        """Store `data` under the name, whatever lay there before."""
        metadata = metadata | {TOKEN: token}
        resource = Resource(name=name, content_type=mime_type, metadata=metadata)
        store = RETRY(upload)
        self._written(name, metadata, lambda replaced: store(self._bucket, resource, data, replaced, TIMEOUT))

    def copy(self, source: str, name: str, token: str, metadata: dict[str, str]) -> bool:
        """Copy an object by a rewrite; False: there is none."""
        metadata = metadata | {TOKEN: token}
        original = self._bucket.get_blob(source, timeout=TIMEOUT, retry=RETRY)
        if original is None:
            return False

        def rewrite(replaced: int) -> None:
            blob = self._bucket.blob(name)
            blob.metadata, blob.content_type = metadata, original.content_type
            token = None
            while True:
                token, _, _ = blob.rewrite(
                    original, token=token, if_generation_match=replaced, timeout=TIMEOUT, retry=RETRY
                )
                if token is None:
                    return

        try:
            self._written(name, metadata, rewrite)
        except google.NotFound:  # deleted since it was looked at
            return False
        return True

    def get(self, name: str) -> bytes | None:
        """An object's bytes; None where there is none."""
        try:
            data: bytes = self._bucket.blob(name).download_as_bytes(timeout=TIMEOUT, retry=RETRY)
        except google.NotFound:
            return None
        return data

    def list(self, prefix: str) -> list[StoredObject]:
        """The objects whose names begin so."""
        return [
            StoredObject(blob.name, blob.generation, (blob.metadata or {}).get(TOKEN))
            for blob in self._bucket.list_blobs(prefix=prefix, fields=LISTED, timeout=TIMEOUT, retry=RETRY)
        ]

    def delete(self, found: StoredObject) -> None:
        """Remove an object, where it is still that one."""
        blob = self._bucket.blob(found.name)
        try:
            blob.delete(if_generation_match=found.generation, timeout=TIMEOUT, retry=RETRY)
        except (google.NotFound, google.PreconditionFailed):
            return  # gone, or another's by now

    def sign(self, name: str, lifetime: timedelta, download_as: str | None) -> str:
        """A URL that opens an object without credentials."""
        return sign(self._bucket.blob(name), lifetime, self._signer_key, download_as)

    def _written(self, name: str, metadata: dict[str, str], write: Callable[[int], None]) -> None:
        """Do `write(generation)` under the generation of what it replaces, where 0 is nothing."""
        replaced = 0
        for _ in range(MAX_TURNS):
            try:
                write(replaced)
            except google.PreconditionFailed:
                there = self._bucket.get_blob(name, timeout=TIMEOUT, retry=RETRY)
                if there is not None and (there.metadata or {}).get(TOKEN) == metadata[TOKEN]:
                    return  # this very write, whose answer was lost
                replaced = there.generation if there is not None else 0
            else:
                return
        raise google.Conflict(f"{name} is replaced by others all the time")


def ours(exc: Exception) -> ImageStoreError:
    """What the core is told of an error of Google's client."""
    for theirs, kind, code in KINDS:
        if isinstance(exc, theirs):
            return ImageStoreError(kind, code, f"Cloud Storage: {exc}")
    raise exc
