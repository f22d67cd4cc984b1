"""A processor that changes a few bytes, so that a test can tell what was processed, and how often."""

import asyncio

import msgspec

from shared.domain.job import Job
from shared.ports import Picture, Processed


class FakeImageProcessor:
    """Marks what it has processed; looks into no picture."""

    def __init__(self) -> None:
        self.processed: list[Picture] = []
        self.problem: str | None = None  # what it meets from now on
        self.stuck = False  # it never ends

    async def process(self, job: Job, picture: Picture) -> Processed:
        """See ImageProcessor.process."""
        await asyncio.sleep(0)
        self.processed.append(picture)
        if self.stuck:
            await asyncio.Event().wait()
        if self.problem:
            return Processed(image=picture, problem=self.problem)
        thumbnail = _marked(picture, b"thumbnail of ", "image/jpeg") if job.thumbnail else None
        if picture.mime_type == job.mime_type and job.fit == "none":
            return Processed(image=picture, thumbnail=thumbnail)
        return Processed(image=_marked(picture, b"made of ", job.mime_type), original=picture, thumbnail=thumbnail)


def _marked(picture: Picture, mark: bytes, mime_type: str) -> Picture:
    return msgspec.structs.replace(picture, data=mark + picture.data, mime_type=mime_type)
