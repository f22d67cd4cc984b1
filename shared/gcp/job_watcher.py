"""JobWatcher on Firestore: one Listen stream a process, and on it one target a job or tenant, for all who watch it.

What speaks to Firestore is loaded with the first watch: most instances never have one.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.config import Settings
from shared.domain.job import Job
from shared.gcp.tenant_feed import FeedWatch, TenantFeed

if TYPE_CHECKING:
    from shared.gcp.listen_feeds import FeedNews
    from shared.gcp.listening import Listening


class FirestoreJobWatcher:
    """Listens while there are watches, and not a moment longer. To be used inside one event loop."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings that say which database's jobs; nothing is opened yet.

        Raises:
            MissingSetting: it is not said which project's.
        """
        self._project = settings.need("google_cloud_project")
        self._database = settings.firestore_database
        self._emulator_host = settings.firestore_emulator_host
        self._listening: Listening | None = None
        self._subjects: dict[str, _Subject] = {}
        self._feeds: dict[str, TenantFeed] = {}  # by tenant

    @asynccontextmanager
    async def watch(self, job_id: str) -> AsyncIterator["QueuedWatch"]:
        """See JobWatcher.watch."""
        watch, listening = QueuedWatch(), self._opened()
        subject = self._subjects.get(job_id)
        if subject is None:
            subject = self._subjects[job_id] = _Subject()
            listening.add(job_id)
        subject.join(watch)
        try:
            yield watch
        finally:
            subject.watches.discard(watch)
            if not subject.watches:
                del self._subjects[job_id]
                listening.remove(job_id)

    @asynccontextmanager
    async def watch_tenant(self, tenant: str) -> AsyncIterator[FeedWatch]:
        """See JobWatcher.watch_tenant."""
        watch, listening = FeedWatch(), self._opened()
        feed = self._feeds.get(tenant)
        if feed is None:
            feed = self._feeds[tenant] = TenantFeed()
            listening.add_tenant(tenant)
        feed.join(watch)
        try:
            yield watch
        finally:
            feed.watches.discard(watch)
            if not feed.watches:
                del self._feeds[tenant]
                listening.remove_tenant(tenant)

    async def close(self) -> None:
        """Close the connection, where there is one."""
        if self._listening:
            await self._listening.close()

    def _opened(self) -> "Listening":
        if self._listening is None:
            from shared.gcp.listening import Listening

            self._listening = Listening(self._project, self._database, self._emulator_host, self)
        return self._listening

    def job_heard(self, job_id: str, job: Job | None, version: datetime | None) -> None:
        """See Hearer."""
        if subject := self._subjects.get(job_id):
            subject.tell(job, version)

    def tenant_heard(self, tenant: str, news: "FeedNews", decode: Callable[[Any], Job | None]) -> None:
        """See Hearer."""
        feed = self._feeds.get(tenant)
        if feed is None:
            return
        if news.job_id is None:
            feed.open()
        elif news.document is None:
            feed.gone(news.job_id)
        elif feed.is_news(news.job_id, news.version) and (job := decode(news.document)):
            feed.tell(news.job_id, job)


class QueuedWatch:
    """A Watch: what was heard and not yet given."""

    def __init__(self) -> None:
        self._heard: asyncio.Queue[Job | None] = asyncio.Queue()

    async def next(self) -> Job | None:
        """See Watch.next."""
        return await self._heard.get()

    def tell(self, job: Job | None) -> None:
        """There is news."""
        self._heard.put_nowait(job)


class _Subject:
    """One watched job: who watches it, and what they were told last."""

    def __init__(self) -> None:
        self.watches: set[QueuedWatch] = set()
        self._known = False
        self._job: Job | None = None
        self._version: datetime | None = None  # None: there is no job

    def join(self, watch: QueuedWatch) -> None:
        """Let one more know; what is known already, it is told at once."""
        self.watches.add(watch)
        if self._known:
            watch.tell(self._job)

    def tell(self, job: Job | None, version: datetime | None) -> None:
        """Pass on what is news: a stream that was opened anew begins with what was told before."""
        old = version is not None and self._version is not None and version <= self._version
        if old or (self._known and version == self._version):
            return
        self._known, self._job, self._version = True, job, version
        for watch in self.watches:
            watch.tell(job)
