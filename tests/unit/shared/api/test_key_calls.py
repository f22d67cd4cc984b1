"""Keys over HTTP: a tenant's administrator makes, lists, rotates and revokes them."""

from typing import Any

import httpx
import pytest

from shared.config import Settings
from shared.domain.api_key import Token, fresh_secret, hash_of
from shared.domain.caller import SCOPES
from tests.builders import a_key
from tests.unit.shared.api.asking import Api, Client

SECRET = fresh_secret()
MINE = {"Authorization": f"Bearer {Token('a' * 26, SECRET)}"}


@pytest.fixture
def api() -> Api:
    """A deployment with a key of `acme` that may everything."""
    api = Api(Settings())
    api.keys.has(a_key(id="a" * 26, name="first", hash=hash_of(SECRET), scopes=SCOPES))
    return api


def _post(client: Client, path: str, body: Any = None, **headers: str) -> httpx.Response:
    return client.post(path, headers={**MINE, **headers}, **({} if body is None else {"json": body}))


def test_a_key_lives_from_its_making_to_its_revocation(api: Api) -> None:
    """Made, used, rotated, used, listed, revoked: the secrets are in two answers, and in no other."""
    made = _post(api.submit, "/v1/keys", {"name": "ci", "scopes": ["jobs:read", "jobs:read"]})
    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
    key = made.json()
    assert key["scopes"] == ["jobs:read"]
    assert _reads(api, key["key"])
    rotated = _post(api.submit, f"/v1/keys/{key['id']}/rotate", {"overlap_seconds": 60}).json()
    assert rotated["previous_until"] > key["created_at"]
    assert _reads(api, key["key"])
    assert _reads(api, rotated["key"])
    listed = api.status.get("/v1/keys", headers=MINE)
    assert {one["name"] for one in listed.json()["keys"]} == {"ci", "first"}
    for token in (key["key"], rotated["key"], SECRET, hash_of(SECRET)):
        assert token not in listed.text
    gone = api.submit("DELETE", f"/v1/keys/{key['id']}", headers=MINE)
    assert (gone.status_code, gone.json()["revoked_at"] is None) == (200, False)
    api.clock.move(60)
    assert not _reads(api, rotated["key"])


def test_keys_come_in_pages(api: Api) -> None:
    """Under the same rules as jobs."""
    for name in ("b", "c"):
        api.clock.move(1)
        _post(api.submit, "/v1/keys", {"name": name})
    first = api.status.get("/v1/keys?page_size=2", headers=MINE).json()
    rest = api.status.get(f"/v1/keys?page_size=2&page_token={first['next_page_token']}", headers=MINE).json()
    assert [key["name"] for key in (*first["keys"], *rest["keys"])] == ["c", "b", "first"]
    assert rest["next_page_token"] is None


def test_a_repeat_shows_no_secret(api: Api) -> None:
    """409 under the same idempotency key."""
    assert _post(api.submit, "/v1/keys", {"name": "ci"}, **{"Idempotency-Key": "k"}).status_code == 201
    again = _post(api.submit, "/v1/keys", {"name": "ci"}, **{"Idempotency-Key": "k"})
    assert (again.status_code, again.json()["code"]) == (409, "secret_already_shown")
    assert "drk_" not in again.text


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": ""}, "/name"),
        ({"name": "x", "scopes": []}, "/scopes"),
        ({"name": "x", "scopes": ["root"]}, "/scopes/0"),
        ({"name": "x", "expires_at": "2026-01-01"}, "/expires_at"),
        ({"name": "x", "expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"name": "x", "expires_at": "0001-01-01T00:00:00+23:59"}, "/expires_at"),
        ({"name": "x", "expires_at": "9999-12-31T23:59:59-23:59"}, "/expires_at"),
        ({"name": "x", "tenant": "other"}, "/tenant"),
    ],
)
def test_a_wrong_request_is_pointed_at(api: Api, body: dict[str, Any], pointer: str) -> None:
    """And no key is made; a key of another tenant cannot be asked for."""
    refused = _post(api.submit, "/v1/keys", body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)
    assert len(api.status.get("/v1/keys", headers=MINE).json()["keys"]) == 1


def _reads(api: Api, token: str) -> bool:
    return api.status.get("/v1/jobs", headers={"Authorization": f"Bearer {token}"}).status_code == 200
