"""ImageProcessor by Pillow, which is imported when a picture first has to be changed."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from shared.domain.job import Job
from shared.ports import Picture, Processed

THREADS = 2  # their own: what waits for them keeps neither painting nor decoding of other jobs waiting


class Imaging:
    """Pictures as jobs ask for them, made on threads."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="imaging")

    async def process(self, job: Job, picture: Picture) -> Processed:
        """See ImageProcessor.process."""
        if _is_left_alone(job, picture):
            return Processed(image=picture)
        return await asyncio.get_running_loop().run_in_executor(self._threads, _processed, job, picture)


def _is_left_alone(job: Job, picture: Picture) -> bool:
    """Whether the job, as nearly all do, asks for nothing that needs a look at the picture."""
    same = picture.mime_type == job.mime_type
    return same and job.fit == "none" and job.compression is None and not job.thumbnail


def _processed(job: Job, picture: Picture) -> Processed:
    from shared.imaging.processing import processed

    return processed(job, picture)
