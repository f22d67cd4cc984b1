"""Batches on their way: their pictures are saved as they come."""

import time
from hashlib import sha256
from pathlib import Path
from typing import Unpack

from darkroom.client import Client
from darkroom.fields import Filters
from darkroom.records import ENDED, Batch, Job

from .progress import Meter
from .run import Run
from .saving import paths_of, saved

FIRST_PAUSE, MOST_PAUSE = 0.3, 2.0  # seconds between two looks
STEPS = 20  # lines that tell of all of it, in a pipe


class Watched:
    """Batches, and what came of their jobs."""

    def __init__(self, run: Run, client: Client, batches: list[Batch], folder: Path) -> None:
        self._run = run
        self._client = client
        self._batches = batches
        self._folder = folder
        self.files: dict[str, list[Path]] = {}  # by the job's id
        self._saved = {each.id: 0 for each in batches}  # jobs whose pictures are there
        self.jobs: list[Job] = []  # all of them, once they have ended

    def until_ended(self) -> list[Batch]:
        """The batches once they have ended, with all that they made saved.

        Raises:
            OSError: a file cannot be written.
        """
        total = sum(each.jobs for each in self._batches)
        pause = FIRST_PAUSE
        with Meter(self._run.screen, f"{total} pictures", total) as meter:
            while True:
                self._batches = [each if each.ended else self._client.get_batch(each) for each in self._batches]
                self._show(meter, total)
                if all(each.ended for each in self._batches):
                    break
                self._save_new(meter)
                time.sleep(pause)
                pause = min(1.5 * pause, MOST_PAUSE)
            self.jobs = sorted((job for each in self._batches for job in self._listed(each)), key=self._place)
            self._save(meter, self.jobs)
        return self._batches

    def _show(self, meter: Meter, total: int) -> None:
        counts: dict[str, int] = {}
        for each in self._batches:
            for status, number in each.counts.items():
                counts[status] = counts.get(status, 0) + number
        ended = sum(counts.get(status, 0) for status in ENDED)
        told = ", ".join(f"{number} {status}" for status, number in counts.items() if number)
        step = max(1, total // STEPS)
        shown = ended if ended == total else ended // step * step
        meter.show(told, ended, f"{shown} of {total} ended")

    def _save_new(self, meter: Meter) -> None:
        """Save what was completed since."""
        due = [each for each in self._batches if each.counts.get("completed", 0) > self._saved.get(each.id, 0)]
        for each in due:
            self._save(meter, self._listed(each, status="completed"))

    def _save(self, meter: Meter, jobs: list[Job]) -> None:
        """Save what these have, and is not there yet."""
        for job in jobs:
            if job.status != "completed" or job.id in self.files:
                continue
            paths = paths_of(job, self._folder)
            if not all(_is_there(path, image.sha256) for path, image in zip(paths, job.images, strict=True)):
                saved(self._client, job, self._folder)
            self.files[job.id] = paths
            self._saved[str(job.raw.get("parent_id"))] += 1
            if not self._run.as_json:
                meter.result(*paths)

    def _listed(self, batch: Batch, **filters: Unpack[Filters]) -> list[Job]:
        filters["parent_id"] = batch.id
        return list(self._client.list(page_size=200, **filters))

    def _place(self, job: Job) -> tuple[int, int]:
        """Where its line stands in the file."""
        ids = [each.id for each in self._batches]
        return ids.index(str(job.raw.get("parent_id"))), int(job.raw.get("parent_index") or 0)


def _is_there(path: Path, digest: str) -> bool:
    """Whether the file has those very bytes."""
    return path.is_file() and sha256(path.read_bytes()).hexdigest() == digest
