"""One execution of a claimed job: call the provider, upload, settle. Every write goes through the hold, in sequence."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from shared.domain.errors import (
    AttemptError,
    AwaitsCallback,
    DarkroomError,
    ProviderError,
    RenderTaken,
)
from shared.domain.job import Artifact, Job, Stage
from shared.domain.render import Render
from shared.domain.retry import given_up_or_queued
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
    Outcome,
)
from shared.telemetry import debug, event, span
from shared.use_cases.arriving import Arriving
from shared.use_cases.checkpoint import HeldCheckpoint
from shared.use_cases.debugging import told_of
from shared.use_cases.in_time import in_time
from shared.use_cases.in_turn import InTurn
from shared.use_cases.inputs import Inputs
from shared.use_cases.look_ahead import LookAhead
from shared.use_cases.pauses import Pauses
from shared.use_cases.places import Place
from shared.use_cases.routing import Gone, Route, Switch, suited
from shared.use_cases.single_flight import Adopt, Follow, Lead, adopt, decide, follow
from shared.use_cases.steps import completed, generating, reused, uploading
from shared.use_cases.storing import Storing
from shared.use_cases.writing import Writing

T = TypeVar("T")
MAX_DECISIONS = 6  # about who makes the pixels, where many ask for them at once, and lead and follow in turn
ProviderSource = Callable[[str], Awaitable[ImageProvider]]


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
        self.in_turn = InTurn()
        self.shutdown = asyncio.Event()  # set: calls under way are given up

    async def run(self, hold: Hold, place: Place, records: LookAhead, made_by: "MakeAttempt | None" = None) -> bool:
        """Work until the job has ended, waits for its next attempt, or follows another; True: claim it again at once.

        Raises:
            Canceled: the user canceled it; the job says so.
            LeaseLost: another worker has it.
        """
        return await (made_by or Attempt)(self, hold, place, records).run()


MakeAttempt = Callable[[Attempts, Hold, Place, LookAhead], "Attempt"]


class Attempt:
    """One execution; of a storyboard, see board_attempt.py."""

    def __init__(self, shared: Attempts, hold: Hold, place: Place, records: LookAhead) -> None:
        self._shared = shared
        self._place = place
        self._records = records
        self._hold = hold
        self._stage: Stage = "validating"
        self._given: tuple[Given, ...] = ()  # what it starts from
        self._route = Route(hold.job, shared.gone, shared.pauses.known)
        self._write = Writing(hold, shared.jobs, shared.queue)
        self._storing = Storing(shared.images, shared.jobs, shared.clock, hold, shared.processor)

    async def run(self) -> bool:
        """See Attempts.run."""
        await self._write.publish()
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

        await self._write.let_go(change, ())
        self._stage = "validating"

    async def _with_model(self) -> bool:
        for _ in range(MAX_DECISIONS):
            decision = await decide(self._shared.jobs, self._records, self._hold.job)
            try:
                if isinstance(decision, Follow):
                    return await follow(self._shared.jobs, self._hold, decision.record)
                if isinstance(decision, Adopt):
                    if artifacts := await self._adopted(decision.made):
                        return await self._complete(artifacts)
                    decision = decision.otherwise
                return await self._make(decision)
            except RenderTaken:
                continue
        raise AttemptError("TEMPORARY", "contended", "Too many jobs ask for the same pixels at once.")

    async def _make(self, lead: Lead) -> bool:
        """Have the pictures made, and store them: the first of several calls' while the others are under way."""
        arriving = Arriving(self._storing)
        try:
            outcome = await self._made(lead, arriving)
            answered = self._shared.clock.now()
            async with self._shared.in_turn():
                return await self._complete(await self._stored(outcome, answered, arriving))
        except AttemptError:
            if arriving.count:
                self._hold.note(took_over=True)  # what is stored already may be left behind
            raise
        finally:
            await arriving.end()

    async def _made(self, lead: Lead, arriving: Arriving) -> Outcome:
        """What the provider makes."""
        provider = await self._shared.provider(self._hold.job.provider)
        estimate = provider.estimate(suited(self._hold.job))
        await self._write(lambda job, now: generating(job, now, estimate), lead.change)
        if lead.change and lead.change.after:
            self._write.leads(lead.change.after)
        self._stage = "generating"
        asked = suited(self._hold.job)
        debug("model asked", lambda: told_of(asked))
        with span("generate images", attributes={"darkroom.provider": asked.provider, "darkroom.images": asked.n}):
            return await self._within_time(
                lambda deadline, checkpoint: provider.generate(asked, self._given, deadline, checkpoint), arriving
            )

    async def _stored(self, outcome: Outcome, answered: datetime, arriving: Arriving) -> tuple[Artifact, ...]:
        """What was made goes into the bucket while it is noted what all of it cost."""
        arriving(outcome.pictures[arriving.count :])
        await self._write(lambda job, now: uploading(job, now, outcome, answered))
        self._stage = "uploading"
        return await arriving.artifacts()

    async def _adopted(self, made: Render) -> tuple[Artifact, ...]:
        """Another job's images, copied; none where they are gone."""
        self._stage = "uploading"
        own = await self._storing(
            lambda: adopt(self._shared.images, self._hold.job, made.artifacts, self._hold.lease.token),
        )
        if not own:
            await self._storing.clean(keep=None)  # the copies of those that were still there
            return ()
        await self._write(lambda job, now: reused(job, now, made.prompt_used))
        return own

    async def _complete(self, artifacts: tuple[Artifact, ...]) -> bool:
        self._stage = "persisting"
        with span("settle job"):
            await self._write.let_go(lambda job, now: completed(job, now, artifacts), artifacts)
        return False

    async def _fail(self, error: AttemptError) -> None:
        stage, most = self._stage, self._shared.max_attempts

        def change(job: Job, now: datetime) -> Job:
            return given_up_or_queued(job, now, error, stage, most)

        back = self._hold.job.first_model and not error.keeps_operation  # to its first model, and that one's pixels
        with span("settle job"):
            if back or change(self._hold.job, self._shared.clock.now()).is_over:
                await self._write.let_go(change, ())
            else:
                await self._write(change)  # the record still names this job, which tries again

    async def _finished(self, waiting: AwaitsCallback) -> bool:
        """Whether the operation has ended by now: a callback that came before the claim was given back did nothing."""
        try:
            return await waiting.finished()
        except ProviderError as error:
            event("not known whether it has ended; sweep will look", error=error, job_id=self._hold.job.id)
            return False

    async def _within_time(
        self, make: Callable[[datetime, Checkpoint], Awaitable[T]], arriving: Arriving | None = None
    ) -> T:
        """The outcome of a provider's call; see in_time.py."""
        shared = self._shared
        checkpoint = HeldCheckpoint(self._hold, self._place, shared.clock, shared.images, arriving)
        return await in_time(
            self._hold,
            shared.clock,
            shared.shutdown,
            lambda deadline: make(deadline, checkpoint),
            others=self._route.has_more,
        )


def _unexpected(exc: Exception) -> ProviderError:
    return ProviderError("UNKNOWN", "unexpected_error", f"{type(exc).__name__}: {exc}", billed="unknown")
