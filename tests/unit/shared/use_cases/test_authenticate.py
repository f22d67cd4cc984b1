"""What opens a deployment, to whom, and for how long after it should not."""

import asyncio

import pytest

from shared.domain.api_key import ApiKey, Principal, Token, fresh_secret, hash_of
from shared.domain.caller import OPEN, Identity
from shared.domain.errors import Rejected, Unavailable
from shared.domain.tenant import Tenant
from shared.use_cases.authenticate import Authenticate
from shared.use_cases.tenants import RecentTenants
from tests.builders import a_key
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.identities import FakeIdentities
from tests.fakes.key_store import FakeKeyStore
from tests.fakes.tenant_store import FakeTenantStore

SECRET, ROTATED = fresh_secret(), fresh_secret()
KEY = a_key(hash=hash_of(SECRET))
TOKEN = str(Token(KEY.id, SECRET))


class Door:
    """A deployment's, with a key of the tenant `acme`, and `robot@acme.iam` let in for the token `signed`."""

    def __init__(self, *opens: str) -> None:
        self.keys, self.tenants, self.clock = FakeKeyStore(), FakeTenantStore(), FakeClock()
        self.identities = FakeIdentities({"signed": "robot@acme.iam", "stranger": "nobody@acme.iam"})
        tenants = RecentTenants(self.tenants, self.clock)
        self.enter = Authenticate(
            self.keys, tenants, self.clock, opens=frozenset(opens or ("keys",)), identities=self.identities
        )
        self.keys.has(KEY)

    async def refuses(self, bearer: str | None, platform: str | None = None) -> Rejected:
        """The refusal."""
        with pytest.raises(Rejected) as refusal:
            await self.enter(bearer, platform)
        return refusal.value


async def test_a_key_names_its_tenant_and_scopes() -> None:
    """Two reads, and none for a minute."""
    door = Door()
    found = [await door.enter(TOKEN) for _ in range(5)]
    assert found == [Identity(tenant="acme", scopes=("jobs:read", "jobs:write"), key_id=KEY.id)] * 5
    assert (door.keys.reads, door.tenants.reads) == (1, 1)


async def test_where_strangers_are_a_tenant_s_a_key_of_ours_must_still_be_right() -> None:
    """No key, or another system's, is that tenant; a right one its own; a wrong or revoked one is refused."""
    door = Door()
    acme = Identity(tenant="acme", scopes=("jobs:read", "jobs:write"), key_id=KEY.id)
    stranger = Identity(tenant="old", scopes=("jobs:read", "jobs:write"))
    bearers = (None, "", "eyJhbGciOi.old.token", TOKEN)
    assert [await door.enter(bearer, otherwise="old") for bearer in bearers] == [stranger, stranger, stranger, acme]
    for wrong in (str(Token("u" * 26, SECRET)), str(Token(KEY.id, ROTATED))):
        with pytest.raises(Rejected, match="API key"):
            await door.enter(wrong, otherwise="old")
    door.tenants.has(Tenant(id="old", created_at=NOON, disabled=True))
    door.clock.move(61)
    with pytest.raises(Rejected, match="disabled"):
        await door.enter(None, otherwise="old")


async def test_whatever_opens_nothing_is_refused_in_the_same_words() -> None:
    """Nobody learns whether a key exists, is over, or has another secret."""
    door = Door()
    door.keys.has(a_key(id="r" * 26, hash=hash_of(SECRET), revoked_at=NOON))
    door.keys.has(a_key(id="e" * 26, hash=hash_of(SECRET), expires_at=NOON))
    wrong = [None, "", "signed", str(Token("u" * 26, SECRET)), str(Token(KEY.id, ROTATED)),
             str(Token("r" * 26, SECRET)), str(Token("e" * 26, SECRET)), KEY.hash]  # fmt: skip
    refusals = [await door.refuses(bearer) for bearer in wrong]
    assert {(refusal.status, refusal.code, refusal.detail) for refusal in refusals} == {
        (401, "unauthorized", refusals[0].detail)
    }


async def test_a_revoked_key_opens_nothing_after_a_minute() -> None:
    """For so long at most what was read is believed."""
    door = Door()
    await door.enter(TOKEN)
    door.keys.has(a_key(hash=KEY.hash, revoked_at=NOON))
    door.clock.move(60)
    assert (await door.refuses(TOKEN)).status == 401


async def test_an_expiry_counts_at_once() -> None:
    """Also of a key that was read a moment before."""
    door = Door()
    door.keys.has(a_key(hash=KEY.hash, expires_at=NOON.replace(minute=0, second=30)))
    await door.enter(TOKEN)
    door.clock.move(30)
    assert (await door.refuses(TOKEN)).status == 401


async def test_a_new_secret_opens_at_once() -> None:
    """However lately the key was read, or tried in vain."""
    door = Door()
    await door.enter(TOKEN)
    await door.refuses(str(Token(KEY.id, fresh_secret())))
    door.keys.has(a_key(hash=hash_of(ROTATED)))
    assert (await door.enter(str(Token(KEY.id, ROTATED)))).tenant == "acme"


async def test_a_wrong_key_is_not_looked_for_again_and_again() -> None:
    """Nor for long: one that is stored later opens."""
    door = Door()
    token = str(Token("n" * 26, SECRET))
    for _ in range(3):
        await door.refuses(token)
    assert door.keys.reads == 1
    door.keys.has(a_key(id="n" * 26, hash=hash_of(SECRET)))
    door.clock.move(5)
    assert (await door.enter(token)).key_id == "n" * 26


async def test_a_disabled_tenants_keys_open_nothing() -> None:
    """It is told so: its key is known."""
    door = Door()
    door.tenants.has(Tenant(id="acme", created_at=NOON, disabled=True))
    refusal = await door.refuses(TOKEN)
    assert (refusal.status, refusal.code) == (403, "tenant_disabled")


async def test_a_database_that_does_not_answer_lets_nobody_in() -> None:
    """503: whoever repeats it may come in then."""
    door = Door()
    door.keys.failures.refuse("get", Unavailable("down", "Down."))
    with pytest.raises(Unavailable):
        await door.enter(TOKEN)
    assert (await door.enter(TOKEN)).tenant == "acme"


async def test_many_first_requests_are_one_read() -> None:
    """A cold process that gets a hundred at once."""
    door = Door()
    await asyncio.gather(*(door.enter(TOKEN) for _ in range(100)))
    assert (door.keys.reads, door.tenants.reads) == (1, 1)


async def test_an_open_deployment_asks_for_nothing() -> None:
    """One tenant, whatever the header says; nothing is read for it."""
    door = Door("none")
    assert [await door.enter(bearer) for bearer in (None, "junk", TOKEN)] == [OPEN] * 3
    assert door.keys.reads == 0


@pytest.mark.parametrize("opens", [("iam",), ("keys", "iam")])
async def test_a_google_identity_opens_what_its_principal_says(opens: tuple[str, ...]) -> None:
    """One that nobody let in opens nothing, and a key only where keys do."""
    door = Door(*opens)
    await door.keys.allow(Principal(email="robot@acme.iam", tenant="acme", scopes=("admin",), created_at=NOON))
    assert await door.enter("signed") == Identity(tenant="acme", scopes=("admin",), email="robot@acme.iam")
    for wrong in ("stranger", "junk", None):
        assert (await door.refuses(wrong)).status == 401
    if "keys" in opens:
        assert (await door.enter(TOKEN)).key_id == KEY.id
        assert (await door.enter(TOKEN, platform="signed")).key_id == KEY.id
    else:
        assert (await door.refuses(TOKEN)).status == 401
    await door.keys.forbid("robot@acme.iam")
    door.clock.move(60)
    assert (await door.refuses("signed")).status == 401


async def test_the_platforms_token_is_the_one_that_it_has_checked() -> None:
    """Another that lies beside it may say what it likes."""
    door = Door("iam")
    await door.keys.allow(Principal(email="robot@acme.iam", tenant="acme", scopes=("admin",), created_at=NOON))
    assert (await door.enter("junk", platform="signed")).email == "robot@acme.iam"
    assert (await door.refuses("signed", platform="stranger")).status == 401


def test_a_key_does_not_show_itself() -> None:
    """What is logged of it has no secret."""
    assert SECRET not in repr(KEY)
    assert isinstance(KEY, ApiKey)
