"""A model that goes: since when it is advised against, and when it is switched off."""

from datetime import datetime, timedelta

import msgspec

NOTICE = timedelta(days=60)  # so long before a sunset it is said


class Deprecation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the client that named the model is told, in the headers of RFC 9745 and RFC 8594."""

    deprecated_at: datetime  # not later than the sunset; may lie ahead
    sunset_at: datetime | None = None
