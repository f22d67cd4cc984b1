"""Fixtures that every kind of test may ask for."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

from tests.processes import Control, Faults, RunningCloud, local_cloud
from tests.stack import RunningStack, stack

# How long an example takes, or is in the making, says something of the machine alone.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

NO_BROWSER = "left out by NO_BROWSER=1"  # why a test that drives one was skipped

# The longest files begin first: else a worker is left with one at the end, and the others with nothing.
FIRST = [
    "tests/integration/test_runner.py",
    "tests/integration/test_bundle.py",
    "tests/chaos/test_storm.py",
    "tests/fuzz/test_fuzz.py",
    "tests/e2e/dashboard/test_views.py",
    "tests/e2e/dashboard/test_many_jobs.py",
    "tests/integration/test_takeover.py",
    "tests/integration/test_nanobanana.py",
    "tests/contract/local/pubsub/test_durability.py",
    "tests/contract/local/test_command.py",
    "tests/integration/test_limits.py",
    "tests/integration/test_isolation.py",
    "tests/contract/local/vertex/test_predict.py",
    "tests/e2e/test_openai.py",
    "tests/chaos/test_batches.py",
    "tests/chaos/test_kill_matrix.py",
    "tests/chaos/test_points.py",
    "tests/integration/test_outage.py",
    "tests/integration/test_twenty_scenes.py",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The same tests, the longest files first."""
    ranks = {name: rank for rank, name in enumerate(FIRST)}
    items.sort(key=lambda item: ranks.get(item.nodeid.partition("::")[0], len(ranks)))


def pytest_report_teststatus(report: pytest.TestReport | pytest.CollectReport) -> tuple[str, str, str] | None:
    """Have pytest's last line say how many tests NO_BROWSER=1 left out: "14 without a browser left out"."""
    reason = report.longrepr[2] if report.skipped and isinstance(report.longrepr, tuple) else ""
    return ("without a browser left out", "b", "LEFT OUT") if reason.endswith(NO_BROWSER) else None


def pytest_configure() -> None:
    """Let the programs that tests start hear of Ctrl-C and of a closed terminal, wherever the tests run.

    What runs in the background, or under nohup, ignores them, and so do its children.
    """
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as the functions do."""
    return "asyncio"


@pytest.fixture(scope="session")
def cloud() -> Iterator[RunningCloud]:
    """One local cloud in memory for the whole run; tests keep apart by `project`."""
    with local_cloud() as running:
        yield running


@pytest.fixture
def faults(cloud: RunningCloud) -> Iterator[Faults]:
    """Faults of the local cloud, ended with the test: `faults("storage", "objects.insert", effect="reset", count=1)`.

    Effects and fields are those of `infra.local.faults.Fault`. `cloud.control.fault(…)` is the same for one block,
    `cloud.control.counts()` tells the calls of each method. The cloud is shared by all tests of a run: give `count`
    or `containing=[project]` where another test's background work might meet the fault.
    """
    with ExitStack() as until_end:
        yield Faults(cloud.control, until_end)


@pytest.fixture
def project() -> str:
    """A Google Cloud project id that no other test uses."""
    return f"test-{uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def darkroom() -> Iterator[RunningStack]:
    """One stack for every test that needs no settings of its own. Nobody sweeps it but the tests."""
    with pytest.MonkeyPatch.context() as patch:
        # Else Google's storage client asks for the bucket behind the test's back, and is counted.
        patch.setenv("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
        with stack(SWEEP_SECONDS="0") as running:
            yield running
            logs = {name: running.log(name) for name in running.stack.names}
    assert not [line for log in logs.values() for line in log.splitlines() if "unexpected error" in line]


@pytest.fixture
def control(darkroom: RunningStack) -> Control:
    """The control port of the stack's local cloud."""
    return darkroom.control
