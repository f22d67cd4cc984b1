"""ImageStore on Cloud Storage: Google's synchronous client on threads of its own (there is no asynchronous one).

What speaks to Cloud Storage is loaded and made there, too, by the first call: GET of a job needs none of it.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from shared import collector
from shared.config import Settings
from shared.ports import StoredObject

if TYPE_CHECKING:
    from google.cloud import storage

    from shared.gcp.objects import Objects

T = TypeVar("T")
THREADS = 10  # as many connections as the client's pool keeps
MAX_LINKS = 2_000  # kept; deployed, each is a call of IAM to make


def images_of(settings: Settings, *, soon: bool = False) -> "CloudStorageImageStore":
    """The store of this deployment's bucket; where it is needed `soon`, its client is loaded meanwhile.

    Raises:
        MissingSetting: it is not said which, or which project's.
    """
    project = settings.need("google_cloud_project")

    def client() -> "storage.Client":
        from shared.gcp.objects import client

        return client(project)

    images = CloudStorageImageStore(client, settings.need("gcs_bucket_name"), signer_key=settings.local_signer_key)
    if soon:
        images.prepare()
    return images


class CloudStorageImageStore:
    """Images as objects of one bucket."""

    def __init__(self, client: Callable[[], "storage.Client"], bucket: str, *, signer_key: str | None = None) -> None:
        """`client` makes Google's; it is asked once, on a thread."""
        self._client = client
        self._bucket = bucket
        self._signer_key = signer_key
        self._objects: Objects | None = None
        self._making = Lock()
        self._links: dict[tuple[str, int, str | None], tuple[str, float]] = {}  # until half their life is over
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="storage")

    def prepare(self) -> None:
        """Begin to load what speaks to Cloud Storage; what goes wrong is told to the call that needs it."""
        self._threads.submit(self._made)

    def uri(self, name: str) -> str:
        """See ImageStore.uri."""
        return f"gs://{self._bucket}/{name}"

    async def put(self, name: str, data: bytes, mime_type: str, *, token: str, metadata: dict[str, str]) -> str:
        """See ImageStore.put."""
        await self._call(lambda objects: objects.put(name, data, mime_type, token, metadata))
        return self.uri(name)

    async def copy(self, uri: str, name: str, *, token: str, metadata: dict[str, str]) -> str | None:
        """See ImageStore.copy: a rewrite on the server's side; the bytes do not pass here."""
        copied = await self._call(lambda objects: objects.copy(self._name(uri), name, token, metadata))
        return self.uri(name) if copied else None

    async def get(self, uri: str) -> bytes | None:
        """See ImageStore.get."""
        return await self._call(lambda objects: objects.get(self._name(uri)))

    async def list_objects(self, prefix: str) -> Sequence[StoredObject]:
        """See ImageStore.list_objects."""
        return await self._call(lambda objects: objects.list(prefix))

    async def delete(self, found: StoredObject) -> None:
        """See ImageStore.delete."""
        await self._call(lambda objects: objects.delete(found))

    async def signed_url(self, uri: str, *, seconds: int, download_as: str | None = None, anew: bool = False) -> str:
        """See ImageStore.signed_url."""
        key, now = (uri, seconds, download_as), time.monotonic()
        url, until = self._links.get(key, ("", 0.0))
        if anew or until <= now:
            name, lifetime = self._name(uri), timedelta(seconds=seconds)
            url = await self._call(lambda objects: objects.sign(name, lifetime, download_as))
            if len(self._links) >= MAX_LINKS:
                self._links.clear()
            self._links[key] = (url, now + seconds / 2)
        return url

    async def _call(self, operation: Callable[["Objects"], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._done, operation)

    def _done(self, operation: Callable[["Objects"], T]) -> T:
        from shared.gcp.objects import VENDOR_ERRORS, ours

        try:
            return operation(self._made())
        except VENDOR_ERRORS as exc:
            raise ours(exc) from exc

    def _made(self) -> "Objects":
        with self._making:
            if self._objects is None:
                with collector.resting():
                    from shared.gcp.objects import Objects

                    self._objects = Objects(self._client().bucket(self._bucket), self._signer_key)
            return self._objects

    def _name(self, uri: str) -> str:
        return uri.removeprefix(f"gs://{self._bucket}/")
