"""JobStore: the fake, and Firestore over the wire."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from shared.domain.errors import AlreadyExists, Conflict, OutcomeUnknown, Unavailable
from shared.gcp.documents import client
from shared.gcp.firestore import Firestore
from shared.gcp.job_store import FirestoreJobStore
from shared.idempotency import LeaseRules, claim, create_once
from tests.builders import JOB_ID, a_job, a_job_in
from tests.contract.full_job import A_FULL_JOB
from tests.contract.job_store_suite import JobStoreSuite, World
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.job_store import FakeJobStore
from tests.processes import Control, RunningCloud

RPC = {
    "create": "Commit", "write": "Commit", "get": "GetDocument", "get_render": "GetDocument",
    "due": "RunQuery", "followers": "RunQuery", "gave_up": "RunQuery", "create_all": "Commit", "discard": "Commit",
    "known": "BatchGetDocuments", "count": "RunAggregationQuery",
}  # fmt: skip


def test_the_full_job_is_full() -> None:
    """No field is at its default, so that the round trip proves them all."""
    plain = a_job()
    assert [name for name in plain.__struct_fields__ if getattr(plain, name) == getattr(A_FULL_JOB, name)] == []


class TestFake(JobStoreSuite):
    """The one that other tests are built on."""

    @pytest.fixture
    def world(self) -> World:
        """In memory."""
        jobs = FakeJobStore()

        @contextmanager
        def lost(method: str) -> Iterator[None]:
            jobs.lose_answer(method)
            yield

        @contextmanager
        def refused(method: str) -> Iterator[None]:
            jobs.failures.refuse(method, Unavailable("down", "Down."))
            yield

        return World(jobs, lost, refused)


@pytest.mark.usefixtures("one_loop")
class TestFirestore(JobStoreSuite):
    """The real one."""

    @pytest.fixture
    async def firestore(
        self, deployed_cloud: RunningCloud, project: str, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[Firestore]:
        """A database of its own, through Google's client."""
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", deployed_cloud.host("firestore"))
        made = client(project, "(default)")
        yield made
        await made._firestore_api.transport.close()  # noqa: SLF001 - the client's own close leaves it open

    @pytest.fixture
    def world(self, firestore: Firestore, control: Control) -> World:
        """On that database."""
        return World(
            FirestoreJobStore(firestore),
            lambda method: control.fault("firestore", RPC[method], effect="lose_response", code="INTERNAL", count=1),
            lambda method: control.fault("firestore", RPC[method], code="PERMISSION_DENIED", count=1),
        )

    @pytest.fixture
    def control(self, deployed_cloud: RunningCloud) -> Control:
        """Faults and counts."""
        return deployed_cloud.control

    async def test_a_create_that_the_client_repeated_exists_already(self, world: World, control: Control) -> None:
        """The client library repeats after UNAVAILABLE; `create_once` knows its own write."""
        with control.fault("firestore", "Commit", effect="lose_response", count=1), pytest.raises(AlreadyExists):
            await world.jobs.create(a_job())
        other = a_job(id="b" * 26)
        with control.fault("firestore", "Commit", effect="lose_response", count=1):
            stored, created = await create_once(world.jobs, other)
        assert (stored.job, created) == (other, True)

    async def test_a_write_that_the_client_repeated_conflicts_with_itself(self, world: World, control: Control) -> None:
        """A hold knows its own write."""
        stored = await world.jobs.create(a_job())
        with control.fault("firestore", "Commit", effect="lose_response", count=1), pytest.raises(Conflict):
            await world.jobs.write(stored, a_job_in("processing"))
        await world.jobs.create(a_job(id="b" * 26))
        with control.fault("firestore", "Commit", effect="lose_response", count=1):
            hold = await claim(world.jobs, FakeClock(), LeaseRules(), "b" * 26, "worker-1")
        assert hold is not None
        assert hold.job.attempt_count == 1

    @pytest.mark.parametrize("code", ["DEADLINE_EXCEEDED", "UNKNOWN", "CANCELLED"])
    async def test_whatever_loses_an_answer_leaves_the_outcome_unknown(
        self, world: World, control: Control, code: str
    ) -> None:
        """Never taken for a refusal."""
        fault = {"effect": "lose_response", "code": code, "count": 1}
        with control.fault("firestore", "Commit", **fault), pytest.raises(OutcomeUnknown):
            await world.jobs.create(a_job())
        assert await world.jobs.get(JOB_ID) is not None

    @pytest.mark.parametrize("code", ["ABORTED", "NOT_FOUND", "FAILED_PRECONDITION", "INVALID_ARGUMENT"])
    async def test_a_create_that_is_refused_is_503(self, world: World, control: Control, code: str) -> None:
        """A new job conflicts with nothing: the database is at fault, and the client may repeat."""
        with control.fault("firestore", "Commit", code=code, count=1), pytest.raises(Unavailable):
            await world.jobs.create(a_job())

    async def test_a_write_that_lost_a_race_conflicts(self, world: World, control: Control) -> None:
        """ABORTED is what contention is called."""
        stored = await world.jobs.create(a_job())
        with control.fault("firestore", "Commit", code="ABORTED", count=1), pytest.raises(Conflict):
            await world.jobs.write(stored, a_job_in("processing"))

    async def test_each_call_is_one_rpc(self, world: World, control: Control) -> None:
        """A write with its record, too."""
        control.reset_counts()
        stored = await world.jobs.create(a_job())
        await world.jobs.get(JOB_ID)
        await world.jobs.write(stored, a_job_in("processing"))
        counts = control.counts()
        assert (counts["firestore.Commit"], counts["firestore.GetDocument"]) == (2, 1)

    async def test_what_cannot_be_read_hides_nothing_that_is_due(self, world: World, firestore: Firestore) -> None:
        """A later version wrote it, say, before this one was deployed again."""
        for letter in "abc":
            await firestore.document(f"jobs/{letter}").set({"wake_at": NOON, "job_type": "of another version"})
        for number in range(3):
            await world.jobs.create(a_job(id=f"{number}" * 26, wake_at=NOON + timedelta(seconds=number)))
        found = await world.jobs.due(NOON + timedelta(hours=1), 2)
        assert [stored.job.id[0] for stored in found] == ["0", "1"]
