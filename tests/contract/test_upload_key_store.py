"""UploadKeyStore: the fake, and Firestore over the wire."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import msgspec
import pytest

from shared.domain.errors import OutcomeUnknown, Unavailable
from shared.domain.uploads import KeyedUpload
from shared.gcp.documents import client
from shared.gcp.upload_key_store import FirestoreUploadKeyStore
from shared.ports.upload_keys import UploadKeyStore
from tests.fakes.clock import NOON
from tests.fakes.upload_key_store import FakeUploadKeyStore
from tests.processes import RunningCloud

NOTED = KeyedUpload(id="a" * 26, fingerprint="f-1", call="call-1", purge_at=NOON)


@dataclass(frozen=True)
class World:
    """An UploadKeyStore, and what can go wrong with it: each fault strikes once."""

    keys: UploadKeyStore
    lost_answer: Callable[[], AbstractContextManager[object]]  # the call takes effect, and fails
    refused: Callable[[], AbstractContextManager[object]]  # the call has no effect, and fails


class UploadKeyStoreSuite:
    """To be inherited with a fixture `world`."""

    async def test_the_first_note_stays(self, world: World) -> None:
        """Whoever comes later is given it, by other ids not touched."""
        assert await world.keys.note(NOTED) == NOTED
        later = msgspec.structs.replace(NOTED, fingerprint="f-2", call="call-2")
        assert await world.keys.note(later) == NOTED
        other = msgspec.structs.replace(later, id="b" * 26)
        assert await world.keys.note(other) == other

    async def test_of_many_at_once_one_is_noted(self, world: World) -> None:
        """And all are given that one."""
        tries = [msgspec.structs.replace(NOTED, call=f"call-{number}") for number in range(4)]
        assert len(set(await asyncio.gather(*map(world.keys.note, tries)))) == 1

    async def test_a_lost_answer_is_looked_up(self, world: World) -> None:
        """It was noted."""
        with world.lost_answer():
            assert await world.keys.note(NOTED) == NOTED

    async def test_a_database_that_refuses_is_said(self, world: World) -> None:
        """Nothing was noted: another may be."""
        with world.refused(), pytest.raises(Unavailable):
            await world.keys.note(NOTED)
        later = msgspec.structs.replace(NOTED, fingerprint="f-2", call="call-2")
        assert await world.keys.note(later) == later


class TestFake(UploadKeyStoreSuite):
    """The one that other tests are built on."""

    @pytest.fixture
    def world(self) -> World:
        """In memory."""
        keys = FakeUploadKeyStore()

        @contextmanager
        def lost() -> Iterator[None]:
            keys.failures.lose_answer("note", OutcomeUnknown("lost"))
            yield

        @contextmanager
        def refused() -> Iterator[None]:
            keys.failures.refuse("note", Unavailable("down", "Down."))
            yield

        return World(keys, lost, refused)


@pytest.mark.usefixtures("one_loop")
class TestFirestore(UploadKeyStoreSuite):
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
            FirestoreUploadKeyStore(firestore),
            lambda: control.fault("firestore", "Commit", effect="lose_response", code="INTERNAL", count=1),
            lambda: control.fault("firestore", "Commit", code="PERMISSION_DENIED", count=1),
        )
        await firestore._firestore_api.transport.close()  # noqa: SLF001 - the client's own close leaves it open
