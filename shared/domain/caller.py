"""Who asks for a job."""

from typing import Literal

import msgspec

Scope = Literal["jobs:read", "jobs:write", "admin"]  # what a caller may be allowed to do


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and what the headers said."""

    tenant: str
    idempotency_key: str | None = None
    workflow_id: str | None = None
    user_id: str | None = None
    traceparent: str | None = None
