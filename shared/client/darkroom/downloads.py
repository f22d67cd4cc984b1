"""A job's images: fetched over a fresh link each, checked against the SHA-256 that the job names, kept or saved."""

import hashlib
import os
import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Literal, TypeAlias
from urllib.parse import urljoin, urlsplit

from .attempts import Call, Session, back_off, exchanged, refused
from .effects import Answer, Do, Request, Send, Sleep, Steps
from .errors import Corrupt, DarkroomError, NotDarkroom, Timeout, Unreachable
from .reading import image_of
from .records import Image, Job
from .waiting import path_of

Kind: TypeAlias = Literal["image", "original", "thumbnail"]
ENDINGS = {"image": "", "original": "_original", "thumbnail": "_thumbnail"}  # of a file's name
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
SAFE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


def fetched(session: Session, job: Job, kind: Kind, folder: Path | None, timeout: float) -> Steps[tuple[Image, ...]]:
    """The images of a job that has ended, with their bytes or, saved into `folder`, their paths."""
    until = session.now() + timeout
    done = []
    for image in images_of(job, kind):
        content = yield from _content(session, image, kind, until)
        if folder is None:
            done.append(replace(image, content=content))
        else:
            path: Path = yield Do(partial(save, folder / name_of(image, kind), content))
            done.append(replace(image, path=path))
    return tuple(done)


def images_of(job: Job, kind: Kind) -> list[Image]:
    """The job's images, or what lies beside each: its original, its thumbnail; those that have one."""
    if kind == "image":
        return list(job.images)
    beside = [(image.index, image.raw.get(kind)) for image in job.images]
    return [image_of(job.id, {**told, "index": index}) for index, told in beside if isinstance(told, dict)]


def name_of(image: Image, kind: Kind) -> str:
    """The file's name: `<job id>_<index>.<extension>`.

    Raises:
        NotDarkroom: the job's id would lead elsewhere.
    """
    if not SAFE.fullmatch(image.job_id):
        raise NotDarkroom(f"{image.job_id!r} is no id of a job", "Check the address.")
    return f"{image.job_id}_{image.index}{ENDINGS[kind]}.{EXTENSIONS.get(image.mime_type, 'bin')}"


def save(path: Path, content: bytes) -> Path:
    """Write a file whole, or not at all.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial_file = path.with_name(f".{path.name}.{token_hex(4)}.part")
    try:
        with partial_file.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial_file.replace(path)
    except BaseException:
        partial_file.unlink(missing_ok=True)
        raise
    return path


def _content(session: Session, image: Image, kind: Kind, until: float) -> Steps[bytes]:
    """The bytes; what goes wrong on the way begins again with a fresh link.

    Raises:
        ApiError: the deployment has no such image for this key.
        Corrupt: other bytes come, every time.
    """
    for attempt in range(1, session.retries + 2):
        try:
            link = yield from _link(session, image, kind, until)
            answer: Answer = yield Send(Request(method="GET", url=link, headers=_plain(session), until=until))
            _check(image, answer)
        except (Unreachable, Timeout, Corrupt):
            delay = back_off(attempt)
            if attempt > session.retries or session.now() + delay >= until:
                raise
            yield Sleep(delay)
        else:
            return answer.content
    raise AssertionError("the last attempt ends it")  # pragma: no cover


def _link(session: Session, image: Image, kind: Kind, until: float) -> Steps[str]:
    """Where the bytes are to be had without a key."""
    params: dict[str, str] = {} if kind == "image" else {kind: "true"}
    path = path_of("jobs", image.job_id, "images", str(image.index))
    call = Call(method="GET", path=path, params=params, timeout=max(0.0, until - session.now()))
    answer, attempts = yield from exchanged(session, call)
    location = answer.headers.get("Location", "")
    if not (300 <= answer.status < 400 and location):  # noqa: PLR2004 - redirects, as HTTP has it
        raise refused(call, answer, attempts)
    link = urljoin(session.url + path, location)
    if urlsplit(link).scheme not in {"http", "https"}:
        raise NotDarkroom(f"{path} leads to {link!r}", "Check the address.")
    return link


def _plain(session: Session) -> dict[str, str]:
    """Headers for whoever holds the bytes: the key is not for them."""
    return {"User-Agent": session.agent}


def _check(image: Image, answer: Answer) -> None:
    """That the bytes came, and are the image's.

    Raises:
        DarkroomError: they are not.
    """
    name = f"image {image.index} of job {image.job_id}"
    if not answer.is_success:
        raise _refused_link(name, answer)
    if hashlib.sha256(answer.content).hexdigest() != image.sha256:
        text = f"{name}: {len(answer.content)} bytes came that are not the image's"
        raise Corrupt(text, "Ask again; where it stays so, what is stored was changed.")


def _refused_link(name: str, answer: Answer) -> DarkroomError:
    return Unreachable(f"{name} cannot be fetched: its link answered {answer.status}", "Ask again.")
