"""ParentStore: the fake, and Firestore over the wire."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from shared.domain.accounts import Account, Reservation
from shared.domain.errors import AlreadyExists, Conflict, OutcomeUnknown, Rejected, Unavailable
from shared.domain.job import Command, Event
from shared.domain.parent import ItemError, Pages, Parent
from shared.domain.request import BatchWebhook
from shared.gcp.documents import client
from shared.gcp.parent_store import BATCHES, FirestoreParentStore
from shared.ports import ParentStore, Position, StoredParent
from tests.builders import a_parent
from tests.fakes.clock import NOON
from tests.fakes.parent_store import FakeParentStore
from tests.processes import RunningCloud

OTHER = "c" * 26
ODD = datetime(2026, 11, 21, 11, 59, 59, 999_999, tzinfo=UTC)
A_FULL_PARENT = a_parent(
    idempotency_key="key/ü",
    workflow_id="w",
    user_id="ann",
    labels={"a.b": "c=d"},
    refused=(ItemError(index=3, code="invalid_request", pointer="/items/3/n", detail="must be 🦊"),),
    status="running",
    status_sequence=7,
    cancel_requested=True,
    webhook=BatchWebhook(url="https://receiver.test/ä", events=("batch.failed",)),
    last_event="evt_1",
    outbox=(Event(event_id="evt_1", status_sequence=6, type="batch.failed", after="evt_0", at=ODD),),
    pages=Pages(command="cancel", id="x", after_at=ODD, after_id=OTHER),
    commands=(Command(operation="retry", call="call-1", key_sha256="00", sequence=3),),
    reservations=(Reservation(accounts=("local",), day="2026-11-21", images=3, micros=2**40),),
    queued_at=ODD,
    completed_at=ODD,
    retention_seconds=2**40,
    purge_at=ODD,
    trace="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
)
RPC = {
    "create": "Commit", "write": "Commit", "remove": "Commit", "get": "GetDocument", "due": "RunQuery",
    "page": "RunQuery",
}  # fmt: skip
Fault = Callable[[str], AbstractContextManager[object]]


def test_the_full_parent_is_full() -> None:
    """No optional field is at its default, so that the round trip proves them all."""
    plain, fields = a_parent(), msgspec.structs.fields(Parent)
    optional = [field.name for field in fields if not field.required and field.name != "wake_at"]
    assert [name for name in optional if getattr(plain, name) == getattr(A_FULL_PARENT, name)] == []


@dataclass(frozen=True)
class World:
    """A ParentStore, and what can go wrong with it: each fault strikes the named method once."""

    parents: ParentStore
    account: Callable[[str], Awaitable[Account]]
    lost_answer: Fault  # the call takes effect, and fails
    refused: Fault  # the call has no effect, and fails


class ParentStoreSuite:
    """To be inherited with a fixture `world`."""

    @pytest.fixture
    def parents(self, world: World) -> ParentStore:
        """The store alone."""
        return world.parents

    async def test_a_parent_is_recorded_once(self, parents: ParentStore) -> None:
        """It is read as it was, under the version that its creation gave; a second one is refused."""
        created = await parents.create(a_parent())
        with pytest.raises(AlreadyExists):
            await parents.create(a_parent(nonce="nonce-2"))
        assert await parents.get(a_parent().id) == created == StoredParent(a_parent(), created.version)
        assert await parents.get(OTHER) is None

    async def test_a_write_must_meet_the_version_it_replaces(self, parents: ParentStore) -> None:
        """Of one that abandons and one that queues, one is refused; what is gone is not written anew."""
        first = await parents.create(a_parent())
        second = await parents.write(first, a_parent(status="abandoned"))
        with pytest.raises(Conflict):
            await parents.write(first, a_parent(status="queued"))
        assert await parents.get(a_parent().id) == second
        with pytest.raises(Conflict):
            await parents.write(StoredParent(a_parent(id=OTHER), first.version), a_parent(id=OTHER, children=9))
        assert await parents.get(OTHER) is None

    async def test_only_what_was_last_seen_is_removed(self, parents: ParentStore) -> None:
        """Whoever wrote in between wins; twice is once too often."""
        first = await parents.create(a_parent())
        second = await parents.write(first, a_parent(status="abandoned"))
        with pytest.raises(Conflict):
            await parents.remove(first)
        await parents.remove(second)
        assert await parents.get(a_parent().id) is None
        with pytest.raises(Conflict):
            await parents.remove(second)

    async def test_every_field_comes_back_as_it_was(self, parents: ParentStore) -> None:
        """Written at once, or by an update; and back to its defaults."""
        stored = await parents.create(A_FULL_PARENT)
        assert (await _read(parents)) == A_FULL_PARENT
        stored = await parents.write(stored, a_parent())
        assert (await _read(parents)) == a_parent()
        await parents.write(stored, A_FULL_PARENT)
        assert (await _read(parents)) == A_FULL_PARENT

    async def test_accounts_are_charged_with_it_or_not_at_all(self, world: World) -> None:
        """With its creation, and with a write."""
        stored = await world.parents.create(a_parent(), {"a": _one_more})
        assert await _read(world.parents) == a_parent()
        with pytest.raises(AlreadyExists):
            await world.parents.create(a_parent(), {"a": _one_more})
        stored = await world.parents.write(stored, a_parent(status="abandoned"), {"a": _one_more})
        with pytest.raises(Rejected):
            await world.parents.write(stored, a_parent(), {"b": _one_more, "a": _none_left})
        assert await _read(world.parents) == a_parent(status="abandoned")
        with pytest.raises(Rejected):
            await world.parents.create(a_parent(id=OTHER), {"a": _none_left})
        assert await world.parents.get(OTHER) is None
        assert [(await world.account(name)).in_flight for name in "ab"] == [2, 0]

    async def test_due_gives_the_longest_due_first_up_to_the_limit(self, parents: ParentStore) -> None:
        """From the very moment on; never what has no time, or a later one."""
        for letter, age in {"c": 0, "d": 3, "e": 2, "f": -1, "g": None}.items():
            wake_at = None if age is None else NOON - timedelta(seconds=age)
            await parents.create(a_parent(id=letter * 26, wake_at=wake_at))
        assert [stored.parent.id[0] for stored in await parents.due(NOON, 10)] == ["d", "e", "c"]
        (longest,) = await parents.due(NOON, 1)
        await parents.write(longest, a_parent(id=longest.parent.id, wake_at=None))
        assert [stored.parent.id[0] for stored in await parents.due(NOON, 10)] == ["e", "c"]

    async def test_a_tenant_s_parents_of_a_kind_come_newest_first_in_pages(self, parents: ParentStore) -> None:
        """Those of one moment by their ids; none of another's, or of another kind."""
        for letter, minutes in {"c": 1, "d": 3, "e": 2, "f": 2}.items():
            await parents.create(a_parent(id=letter * 26, created_at=NOON + timedelta(minutes=minutes)))
        await parents.create(a_parent(id="g" * 26, tenant="rival"))
        await parents.create(a_parent(id="h" * 26, kind="storyboard"))
        first = [stored.parent for stored in await parents.page("local", "batch", 2)]
        rest = await parents.page("local", "batch", 9, Position(first[-1].created_at, first[-1].id))
        assert [parent.id[0] for parent in first] == ["d", "f"]
        assert [stored.parent.id[0] for stored in rest] == ["e", "c"]

    async def test_an_answer_that_is_lost_leaves_the_outcome_unknown(self, world: World) -> None:
        """Of a creation, a write and a removal; all happened."""
        with world.lost_answer("create"), pytest.raises(OutcomeUnknown):
            await world.parents.create(a_parent())
        stored = await world.parents.get(a_parent().id)
        assert stored is not None
        with world.lost_answer("write"), pytest.raises(OutcomeUnknown):
            await world.parents.write(stored, a_parent(children=9))
        stored = await world.parents.get(a_parent().id)
        assert stored is not None
        assert stored.parent.children == 9
        with world.lost_answer("remove"), pytest.raises(OutcomeUnknown):
            await world.parents.remove(stored)
        assert await world.parents.get(a_parent().id) is None

    async def test_a_database_that_refuses_is_said(self, world: World) -> None:
        """Nothing was written, nothing is known."""
        with world.refused("create"), pytest.raises(Unavailable):
            await world.parents.create(a_parent())
        with world.refused("get"), pytest.raises(Unavailable):
            await world.parents.get(a_parent().id)
        with world.refused("due"), pytest.raises(Unavailable):
            await world.parents.due(NOON, 1)
        with world.refused("page"), pytest.raises(Unavailable):
            await world.parents.page("local", "batch", 1)
        assert await world.parents.get(a_parent().id) is None


class TestFake(ParentStoreSuite):
    """The one that other tests are built on."""

    @pytest.fixture
    def world(self) -> World:
        """In memory."""
        parents = FakeParentStore()

        @contextmanager
        def lost(method: str) -> Iterator[None]:
            parents.lose_answer(method)
            yield

        @contextmanager
        def refused(method: str) -> Iterator[None]:
            parents.failures.refuse(method, Unavailable("down", "Down."))
            yield

        async def account(name: str) -> Account:
            return parents.accounts[name]

        return World(parents, account, lost, refused)


@pytest.mark.usefixtures("one_loop")
class TestFirestore(ParentStoreSuite):
    """The real one, under the indexes that are deployed."""

    @pytest.fixture
    async def world(
        self, deployed_cloud: RunningCloud, project: str, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[World]:
        """A database of its own, through Google's client."""
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", deployed_cloud.host("firestore"))
        control = deployed_cloud.control
        firestore = client(project, "(default)")

        async def account(name: str) -> Account:
            snapshot = await firestore.document(f"accounts/{name}").get()
            return msgspec.convert(snapshot.to_dict() or {"id": name}, Account)

        yield World(
            FirestoreParentStore(firestore, BATCHES),
            account,
            lambda method: control.fault("firestore", RPC[method], effect="lose_response", code="INTERNAL", count=1),
            lambda method: control.fault("firestore", RPC[method], code="PERMISSION_DENIED", count=1),
        )
        await firestore._firestore_api.transport.close()  # noqa: SLF001 - the client's own close leaves it open


def _one_more(account: Account) -> Account:
    return msgspec.structs.replace(account, in_flight=account.in_flight + 1)


def _none_left(_: Account) -> Account:
    raise Rejected(402, "budget_exceeded", "There is nothing left.")


async def _read(parents: ParentStore) -> Parent:
    found = await parents.get(a_parent().id)
    assert found is not None
    return found.parent
