"""Limits and budgets through the whole stack, where each test has a tenant of its own."""

import signal
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from shared.domain.api_key import USUAL_SCOPES, ApiKey, Token, fresh_secret, hash_of
from shared.domain.tenant import Allowance, Budget, Tenant
from shared.gcp.documents import fields
from shared.idempotency import fresh_token
from tests.integration.api import Api, Job, a_prompt
from tests.integration.inside import Inside, counting
from tests.processes import Control
from tests.stack import RunningStack, stack
from tests.waiting import until

PRICE = 40_000  # micro-USD, of a picture of the usual model
Client = Callable[..., Api]


@pytest.fixture(scope="module")
def darkroom() -> Iterator[RunningStack]:
    """A stack that is opened by keys alone. Nobody sweeps it but the tests."""
    with stack(SWEEP_SECONDS="0", AUTH_MODE="keys") as running:
        yield running


@pytest.fixture
def control(darkroom: RunningStack) -> Control:
    """The control port of the stack's local cloud."""
    return darkroom.control


@pytest.fixture
def inside(darkroom: RunningStack) -> Iterator[Inside]:
    """What lies behind the stack's API."""
    with closing(Inside(darkroom)) as clients:
        yield clients


@pytest.fixture
def client(darkroom: RunningStack, inside: Inside) -> Iterator[Client]:
    """Clients, each of a new tenant with the limits that are given."""
    now = datetime.now(UTC)
    with ExitStack() as until_end:

        def a_client(**limits: Any) -> Api:
            tenant = Tenant(id=f"tenant-{uuid4().hex}", created_at=now, **limits)
            token = Token(fresh_token(), fresh_secret())
            key = ApiKey(
                id=token.id,
                tenant=tenant.id,
                name="a test",
                scopes=USUAL_SCOPES,
                hash=hash_of(token.secret),
                created_at=now,
            )
            inside.database.collection("tenants").document(tenant.id).set(fields(tenant))
            inside.database.collection("api_keys").document(key.id).set(fields(key))
            api = until_end.enter_context(closing(Api(darkroom.base_url)))
            api.http.headers.update({"Authorization": f"Bearer {token}", "X-Tenant": tenant.id})
            return api

        yield a_client


def account(inside: Inside, api: Api) -> dict[str, Any]:
    """The tenant's account as it is stored, without what names it."""
    found = inside.database.collection("accounts").document(api.http.headers["X-Tenant"]).get().to_dict() or {}
    return {name: value for name, value in found.items() if name not in {"id", "day"}}


def many(api: Api, number: int = 64) -> tuple[list[Job], Counter[int]]:
    """That many submits at once: the jobs, and the refusals by status."""
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: api.post({"prompt": a_prompt(), "cache": "off"}), range(number)))
    return (
        [answer.json() for answer in answers if answer.status_code == 202],
        Counter(answer.status_code for answer in answers if answer.status_code != 202),
    )


def test_a_budget_for_ten_jobs_takes_ten(client: Client, control: Control, inside: Inside) -> None:
    """Of 64 at once; after 3 have failed, exactly 3 more."""
    api = client(budget=Budget(day_micros=10 * PRICE))
    with control.fault("vertex", "Predict", code="INVALID_ARGUMENT", count=3):
        jobs, refused = many(api)
        assert (len(jobs), refused) == (10, {402: 54})
        ended = [api.reached(job, "completed", "failed") for job in jobs]
    assert Counter(job["status"] for job in ended) == {"completed": 7, "failed": 3}
    until(lambda: "in_flight" not in account(inside, api))
    assert account(inside, api) == {"day_images": 7, "day_spent": 7 * PRICE, "month_spent": 7 * PRICE}
    more, refused = many(api)
    assert (len(more), refused) == (3, {402: 61})
    for job in more:
        api.reached(job, "completed")
    until(lambda: account(inside, api).get("day_spent") == 10 * PRICE)


@pytest.fixture
def _nobody_works(darkroom: RunningStack) -> Iterator[None]:
    """The workers stand still, so that their calls are not counted."""
    darkroom.signal("generate", signal.SIGSTOP)
    yield
    darkroom.signal("generate", signal.SIGCONT)


@pytest.mark.usefixtures("_nobody_works")
def test_a_counted_submit_is_three_calls(client: Client, control: Control) -> None:
    """One read and one commit of the job with all its accounts, and a publish."""
    api = client(
        budget=Budget(day_micros=10**9),
        project_budget=Budget(month_micros=10**9),
        user_limits=Allowance(jobs_in_flight=10, images_per_day=10),
    )
    api.http.headers["X-User-ID"] = "ann"
    api.submit(project_id="film")  # key and tenant are read once a minute
    with counting(control) as calls:
        api.submit(project_id="film")
    del calls["pubsub.Deliver"]
    assert calls == {"firestore.BatchGetDocuments": 1, "firestore.Commit": 1, "pubsub.Publish": 1}


def test_a_user_at_its_limit_is_429_and_another_is_not(client: Client) -> None:
    """The same tenant's."""
    api = client(user_limits=Allowance(images_per_day=1))
    statuses = []
    for user in ("ann", "ann", "bob"):
        api.http.headers["X-User-ID"] = user
        statuses.append(api.post({"prompt": a_prompt(), "not_before": "2100-01-01T00:00:00Z"}).status_code)
    assert statuses == [202, 429, 202]


@pytest.mark.parametrize("effect", ["hold", "hold_response"])
def test_a_worker_killed_before_it_has_settled_leaves_it_to_sweep(
    effect: str, client: Client, control: Control, darkroom: RunningStack, inside: Inside
) -> None:
    """The job has ended; it is settled once, whether the worker's commit took effect or not."""
    api = client(budget=Budget(day_micros=PRICE))
    settlement = ["settled", api.http.headers["X-Tenant"]]
    with control.fault("firestore", "Commit", effect=effect, containing=settlement) as fault:
        job = api.submit(cache="off")
        until(lambda: control.hits(fault) > 0)
        darkroom.kill("generate")
        darkroom.restart("generate")
    assert api.get(job)["status"] == "completed"
    if effect == "hold":
        assert account(inside, api)["in_flight"] == 1
        assert api.post({"prompt": a_prompt()}).status_code == 402
        inside.make_due(job)
        inside.swept("settled")
    inside.sweep()
    assert account(inside, api) == {"day_images": 1, "day_spent": PRICE, "month_spent": PRICE}
    (stored,) = inside.documents(id=job["id"])
    assert (stored["settled"], stored.get("wake_at")) == (True, None)
