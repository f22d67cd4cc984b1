"""Handlers are bound to the table of operations: each by the function that answers it, and by no other."""

import pytest
from starlette.requests import Request
from starlette.responses import Response

from infra.local.gateway import route
from shared.api import openai_images, read_jobs, submit_jobs
from shared.api.binding import bound
from shared.api.operations import OPERATIONS
from shared.api.router import Router, everybody
from shared.imaging.masks import PillowMasks
from shared.use_cases.wait import Wait
from tests.fakes.clock import FakeClock
from tests.fakes.image_store import FakeImageStore
from tests.fakes.job_queue import FakeJobQueue
from tests.fakes.job_store import FakeJobStore
from tests.fakes.job_watcher import FakeJobWatcher
from tests.fakes.stores import fake_stores
from tests.fakes.upload_signer import FakeUploadSigner
from tests.unit.shared.api.asking import OPEN, Api


@pytest.fixture
def routers() -> dict[str, Router]:
    """Those of the API's functions."""
    stores, clock = fake_stores(), FakeClock()
    wait = Wait(stores.jobs, FakeJobWatcher(FakeJobStore()), clock, 1)
    return {
        "submit": submit_jobs.router(stores, FakeJobQueue(), FakeUploadSigner(), clock, OPEN, wait=wait),
        "status": read_jobs.router(stores, FakeImageStore(), clock, OPEN, wait=wait),
        "openai": openai_images.router(
            stores, FakeJobQueue(), FakeImageStore(), clock, OPEN, masks=PillowMasks(), wait=wait
        ),
    }


def test_every_operation_is_answered_by_its_function_alone(routers: dict[str, Router]) -> None:
    """What the table says is what is deployed."""
    answered = {operation.id: function for function, router in routers.items() for operation in router.operations}
    assert answered == {operation.id: operation.function for operation in OPERATIONS.values()}


def test_an_operation_s_function_follows_from_its_address() -> None:
    """Where the gateway and the load balancer send it: /v1/images/ apart, by its method alone."""
    for operation in OPERATIONS.values():
        assert operation.function == route(operation.method, operation.path, ("openai", "status", "submit"))


def test_ids_and_addresses_are_each_one_operation_s() -> None:
    """No line hides another."""
    assert all(name == operation.id for name, operation in OPERATIONS.items())
    assert len({(operation.method, operation.path) for operation in OPERATIONS.values()}) == len(OPERATIONS)


@pytest.mark.parametrize("change", ["one too few", "one of another function", "one that is not in the table"])
def test_a_router_that_does_not_answer_the_table_is_not_made(change: str) -> None:
    """A call that is in the contract and nowhere else would be found by a client, not by a test."""

    async def handler(_: Request) -> Response:
        return Response()

    handlers = {operation.id: handler for operation in OPERATIONS.values() if operation.function == "status"}
    if change == "one too few":
        del handlers["getJob"]
    else:
        handlers["createJob" if change == "one of another function" else "getMoon"] = handler
    with pytest.raises(LookupError, match=r"getJob|createJob|getMoon"):
        bound("status", handlers, everybody)


def test_each_answer_is_logged_with_its_latency(caplog: pytest.LogCaptureFixture) -> None:
    """With the workflow that it belongs to; that of `health`, which is asked all the time, only for who debugs."""
    caplog.set_level("INFO", "darkroom")
    api = Api()
    answer = api.submit.post("/v1/jobs", json={"prompt": "x"}, headers={"X-Workflow-ID": "w"})
    api.status.get("/health")
    api.status.get("/nowhere")
    lines = [record.__dict__["fields"] for record in caplog.records if record.message == "request answered"]
    known = [(line["operation"], line["status"], line["workflow_id"]) for line in lines]
    assert known == [("createJob", answer.status_code, "w"), (None, 404, None)]
    assert all(line["latency_ms"] >= 0 for line in lines)
