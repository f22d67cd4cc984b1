"""Requests a minute: a bucket of tokens for each tenant, project and user, in the memory of one instance.

A bucket holds a minute's tokens and fills steadily, so that a burst is possible and a minute's sum is kept. Only so
many buckets are kept: the ones that were asked for least lately are forgotten, which is as if they were full.
"""

from collections import OrderedDict
from datetime import datetime
from math import ceil
from typing import NamedTuple

from shared.domain.errors import Rejected
from shared.domain.exceeded import Exceeded
from shared.domain.tenant import Tenant
from shared.ports import Clock

MINUTE = 60
MOST = 10_000  # buckets in one process


class Quota(NamedTuple):
    """What is left of one limit, after the request."""

    kind: str  # tenant, project or user
    limit: int  # requests a minute
    remaining: int
    reset: int  # seconds until all of it is there again


class _Want(NamedTuple):
    kind: str
    name: str
    limit: int

    def __str__(self) -> str:
        return self.kind if self.kind == "tenant" else f"{self.kind} {self.name}"


class Rates:
    """Counts requests."""

    def __init__(self, clock: Clock, most: int = MOST) -> None:
        self._clock = clock
        self._most = most
        self._buckets: OrderedDict[tuple[str, str, str], tuple[float, datetime]] = OrderedDict()

    def request(self, tenant: Tenant, user_id: str | None) -> tuple[tuple[Quota, ...], Rejected | None]:
        """Count a request of the tenant and of its user; with the refusal, 429, where either has none left.

        A refused request is counted nowhere: a user at its limit takes nothing from the others.
        """
        wants = [_Want("tenant", "", tenant.limits.requests_per_minute or 0)]
        if user_id:
            wants.append(_Want("user", user_id, tenant.user_limits.requests_per_minute or 0))
        return self._take(tenant.id, [want for want in wants if want.limit])

    def project(self, tenant: Tenant, project_id: str | None) -> None:
        """Count a request for jobs of a project.

        Raises:
            Rejected: 429, the project has none left.
        """
        self._count(tenant, "project", project_id, tenant.project_limits.requests_per_minute)

    def user(self, tenant: Tenant, user_id: str | None) -> None:
        """Count a request of a user who is named in its body alone: `request` counts whom the headers name.

        Raises:
            Rejected: 429, the user has none left.
        """
        self._count(tenant, "user", user_id, tenant.user_limits.requests_per_minute)

    def _count(self, tenant: Tenant, kind: str, name: str | None, limit: int | None) -> None:
        if name and limit:
            _, refusal = self._take(tenant.id, [_Want(kind, name, limit)])
            if refusal:
                raise refusal

    def _take(self, tenant: str, wants: list[_Want]) -> tuple[tuple[Quota, ...], Rejected | None]:
        if not wants:
            return (), None
        now = self._clock.now()
        tokens = [self._tokens((tenant, want.kind, want.name), want.limit, now) for want in wants]
        short = next((pair for pair in zip(wants, tokens, strict=True) if pair[1] < 1), None)
        taken = 0 if short else 1
        for want, left in zip(wants, tokens, strict=True):
            self._keep((tenant, want.kind, want.name), left - taken, now)
        quotas = tuple(_quota(want, left - taken) for want, left in zip(wants, tokens, strict=True))
        return quotas, _refusal(*short) if short else None

    def _tokens(self, bucket: tuple[str, str, str], limit: int, now: datetime) -> float:
        left, at = self._buckets.get(bucket, (float(limit), now))
        return min(left + max((now - at).total_seconds(), 0) * limit / MINUTE, limit)

    def _keep(self, bucket: tuple[str, str, str], tokens: float, now: datetime) -> None:
        self._buckets[bucket] = (tokens, now)
        self._buckets.move_to_end(bucket)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)


def _quota(want: _Want, left: float) -> Quota:
    return Quota(want.kind, want.limit, int(left), ceil((want.limit - left) * MINUTE / want.limit))


def _refusal(want: _Want, left: float) -> Rejected:
    wait = max(ceil((1 - left) * MINUTE / want.limit), 1)
    text = f"The {want} may make {want.limit} requests a minute. Repeat after {wait} s."
    exceeded = Exceeded(
        limit="requests_per_minute", of=str(want), most=want.limit, used=want.limit, left=0, asked=1
    )  # fmt: skip
    return Rejected(429, "rate_limited", text, retry_after=wait, exceeded=exceeded)
