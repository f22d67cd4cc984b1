"""401 and 403 as RFC 6750 has them, whatever the operation."""

import asyncio

import msgspec
import pytest

from shared.config import Settings
from shared.domain.api_key import Principal, Token, fresh_secret, hash_of
from shared.domain.caller import SCOPES
from tests.builders import a_key
from tests.fakes.clock import NOON
from tests.fakes.identities import FakeIdentities
from tests.unit.shared.api.asking import Api

SECRET = fresh_secret()
READS = str(Token("a" * 26, SECRET))


@pytest.fixture
def api() -> Api:
    """A deployment that a key which may read opens."""
    api = Api(Settings())
    api.keys.has(a_key(id="a" * 26, hash=hash_of(SECRET), scopes=("jobs:read",)))
    return api


def test_a_key_opens_what_its_scopes_say(api: Api) -> None:
    """And is told which one it lacks."""
    headers = {"Authorization": f"Bearer {READS}"}
    assert api.status.get("/v1/jobs", headers=headers).status_code == 200
    refused = api.submit.post("/v1/jobs", headers=headers, json={"prompt": "a fox"})
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    assert refused.headers["WWW-Authenticate"] == (
        'Bearer realm="darkroom", error="insufficient_scope", scope="jobs:write"'
    )
    assert "jobs:write" in refused.json()["detail"]
    assert api.queue.announced == []


@pytest.mark.parametrize(
    ("headers", "challenge"),
    [
        ([], 'Bearer realm="darkroom"'),
        ([("Authorization", "Bearer")], 'Bearer realm="darkroom", error="invalid_token"'),
        ([("Authorization", READS)], 'Bearer realm="darkroom", error="invalid_token"'),
        ([("Authorization", f"Basic {READS}")], 'Bearer realm="darkroom", error="invalid_token"'),
        ([("Authorization", f"Bearer {READS} x")], 'Bearer realm="darkroom", error="invalid_token"'),
        ([("Authorization", f"Bearer {READS}")] * 2, 'Bearer realm="darkroom", error="invalid_token"'),
        ([("X-Serverless-Authorization", f"Bearer {READS}")], 'Bearer realm="darkroom"'),
    ],
)
def test_whoever_brings_no_key_is_asked_for_one(api: Api, headers: list[tuple[str, str]], challenge: str) -> None:
    """None, one in another place, two: 401, before anything else is looked at."""
    refused = api.status.get("/v1/jobs/nonsense", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
    assert refused.headers["WWW-Authenticate"] == challenge


@pytest.mark.parametrize("header", ["bearer {}", "BEARER {}", "Bearer   {}"])
def test_the_scheme_is_written_as_anybody_likes(api: Api, header: str) -> None:
    """RFC 9110: its case does not matter."""
    assert api.status.get("/v1/jobs", headers={"Authorization": header.format(READS)}).status_code == 200


def test_health_and_callbacks_are_open(api: Api) -> None:
    """The one says nothing, the others bring a token in their address."""
    assert api.status.get("/health").status_code == 200
    assert api.submit.post(f"/v1/callbacks/nanobanana/{'a' * 26}/forged").status_code in {404, 503}


@pytest.mark.parametrize("trusts", [True, False])
def test_the_platforms_own_header_counts_only_where_it_is_checked(trusts: bool) -> None:  # noqa: FBT001 - a table's column
    """Elsewhere anybody could send it."""
    api = Api(
        Settings(auth_mode="iam", iam_trusts_platform=trusts), identities=FakeIdentities({"checked": "robot@acme.iam"})
    )
    asyncio.run(api.keys.allow(Principal(email="robot@acme.iam", tenant="acme", scopes=SCOPES, created_at=NOON)))
    answer = api.status.get("/v1/jobs", headers={"X-Serverless-Authorization": "Bearer checked"})
    assert answer.status_code == (200 if trusts else 401)


@pytest.mark.parametrize("header", ["", "Bearer", "Basic checked", "Bearer checked x"])
def test_what_lies_beside_the_platforms_own_header_was_checked_by_nobody(header: str) -> None:
    """It opens nothing, though the header that was checked is none that we can read."""
    api = Api(
        Settings(auth_mode="iam", iam_trusts_platform=True), identities=FakeIdentities({"forged": "robot@acme.iam"})
    )
    asyncio.run(api.keys.allow(Principal(email="robot@acme.iam", tenant="acme", scopes=SCOPES, created_at=NOON)))
    forged = {"Authorization": "Bearer forged", "X-Serverless-Authorization": header}
    assert api.status.get("/v1/jobs", headers=forged).status_code == 401


def test_a_tenant_that_cannot_be_read_is_answered_all_the_same() -> None:
    """In an open deployment, too: with a problem, and not by the server's own words."""
    api = Api()
    api.tenants.failures.refuse("get", msgspec.ValidationError("of a later version"))
    answer = api.status.get("/v1/jobs")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
