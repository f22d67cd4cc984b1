"""Limits: how much is left of one, and what a refused request would have exceeded."""

from datetime import datetime
from typing import Literal

import msgspec

Limited = Literal["requests_per_minute", "jobs_in_flight", "images_per_day", "day_micros", "month_micros"]


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """A limit or a budget, and how much of it is left; what is called micros is micro-USD."""

    limit: Limited  # as it is called where it is set
    of: str  # `tenant`, `project film-1`, `user ann`
    most: int
    used: int  # what is reserved for jobs under way included
    left: int
    resets_at: datetime | None = None  # None: as jobs end


class Exceeded(Left, frozen=True, kw_only=True):
    """One of which more was asked for than is left."""

    asked: int
