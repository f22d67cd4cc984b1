"""One Listen stream of Firestore, kept up for as long as a job is watched.

A stream ends: after minutes or hours in the cloud, with its connection, when its token expires. Then another is opened,
which asks for every watched job as it is now. That costs a read a job, and nothing can be lost by it: there is no
resume token that may be too old, and no difference to be told from a filter. Who was told of a version is not told
again (FirestoreJobWatcher).
"""

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import datetime
from typing import Any

import grpc
import msgspec
from google.cloud.firestore_v1 import _helpers  # what the library itself decodes documents by; there is no public way
from google.cloud.firestore_v1.services.firestore import FirestoreAsyncClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcAsyncIOTransport

from shared.domain.job import Job
from shared.gcp.documents import plain
from shared.gcp.errors import CALL_ERRORS
from shared.gcp.job_store import COLLECTION
from shared.gcp.listen_targets import News, Targets
from shared.telemetry import event

# A connection of its own, too: gRPC would share one among channels of the same address and options.
OPTIONS = (("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", -1))
FAR = (("grpc.keepalive_time_ms", 30_000),)  # as Google's client asks a connection that is silent whether it lives
LASTS_SECONDS = 3600.0  # then a fresh connection, perhaps to a server that is nearer or less busy
STEADY_SECONDS = 10.0  # a stream that lasted so long did not fail at once
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 10.0  # seconds before another stream is opened
REFUSED_SECONDS = 5.0  # after which the server is asked again for what it did not want to tell of

Tell = Callable[[str, Job | None, datetime | None], None]


class Listening:
    """Tells of the jobs that are added: what they are now, and each change."""

    def __init__(self, project: str, database: str, emulator_host: str | None, tell: Tell) -> None:
        """`tell` is given a job's id, the job and its version; None and None where there is no job."""
        self._database = f"projects/{project}/databases/{database}"
        self._transport = _transport(emulator_host)
        self._api = FirestoreAsyncClient(transport=self._transport)
        self._tell = tell
        self._wanted: set[str] = set()
        self._targets: Targets | None = None
        self._task: asyncio.Task[None] | None = None

    def add(self, job_id: str) -> None:
        """Tell of this job from now on."""
        self._wanted.add(job_id)
        if self._task is None:
            self._task = asyncio.create_task(self._keep_up())
        elif self._targets:
            self._targets.add(job_id)

    def remove(self, job_id: str) -> None:
        """Tell of it no more."""
        self._wanted.discard(job_id)
        if not self._wanted:
            self._end()
        elif self._targets:
            self._targets.remove(job_id)

    async def close(self) -> None:
        """End the stream, and the connection."""
        self._end()
        await self._transport.close()

    def _end(self) -> None:
        if self._task:
            self._task.cancel()
        self._task = self._targets = None

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
            event("listening anew", level=level, reason=reason, lasted_ms=round(lasted * 1000), jobs=len(self._wanted))
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**failures)
            await asyncio.sleep(pause * random.random())  # noqa: S311 - so that instances come back one by one

    async def _listen(self) -> None:
        """Tell, until the stream ends."""
        targets = self._targets = Targets(self._database, COLLECTION)
        for job_id in self._wanted:
            targets.add(job_id)
        try:
            stream = await self._api.listen(
                requests=targets.requests(),
                retry=None,
                timeout=LASTS_SECONDS,
                metadata=[("google-cloud-resource-prefix", self._database)],
            )
            try:
                async for response in stream:
                    for news in targets.news(response):
                        self._pass_on(news)
                    self._ask_again_later(targets)
            finally:
                stream.cancel()
        finally:
            targets.end()

    def _pass_on(self, news: News) -> None:
        if news.document is None:
            self._tell(news.job_id, None, None)
            return
        version = news.document.update_time.ToDatetime()
        try:
            job = msgspec.convert(plain(_helpers.decode_dict(news.document.fields, None)), Job)
        except msgspec.ValidationError as exc:  # a later version may have written it
            event("unreadable document", level=logging.ERROR, error=exc, document=news.document.name)
            return
        self._tell(news.job_id, job, version)

    def _ask_again_later(self, targets: Targets) -> None:
        while targets.refused:
            job_id = targets.refused.pop()
            event("not told of a job; asking again", level=logging.WARNING, job_id=job_id)
            asyncio.get_running_loop().call_later(REFUSED_SECONDS, self._ask_again, targets, job_id)

    def _ask_again(self, targets: Targets, job_id: str) -> None:
        if targets is self._targets and job_id in self._wanted:
            targets.add(job_id)


def _transport(emulator_host: str | None) -> Any:
    """How Firestore is reached: at its own address with the credentials of this process, or at the emulator."""
    if emulator_host:
        return FirestoreGrpcAsyncIOTransport(channel=grpc.aio.insecure_channel(emulator_host, OPTIONS))
    return FirestoreGrpcAsyncIOTransport(channel=FirestoreGrpcAsyncIOTransport.create_channel(options=OPTIONS + FAR))
