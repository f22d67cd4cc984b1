"""The pictures that a job starts from: fetched once, checked, and kept among its own objects.

So a later attempt, and a user's retry, start from the same ones: the upload may be gone by then, the other job deleted,
and another picture may lie at the address.
"""

import asyncio
from hashlib import sha256

from shared.domain.errors import InputError
from shared.domain.ids import is_job_id
from shared.domain.inputs import MAX_INPUT_BYTES, Input, Reference, Source
from shared.domain.job import Job
from shared.domain.placement import input_name, upload_name
from shared.idempotency import Hold
from shared.ports import Clock, Given, ImageStore, JobStore, Picture
from shared.ports.pictures import PictureReader
from shared.use_cases.upload import together

SECONDS = 60.0  # for all of a job's pictures


class Inputs:
    """Fetches for every job of an instance."""

    def __init__(self, jobs: JobStore, images: ImageStore, pictures: PictureReader, clock: Clock) -> None:
        self._jobs = jobs
        self._images = images
        self._pictures = pictures
        self._clock = clock

    async def __call__(self, hold: Hold) -> tuple[Given, ...]:
        """The references and the mask of the job, in this order; the holder's next write records where they are kept.

        Raises:
            InputError: one cannot be had; says which, and what to do.
            ImageStoreError: the bucket does not answer.
            Unavailable: the database does not answer.
        """
        job = hold.job
        if not job.references and not job.mask:
            return ()
        left = (hold.work_until - self._clock.now()).total_seconds()
        try:
            async with asyncio.timeout(min(SECONDS, left)):
                if job.inputs:
                    return tuple(await together(*(self._again(kept) for kept in job.inputs)))
                taken = await together(*(self._taken(hold, number) for number in range(len(_sources(job)))))
        except TimeoutError as exc:
            text = f"The pictures that the job starts from could not be fetched within {SECONDS:.0f} s."
            raise InputError("TEMPORARY", "input_timeout", text) from exc
        hold.note(inputs=tuple(kept for kept, _ in taken))
        return tuple(given for _, given in taken)

    async def _taken(self, hold: Hold, number: int) -> tuple[Input, Given]:
        """Fetched from its source, checked, and stored as the job's own."""
        source = _sources(hold.job)[number]
        if source.url:
            origin, picture = None, await self._pictures.fetch(source.url)
        else:
            origin = await self._origin(hold.job, source)
            picture = await self._read(origin, _name(source))
        digest = await asyncio.to_thread(_digest, picture.data)
        name = input_name(hold.job, number, digest, picture.mime_type)
        token, metadata = hold.lease.token, {"job_id": hold.job.id, "sha256": digest}
        if origin is None:
            uri = await self._images.put(name, picture.data, picture.mime_type, token=token, metadata=metadata)
        elif copied := await self._images.copy(origin, name, token=token, metadata=metadata):
            uri = copied
        else:
            raise _gone(_name(source))
        kept = _kept(source, uri, digest, picture.mime_type)
        return kept, _given(kept, picture)

    async def _origin(self, job: Job, source: Source) -> str:
        """Where an upload or another job's image lies."""
        if source.upload_id:
            return self._images.uri(upload_name(job.tenant, source.upload_id))
        other = await self._jobs.get(source.job_id) if source.job_id and is_job_id(source.job_id) else None
        if other is not None and other.job.tenant == job.tenant and not other.job.deleted_at:
            for artifact in other.job.artifacts:
                if artifact.index == source.index:
                    return artifact.uri
        raise _gone(_name(source))

    async def _again(self, kept: Input) -> Given:
        """As an earlier attempt kept it."""
        return _given(kept, await self._read(kept.uri, f"The {kept.role} kept at {kept.uri}"))

    async def _read(self, uri: str, name: str) -> Picture:
        data = await self._images.get(uri)
        if data is None:
            raise _gone(name)
        if len(data) > MAX_INPUT_BYTES:
            text = f"{name} has {len(data)} bytes; a picture to start from may have {MAX_INPUT_BYTES}."
            raise InputError("PERMANENT", "input_too_large", text)
        try:
            return await self._pictures.read(data)
        except InputError as exc:
            raise InputError(exc.kind, exc.code, f"{name} cannot be used: {exc.message}.") from exc


def _sources(job: Job) -> tuple[Source, ...]:
    return (*job.references, job.mask) if job.mask else job.references


def _name(source: Source) -> str:
    if source.upload_id:
        return f"The upload {source.upload_id}"
    return f"Image {source.index} of job {source.job_id}"


def _gone(name: str) -> InputError:
    text = (
        f"{name} is not there. Uploads that no job has used go after a day, images with their job: upload the picture "
        "(POST /v1/uploads) and submit a new job that names the new id."
    )
    return InputError("PERMANENT", "input_not_found", text)


def _kept(source: Source, uri: str, digest: str, mime_type: str) -> Input:
    if not isinstance(source, Reference):
        return Input(uri=uri, sha256=digest, mime_type=mime_type, role="mask")
    return Input(uri=uri, sha256=digest, mime_type=mime_type, type=source.type, description=source.description)


def _given(kept: Input, picture: Picture) -> Given:
    return Given(
        data=picture.data,
        mime_type=picture.mime_type,
        width=picture.width,
        height=picture.height,
        role=kept.role,
        type=kept.type,
        description=kept.description,
        uri=kept.uri,
    )


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()
