"""Charges: the fake, and Firestore over the wire."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import msgspec
import pytest

from shared.domain.accounts import Account
from shared.domain.errors import AlreadyExists, Unavailable
from shared.domain.job import Job
from shared.gcp.accounts import Accounts
from shared.gcp.documents import client
from shared.gcp.encoding import creation
from shared.gcp.firestore import Firestore
from shared.gcp.job_store import FirestoreJobStore
from shared.idempotency import create_once
from tests.builders import JOB_ID, a_job
from tests.contract.charge_suite import FULL, ChargedWorld, ChargeSuite, one_more, up_to
from tests.fakes.job_store import FakeJobStore
from tests.processes import Control, RunningCloud
from tests.waiting import until

LETTERS = "bcdefgh"


def ended(job: Job) -> Job:
    """The job with another value in it."""
    return a_job(id=job.id, settled=True)


class TestFake(ChargeSuite):
    """The one that other tests are built on."""

    @pytest.fixture
    def world(self) -> ChargedWorld:
        """In memory."""
        jobs = FakeJobStore()

        async def account(name: str) -> Account:
            (read,) = await jobs.accounts.read([name])
            return read

        @contextmanager
        def lost(method: str) -> Iterator[None]:
            jobs.lose_answer(method)
            yield

        @contextmanager
        def refused(method: str) -> Iterator[None]:
            jobs.failures.refuse(method, Unavailable("down", "Down."))
            yield

        return ChargedWorld(jobs, account, lost, refused)


@pytest.mark.usefixtures("one_loop")
class TestFirestore(ChargeSuite):
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
    def world(self, firestore: Firestore, control: Control) -> ChargedWorld:
        """On that database."""

        async def account(name: str) -> Account:
            found = await firestore.document(f"accounts/{name}").get()
            stored = msgspec.convert(found.to_dict(), Account) if found.exists else Account(id=name)
            assert await Accounts(firestore).read([name, "none"]) == [stored, Account(id="none")]
            return stored

        return ChargedWorld(
            FirestoreJobStore(firestore),
            account,
            lambda _: control.fault("firestore", "Commit", effect="lose_response", code="INTERNAL", count=1),
            lambda _: control.fault("firestore", "Commit", code="PERMISSION_DENIED", count=1),
        )

    @pytest.fixture
    def control(self, deployed_cloud: RunningCloud) -> Control:
        """Faults and counts."""
        return deployed_cloud.control

    async def test_a_charge_is_two_rpcs(self, world: ChargedWorld, control: Control) -> None:
        """One read of all, one commit of all."""
        control.reset_counts()
        await world.jobs.create(a_job(), {"a": one_more, "b": one_more, "c": one_more})
        counts = {name: count for name, count in control.counts().items() if name.startswith("firestore.")}
        assert counts == {"firestore.BatchGetDocuments": 1, "firestore.Commit": 1}

    async def test_a_commit_that_lost_a_race_is_made_again(self, world: ChargedWorld, control: Control) -> None:
        """ABORTED is what contention is called."""
        with control.fault("firestore", "Commit", code="ABORTED", count=3):
            await world.jobs.create(a_job(), {"a": one_more})
        assert (await world.account("a")).in_flight == 1

    async def test_one_that_loses_every_race_is_503(
        self, world: ChargedWorld, firestore: Firestore, control: Control
    ) -> None:
        """Nothing was written; the client may repeat."""
        name = firestore.name_of("jobs", "a")
        with control.fault("firestore", "Commit", code="ABORTED") as fault:
            with pytest.raises(Unavailable, match="nothing was written") as caught:
                await Accounts(firestore, 1).commit({"a": one_more}, name, None, [creation(name, {})])
            assert control.hits(fault) > 1
        assert (caught.value.status, caught.value.code, caught.value.retry_after) == (503, "contended", 1)
        assert await world.account("a") == Account(id="a")

    async def test_a_create_that_the_client_repeated_is_known_again(
        self, world: ChargedWorld, control: Control
    ) -> None:
        """The client library repeats after UNAVAILABLE: it is charged once, and `create_once` knows its own write."""
        with control.fault("firestore", "Commit", effect="lose_response", count=1), pytest.raises(AlreadyExists):
            await world.jobs.create(a_job(), {"a": one_more})
        other = a_job(id="b" * 26)
        for effect in ({}, {"code": "UNKNOWN"}):
            with control.fault("firestore", "Commit", effect="lose_response", count=1, **effect):
                stored, created = await create_once(world.jobs, other, {"a": one_more})
            assert (stored.job, created) == (other, True)
            other = a_job(id="c" * 26)
        assert (await world.account("a")).in_flight == 3

    async def test_instances_that_charge_at_once_lose_nothing(self, world: ChargedWorld, firestore: Firestore) -> None:
        """Each with turns of its own, so that only the versions hold them apart."""
        instances = [FirestoreJobStore(firestore) for _ in range(6)]
        tries = [
            instance.create(a_job(id=f"{letter}{number}" * 13), up_to(10))
            for number, instance in enumerate(instances)
            for letter in "bcd"
        ]
        results = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(result is FULL for result in results) == 8
        assert (await world.account("a")).in_flight == 10

    async def test_those_that_wait_are_written_together(self, world: ChargedWorld, control: Control) -> None:
        """The first by itself, and all the others while it was under way."""
        control.reset_counts()
        stored = await asyncio.gather(*(world.jobs.create(a_job(id=letter * 26), up_to(20)) for letter in LETTERS))
        counts = control.counts()
        assert (counts["firestore.Commit"], counts["firestore.BatchGetDocuments"]) == (2, 2)
        assert (await world.account("a")).in_flight == len(LETTERS)
        for one in stored:
            assert await world.jobs.get(one.job.id) == one
        await asyncio.gather(*(world.jobs.write(one, ended(one.job), charge=up_to(40)) for one in stored))
        assert (await world.account("a")).in_flight == 2 * len(LETTERS)

    async def test_what_one_is_refused_for_is_not_the_others_concern(
        self, world: ChargedWorld, control: Control
    ) -> None:
        """Those that waited with it are written."""
        with control.fault("firestore", "Commit", code="INVALID_ARGUMENT", containing=["e" * 26]):
            tries = [world.jobs.create(a_job(id=letter * 26), up_to(20)) for letter in LETTERS]
            results = await asyncio.gather(*tries, return_exceptions=True)
        assert [isinstance(result, Unavailable) for result in results] == [letter == "e" for letter in LETTERS]
        assert (await world.account("a")).in_flight == len(LETTERS) - 1

    async def test_whoever_goes_away_takes_nobody_along(self, world: ChargedWorld, control: Control) -> None:
        """Its client has left, while it wrote for all or waited; what it asked for is done, or is not, as a whole."""
        with control.fault("firestore", "Commit", effect="hold", skip=1, count=1) as fault:
            tries = [asyncio.ensure_future(world.jobs.create(a_job(id=letter * 26), up_to(20))) for letter in LETTERS]
            await tries[0]
            await asyncio.to_thread(until, lambda: control.hits(fault) > 0)
            late = asyncio.ensure_future(world.jobs.create(a_job(), up_to(20)))
            await asyncio.sleep(0)
            for leaves in (tries[1], tries[2], late):
                leaves.cancel()
        results = await asyncio.gather(*tries, late, return_exceptions=True)
        left = [isinstance(result, asyncio.CancelledError) for result in results]
        assert left == [False, True, True, *[False] * (len(LETTERS) - 3), True]
        assert (await world.account("a")).in_flight == len(LETTERS)
        assert await world.jobs.get(JOB_ID) is None

    async def test_a_read_that_fails_writes_nothing(self, world: ChargedWorld, control: Control) -> None:
        """The client may repeat."""
        fault = control.fault("firestore", "BatchGetDocuments", code="PERMISSION_DENIED", count=1)
        with fault, pytest.raises(Unavailable):
            await world.jobs.create(a_job(), {"a": one_more})
        assert await world.jobs.get(JOB_ID) is None
