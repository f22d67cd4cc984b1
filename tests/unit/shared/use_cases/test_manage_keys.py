"""Keys are made, rotated and revoked once, and their secrets shown once."""

import asyncio
from datetime import timedelta

import pytest

from shared.domain.api_key import KeyRequest
from shared.domain.errors import Rejected, Unavailable
from shared.use_cases.manage_keys import ManageKeys
from tests.builders import a_key
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.key_store import FakeKeyStore

CI = KeyRequest(name="ci")
HOUR = timedelta(hours=1)


class Desk:
    """Where keys are managed."""

    def __init__(self) -> None:
        self.keys, self.clock = FakeKeyStore(), FakeClock()
        self.manage = ManageKeys(self.keys, self.clock)

    async def opens(self, key_id: str, secret: str) -> bool:
        """Whether the stored key is opened by it now."""
        stored = await self.keys.get(key_id)
        return stored is not None and stored.key.opens(secret, self.clock.now())


async def test_a_new_key_opens_with_the_secret_that_is_shown() -> None:
    """And nothing of it is stored."""
    desk = Desk()
    key, token = await desk.manage.create("acme", CI)
    assert (key.tenant, key.name, key.scopes, key.created_at) == ("acme", "ci", ("jobs:read", "jobs:write"), NOON)
    assert await desk.opens(key.id, token.secret)
    assert token.secret not in repr(await desk.keys.get(key.id))


async def test_a_repeat_shows_no_secret_again() -> None:
    """409 says which key to rotate; another request under the key is 422; another tenant's keys are its own."""
    desk = Desk()
    key, _ = await desk.manage.create("acme", CI, "k")
    with pytest.raises(Rejected, match=key.id) as repeated:
        await desk.manage.create("acme", CI, "k")
    assert (repeated.value.status, repeated.value.code) == (409, "secret_already_shown")
    with pytest.raises(Rejected) as reused:
        await desk.manage.create("acme", KeyRequest(name="another"), "k")
    assert (reused.value.status, reused.value.code) == (422, "idempotency_key_reused")
    assert (await desk.manage.create("other", CI, "k"))[0].id != key.id
    assert (await desk.manage.create("acme", CI))[0].id != (await desk.manage.create("acme", CI))[0].id


async def test_a_lost_answer_of_the_database_is_no_second_key() -> None:
    """The secret that is shown is the one that is stored, after creation and after rotation."""
    desk = Desk()
    desk.keys.lose_answer("create")
    key, token = await desk.manage.create("acme", CI, "k")
    assert await desk.opens(key.id, token.secret)
    desk.keys.lose_answer("write")
    _, rotated = await desk.manage.rotate("acme", key.id, timedelta(), "r")
    assert await desk.opens(key.id, rotated.secret)
    assert not await desk.opens(key.id, token.secret)


async def test_an_expiry_in_the_past_is_refused() -> None:
    """With a pointer to it."""
    with pytest.raises(Rejected) as refused:
        await Desk().manage.create("acme", KeyRequest(name="late", expires_at=NOON))
    assert refused.value.errors[0][0] == "/expires_at"


async def test_two_secrets_open_while_they_overlap() -> None:
    """Then the new one alone; without an overlap, from the start."""
    desk = Desk()
    key, first = await desk.manage.create("acme", CI)
    rotated, second = await desk.manage.rotate("acme", key.id, HOUR)
    assert (rotated.previous_until, rotated.rotated_at) == (NOON + HOUR, NOON)
    assert await desk.opens(key.id, first.secret)
    assert await desk.opens(key.id, second.secret)
    desk.clock.move(3600)
    assert not await desk.opens(key.id, first.secret)
    _, third = await desk.manage.rotate("acme", key.id, timedelta())
    assert not await desk.opens(key.id, second.secret)
    assert await desk.opens(key.id, third.secret)


async def test_a_repeated_rotation_changes_nothing() -> None:
    """409, so that the secret that was shown goes on to open."""
    desk = Desk()
    key, _ = await desk.manage.create("acme", CI)
    _, second = await desk.manage.rotate("acme", key.id, timedelta(), "r")
    with pytest.raises(Rejected) as repeated:
        await desk.manage.rotate("acme", key.id, timedelta(), "r")
    assert (repeated.value.status, repeated.value.code) == (409, "secret_already_shown")
    assert await desk.opens(key.id, second.secret)


async def test_a_key_that_is_over_is_not_rotated() -> None:
    """Revoked, or past its end: nobody revives it."""
    desk = Desk()
    desk.keys.has(a_key(id="r" * 26, revoked_at=NOON))
    desk.keys.has(a_key(id="e" * 26, expires_at=NOON))
    for key_id in ("r" * 26, "e" * 26):
        with pytest.raises(Rejected) as refused:
            await desk.manage.rotate("acme", key_id, HOUR)
        assert (refused.value.status, refused.value.code) == (409, "key_not_in_force")


async def test_a_key_is_revoked_once_and_for_all() -> None:
    """Also while somebody rotates it; again, it stays as it is."""
    desk = Desk()
    key, token = await desk.manage.create("acme", CI)
    desk.keys.failures.meanwhile("write", lambda: _touch(desk, key.id))
    revoked = await desk.manage.revoke("acme", key.id)
    desk.clock.move(60)
    assert (await desk.manage.revoke("acme", key.id)).revoked_at == revoked.revoked_at == NOON
    assert not await desk.opens(key.id, token.secret)
    stored = await desk.keys.get(key.id)
    assert stored is not None
    assert stored.key.name == "touched"


async def test_who_never_gets_to_write_is_told() -> None:
    """503 after some turns."""
    desk = Desk()
    key, _ = await desk.manage.create("acme", CI)
    for _ in range(5):
        desk.keys.failures.meanwhile("write", lambda: _touch(desk, key.id))
    with pytest.raises(Unavailable):
        await desk.manage.revoke("acme", key.id)


@pytest.mark.parametrize("key_id", ["k" * 26, "n" * 26, "x", "../tenants/acme"])
async def test_another_tenants_key_is_none(key_id: str) -> None:
    """As one that is not there."""
    desk = Desk()
    desk.keys.has(a_key(id="k" * 26, tenant="acme"))
    for attempt in (desk.manage.revoke("other", key_id), desk.manage.rotate("other", key_id, HOUR)):
        with pytest.raises(Rejected) as refused:
            await attempt
        assert (refused.value.status, refused.value.code) == (404, "key_not_found")


def _touch(desk: Desk, key_id: str) -> None:
    stored = desk.keys._stored[key_id].key  # noqa: SLF001 - somebody else, between a read and a write
    desk.keys.has(a_key(id=key_id, hash=stored.hash, name="touched", created_at=stored.created_at))


async def test_many_creations_under_one_key_are_one() -> None:
    """One of them shows the secret that opens."""
    desk = Desk()
    results = await asyncio.gather(*(desk.manage.create("acme", CI, "k") for _ in range(10)), return_exceptions=True)
    ((key, token),) = [result for result in results if isinstance(result, tuple)]
    assert await desk.opens(key.id, token.secret)
