"""ImageStore on Cloud Storage: Google's synchronous client on threads of its own (there is no asynchronous one)."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar

from google.api_core import exceptions as google
from google.auth import exceptions as auth
from google.cloud import storage
from google.cloud.storage.retry import DEFAULT_RETRY
from requests import exceptions as requests

from shared.config import Settings
from shared.domain.errors import FailureType, ImageStoreError
from shared.gcp.multipart import MultipartUpload, Resource
from shared.gcp.signing import sign
from shared.ports import StoredObject

T = TypeVar("T")
THREADS = 10  # as many connections as the client's pool keeps
TIMEOUT = 20.0  # seconds a request
RETRY = DEFAULT_RETRY.with_timeout(30.0)
MAX_LINKS = 2_000  # kept; deployed, each is a call of IAM to make
TOKEN = "lease_token"  # noqa: S105 - the name of a metadata field
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


def images_of(settings: Settings) -> "CloudStorageImageStore":
    """The store of this deployment's bucket.

    Raises:
        MissingSetting: it is not said which, or which project's.
    """
    gcs = client(settings.need("google_cloud_project"))
    return CloudStorageImageStore(gcs, settings.need("gcs_bucket_name"), signer_key=settings.local_signer_key)


class CloudStorageImageStore:
    """Images as objects of one bucket."""

    def __init__(self, gcs: storage.Client, bucket: str, *, signer_key: str | None = None) -> None:
        self._bucket = gcs.bucket(bucket)
        self._upload = MultipartUpload(self._bucket, THREADS)
        self._signer_key = signer_key
        self._links: dict[tuple[str, int, str | None], tuple[str, float]] = {}  # until half their life is over
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="storage")

    def uri(self, name: str) -> str:
        """See ImageStore.uri."""
        return f"gs://{self._bucket.name}/{name}"

    async def put(self, name: str, data: bytes, mime_type: str, *, token: str, metadata: dict[str, str]) -> str:
        """See ImageStore.put."""
        await self._call(self._put, name, data, mime_type, metadata | {TOKEN: token})
        return self.uri(name)

    async def copy(self, uri: str, name: str, *, token: str, metadata: dict[str, str]) -> str | None:
        """See ImageStore.copy: a rewrite on the server's side; the bytes do not pass here."""
        copied = await self._call(self._copy, self._name(uri), name, metadata | {TOKEN: token})
        return self.uri(name) if copied else None

    async def get(self, uri: str) -> bytes | None:
        """See ImageStore.get."""
        return await self._call(self._get, self._name(uri))

    async def list_objects(self, prefix: str) -> Sequence[StoredObject]:
        """See ImageStore.list_objects."""
        return await self._call(self._list, prefix)

    async def delete(self, found: StoredObject) -> None:
        """See ImageStore.delete."""
        await self._call(self._delete, found)

    async def signed_url(self, uri: str, *, seconds: int, download_as: str | None = None, anew: bool = False) -> str:
        """See ImageStore.signed_url."""
        key, now = (uri, seconds, download_as), time.monotonic()
        url, until = self._links.get(key, ("", 0.0))
        if anew or until <= now:
            blob = self._bucket.blob(self._name(uri))
            url = await self._call(sign, blob, timedelta(seconds=seconds), self._signer_key, download_as)
            if len(self._links) >= MAX_LINKS:
                self._links.clear()
            self._links[key] = (url, now + seconds / 2)
        return url

    async def _call(self, function: Callable[..., T], *arguments: Any) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)
        except VENDOR_ERRORS as exc:
            raise _ours(exc) from exc

    def _put(self, name: str, data: bytes, mime_type: str, metadata: dict[str, str]) -> None:
        resource = Resource(name=name, content_type=mime_type, metadata=metadata)
        store = RETRY(self._upload)
        self._written(name, metadata, lambda replaced: store(resource, data, replaced, TIMEOUT))

    def _copy(self, source: str, name: str, metadata: dict[str, str]) -> bool:
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

    def _get(self, name: str) -> bytes | None:
        try:
            data: bytes = self._bucket.blob(name).download_as_bytes(timeout=TIMEOUT, retry=RETRY)
        except google.NotFound:
            return None
        return data

    def _list(self, prefix: str) -> list[StoredObject]:
        return [
            StoredObject(blob.name, blob.generation, (blob.metadata or {}).get(TOKEN))
            for blob in self._bucket.list_blobs(prefix=prefix, timeout=TIMEOUT, retry=RETRY)
        ]

    def _delete(self, found: StoredObject) -> None:
        blob = self._bucket.blob(found.name)
        try:
            blob.delete(if_generation_match=found.generation, timeout=TIMEOUT, retry=RETRY)
        except (google.NotFound, google.PreconditionFailed):
            return  # gone, or another's by now

    def _name(self, uri: str) -> str:
        return uri.removeprefix(f"gs://{self._bucket.name}/")


def _ours(exc: Exception) -> ImageStoreError:
    for theirs, kind, code in KINDS:
        if isinstance(exc, theirs):
            return ImageStoreError(kind, code, f"Cloud Storage: {exc}")
    raise exc
