"""A browser, a stack that is opened by keys alone, and people of whom each has a tenant of their own.

Playwright keeps an event loop running in its thread for as long as it is up, in which no asynchronous test could run:
so the browser is this folder's, and closed before a worker goes on with other tests.
"""

import os
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from infra.chromium import FLAGS, advice, find
from tests.conftest import NO_BROWSER
from tests.e2e.dashboard.look import Look
from tests.e2e.dashboard.people import Person, a_person
from tests.integration.inside import Inside
from tests.processes import Control
from tests.stack import RunningStack, stack
from tests.waiting import PATIENCE


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, as the system has it."""
    if os.environ.get("NO_BROWSER"):
        pytest.skip(NO_BROWSER)
    path = find(os.environ)
    if path is None:
        pytest.fail(f"{advice(os.environ, is_root=os.geteuid() == 0)} (or NO_BROWSER=1 make test)", pytrace=False)
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path, args=FLAGS) as running:
        yield running


@pytest.fixture(scope="package")
def keyed(browser: Browser) -> Iterator[RunningStack]:
    """A stack that asks for a key. Nobody sweeps it but the tests."""
    assert browser.is_connected()  # asked for first: without one no stack is started
    with stack(SWEEP_SECONDS="0", AUTH_MODE="keys") as running:
        yield running


@pytest.fixture
def control(keyed: RunningStack) -> Control:
    """The control port of the stack's local cloud."""
    return keyed.control


@pytest.fixture(scope="package")
def keyed_inside(keyed: RunningStack) -> Iterator[Inside]:
    """What lies behind the stack's API."""
    with closing(Inside(keyed)) as clients:
        yield clients


@pytest.fixture
def person(keyed: RunningStack, keyed_inside: Inside) -> Iterator[Person]:
    """Somebody with a key to a tenant that has no jobs yet."""
    with closing(a_person(keyed, keyed_inside)) as somebody:
        yield somebody


@pytest.fixture
def look(browser: Browser, keyed: RunningStack) -> Iterator[Look]:
    """Dashboards, each in a context of its own: `look(person)` is signed in, `look()` stands at the door.

    Whatever the console calls an error, and whatever the page's policy had to stop, fails the test at its end.
    """
    with closing(Look(browser, keyed)) as looks:
        yield looks
    assert looks.watch.complaints == []
