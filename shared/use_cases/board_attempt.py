"""One execution of a storyboard's job: have its scenes written, unless they are there, and its pictures recorded.

claim ──> generating (paid) ──> scenes, in one commit ──> pictures recorded ──> completed ──> pictures begin
          └ not again where the scenes are there: given, or of an attempt that died since
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec

from shared.domain.errors import AttemptError, ProviderError, Unavailable
from shared.domain.job import Job, moved
from shared.domain.spending import paid
from shared.domain.storyboard import MAX_BOARD
from shared.idempotency import Hold
from shared.ports.scene_writer import SceneWriter, Written
from shared.telemetry import debug, event
from shared.use_cases.attempt import Attempt, Attempts
from shared.use_cases.look_ahead import LookAhead
from shared.use_cases.places import Place
from shared.use_cases.record_scenes import RecordScenes
from shared.use_cases.scenes import ask_of
from shared.use_cases.steps import generating

WriterSource = Callable[[str], Awaitable[SceneWriter]]


class Boards:
    """What executions of storyboards need beside what all do."""

    def __init__(self, writer: WriterSource, record: RecordScenes) -> None:
        self.writer = writer
        self.record = record

    def attempt(self, shared: Attempts, hold: Hold, place: Place, records: LookAhead) -> Attempt:
        """One execution."""
        return _BoardAttempt(self, shared, hold, place, records)


class _BoardAttempt(Attempt):
    def __init__(self, boards: Boards, shared: Attempts, hold: Hold, place: Place, records: LookAhead) -> None:
        super().__init__(shared, hold, place, records)
        self._boards = boards

    async def _work(self) -> bool:
        if self._hold.job.scenes:
            await self._write(lambda job, now: moved(job, "uploading", now, stage="persisting", generated_at=now))
        else:
            await self._have_written()
        self._stage = "persisting"
        try:
            recorded = await self._boards.record(self._hold.job)
        except Unavailable as exc:
            raise AttemptError("TEMPORARY", exc.code, exc.detail) from exc
        await self._complete(())
        if recorded:
            try:
                await self._boards.record.release(recorded)
            except Unavailable as exc:
                event("scenes not begun; sweep will", level=logging.WARNING, error=exc, job_id=self._hold.job.id)
        return False

    async def _have_written(self) -> None:
        writer = await self._boards.writer(self._hold.job.provider)
        ask = ask_of(self._hold.job)
        await self._write(lambda job, now: generating(job, now, ask.estimate))
        self._stage = "generating"
        debug("writer asked", lambda: {"job_id": ask.job_id, "model": ask.model, "prompt": ask.instruction})
        written = await self._within_time(lambda deadline, checkpoint: writer.write(ask, deadline, checkpoint))
        if len(written.scenes) != ask.count:
            text = f"The model wrote {len(written.scenes)} scenes, not {ask.count}."
            raise ProviderError("UNKNOWN", "scenes_malformed", text, billed="unknown")
        if len(msgspec.json.encode(written.scenes)) > MAX_BOARD:
            text = f"The model wrote more than can be kept: ask for fewer scenes than {ask.count}."
            raise ProviderError("UNKNOWN", "scenes_malformed", text, cost_micros=written.cost_micros, billed="unknown")
        await self._write(lambda job, now: _scenes_written(job, now, written))


def _scenes_written(job: Job, now: datetime, written: Written) -> Job:
    return moved(
        job,
        "uploading",
        now,
        stage="persisting",
        scenes=written.scenes,
        spend=paid(job, written.cost_micros),
        generated_at=now,
    )
