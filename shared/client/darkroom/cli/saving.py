"""Pictures on their way to files, and onto the screen."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from darkroom.client import Client
from darkroom.downloads import images_of, name_of
from darkroom.records import Image, Job

from .inline import shown_inline
from .run import Run
from .screen import dollars


def saved(client: Client, job: Job, folder: Path) -> tuple[Image, ...]:
    """The job's images as files in that folder, each whole or not at all.

    Raises:
        OSError: a file cannot be written; it names the folder.
    """
    try:
        return client.images(job, folder=folder)
    except OSError as exc:
        exc.filename = exc.filename or str(folder)
        raise


def paths_of(job: Job, folder: Path) -> list[Path]:
    """Where the job's images are, or would be."""
    return [folder / name_of(image, "image") for image in images_of(job, "image")]


def keep(run: Run, client: Client, job: Job, folder: Path, *, opens: bool, inline: bool | None) -> None:
    """Save what an ended job has, and show it.

    Raises:
        JobFailed: it has no images.
    """
    run.leave(f"darkroom get {job.id} --out {folder}  saves its pictures", job_id=job.id)
    images = saved(client, job, folder)
    paths = [str(image.path) for image in images]

    def show() -> None:
        for image in images:
            if run.screen.is_read:
                shown_inline(run.screen, image, wanted=inline)
            run.screen.result(image.path)
        about = f"{images[0].width} × {images[0].height} · " if images else ""
        run.screen.note(f"{about}{job.model} · {dollars(job.actual_micros)} · job {job.id}", "dim")

    run.answer({**job.raw, "files": paths}, show)
    if opens:
        open_files(run, paths)


def open_files(run: Run, paths: Sequence[str]) -> None:
    """Have the desktop show them; where there is none, say so."""
    viewer = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
    if viewer is None:
        run.screen.note("Nothing on this machine opens pictures: there is no xdg-open.")
        return
    for path in paths:
        quiet = subprocess.DEVNULL
        subprocess.Popen([viewer, path], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)  # noqa: S603 - the user asked for it
