"""What the core needs from outside: one Protocol a need, one adapter each in `shared/gcp`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from shared.domain.delivery import Delivery, Try
from shared.domain.errors import ProviderError
from shared.domain.job import Event, Job
from shared.domain.render import Render


class Clock(Protocol):
    """Time, so that tests can move it."""

    def now(self) -> datetime:
        """The time, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Stored(msgspec.Struct, frozen=True):
    """A job as it was read or written, with the version that a next write must meet."""

    job: Job
    version: object  # the adapter's own; compare, never look inside


class StoredRender(msgspec.Struct, frozen=True):
    """The record of some pixels as it was read, with the version that a next write must meet."""

    render: Render
    version: object


class RenderChange(msgspec.Struct, frozen=True):
    """What becomes of the record `id`: `before`, which must still be the stored version (None: must not exist)."""

    id: str
    before: StoredRender | None
    after: Render | None  # None: removed


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Where a page of jobs ended: at this job, which ended then."""

    completed_at: datetime
    job_id: str


class JobStore(Protocol):
    """`jobs/{id}` and `renders/{id}`: every write is conditional."""

    async def create(self, job: Job) -> Stored:
        """Store a new job.

        Raises:
            AlreadyExists: a job of that id is there (it may be this very write, repeated).
            OutcomeUnknown: the answer was lost.
            Unavailable: nothing was written.
        """
        ...

    async def get(self, job_id: str) -> Stored | None:
        """Read a job; None when there is none.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def write(self, before: Stored, job: Job, render: RenderChange | None = None) -> Stored:
        """Replace `before`, which must still be the stored version, by `job`; and change `render` with it.

        Both or neither; the record's version is then the job's. What the change books (`domain/ledger.py`) is
        stored with it.

        Raises:
            Conflict: it, or the record, has changed or is gone.
            OutcomeUnknown: the answer was lost.
        """
        ...

    async def get_render(self, render_id: str) -> StoredRender | None:
        """Read the record of some pixels; None when there is none.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def followers(self, job_id: str, limit: int) -> Sequence[Stored]:
        """Up to `limit` jobs that wait for `job_id` to make their pixels.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def gave_up(self, tenant: str, limit: int, after: Position | None = None) -> Sequence[Stored]:
        """Up to `limit` of the tenant's dead letters, the newest first; only those `after` a position.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def due(self, now: datetime, limit: int) -> Sequence[Stored]:
        """Up to `limit` jobs with `wake_at <= now`, the longest due first.

        Raises:
            Unavailable: the database does not answer.
        """
        ...


class JobQueue(Protocol):
    """Announcements of jobs; one may be lost or come twice."""

    async def announce(self, job: Job) -> None:
        """Tell the workers of the job's lane that there is work.

        Raises:
            Unavailable: it may not have been told.
        """
        ...

    async def tell(self, job_id: str, event: Event) -> None:
        """Publish an event of a job, for whoever delivers it to the user.

        Raises:
            Unavailable: it may not have been published.
        """
        ...


class StoredObject(msgspec.Struct, frozen=True):
    """One object of the bucket, as a listing shows it."""

    name: str
    generation: int
    token: str | None  # the lease token of the execution that wrote it


class ImageStore(Protocol):
    """The bucket of images. Names are paths within it."""

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

    async def signed_url(self, uri: str, *, seconds: int, download_as: str | None = None) -> str:
        """A URL that opens the object without credentials for `seconds`; `download_as` names the file."""
        ...


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """One image: the exact bytes of a provider, and what they are."""

    data: bytes
    mime_type: str
    width: int  # pixels
    height: int  # pixels
    seed: int | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a call to a provider brought."""

    pictures: tuple[Picture, ...]
    cost_micros: int | None  # None: unknown
    prompt_used: str | None = None
    blocked: tuple[str, ...] = ()  # a reason for each image that a safety filter kept back


class Checkpoint(Protocol):
    """What a provider must tell the job while it works."""

    async def paying_again(self, after: ProviderError) -> None:
        """Book one more paid call before it is made, and settle the last one, which ended in `after`.

        Raises:
            LeaseLost: stop, the job is no longer this worker's.
        """
        ...

    async def wait(self, seconds: float) -> None:
        """Wait before another call; the instance works on other jobs meanwhile."""
        ...

    async def submitted(self, operation: str) -> None:
        """Store the id of the provider's operation, before it is first asked for.

        Raises:
            LeaseLost, Canceled: stop.
        """
        ...


class ImageProvider(Protocol):
    """A model that makes images."""

    def estimate(self, job: Job) -> int | None:
        """What the job will cost, in micro-USD; None when that is unknown."""
        ...

    async def generate(self, job: Job, deadline: datetime, checkpoint: Checkpoint) -> Outcome:
        """Make the job's images, at the latest by `deadline`.

        Raises:
            ProviderError: no image; says whether to try again and whether it was billed.
        """
        ...


class StoredDelivery(msgspec.Struct, frozen=True):
    """A delivery as it was read or written, with the version that a next write must meet."""

    delivery: Delivery
    version: object


class DeliveryStore(Protocol):
    """`deliveries/{id}`: every write is conditional. Errors as JobStore's."""

    async def create(self, delivery: Delivery) -> StoredDelivery:
        """Store a new delivery.

        Raises:
            AlreadyExists, OutcomeUnknown, Unavailable: as JobStore.create.
        """
        ...

    async def get(self, delivery_id: str) -> StoredDelivery | None:
        """Read a delivery; None when there is none.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def write(self, before: StoredDelivery, delivery: Delivery) -> StoredDelivery:
        """Replace `before`, which must still be the stored version.

        Raises:
            Conflict, OutcomeUnknown: as JobStore.write.
        """
        ...

    async def after(self, delivery_id: str) -> Sequence[StoredDelivery]:
        """The deliveries of events that follow right after that one's; at most one is expected.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def of_job(self, job_id: str, limit: int) -> Sequence[StoredDelivery]:
        """Up to `limit` deliveries of a job, the newest first.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def due(self, now: datetime, limit: int) -> Sequence[StoredDelivery]:
        """Up to `limit` deliveries with `wake_at <= now`, the longest due first.

        Raises:
            Unavailable: the database does not answer.
        """
        ...


class WebhookSender(Protocol):
    """One signed request to a receiver."""

    async def send(self, url: str, webhook_id: str, payload: str) -> Try:
        """POST `payload`; what came of it, whatever that is, is the result, never an exception."""
        ...
