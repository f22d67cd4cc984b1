"""Times in the cloud against the times in the code: leases, ack deadlines, and how long each function may take."""

import inspect
from typing import Any

import pytest

from shared.api.waiting import MAX_SECONDS
from shared.config import Settings
from shared.domain.delivery import SCHEDULE
from shared.domain.times import MAX_SLEPT_OFF
from shared.idempotency import LeaseRules
from shared.use_cases.sweep import Sweep
from shared.webhook_sender import SECONDS as WEBHOOK_SECONDS
from tests.unit.infra.cloud.hcl.modules import Module
from tests.unit.infra.cloud.tree import GIVEN, ROOT, deployment

LEASES = pytest.mark.parametrize("lease", [30, 180, 580])  # the least, the usual, the most
JITTER = 1.1  # of a webhook's next try


def of(module: Module, type_: str) -> dict[str, Any]:
    """The resources of a type by name."""
    return {one.values["name"]: one.values for one in module.resources() if one.type == type_}


def functions(module: Module) -> dict[str, Any]:
    """Function → its service_config."""
    return {name: one["service_config"][0] for name, one in of(module, "google_cloudfunctions2_function").items()}


@LEASES
def test_lanes_follow_the_lease(lease: int) -> None:
    """A redelivery after a death finds an expired lease; the worker is told of the lease that this was made for."""
    module = Module(ROOT, {**GIVEN, "lease_seconds": lease})
    subscriptions, services = of(module, "google_pubsub_subscription"), functions(module)
    for lane in ("interactive", "batch"):
        assert subscriptions[f"jobs-{lane}-generate"]["ack_deadline_seconds"] == LeaseRules(seconds=lease).ack_seconds
        assert services[f"generate-{lane}"]["environment_variables"]["LEASE_SECONDS"] == str(lease)


@LEASES
def test_generate_is_cut_off_by_nobody_who_still_works(lease: int) -> None:
    """A delivery waits for a place for a lease at most, and works for another: the platform ends neither."""
    for name, service in functions(Module(ROOT, {**GIVEN, "lease_seconds": lease})).items():
        if name.startswith("generate-"):
            assert 2 * lease < service["timeout_seconds"] <= 3600


def test_the_usual_lease_is_the_codes() -> None:
    """Who sets nothing has one lease, whichever of the two is asked."""
    assert deployment().names["var"]["lease_seconds"] == Settings().lease_seconds == LeaseRules().seconds


def test_who_waits_for_a_job_is_answered_before_the_platform_gives_up() -> None:
    """`Prefer: wait` in submit and status, OpenAI's clients in openai; streams as long as Cloud Run lets them."""
    services = functions(deployment())
    assert services["submit"]["timeout_seconds"] > MAX_SECONDS
    assert services["status"]["timeout_seconds"] == 3600
    deadline = int(services["openai"]["environment_variables"]["OPENAI_DEADLINE_SECONDS"])
    assert deadline == Settings().openai_deadline_seconds
    assert deadline < services["openai"]["timeout_seconds"] <= 600  # its clients' own limit


def test_who_waits_leaves_places_for_those_who_do_not() -> None:
    """In submit and status a waiting request holds one of an instance's places; some are never taken so."""
    for name in ("submit", "status"):
        service = functions(deployment())[name]
        waiters = int(service["environment_variables"]["MAX_WAITERS"])
        assert waiters < service["max_instance_request_concurrency"]


def test_an_instance_of_generate_is_sent_as_many_jobs_as_it_has_places() -> None:
    """More would wait in it, where another instance could work."""
    for name, service in functions(deployment()).items():
        if name.startswith("generate-"):
            places = int(service["environment_variables"]["MAX_CONCURRENCY"])
            assert places == service["max_instance_request_concurrency"]


def test_notify_has_time_for_a_try_and_those_that_follow_at_once() -> None:
    """A webhook's tries that are slept off are made in one delivery, which neither platform nor broker cuts short."""
    slept = [wait.total_seconds() for wait in SCHEDULE if wait <= MAX_SLEPT_OFF]
    longest = len(slept) * WEBHOOK_SECONDS + sum(slept) * JITTER
    module = deployment()
    assert longest < functions(module)["notify"]["timeout_seconds"]
    assert longest < of(module, "google_pubsub_subscription")["job-events-notify"]["ack_deadline_seconds"]


def test_a_tick_of_sweep_ends_by_itself() -> None:
    """It begins nothing after its own limit, less than the minute to the next; function and clock wait longer."""
    tick = inspect.signature(Sweep.__call__).parameters["seconds"].default
    module = deployment()
    timeout = functions(module)["sweep"]["timeout_seconds"]
    (clock,) = of(module, "google_cloud_scheduler_job").values()
    assert tick < 60 < timeout
    assert clock["attempt_deadline"] == f"{timeout}s"
    assert clock["schedule"] == "* * * * *"
