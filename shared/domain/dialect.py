"""What a dialect of an older client has of its own, beside its words; the rules are the use cases'."""

from typing import Literal

import msgspec

IDEMPOTENCY_CONFLICT = "idempotency_conflict"  # the failure's code of a job that stands for a reused key


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """One dialect: a task asked for in it is a job like any other.

    Its keys are its own: a job's id is made of the dialect's name and the key.
    """

    name: str
    object_prefix: str | None = None  # of the objects of its jobs without a project; None: the tenant's own folder
    # refuse: a key that names another request is 422 · record: that request is a job of its own, which has failed
    # Its clients may wish for, or without, a watermark of whatever model comes to run, and name no model for a picture
    # that is to be changed.
    lenient: bool = False
    on_conflict: Literal["refuse", "record"] = "refuse"
