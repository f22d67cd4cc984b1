"""Controls: GET /v1/controls, and POST of pause and resume."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from shared.api.headers import caller_of, identity_of
from shared.api.responses import json
from shared.domain.control import Control, Kind
from shared.use_cases.list_controls import ListControls

if TYPE_CHECKING:
    from shared.use_cases.controls import Controls
    from shared.use_cases.resume import Resume


class ControlView(msgspec.Struct, frozen=True, kw_only=True):
    """A lane, a provider or a tenant, and whether its jobs wait."""

    kind: Kind
    name: str
    paused: bool
    since: datetime | None  # that it is paused
    announcing: bool  # it was resumed, and not all of its waiting jobs know


class ControlList(msgspec.Struct, frozen=True):
    """All that may be paused."""

    controls: tuple[ControlView, ...]


class ReadControls:
    """GET of what is paused."""

    def __init__(self, controls: ListControls) -> None:
        self._list = controls

    async def get(self, request: Request) -> Response:
        """GET /v1/controls."""
        found = await self._list(identity_of(request))
        shown = tuple(_shown(kind, name, control) for kind, name, control in found)
        return json(ControlList(shown), 200, {"Cache-Control": "no-cache"})


class ControlCommands:
    """POST of pause and resume."""

    def __init__(self, controls: "Controls", resume: "Resume") -> None:
        self._controls = controls
        self._resume = resume

    async def pause(self, request: Request) -> Response:
        """POST /v1/controls/{kind}/{name}/pause."""
        kind, name = _named(request)
        control = await self._controls.pause(identity_of(request), kind, name)
        return json(_shown(control.kind, control.name, control), 200, {})

    async def resume(self, request: Request) -> Response:
        """POST /v1/controls/{kind}/{name}/resume."""
        kind, name = _named(request)
        left = await self._controls.resume(identity_of(request), kind, name, self._resume)
        return json(_shown(kind, name, left), 200, {})


def _named(request: Request) -> tuple[Any, str]:
    caller_of(request)  # a repeat is the same by nature: the key is only looked at, as of every command
    return request.path_params["kind"], request.path_params["name"]


def _shown(kind: Kind, name: str, control: Control | None) -> ControlView:
    paused = control is not None and control.paused
    since = control.since if control and paused else None
    return ControlView(kind=kind, name=name, paused=paused, since=since, announcing=control is not None and not paused)
