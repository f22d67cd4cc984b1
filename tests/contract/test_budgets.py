"""A budget for ten jobs, and many who want it at once: Submit on Firestore over the wire, by several instances."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import msgspec
import pytest

from shared.domain.accounts import Account
from shared.domain.endings import failed
from shared.domain.errors import Rejected
from shared.domain.job import Failure, Job
from shared.domain.tenant import Budget, Tenant
from shared.gcp.documents import client
from shared.gcp.firestore import Firestore
from shared.gcp.job_store import FirestoreJobStore
from shared.idempotency import LeaseRules, claim
from shared.use_cases.closing import close
from shared.use_cases.submit import Submit
from shared.use_cases.tenants import RecentTenants
from tests.builders import DEFAULTS, a_caller, a_request
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.job_queue import FakeJobQueue
from tests.fakes.tenant_store import FakeTenantStore
from tests.processes import RunningCloud

PRICE = 40_000  # micro-USD, of each job
TIMES = 20
INSTANCES, SUBMITS = 4, 64
NO = Failure(type="PERMANENT", stage="validating", code="invalid_prompt", message="No.", retryable=False)


@pytest.fixture
async def firestore(
    deployed_cloud: RunningCloud, project: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Firestore]:
    """A database of its own, through Google's client."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", deployed_cloud.host("firestore"))
    made = client(project, "(default)")
    yield made
    await made._firestore_api.transport.close()  # noqa: SLF001 - the client's own close leaves it open


class Office:
    """Several instances of `submit` on one database, for one tenant."""

    def __init__(self, firestore: Firestore, tenant: str) -> None:
        self.tenant = tenant
        self._firestore = firestore
        self._clock, self._queue = FakeClock(), FakeJobQueue()
        tenants = FakeTenantStore()
        tenants.has(Tenant(id=tenant, created_at=NOON, budget=Budget(month_micros=10 * PRICE)))
        self.stores = [FirestoreJobStore(firestore) for _ in range(INSTANCES)]
        self._submits = [
            Submit(jobs, self._queue, RecentTenants(tenants, self._clock), self._clock, DEFAULTS)
            for jobs in self.stores
        ]

    async def many(self) -> tuple[list[Job], Counter[int]]:
        """That many submits at once: the jobs that were taken, and the refusals by status."""
        caller = a_caller(tenant=self.tenant, idempotency_key=None)
        asked = [self._submits[number % INSTANCES](a_request(), caller) for number in range(SUBMITS)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        refused = [answer.status if isinstance(answer, Rejected) else 0 for answer in answers if not _taken(answer)]
        return [answer[0] for answer in answers if isinstance(answer, tuple)], Counter(refused)

    async def fail(self, job: Job, jobs: FirestoreJobStore) -> None:
        """A worker takes the job, and fails."""
        hold = await claim(jobs, self._clock, LeaseRules(), job.id, "worker")
        assert hold is not None
        await hold.write(lambda held, now: failed(held, now, NO))
        await close(jobs, self._queue, hold.stored)

    async def account(self) -> Account:
        """As it is stored."""
        found = await self._firestore.document(f"accounts/{self.tenant}").get()
        return msgspec.convert(found.to_dict(), Account)


def _taken(answer: object) -> bool:
    return isinstance(answer, tuple)


@pytest.mark.usefixtures("one_loop")
async def test_a_budget_for_ten_jobs_takes_ten_and_three_more_after_three_have_failed(firestore: Firestore) -> None:
    """Of 64 at once, 54 are 402; time after time."""
    for time in range(TIMES):
        office = Office(firestore, f"tenant-{time}")
        taken, refused = await office.many()
        assert (len(taken), refused) == (10, {402: 54})
        await asyncio.gather(*(office.fail(job, jobs) for job, jobs in zip(taken[:3], office.stores, strict=False)))
        more, refused = await office.many()
        assert (len(more), refused) == (3, {402: 61})
        account = await office.account()
        assert (account.in_flight, account.month_reserved, account.month_spent) == (10, 10 * PRICE, 0)
