"""Once, and only once: a key names one job, one worker at a time holds it, and only the holder's writes count.

create ──> claim ──> write … write ──> the end
│         └ each under the version that the holder's previous write gave
└ a lease with a fresh token; who finds it expired may claim

claim ─────── lease (LEASE_SECONDS, 180) ──┐ expires
work must end here ── lease − lease/18 ─┤
the broker redelivers after ── lease + 20 ───────> finds an expired lease, takes over
"""

import secrets
from base64 import b32encode
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec

from shared.domain.accounts import Charge
from shared.domain.endings import canceled, failed
from shared.domain.errors import (
    AlreadyExists,
    Canceled,
    Conflict,
    LeaseLost,
    OutcomeUnknown,
    Rejected,
    RenderTaken,
    Unavailable,
)
from shared.domain.ids import is_job_id
from shared.domain.job import Failure, Job, Lease, moved
from shared.domain.routes import from_the_first
from shared.ports import Clock, JobStore, RenderChange, Stored
from shared.telemetry import span

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=1), timedelta(seconds=10)  # of a holder for its database
_LETTERS = b"abcdefghijklmnopqrstuvwxyz234567" * 8  # base32's, by the lower five bits of a byte
MAX_CONTENTION = 8  # writes lost to others in a row before the delivery is given up and comes again


class LeaseRules(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about time that follows from the one setting, LEASE_SECONDS."""

    seconds: int = 180
    max_attempts: int = 5

    @property
    def lease(self) -> timedelta:
        """How long a claim holds."""
        return timedelta(seconds=self.seconds)

    @property
    def margin(self) -> timedelta:
        """So long before the lease's end the work must be over."""
        return self.lease / 18

    @property
    def ack_seconds(self) -> int:
        """The ack deadline of the push subscription: a redelivery finds the lease expired."""
        return self.seconds + 20


def job_id(tenant: str, operation: str, key: str | None) -> str:
    """The id that this key of this tenant names, 26 characters; a random one without a key."""
    if key is None:
        return fresh_token()
    digest = sha256(msgspec.json.encode([tenant, operation, key])).digest()
    return b32encode(digest[:20])[:26].decode().lower()


def fresh_token() -> str:
    """A token that nobody can guess and nobody else has: for nonces, leases and writes; 26 characters, 130 bits."""
    return secrets.token_bytes(26).translate(_LETTERS).decode()


async def create_once(jobs: JobStore, job: Job, charge: Charge | None = None) -> tuple[Stored, bool]:
    """Store the job under its id, or find the one that its key already named; True where it is new.

    Only what is new is charged.

    Raises:
        Rejected: 422, the key was used for another request; 410, its job was deleted; or as a rule of the charge.
        Unavailable: the database does not answer; nothing is known to be written.
    """
    try:
        with span("record job", attributes={"darkroom.job_id": job.id}):
            return await jobs.create(job, charge), True
    except (AlreadyExists, OutcomeUnknown) as refusal:
        found = await jobs.get(job.id)
        if found is None:
            raise Unavailable("store_unavailable", "The job could not be recorded: please repeat.") from refusal
    if found.job.nonce == job.nonce:  # our own first write, whose answer the client library did not get
        return found, True
    return repeated(found, job.fingerprint), False


def repeated(found: Stored, fingerprint: str) -> Stored:
    """The job that a key has named before, where the request is that very one.

    Raises:
        Rejected: 422, it is another; 410, the job was deleted.
    """
    if found.job.fingerprint != fingerprint:
        raise Rejected(
            422,
            "idempotency_key_reused",
            f"This Idempotency-Key already names job {found.job.id}, made from another request. Use a new key for a "
            "new request, or repeat the first one exactly.",
        )
    if found.job.deleted_at:
        raise Rejected(
            410, "job_deleted", f"This Idempotency-Key named job {found.job.id}, which was deleted. Use a new key."
        )
    return found


class Hold:
    """A claimed job: the one place that writes it until its attempt is over."""

    def __init__(self, jobs: JobStore, clock: Clock, rules: LeaseRules, stored: Stored, lease: Lease) -> None:
        self._jobs = jobs
        self._clock = clock
        self._stored = stored
        self._noted: dict[str, Any] = {}
        self.lease = lease
        self.followed = True  # jobs may wait for this one's end, for all that its holder knows
        self.work_until: datetime = lease.expires_at - rules.margin

    @property
    def job(self) -> Job:
        """The job as the holder last wrote or read it, with what it has noted since."""
        return msgspec.structs.replace(self._stored.job, **self._noted) if self._noted else self._stored.job

    def note(self, **fields: Any) -> None:
        """Set fields that no one else writes: `job` has them at once, the database with the next write."""
        self._noted |= fields

    @property
    def stored(self) -> Stored:
        """The job with the version that the holder's last write or read gave."""
        return self._stored

    async def write(self, change: Callable[[Job, datetime], Job], render: RenderChange | None = None) -> Job:
        """Write `change(job, now)`, which must be a pure function: it is applied anew after another's write.

        With `render`, both are written or neither.

        Raises:
            RenderTaken: the record is not as `render` takes it to be; the job is still held.
            Canceled: the user had asked for it: that was written instead, with the money of `change`.
            LeaseLost: another worker holds the job, it has ended, or it is gone.
            Unavailable: the database did not answer until the work had to end.
        """
        tried: list[Job] = []
        for _ in range(MAX_CONTENTION):
            wanted = change(self.job, self._clock.now())
            if self.job.cancel_requested:
                known = wanted.spend[: len(self.job.spend)]  # a call that `change` books is not made any more
                wanted = canceled(msgspec.structs.replace(self.job, spend=known), self._clock.now())
                render = None
            if await self._settled(wanted, render, tried):
                if self.job.status == "canceled":
                    raise Canceled(f"job {self.job.id} was canceled")
                if self.job.is_over or not self.job.cancel_requested:
                    return self.job
                change, render = _unchanged, None  # written, and canceled since
        raise LeaseLost(f"job {self.job.id} is written by too many at once")

    async def _settled(self, wanted: Job, render: RenderChange | None, tried: list[Job]) -> bool:
        """Whether it is written; one of those `tried` before may have arrived late, after the job was read."""
        wanted = msgspec.structs.replace(wanted, write_id=fresh_token())
        tried.append(wanted)
        try:
            self._stored = await self._jobs.write(self._stored, wanted, render)
        except (Conflict, OutcomeUnknown) as refusal:
            found = await self._found()
            if found is None:
                raise LeaseLost(f"job {wanted.id} is gone") from refusal
            if not any(self._took_effect(one, found.job) for one in tried):
                if found.job.is_over or found.job.lease is None or found.job.lease.token != self.lease.token:
                    raise LeaseLost(f"job {wanted.id} is no longer this worker's") from refusal
                unchanged = found.version == self._stored.version
                self._stored = found
                if render and unchanged and isinstance(refusal, Conflict):
                    raise RenderTaken(f"the record {render.id} is another's by now") from refusal
                return False
            self._stored = found
        return True

    def _took_effect(self, wanted: Job, found: Job) -> bool:
        return found.write_id == wanted.write_id or _work(self._stored.job) != _work(wanted) == _work(found)

    async def _found(self) -> Stored | None:
        """The job as it is, asked for until the work must end: what was paid must not be lost for a short outage."""
        wait = FIRST_WAIT
        while True:
            try:
                return await self._jobs.get(self.job.id)
            except Unavailable:
                if self._clock.now() + wait >= self.work_until:
                    raise
            await self._clock.sleep(wait.total_seconds())
            wait = min(2 * wait, LONGEST_WAIT)


def _unchanged(job: Job, _: datetime) -> Job:
    return job


def _work(job: Job) -> tuple[object, ...]:
    """What only a holder writes: where it is as wanted, the write took effect, and another's came on top."""
    return job.status, job.timeline, job.spend, job.artifacts


async def claim(
    jobs: JobStore,
    clock: Clock,
    rules: LeaseRules,
    job_id: str,
    holder: str,
    *,
    ended: Callable[[Stored], Awaitable[None]] | None = None,
    waits: Callable[[Job], Awaitable[bool]] | None = None,
    beside: Callable[[Job], object] | None = None,
) -> Hold | None:
    """Take the job, if it is there, due and free; None otherwise (a delivery that is then acknowledged).

    A job that may not run any more (canceled, too late, out of attempts) is ended here, and given to `ended`. One that
    `waits`, for the end of a pause say, stays as it is. `beside` hears of the job as it will be when it is claimed, and
    may begin what can be done while that is written.

    Raises:
        Unavailable: the database does not answer.
    """
    found = await jobs.get(job_id) if is_job_id(job_id) else None
    token = fresh_token()  # one for all turns: the write of an earlier one may arrive late
    for _ in range(MAX_CONTENTION):
        now = clock.now()
        if found is None or found.job.is_over or found.job.held(now) or not found.job.due(now):
            return None
        over = _ended_before_work(found.job, now, rules)
        if over is None and waits and await waits(found.job):
            return None
        lease = Lease(token=token, holder=holder, expires_at=now + rules.lease)
        wanted = over or _claimed(found.job, now, lease)
        wanted = msgspec.structs.replace(wanted, write_id=fresh_token())
        if over is None and beside:
            beside(wanted)
        try:
            stored = await jobs.write(found, wanted)
        except (Conflict, OutcomeUnknown):
            found = await jobs.get(job_id)
            if found is None or not _took_effect(wanted, found.job):
                continue
            stored = found
        if not wanted.is_over:
            return Hold(jobs, clock, rules, stored, stored.job.lease or lease)
        if ended:
            await ended(stored)
        return None
    return None


def _took_effect(wanted: Job, found: Job) -> bool:
    """Whether a write whose answer was lost is there, if only under a cancel that came on top of it."""
    own_lease = wanted.lease is not None and found.lease is not None and found.lease.token == wanted.lease.token
    return found.write_id == wanted.write_id or own_lease


def _claimed(job: Job, now: datetime, lease: Lease) -> Job:
    return moved(
        from_the_first(job),
        "processing",
        now,
        note=_takeover(job),
        attempt_count=job.attempt_count + 1,
        counted_attempts=job.counted_attempts + 1,
        lease=lease,
        took_over=job.took_over or job.attempt_count > 0,
        next_attempt_at=None,
        waiting_for=None,
        tried_since=job.tried_since or now,
        started_at=now,
        generating_at=None,  # of an earlier attempt
        generated_at=None,
        stage="validating",
        wake_at=lease.expires_at,
    )


def _takeover(job: Job) -> str:
    if job.lease is None:
        return ""
    lost = job.spend and job.spend[-1].actual_micros is None and not job.provider_operation
    return "taken over" + (" (billed: unknown)" if lost else "")


def _ended_before_work(job: Job, now: datetime, rules: LeaseRules) -> Job | None:
    if job.cancel_requested:
        return canceled(job, now)
    # What a provider works on already is asked for: its callback may have come too late.
    begun = job.attempt_count > 0 or job.provider_operation is not None
    if job.deadline and job.deadline <= now and not begun:
        message = "The job did not start before its deadline; nothing was spent."
        return failed(job, now, Failure(
            type="PERMANENT", stage="validating", code="deadline_exceeded", message=message, retryable=False
        ))  # fmt: skip
    if job.counted_attempts >= rules.max_attempts:
        last = f" The last failure: {job.failure.message}" if job.failure else " Its workers died."
        message = f"The job was given up after {job.counted_attempts} attempts.{last}"
        return failed(job, now, Failure(
            type=job.failure.type if job.failure else "UNKNOWN", stage=job.stage, code="attempts_exhausted",
            message=message, retryable=True,
        ))  # fmt: skip
    return None
