"""Equal pixels are made once: who leads makes them, who follows waits, who comes later copies.

The record `renders/{id}` names the leader and, once there are any, its images. The leader puts its name there in
the commit that books the call, and the images in the commit that completes it. A follower gives its claim back and
waits, and notes in the record that somebody does; the leader announces it when it ends, and `sweep` does if the
leader cannot. A leader whose record says that nobody waits, as nearly all do, looks for no one.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from shared.domain.job import Artifact, Job, Kind, moved
from shared.domain.placement import object_name
from shared.domain.render import Render, render_id
from shared.idempotency import Hold
from shared.ports import ImageStore, JobStore, RenderChange, StoredRender
from shared.use_cases.look_ahead import LookAhead
from shared.use_cases.upload import as_metadata, description, put_sidecar, together

WAKE_FOLLOWER = timedelta(minutes=1)


class Lead(NamedTuple):
    """Make the pixels; `change` goes with the commit that books the call, None where no record is kept."""

    change: RenderChange | None


class Follow(NamedTuple):
    """Wait for the leader of the record, which makes them."""

    record: StoredRender


class Adopt(NamedTuple):
    """Copy what is made already; lead with `otherwise` where it turns out to be gone."""

    made: Render
    otherwise: Lead


async def decide(jobs: JobStore, records: LookAhead, job: Job) -> Lead | Follow | Adopt:
    """What the holder of `job` is to do.

    Raises:
        Unavailable: the database does not answer.
    """
    if job.cache == "off":
        return Lead(None)
    record = await records(render_id(job))
    lead = Lead(RenderChange(render_id(job), record, Render(leader=job.id)))
    if record is None or record.render.leader == job.id or job.cache == "refresh":
        return lead
    if job.provider_operation:
        return Lead(None)  # another leads by now, but these are paid
    if record.render.artifacts:
        return Adopt(record.render, otherwise=lead)
    return lead if await _ended(jobs, record.render.leader) else Follow(record)


async def follow(jobs: JobStore, hold: Hold, record: StoredRender) -> bool:
    """Give the claim back, uncounted, until the record's leader has ended; True where it has ended meanwhile.

    Then it did not find this follower, and nobody else will announce it. The record says of the first follower that
    there is one, in the same commit: a leader that did not know it cannot end with its images in the record.

    Raises:
        RenderTaken: the record is another by now; the job is still held.
        Canceled: the user canceled it; the job says so.
        LeaseLost: another worker has it.
    """
    leader = record.render.leader
    noted = msgspec.structs.replace(record.render, followed=True)
    note = None if record.render.followed else RenderChange(render_id(hold.job), record, noted)
    await hold.write(lambda job, now: _waiting(job, now, leader), note)
    return await _ended(jobs, leader)


async def _ended(jobs: JobStore, leader: str) -> bool:
    found = await jobs.get(leader)
    return found is None or found.job.is_over


def _waiting(job: Job, now: datetime, leader: str) -> Job:
    return moved(
        job,
        "queued",
        now,
        note=f"waits for job {leader}, which makes the same images",
        attempt_count=job.attempt_count - 1,
        counted_attempts=job.counted_attempts - 1,
        waiting_for=leader,
        wake_at=now + WAKE_FOLLOWER,
    )


def published(job: Job, record: StoredRender | None, artifacts: tuple[Artifact, ...]) -> RenderChange | None:
    """What becomes of the record that `job` leads, at its end: its images; no record where one of them is missing."""
    if record is None:
        return None
    made = Render(leader=job.id, artifacts=artifacts, prompt_used=job.prompt_used)
    return RenderChange(render_id(job), record, made if artifacts and not job.missing else None)


async def unpublished(jobs: JobStore, job: Job) -> RenderChange | None:
    """What becomes of the record of a deleted job's pixels: none, where that names this job.

    Raises:
        Unavailable: the database does not answer.
    """
    record = await jobs.get_render(render_id(job))
    if record is None or record.render.leader != job.id:
        return None
    return RenderChange(render_id(job), record, None)


async def adopt(images: ImageStore, job: Job, artifacts: tuple[Artifact, ...], token: str) -> tuple[Artifact, ...]:
    """Copy another job's images to this job's names; gives its own artifacts, none where one was gone.

    Raises:
        ImageStoreError: not all of them are there.
    """
    copied = await together(*(_one(images, job, artifact, token) for artifact in artifacts))
    return () if None in copied else tuple(copied)


async def _one(images: ImageStore, job: Job, artifact: Artifact, token: str) -> Artifact | None:
    """The job's own image with what lies beside it; None where any of it is gone."""
    about = description(job, artifact.sha256, artifact.seed, cost_micros=0)
    name = object_name(job, artifact.index, artifact.sha256, artifact.mime_type)
    *copied, _ = await together(
        *(_copy(images, job, artifact, kind, token) for kind in artifact.stored),
        put_sidecar(images, job, name, about, token),
    )
    if None in copied:
        return None
    uris = dict(zip(artifact.stored, copied, strict=True))
    original = artifact.original and msgspec.structs.replace(artifact.original, uri=uris["original"])
    thumbnail = artifact.thumbnail and msgspec.structs.replace(artifact.thumbnail, uri=uris["thumbnail"])
    return msgspec.structs.replace(artifact, uri=uris["image"], original=original, thumbnail=thumbnail, cost_micros=0)


async def _copy(images: ImageStore, job: Job, artifact: Artifact, kind: Kind, token: str) -> str | None:
    stored = artifact.stored[kind]
    name = object_name(job, artifact.index, stored.sha256, stored.mime_type, kind)
    about = description(job, stored.sha256, artifact.seed, 0 if kind == "image" else None)
    return await images.copy(stored.uri, name, token=token, metadata=as_metadata(about))
