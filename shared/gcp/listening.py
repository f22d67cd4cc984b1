"""One Listen stream of Firestore, kept up for as long as a job or a tenant is watched.

A stream ends: after minutes or hours in the cloud, with its connection, when its token expires. Then another is opened,
which asks for every watched job as it is now, and for all jobs of a watched tenant that changed since. That costs a
read a job, and nothing can be lost by it: there is no resume token that may be too old, and no difference to be told
from a filter. Who was told of a version is not told again (FirestoreJobWatcher).

    stream ───── snapshot ─ ✕ ─ pause ─ stream
       what changed since │<─ OVERLAP ──┘   a change is dated when it is begun, and by its writer's clock
"""

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import grpc
import msgspec
from google.cloud.firestore_v1.services.firestore import FirestoreAsyncClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcAsyncIOTransport

from shared.domain.job import Job
from shared.gcp.encoding import decoded
from shared.gcp.errors import CALL_ERRORS
from shared.gcp.job_store import COLLECTION
from shared.gcp.listen_feeds import FeedNews, Feeds
from shared.gcp.listen_requests import Requests
from shared.gcp.listen_targets import News, Targets
from shared.telemetry import event

# A connection of its own, too: gRPC would share one among channels of the same address and options.
OPTIONS = (("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", -1))
FAR = (("grpc.keepalive_time_ms", 30_000),)  # as Google's client asks a connection that is silent whether it lives
LASTS_SECONDS = 3600.0  # then a fresh connection, perhaps to a server that is nearer or less busy
STEADY_SECONDS = 10.0  # a stream that lasted so long did not fail at once
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 10.0  # seconds before another stream is opened
REFUSED_SECONDS = 5.0  # after which the server is asked again for what it did not want to tell of

OVERLAP = timedelta(minutes=1)  # a change is committed so soon after the time that it has, by any writer's clock


class Hearer(Protocol):
    """Who is told."""

    def job_heard(self, job_id: str, job: Job | None, version: datetime | None) -> None:
        """A job is so; None and None: there is none."""

    def tenant_heard(self, tenant: str, news: FeedNews, decode: Callable[[Any], Job | None]) -> None:
        """This was said of a tenant's jobs; `decode` gives the job of a document, where it can be read."""


class Listening:
    """Tells of the jobs and tenants that are added: what they are now, and each change."""

    def __init__(self, project: str, database: str, emulator_host: str | None, hearer: Hearer) -> None:
        self._database = f"projects/{project}/databases/{database}"
        self._transport = _transport(emulator_host)
        self._api = FirestoreAsyncClient(transport=self._transport)
        self._hearer = hearer
        self._wanted: set[str] = set()
        self._tenants: dict[str, datetime] = {}  # since when their changes may not have been told
        self._targets: Targets | None = None
        self._feeds: Feeds | None = None
        self._task: asyncio.Task[None] | None = None

    def add(self, job_id: str) -> None:
        """Tell of this job from now on."""
        self._wanted.add(job_id)
        if self._begun() and self._targets:
            self._targets.add(job_id)

    def remove(self, job_id: str) -> None:
        """Tell of it no more."""
        self._wanted.discard(job_id)
        if self._needed() and self._targets:
            self._targets.remove(job_id)

    def add_tenant(self, tenant: str) -> None:
        """Tell of each change of its jobs from now on."""
        since = self._tenants[tenant] = datetime.now(UTC) - OVERLAP
        if self._begun() and self._feeds:
            self._feeds.add(tenant, since)

    def remove_tenant(self, tenant: str) -> None:
        """Tell of them no more."""
        self._tenants.pop(tenant, None)
        if self._needed() and self._feeds:
            self._feeds.remove(tenant)

    async def close(self) -> None:
        """End the stream, and the connection."""
        self._end()
        await self._transport.close()

    def _begun(self) -> bool:
        """Whether there was a stream already; there is one from now on."""
        if self._task is None:
            self._task = asyncio.create_task(self._keep_up())
            return False
        return True

    def _needed(self) -> bool:
        """Whether somebody watches still; else the stream is ended."""
        if not self._wanted and not self._tenants:
            self._end()
        return self._task is not None

    def _end(self) -> None:
        if self._task:
            self._task.cancel()
        self._task = self._targets = self._feeds = None

    async def _keep_up(self) -> None:
        loop, failures = asyncio.get_running_loop(), 0
        while True:
            began, reason = loop.time(), "the server ended it"
            try:
                await self._listen()
            except CALL_ERRORS as exc:
                reason = str(exc)
            except Exception as exc:  # noqa: BLE001 - whatever it was: those who watch wait for a stream
                event("unexpected error", level=logging.ERROR, error=exc)
            lasted = loop.time() - began
            failures = 0 if lasted > STEADY_SECONDS else failures + 1
            level = logging.WARNING if failures else logging.INFO  # that a stream ends some day is as it should be
            event(
                "listening anew",
                level=level,
                reason=reason,
                lasted_ms=round(lasted * 1000),
                jobs=len(self._wanted),
                tenants=len(self._tenants),
            )
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**failures)
            await asyncio.sleep(pause * random.random())  # noqa: S311 - so that instances come back one by one

    async def _listen(self) -> None:
        """Tell, until the stream ends."""
        requests = Requests(self._database)
        targets = self._targets = Targets(requests, COLLECTION)
        feeds = self._feeds = Feeds(requests, COLLECTION)
        for job_id in self._wanted:
            targets.add(job_id)
        for tenant, since in self._tenants.items():
            feeds.add(tenant, since)
        try:
            stream = await self._api.listen(
                requests=aiter(requests),
                retry=None,
                timeout=LASTS_SECONDS,
                metadata=[("google-cloud-resource-prefix", self._database)],
            )
            try:
                async for response in stream:
                    for news in targets.news(response):
                        self._pass_on(news)
                    for said in feeds.news(response):
                        self._hearer.tenant_heard(said.tenant, said, job_of)
                    self._ask_again_later(targets, feeds)
            finally:
                stream.cancel()
        finally:
            requests.end()
            self._move_on(feeds, feeds.current)

    def _pass_on(self, news: News) -> None:
        if news.document is None:
            self._hearer.job_heard(news.job_id, None, None)
        elif job := job_of(news.document):
            self._hearer.job_heard(news.job_id, job, news.document.update_time.ToDatetime())

    def _move_on(self, feeds: Feeds, tenants: set[str]) -> None:
        """Of these tenants, all that was committed until the last snapshot is told."""
        if feeds.snapshot is None:
            return
        for tenant in self._tenants.keys() & tenants:
            self._tenants[tenant] = max(self._tenants[tenant], feeds.snapshot - OVERLAP)

    def _ask_again_later(self, targets: Targets, feeds: Feeds) -> None:
        loop = asyncio.get_running_loop()
        while targets.refused:
            job_id = targets.refused.pop()
            event("not told of a job; asking again", level=logging.WARNING, job_id=job_id)
            loop.call_later(REFUSED_SECONDS, self._ask_again, targets, job_id)
        while feeds.refused:
            tenant = feeds.refused.pop()
            event("not told of a tenant's jobs; asking again", level=logging.WARNING)
            loop.call_later(REFUSED_SECONDS, self._ask_again_of, feeds, tenant)

    def _ask_again(self, targets: Targets, job_id: str) -> None:
        if targets is self._targets and job_id in self._wanted:
            targets.add(job_id)

    def _ask_again_of(self, feeds: Feeds, tenant: str) -> None:
        if feeds is self._feeds and tenant in self._tenants:
            feeds.add(tenant, self._tenants[tenant])


def job_of(document: Any) -> Job | None:
    """The job of a document; None, and a word in the log, where it cannot be read."""
    try:
        return msgspec.convert(decoded(document.fields), Job)
    except msgspec.ValidationError as exc:  # a later version may have written it
        event("unreadable document", level=logging.ERROR, error=exc, document=document.name)
        return None


def _transport(emulator_host: str | None) -> Any:
    """How Firestore is reached: at its own address with the credentials of this process, or at the emulator."""
    if emulator_host:
        return FirestoreGrpcAsyncIOTransport(channel=grpc.aio.insecure_channel(emulator_host, OPTIONS))
    return FirestoreGrpcAsyncIOTransport(channel=FirestoreGrpcAsyncIOTransport.create_channel(options=OPTIONS + FAR))
