"""A control: a lane, a provider or a tenant whose jobs wait, until somebody lets them go on.

    (none) ──pause──> paused ──resume──> announcing ──all told──> (none)
                        ^──────pause─────────┘

What is under way is not interrupted; nothing of a paused control is begun.
"""

import re
from datetime import datetime
from typing import Literal, get_args

import msgspec

from shared.domain.job import Job
from shared.domain.request import Priority
from shared.domain.routes import from_the_first

Kind = Literal["lane", "provider", "tenant"]
ControlledBy = Literal["priority", "provider", "tenant"]
KINDS: tuple[Kind, ...] = get_args(Kind)
LANES: tuple[Priority, ...] = get_args(Priority)
# By kind: the field of a job that says whether the control is about it.
FIELDS: dict[Kind, ControlledBy] = {"lane": "priority", "provider": "provider", "tenant": "tenant"}
_NAME = re.compile(r"[A-Za-z0-9._@-]{1,128}")


class Told(msgspec.Struct, frozen=True, array_like=True):
    """How far the waiting jobs of a resumed control have been announced: up to this one, by `queued_at` and id."""

    at: datetime
    job_id: str


class Control(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`controls/{kind}_{name}`; there is none for what goes its usual way."""

    id: str
    kind: Kind
    name: str
    paused: bool  # false: its waiting jobs are being announced
    since: datetime  # that it is paused, or resumed
    told: Told | None = None
    write_id: str


def control_id(kind: Kind, name: str) -> str:
    """The id of the control, and of its document."""
    return f"{kind}_{name}"


def is_name(text: str) -> bool:
    """Whether `text` could name a lane, a provider or a tenant."""
    return _NAME.fullmatch(text) is not None


def paused(kind: Kind, name: str, now: datetime, write_id: str) -> Control:
    """The control of what is to wait from now on."""
    return Control(id=control_id(kind, name), kind=kind, name=name, paused=True, since=now, write_id=write_id)


def resumed(control: Control, now: datetime, write_id: str) -> Control:
    """The control once its jobs may go on: the waiting ones are to be told."""
    return msgspec.structs.replace(control, paused=False, since=now, told=None, write_id=write_id)


def holding(job: Job, ids: frozenset[str]) -> str | None:
    """The id of the control among these that keeps the job from being begun; None where none does.

    A job that a provider works on already, and will call back about, is paid for: it is under way.
    """
    if job.provider_operation:
        return None
    first = from_the_first(job)
    own = (control_id(kind, getattr(first, field)) for kind, field in FIELDS.items())
    return next((name for name in own if name in ids), None)
