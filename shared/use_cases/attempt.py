"""One execution of a claimed job: call the provider, upload, settle. Every write goes through the hold, in sequence."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from shared.domain.errors import (
    RETRYABLE,
    AttemptError,
    AwaitsCallback,
    DarkroomError,
    ImageStoreError,
    ProviderError,
    RenderTaken,
    ShutDown,
)
from shared.domain.job import Artifact, Job, Stage
from shared.domain.outbox import without
from shared.domain.render import Render
from shared.domain.retry import backoff, given_up_or_queued
from shared.domain.routes import goes_on
from shared.idempotency import Hold
from shared.ports import (
    Checkpoint,
    Clock,
    Given,
    ImageProcessor,
    ImageProvider,
    ImageStore,
    JobQueue,
    JobStore,
    RenderChange,
    StoredRender,
)
from shared.telemetry import debug, event, span
from shared.use_cases.checkpoint import HeldCheckpoint
from shared.use_cases.clean_up import remove_as_holder
from shared.use_cases.debugging import told_of
from shared.use_cases.inputs import Inputs
from shared.use_cases.outbox import publish
from shared.use_cases.pauses import Pauses
from shared.use_cases.places import Place
from shared.use_cases.routing import Gone, Route, Switch, suited
from shared.use_cases.single_flight import Adopt, Follow, Lead, adopt, decide, follow, published
from shared.use_cases.steps import completed, generating, reused, uploading
from shared.use_cases.upload import process, upload

T = TypeVar("T")
HANDING_OVER = timedelta(seconds=2)  # from a provider's own deadline to the moment at which it is broken off
MAX_DECISIONS = 3  # about who makes the pixels, where their record changes hands all the time
ProviderSource = Callable[[str], Awaitable[ImageProvider]]
Change = Callable[[Job, datetime], Job]


class Attempts:
    """Runs executions; what it holds serves them all."""

    def __init__(
        self,
        jobs: JobStore,
        images: ImageStore,
        queue: JobQueue,
        clock: Clock,
        processor: ImageProcessor,
        *,
        provider: ProviderSource,
        inputs: Inputs,
        max_attempts: int,
        pauses: Pauses,
    ) -> None:
        self.jobs = jobs
        self.images = images
        self.queue = queue
        self.clock = clock
        self.processor = processor
        self.provider = provider
        self.inputs = inputs
        self.max_attempts = max_attempts
        self.pauses = pauses
        self.gone = Gone(clock)
        self.shutdown = asyncio.Event()  # set: calls under way are given up

    async def run(self, hold: Hold, place: Place, made_by: "MakeAttempt | None" = None) -> bool:
        """Work until the job has ended, waits for its next attempt, or follows another; True: claim it again at once.

        Raises:
            Canceled: the user canceled it; the job says so.
            LeaseLost: another worker has it.
        """
        return await (made_by or Attempt)(self, hold, place).run()


MakeAttempt = Callable[[Attempts, Hold, Place], "Attempt"]


class Attempt:
    """One execution; of a storyboard, see board_attempt.py."""

    def __init__(self, shared: Attempts, hold: Hold, place: Place) -> None:
        self._shared = shared
        self._place = place
        self._hold = hold
        self._stage: Stage = "validating"
        self._given: tuple[Given, ...] = ()  # what it starts from
        self._published: frozenset[str] = frozenset()  # events that the next write takes out
        self._record: StoredRender | None = None  # of these pixels, while this job leads
        self._route = Route(hold.job, shared.gone, shared.pauses.known)

    async def run(self) -> bool:
        """See Attempts.run."""
        await self._publish()
        try:
            return await self._work()
        except AwaitsCallback as waiting:
            await self._fail(waiting)
            return not self._hold.job.is_over and await self._finished(waiting)
        except AttemptError as error:
            await self._fail(error)
        except DarkroomError:
            raise
        except Exception as exc:  # noqa: BLE001 - a defect ends the job with its name, and not its worker's lease
            event("unexpected error of an attempt", level=logging.ERROR, error=exc, job_id=self._hold.job.id)
            await self._fail(_unexpected(exc))
        return False

    async def _work(self) -> bool:
        self._given = await self._shared.inputs(self._hold)
        if switch := self._route.start(self._hold.job):
            await self._go_on(switch, None)
        while True:
            try:
                return await self._with_model()
            except ProviderError as error:
                switch = self._route.after(self._hold.job, error, self._stage)
                await self._go_on(switch, error if self._stage == "generating" else None)

    async def _go_on(self, switch: Switch, error: ProviderError | None) -> None:
        """Turn to another model; the record of the pixels that this one was to make is for others then."""
        event("job goes on with another model", job_id=self._hold.job.id, note=switch.note)

        def change(job: Job, now: datetime) -> Job:
            return goes_on(job, now, provider=switch.provider, model=switch.model, note=switch.note, error=error)

        await self._let_go(change, ())
        self._record = None
        self._stage = "validating"

    async def _with_model(self) -> bool:
        for _ in range(MAX_DECISIONS):
            decision = await decide(self._shared.jobs, self._hold.job)
            try:
                if isinstance(decision, Follow):
                    return await follow(self._shared.jobs, self._hold, decision.leader)
                if isinstance(decision, Adopt):
                    if artifacts := await self._adopted(decision.made):
                        return await self._complete(artifacts)
                    decision = decision.otherwise
                return await self._complete(await self._made(decision))
            except RenderTaken:
                continue
        raise AttemptError("TEMPORARY", "contended", "Too many jobs ask for the same pixels at once.")

    async def _made(self, lead: Lead) -> tuple[Artifact, ...]:
        """Images made by the provider."""
        provider = await self._shared.provider(self._hold.job.provider)
        estimate = provider.estimate(suited(self._hold.job))
        await self._write(lambda job, now: generating(job, now, estimate), lead.change)
        if lead.change and lead.change.after:
            self._record = StoredRender(lead.change.after, self._hold.stored.version)
        self._stage = "generating"
        asked = suited(self._hold.job)
        debug("model asked", lambda: told_of(asked))
        with span("generate images", attributes={"darkroom.provider": asked.provider, "darkroom.images": asked.n}):
            outcome = await self._within_time(
                lambda deadline, checkpoint: provider.generate(asked, self._given, deadline, checkpoint)
            )
        await self._write(lambda job, now: uploading(job, now, outcome))
        self._stage = "uploading"
        within = (self._hold.work_until - self._shared.clock.now()) / 2  # the rest is for storing
        processed = await process(self._shared.processor, self._hold.job, outcome.pictures, within=within)
        return await self._stored(
            lambda: upload(self._shared.images, self._hold.job, processed, self._hold.lease.token),
        )

    async def _adopted(self, made: Render) -> tuple[Artifact, ...]:
        """Another job's images, copied; none where they are gone."""
        self._stage = "uploading"
        own = await self._stored(
            lambda: adopt(self._shared.images, self._hold.job, made.artifacts, self._hold.lease.token),
        )
        if not own:
            await self._clean(keep=None)  # the copies of those that were still there
            return ()
        await self._write(lambda job, now: reused(job, now, made.prompt_used))
        return own

    async def _stored(self, uploads: Callable[[], Awaitable[tuple[Artifact, ...]]]) -> tuple[Artifact, ...]:
        """What `uploads()` gives, tried again while the lease lasts: what is paid is not thrown away for a hiccup."""
        for turn in count(1):
            try:
                with span("upload images"):
                    await self._clean_taken_over()
                    return await self._within_lease(uploads())
            except ImageStoreError as error:
                wait = backoff(turn, error.retry_after)
                if error.kind not in RETRYABLE or self._shared.clock.now() + wait >= self._hold.work_until:
                    raise
                event("images not stored yet", level=logging.WARNING, error=error, job_id=self._hold.job.id)
            await self._shared.clock.sleep(wait.total_seconds())
        raise AssertionError("count() never ends")

    async def _within_lease(self, uploads: Awaitable[tuple[Artifact, ...]]) -> tuple[Artifact, ...]:
        left = self._hold.lease.expires_at - self._shared.clock.now()
        try:
            async with asyncio.timeout(left.total_seconds()):
                return await uploads
        except TimeoutError as exc:
            text = "The images could not be stored while the lease lasted."
            raise ImageStoreError("TEMPORARY", "store_timeout", text) from exc

    async def _clean_taken_over(self) -> None:
        """What an earlier holder uploaded goes before this one's first upload."""
        if self._hold.job.took_over:
            await self._clean(keep=self._hold.lease.token)

    async def _clean(self, *, keep: str | None) -> None:
        await remove_as_holder(self._shared.images, self._shared.jobs, self._hold.job, keep=keep)

    async def _complete(self, artifacts: tuple[Artifact, ...]) -> bool:
        self._stage = "persisting"
        with span("settle job"):
            await self._let_go(lambda job, now: completed(job, now, artifacts), artifacts)
        return False

    async def _fail(self, error: AttemptError) -> None:
        stage, most = self._stage, self._shared.max_attempts

        def change(job: Job, now: datetime) -> Job:
            return given_up_or_queued(job, now, error, stage, most)

        back = self._hold.job.first_model and not error.keeps_operation  # to its first model, and that one's pixels
        with span("settle job"):
            if back or change(self._hold.job, self._shared.clock.now()).is_over:
                await self._let_go(change, ())
            else:
                await self._write(change)  # the record still names this job, which tries again

    async def _finished(self, waiting: AwaitsCallback) -> bool:
        """Whether the operation has ended by now: a callback that came before the claim was given back did nothing."""
        try:
            return await waiting.finished()
        except ProviderError as error:
            event("not known whether it has ended; sweep will look", error=error, job_id=self._hold.job.id)
            return False

    async def _let_go(self, change: Change, artifacts: tuple[Artifact, ...]) -> None:
        """Write, and leave the record of the pixels with their images, or to others."""
        try:
            await self._write(change, published(self._hold.job, self._record, artifacts))
        except RenderTaken:  # another job leads by now: the record is its own
            await self._write(change)

    async def _write(self, change: Change, render: RenderChange | None = None) -> None:
        """Write, without the events that are out; then publish what the write tells."""
        published = self._published
        await self._hold.write(lambda job, now: without(change(job, now), published), render)
        await self._publish()

    async def _publish(self) -> None:
        job = self._hold.job
        if job.outbox and not job.is_over:
            self._published |= await publish(self._shared.queue, job)

    async def _within_time(self, make: Callable[[datetime, Checkpoint], Awaitable[T]]) -> T:
        """The outcome of a provider's call, at the latest when the work must end, or the instance goes.

        Half of the time is for the other models where there are any. The provider is to end by itself a little before:
        of several calls it then still hands over what has come.
        """
        hold, clock = self._hold, self._shared.clock
        until = clock.now() + (hold.work_until - clock.now()) / (2 if self._route.has_more else 1)
        left = (until - clock.now()).total_seconds()
        deadline = until - min(HANDING_OVER, (until - clock.now()) / 10)
        checkpoint = HeldCheckpoint(hold, self._place, self._shared.clock, self._shared.images)
        call = asyncio.ensure_future(make(deadline, checkpoint))
        stopped = asyncio.ensure_future(self._shared.shutdown.wait())
        try:
            await asyncio.wait({call, stopped}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if call.done():
                return call.result()
        finally:
            await _cancelled(call, stopped)
        if self._shared.shutdown.is_set():
            text = "The instance went while the model worked."
            raise ShutDown("TEMPORARY", "shut_down", text, billed="unknown", keeps_operation=True, counts=False)
        text = f"The model did not answer within {left:.0f} s."
        keeps = hold.job.provider_operation is not None
        raise ProviderError("TEMPORARY", "model_timeout", text, billed="unknown", keeps_operation=keeps)


def _unexpected(exc: Exception) -> ProviderError:
    return ProviderError("UNKNOWN", "unexpected_error", f"{type(exc).__name__}: {exc}", billed="unknown")


async def _cancelled(*tasks: asyncio.Future[Any]) -> None:
    """End the tasks that are not over, and wait until they are."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
