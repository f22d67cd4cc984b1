"""Limits and budgets as clients meet them."""

from typing import Any

import httpx
import pytest

from shared.config import Settings
from shared.domain.job import Spend
from shared.domain.tenant import Allowance, Budget, Tenant
from tests.builders import a_job_in
from tests.fakes.clock import NOON
from tests.unit.shared.api.asking import Api

PRICE = 40_000  # micro-USD an image of the usual model


def an_api(settings: Settings | None = None, **tenant: Any) -> Api:
    """Whose one tenant has these limits."""
    api = Api(settings or Settings(auth_mode="none", requests_per_minute=0))
    api.tenants.has(Tenant(id="local", created_at=NOON, **tenant))
    return api


def post(api: Api, key: str | None = None, user: str | None = None, **body: Any) -> httpx.Response:
    """A job is asked for."""
    headers = {"Idempotency-Key": key, "X-User-ID": user}
    sent = {name: value for name, value in headers.items() if value}
    return api.submit.post("/v1/jobs", json={"prompt": "a fox"} | body, headers=sent)


def codes(*answers: httpx.Response) -> list[str]:
    """What they say, or `taken`."""
    return ["taken" if answer.status_code == 202 else answer.json()["code"] for answer in answers]


def test_requests_are_limited_unless_it_is_said_otherwise() -> None:
    """600 a minute; every answer says what is left, a refusal too."""
    api = Api(Settings(auth_mode="none"))
    answer = api.status.get("/v1/models")
    assert answer.headers["RateLimit-Policy"] == '"tenant";q=600;w=60'
    assert answer.headers["RateLimit"] == '"tenant";r=599;t=1'
    assert (answer.headers["RateLimit-Limit"], answer.headers["RateLimit-Remaining"]) == ("600", "599")
    api = an_api(limits=Allowance(requests_per_minute=2))
    answers = [api.status.get("/v1/jobs/no-such-job") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert answers[2].headers["Retry-After"] == "30"
    assert (answers[2].json()["code"], answers[2].json()["exceeded"]["most"]) == ("rate_limited", 2)
    api.clock.move(30)
    assert api.status.get("/v1/models").status_code == 200


def test_no_limit_is_said_where_there_is_none() -> None:
    """Nor is what is open to everybody limited."""
    assert "RateLimit" not in an_api().status.get("/v1/models").headers
    api = an_api(limits=Allowance(requests_per_minute=1))
    assert [api.status.get("/health").status_code for _ in range(3)] == [200, 200, 200]


def test_a_user_at_its_limit_is_refused_and_another_is_not() -> None:
    """Requests, jobs in flight, images a day: each user has its own."""
    for limit, code in (
        (Allowance(requests_per_minute=1), "rate_limited"),
        (Allowance(jobs_in_flight=1), "too_many_jobs"),
        (Allowance(images_per_day=1), "daily_images_exhausted"),
    ):
        api = an_api(user_limits=limit)
        asked = [post(api, user=user) for user in ("ann", "ann", "bob")]
        assert codes(*asked) == ["taken", code, "taken"]
        assert asked[1].status_code == 429
        assert int(asked[1].headers["Retry-After"]) > 0


def test_a_project_has_limits_and_a_budget_of_its_own() -> None:
    """And another project its own again."""
    for limit, code in (
        ({"project_limits": Allowance(requests_per_minute=1)}, "rate_limited"),
        ({"project_limits": Allowance(jobs_in_flight=1)}, "too_many_jobs"),
        ({"project_budget": Budget(day_micros=PRICE)}, "budget_exceeded"),
        ({"project_budgets": {"p": Budget(month_micros=PRICE), "q": Budget(day_micros=PRICE)}}, "budget_exceeded"),
    ):
        api = an_api(**limit)
        assert codes(*(post(api, project_id=name) for name in "ppqq")) == ["taken", code, "taken", code]


def test_a_batch_is_a_request_of_each_of_its_projects() -> None:
    """However many items it has of one."""
    api = an_api(project_limits=Allowance(requests_per_minute=2))
    items = [{"prompt": "a fox", "project_id": name} for name in "ppq"]
    assert codes(api.submit.post("/v1/batches", json={"items": items}), post(api, project_id="p")) == ["taken"] * 2
    assert codes(api.submit.post("/v1/batches", json={"items": items}), post(api, project_id="q")) == [
        "rate_limited", "taken"
    ]  # fmt: skip


def test_a_batch_is_taken_whole_or_not_at_all() -> None:
    """Its jobs are reserved together; each settles its own."""
    api = an_api(budget=Budget(day_micros=3 * PRICE))
    for number, code in ((4, "budget_exceeded"), (3, "taken"), (1, "budget_exceeded")):
        answer = api.submit.post("/v1/batches", json={"items": [{"prompt": "a fox"}] * number})
        assert codes(answer) == [code]
    account = api.jobs.accounts["local"]
    assert (account.in_flight, account.day_reserved) == (3, 3 * PRICE)
    (job, *_) = (found for found in api.jobs.history if found.parent_id)
    assert api.submit.post(f"/v1/jobs/{job.id}/cancel").status_code == 200
    assert (api.jobs.accounts["local"].in_flight, api.jobs.accounts["local"].day_reserved) == (2, 2 * PRICE)


def test_a_job_beyond_the_budget_is_402_with_what_is_left() -> None:
    """For a program, in micro-USD; nothing of it is stored or announced."""
    api = an_api(budget=Budget(day_micros=PRICE * 5))
    assert codes(post(api, n=3), post(api, n=3), post(api, n=2), post(api)) == [
        "taken", "budget_exceeded", "taken", "budget_exceeded"
    ]  # fmt: skip
    answer = post(api)
    assert (answer.status_code, answer.headers["content-type"]) == (402, "application/problem+json")
    assert answer.json()["exceeded"] == {
        "limit": "day_micros", "of": "tenant", "most": 200_000, "used": 200_000, "left": 0, "asked": 40_000,
        "resets_at": "2026-11-22T00:00:00Z",
    }  # fmt: skip
    assert len(api.queue.ids) == 2


def test_a_repeat_is_answered_though_nothing_is_left() -> None:
    """It reserves nothing."""
    api = an_api(budget=Budget(day_micros=PRICE))
    first = post(api, key="k")
    assert codes(post(api, key="k2")) == ["budget_exceeded"]
    again = post(api, key="k")
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert again.headers["Idempotency-Replayed"] == "true"
    assert api.jobs.accounts["local"].day_reserved == PRICE


def test_a_lost_answer_reserves_once() -> None:
    """The first write is recognised."""
    api = an_api(limits=Allowance(jobs_in_flight=9))
    api.jobs.lose_answer("create")
    assert codes(post(api)) == ["taken"]
    assert api.jobs.accounts["local"].in_flight == 1


def test_a_price_that_nobody_knows_reserves_what_is_configured() -> None:
    """The tenant's, or the deployment's."""
    for tenant, reserved in (({"unknown_price_micros": 7}, 7), ({}, 3)):
        api = an_api(
            Settings(auth_mode="none", unknown_price_micros=3), budget=Budget(day_micros=PRICE), **tenant
        )  # fmt: skip
        assert codes(post(api, model="nanobanana")) == ["taken"]
        assert api.jobs.accounts["local"].day_reserved == reserved


def test_the_dearest_of_the_models_that_may_come_to_make_it_is_reserved() -> None:
    """A fallback may cost more."""
    api = an_api(budget=Budget(day_micros=10**6))
    job = post(api, fallback=["gemini-3-pro-image", "gemini-3.1-flash-image"], n=2).json()
    assert job["cost"]["estimated_micros"] == 2 * PRICE
    assert api.jobs.accounts["local"].day_reserved == 2 * 134_000


def test_a_retry_reserves_anew_or_is_402() -> None:
    """What the first run left is settled before; the job stays as it was where there is not enough."""
    api = an_api(budget=Budget(day_micros=PRICE))
    job = post(api).json()
    calls = (Spend(attempt=1, estimated_micros=PRICE, actual_micros=0),)
    api.jobs.change(
        job["id"], lambda before: a_job_in("failed", id=before.id, reservation=before.reservation, spend=calls)
    )  # fmt: skip
    assert api.submit.post(f"/v1/jobs/{job['id']}/retry").status_code == 202
    reservation = api.jobs.job(job["id"]).reservation
    assert reservation is not None
    assert (reservation.micros, reservation.first_call) == (PRICE, 1)
    assert codes(post(api)) == ["budget_exceeded"]
    assert api.jobs.accounts["local"].in_flight == 1
    api.jobs.change(
        job["id"], lambda before: a_job_in("failed", id=before.id, reservation=before.reservation, settled=True)
    )  # fmt: skip
    answer = api.submit.post(f"/v1/jobs/{job['id']}/retry")
    assert (answer.status_code, answer.json()["code"]) == (402, "budget_exceeded")
    assert api.jobs.job(job["id"]).status == "failed"


def test_a_cancel_makes_room_at_once() -> None:
    """For the next job."""
    api = an_api(limits=Allowance(jobs_in_flight=1))
    job = post(api).json()
    assert codes(post(api)) == ["too_many_jobs"]
    assert api.submit.post(f"/v1/jobs/{job['id']}/cancel").status_code == 200
    assert codes(post(api)) == ["taken"]


def test_a_new_day_has_its_own_images_and_money() -> None:
    """In UTC; the month goes on."""
    api = an_api(limits=Allowance(images_per_day=1), budget=Budget(day_micros=PRICE, month_micros=2 * PRICE))
    assert codes(post(api), post(api)) == ["taken", "daily_images_exhausted"]
    api.clock.move(86_400)
    assert codes(post(api)) == ["taken"]
    api.clock.move(86_400)
    assert codes(post(api)) == ["budget_exceeded"]
    api.clock.move(9 * 86_400)
    assert codes(post(api)) == ["taken"]


def test_images_of_a_request_and_its_size_are_the_tenants() -> None:
    """400 with a pointer; 413. An estimate says so too."""
    api = an_api(images_per_request=2, max_body_bytes=100)
    assert codes(post(api, n=2)) == ["taken"]
    for path in ("/v1/jobs", "/v1/estimate"):
        answer = api.submit.post(path, json={"prompt": "a fox", "n": 3})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/n")
    answer = post(api, prompt="x" * 100)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert "at most 100 bytes" in answer.json()["detail"]


@pytest.mark.parametrize("limited", [False, True])
def test_what_is_not_limited_is_not_counted(*, limited: bool) -> None:
    """One create, and one account at most."""
    api = an_api(limits=Allowance(jobs_in_flight=5 if limited else None))
    post(api, user="ann", project_id="p")
    assert api.jobs.calls == ["create"]
    assert len(list(api.jobs.accounts)) == limited


def test_what_is_left_can_be_asked_for() -> None:
    """Of the tenant and, where they are named, of a project and a user; of yesterday nothing is used."""
    api = an_api(
        budget=Budget(day_micros=10 * PRICE, month_micros=100 * PRICE),
        project_budget=Budget(day_micros=5 * PRICE),
        user_limits=Allowance(images_per_day=7, requests_per_minute=60),
    )
    assert codes(post(api, project_id="film", user="ann", n=2), post(api)) == ["taken"] * 2
    told = api.status.get("/v1/limits").json()["limits"]
    assert [(one["limit"], one["of"], one["most"], one["used"], one["left"]) for one in told] == [
        ("day_micros", "tenant", 10 * PRICE, 3 * PRICE, 7 * PRICE),
        ("month_micros", "tenant", 100 * PRICE, 3 * PRICE, 97 * PRICE),
    ]
    assert [one["resets_at"] for one in told] == ["2026-11-22T00:00:00Z", "2026-12-01T00:00:00Z"]
    more = api.status.get("/v1/limits?project_id=film&user_id=ann").json()["limits"][2:]
    assert [(one["limit"], one["of"], one["left"]) for one in more] == [
        ("day_micros", "project film", 3 * PRICE),
        ("images_per_day", "user ann", 5),
    ]
    api.clock.move(24 * 3600)
    assert [one["used"] for one in api.status.get("/v1/limits").json()["limits"]] == [0, 3 * PRICE]


def test_nothing_is_left_of_what_has_no_limit() -> None:
    """And nothing is read for it; what is no filter is refused."""
    api = an_api()
    assert api.status.get("/v1/limits?project_id=film").json() == {"limits": []}
    for query, code in (("?project_id=", "invalid_filter"), ("?model=x", "unknown_filter")):
        answer = api.status.get(f"/v1/limits{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, code)
