"""The calls of `status` about money and figures: parse, call the use case, render."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import msgspec
from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from shared.api.headers import tenant_of
from shared.api.moments import is_day, moment_of
from shared.api.responses import json
from shared.domain.errors import Rejected
from shared.domain.request import JobType
from shared.ports import Clock
from shared.use_cases.stats import ReadStats, Stats
from shared.use_cases.usage import GroupBy, ReadUsage, Spent

FILTERS = ("project_id", "user_id", "job_type", "model")
JOB_TYPES = get_args(JobType)
USAGE_DAYS = 30
STATS_HOURS = 24
FIRST = datetime.min.replace(tzinfo=UTC)
LAST_DAY = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)
NO_CACHE = {"Cache-Control": "no-cache"}


class UsageGroup(Spent, kw_only=True):
    """What was spent by one of those that `group_by` tells apart: it has the field of that name, null for none."""

    day: str | UnsetType = UNSET
    project_id: str | UnsetType | None = UNSET
    user_id: str | UnsetType | None = UNSET
    job_type: str | UnsetType = UNSET
    provider: str | UnsetType = UNSET
    model: str | UnsetType = UNSET


class UsageView(msgspec.Struct, frozen=True, kw_only=True):
    """What was spent in a window of time."""

    currency: str = "USD"
    since: datetime = msgspec.field(name="from")
    until: datetime = msgspec.field(name="to")
    group_by: GroupBy
    total: Spent
    groups: tuple[UsageGroup, ...]


class StatsView(Stats, frozen=True, kw_only=True):
    """What happened in a window of time, and what is stuck now."""

    since: datetime = msgspec.field(name="from")
    until: datetime = msgspec.field(name="to")


class UsageCalls:
    """GET of usage and stats."""

    def __init__(self, usage: ReadUsage, stats: ReadStats, clock: Clock) -> None:
        self._usage = usage
        self._stats = stats
        self._clock = clock

    async def usage(self, request: Request) -> Response:
        """GET /v1/usage?from&to&group_by&project_id: the last 30 days, by day, where the request does not say."""
        tenant = tenant_of(request)
        since, until = self._window(request, timedelta(days=USAGE_DAYS))
        group_by = _group_by(request)
        found = await self._usage(tenant, since, until, _where(request), group_by)
        groups = tuple(_group(group_by, key, spent) for key, spent in found.groups)
        shown = UsageView(since=since, until=until, group_by=group_by, total=found.total, groups=groups)
        return json(shown, 200, NO_CACHE)

    async def stats(self, request: Request) -> Response:
        """GET /v1/stats?from&to&project_id: the last 24 hours, where the request does not say."""
        tenant = tenant_of(request)
        since, until = self._window(request, timedelta(hours=STATS_HOURS))
        found = await self._stats(tenant, since, until, _where(request))
        return json(StatsView(since=since, until=until, **msgspec.structs.asdict(found)), 200, NO_CACHE)

    def _window(self, request: Request, usual: timedelta) -> tuple[datetime, datetime]:
        until = _end(request) or self._clock.now()
        since = moment_of(request, "from", "invalid_window") or until - min(usual, until - FIRST)
        if since >= until:
            raise Rejected(
                400, "invalid_window", f"from ({since.isoformat()}) must be before to ({until.isoformat()})."
            )
        return since, until


def _group(group_by: GroupBy, key: str | None, spent: Spent) -> UsageGroup:
    fields: dict[str, Any] = {group_by: key, **msgspec.structs.asdict(spent)}
    return UsageGroup(**fields)


def _end(request: Request) -> datetime | None:
    """`?to=`; of a day, its end."""
    until = moment_of(request, "to", "invalid_window")
    if until and is_day(request.query_params["to"]):
        return min(until, LAST_DAY) + timedelta(days=1)
    return until


def _where(request: Request) -> dict[str, str]:
    given = {name: request.query_params[name] for name in FILTERS if name in request.query_params}
    if len(given) > 1:
        raise Rejected(400, "too_many_filters", f"Only one of {', '.join(FILTERS)} may be given, not {len(given)}.")
    wanted = given.get("job_type", "image")
    if wanted not in JOB_TYPES:
        raise Rejected(400, "invalid_filter", f"job_type must be one of {', '.join(JOB_TYPES)}, not {wanted!r}.")
    return given


def _group_by(request: Request) -> GroupBy:
    text = request.query_params.get("group_by", "day")
    for known in get_args(GroupBy):
        if text == known:
            found: GroupBy = known
            return found
    raise Rejected(400, "invalid_group_by", f"group_by must be one of {', '.join(get_args(GroupBy))}, not {text!r}.")
