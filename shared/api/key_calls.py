"""API keys: POST and GET /v1/keys, rotation, revocation. A key administers its own tenant's, and no other's."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from shared.api.bodies import decoded
from shared.api.headers import caller_of, tenant_of
from shared.api.pages import page_size, page_token, token_of
from shared.api.responses import json
from shared.domain.api_key import ApiKey, KeyRequest, RotationRequest, Token
from shared.domain.caller import Scope
from shared.use_cases.list_keys import ListKeys

if TYPE_CHECKING:
    from shared.use_cases.manage_keys import ManageKeys

FRESH = {"Cache-Control": "no-store"}


class KeyView(msgspec.Struct, frozen=True, kw_only=True):
    """A key without its secret."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    rotated_at: datetime | None
    previous_until: datetime | None


class NewKeyView(KeyView, frozen=True, kw_only=True):
    """A key with its secret, this once."""

    key: str


class KeyPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some of a tenant's keys, the newest first."""

    keys: tuple[KeyView, ...]
    next_page_token: str | None


class KeyCommands:
    """POST and DELETE of keys."""

    def __init__(self, manage: "ManageKeys") -> None:
        self._manage = manage

    async def create(self, request: Request) -> Response:
        """POST /v1/keys: 201, with the secret."""
        caller = caller_of(request)
        key, token = await self._manage.create(
            caller.tenant, await decoded(request, KeyRequest), caller.idempotency_key
        )
        return json(_new(key, token), 201, FRESH)

    async def rotate(self, request: Request) -> Response:
        """POST /v1/keys/{id}/rotate: 200, with the new secret; the body may be left out."""
        caller = caller_of(request)
        wanted = await decoded(request, RotationRequest, optional=True)
        overlap = timedelta(seconds=wanted.overlap_seconds)
        key_id = request.path_params["key_id"]
        key, token = await self._manage.rotate(caller.tenant, key_id, overlap, caller.idempotency_key)
        return json(_new(key, token), 200, FRESH)

    async def revoke(self, request: Request) -> Response:
        """DELETE /v1/keys/{id}: 200, the key, which stays in the list."""
        return json(_shown(await self._manage.revoke(tenant_of(request), request.path_params["key_id"])), 200, FRESH)


class ReadKeys:
    """GET of keys."""

    def __init__(self, keys: ListKeys) -> None:
        self._list = keys

    async def get(self, request: Request) -> Response:
        """GET /v1/keys: a page of them."""
        page, end = await self._list(tenant_of(request), page_size(request), page_token(request))
        shown = KeyPage(keys=tuple(map(_shown, page)), next_page_token=token_of(request, end))
        return json(shown, 200, FRESH)


def _shown(key: ApiKey) -> KeyView:
    return KeyView(**{name: getattr(key, name) for name in KeyView.__struct_fields__})


def _new(key: ApiKey, token: Token) -> NewKeyView:
    shown = {name: getattr(key, name) for name in KeyView.__struct_fields__}
    return NewKeyView(key=str(token), **shown)
