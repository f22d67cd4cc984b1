"""Options that describe a job: of submit, estimate and batch."""

import json
import mimetypes
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer
from darkroom.client import Client
from darkroom.errors import Misused

from .exits import LocalError
from .prompts import bytes_of

PANEL = "The picture"
SHORT_TYPES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp"}


def _option(*names: str, about: str, **more: Any) -> Any:
    return typer.Option(*names, help=about, rich_help_panel=PANEL, **more)


@dataclass
class JobOptions:
    """What the picture is to be like, and whose it is. What is left out is as the deployment has it."""

    count: Annotated[int | None, _option("-n", "--count", about="How many pictures, 1 to 10.")] = None
    model: Annotated[
        str | None, _option("-m", "--model", about="An id or alias of `darkroom models`, such as fast.")
    ] = None
    style: Annotated[str | None, _option("--style", about="A style of the deployment, such as cinematic.")] = None
    ratio: Annotated[str | None, _option("-r", "--ratio", about="Width to height, such as 16:9.")] = None
    size: Annotated[str | None, _option("--size", about="512px, 1K, 2K or 4K.")] = None
    seed: Annotated[int | None, _option("--seed", about="The same seed gives the same picture, where it can.")] = None
    negative: Annotated[str | None, _option("--negative", about="What the picture is not to show.")] = None
    picture_format: Annotated[str | None, _option("--format", about="png, jpeg or webp.")] = None
    reference: Annotated[
        list[str] | None,
        _option("--reference", about="A picture to start from: a file, an https address or a job's id; repeatable."),
    ] = None
    priority: Annotated[str | None, _option("--priority", about="interactive or batch.")] = None
    project: Annotated[str | None, _option("-p", "--project", about="Whose it is.")] = None
    scene: Annotated[str | None, _option("--scene", about="Of which scene of the project.")] = None
    label: Annotated[list[str] | None, _option("-l", "--label", about="name=value, to find it by; repeatable.")] = None
    webhook: Annotated[str | None, _option("--webhook", about="An address to tell of the job's end.")] = None
    field: Annotated[
        list[str] | None,
        _option("--field", about="name=value of any other field of a job (see /docs); value is JSON, or text."),
    ] = None

    def fields(self, client: Client, key: str) -> dict[str, Any]:
        """The fields of the job; files to start from are sent first, under keys made of `key`.

        Raises:
            Misused: an option cannot be understood.
        """
        given = {
            "n": self.count,
            "model": self.model,
            "style": self.style,
            "aspect_ratio": self.ratio,
            "image_size": self.size,
            "seed": self.seed,
            "negative_prompt": self.negative,
            "mime_type": SHORT_TYPES.get(self.picture_format or "", self.picture_format),
            "priority": self.priority,
            "project_id": self.project,
            "scene_id": self.scene,
            "labels": dict(_pair(label, "--label") for label in self.label or ()) or None,
            "webhook": {"url": self.webhook} if self.webhook else None,
        }
        others = {name: _json_or_text(value) for name, value in (_pair(each, "--field") for each in self.field or ())}
        references = [_reference(client, each, key) for each in self.reference or ()]
        found = {name: value for name, value in given.items() if value is not None} | others
        return found | ({"references": references} if references else {})


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if name and equals:
        return name, value
    raise Misused(f"{option} {text!r} is no name=value", f"Write it so: {option} film=fox")


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _reference(client: Client, named: str, key: str) -> dict[str, str]:
    """Where the picture comes from; a file of this machine is uploaded.

    Raises:
        LocalError: there is no such file, or it is no picture.
    """
    if named.startswith(("https://", "http://")):
        return {"url": named}
    path = Path(named).expanduser()
    if not path.is_file() and len(named) == 26 and named.isalnum():  # noqa: PLR2004 - as ids of jobs are
        return {"job_id": named}
    mime_type = mimetypes.guess_type(path.name)[0] or ""
    if not path.is_file():
        raise LocalError(f"--reference {named}: there is no such file", "Name a file, an https address or a job's id.")
    if mime_type not in SHORT_TYPES.values():
        raise LocalError(f"--reference {named} is no PNG, JPEG or WebP by its name", "Convert it, or name it so.")
    content = bytes_of(path)
    own_key = sha256(key.encode() + b"/" + content).hexdigest()  # so that the same command names the same upload
    return {"upload_id": client.upload(content, mime_type, idempotency_key=own_key)}
