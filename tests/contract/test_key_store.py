"""KeyStore: the fake, and Firestore over the wire."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from shared.domain.api_key import ApiKey, Principal
from shared.domain.errors import AlreadyExists, Conflict, OutcomeUnknown, Unavailable
from shared.gcp.documents import client
from shared.gcp.key_store import FirestoreKeyStore
from shared.ports import KeyStore, Position
from tests.builders import a_key
from tests.fakes.clock import NOON
from tests.fakes.key_store import FakeKeyStore
from tests.processes import RunningCloud

LATER = NOON + timedelta(hours=1)
FULL = a_key(
    expires_at=LATER,
    revoked_at=LATER,
    rotated_at=LATER,
    previous_hash="0" * 64,
    previous_until=LATER,
    fingerprint="f",
    rotation="r",
)
RPC = {
    "create": "Commit", "allow": "Commit", "forbid": "Commit", "write": "Commit",
    "get": "GetDocument", "principal": "GetDocument", "of_tenant": "RunQuery",
}  # fmt: skip
Fault = Callable[[str], AbstractContextManager[object]]


@dataclass(frozen=True)
class World:
    """A KeyStore, and what can go wrong with it: each fault strikes the named method once."""

    keys: KeyStore
    lost_answer: Fault  # the call takes effect, and fails
    refused: Fault  # the call has no effect, and fails


class KeyStoreSuite:
    """To be inherited with a fixture `world`."""

    async def test_a_key_is_created_once(self, world: World) -> None:
        """And read as it was, under the version that its creation gave."""
        created = await world.keys.create(a_key())
        with pytest.raises(AlreadyExists):
            await world.keys.create(a_key(name="another"))
        assert await world.keys.get(a_key().id) == created
        assert await world.keys.get("n" * 26) is None

    async def test_a_write_must_meet_the_version_it_replaces(self, world: World) -> None:
        """A rotation and a revocation at once: one of them is told."""
        first = await world.keys.create(a_key())
        second = await world.keys.write(first, a_key(revoked_at=NOON))
        with pytest.raises(Conflict):
            await world.keys.write(first, a_key(hash="1" * 64))
        assert await world.keys.get(a_key().id) == second

    async def test_every_field_comes_back_as_it_was(self, world: World) -> None:
        """Written at once, or by an update; and back to its defaults."""
        assert [name for name in ("expires_at", *_OPTIONAL) if getattr(FULL, name) is None] == []
        created = await world.keys.create(FULL)
        assert await _read(world.keys) == FULL
        emptied = await world.keys.write(created, a_key())
        assert await _read(world.keys) == a_key()
        await world.keys.write(emptied, FULL)
        assert await _read(world.keys) == FULL

    async def test_a_tenants_keys_come_in_pages(self, world: World) -> None:
        """The newest first; of one moment, by id; another tenant's are not among them."""
        for name, minutes in (("a", 0), ("b", 2), ("c", 1), ("d", 1)):
            await world.keys.create(a_key(id=name * 26, created_at=NOON + timedelta(minutes=minutes)))
        await world.keys.create(a_key(id="e" * 26, tenant="other"))
        first = [stored.key for stored in await world.keys.of_tenant("acme", 2, None)]
        assert [key.id[0] for key in first] == ["b", "d"]
        behind = Position(first[-1].created_at, first[-1].id)
        rest = await world.keys.of_tenant("acme", 5, behind)
        assert [stored.key.id[0] for stored in rest] == ["c", "a"]

    async def test_a_principal_is_let_in_and_forbidden(self, world: World) -> None:
        """By its address; the last word holds, and each may be said twice."""
        once = Principal(email="ci@acme.iam", tenant="acme", scopes=("admin",), created_at=NOON)
        again = Principal(email="ci@acme.iam", tenant="other", scopes=("jobs:read", "jobs:write"), created_at=LATER)
        assert await world.keys.principal("ci@acme.iam") is None
        await world.keys.allow(once)
        await world.keys.allow(again)
        assert await world.keys.principal("ci@acme.iam") == again
        await world.keys.forbid("ci@acme.iam")
        await world.keys.forbid("ci@acme.iam")
        assert await world.keys.principal("ci@acme.iam") is None

    async def test_a_lost_answer_is_no_success(self, world: World) -> None:
        """The key is there, and whoever made it does not know."""
        with world.lost_answer("create"), pytest.raises(OutcomeUnknown):
            await world.keys.create(a_key())
        assert await _read(world.keys) == a_key()

    @pytest.mark.parametrize("method", ["create", "get", "of_tenant", "principal", "allow", "forbid"])
    async def test_a_database_that_refuses_is_said(self, world: World, method: str) -> None:
        """Nothing was written, nothing is known: nobody is let in for want of an answer."""
        principal = Principal(email="a@b", tenant="acme", scopes=("admin",), created_at=NOON)
        calls: dict[str, Callable[[], Awaitable[object]]] = {
            "create": lambda: world.keys.create(a_key()),
            "get": lambda: world.keys.get(a_key().id),
            "of_tenant": lambda: world.keys.of_tenant("acme", 1, None),
            "principal": lambda: world.keys.principal("a@b"),
            "allow": lambda: world.keys.allow(principal),
            "forbid": lambda: world.keys.forbid("a@b"),
        }
        with world.refused(method), pytest.raises(Unavailable):
            await calls[method]()
        assert await world.keys.get(a_key().id) is None


_OPTIONAL = ("revoked_at", "rotated_at", "previous_hash", "previous_until", "fingerprint", "rotation")


class TestFake(KeyStoreSuite):
    """The one that other tests are built on."""

    @pytest.fixture
    def world(self) -> World:
        """In memory."""
        keys = FakeKeyStore()

        @contextmanager
        def lost(method: str) -> Iterator[None]:
            keys.lose_answer(method)
            yield

        @contextmanager
        def refused(method: str) -> Iterator[None]:
            keys.failures.refuse(method, Unavailable("down", "Down."))
            yield

        return World(keys, lost, refused)


@pytest.mark.usefixtures("one_loop")
class TestFirestore(KeyStoreSuite):
    """The real one, under the indexes that are deployed."""

    @pytest.fixture
    async def world(
        self, deployed_cloud: RunningCloud, project: str, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[World]:
        """A database of its own, through Google's client."""
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", deployed_cloud.host("firestore"))
        control = deployed_cloud.control
        firestore = client(project, "(default)")
        yield World(
            FirestoreKeyStore(firestore),
            lambda method: control.fault("firestore", RPC[method], effect="lose_response", code="INTERNAL", count=1),
            lambda method: control.fault("firestore", RPC[method], code="PERMISSION_DENIED", count=1),
        )
        await firestore._firestore_api.transport.close()  # noqa: SLF001 - the client's own close leaves it open


async def _read(keys: KeyStore) -> ApiKey:
    found = await keys.get(a_key().id)
    assert found is not None
    return found.key
