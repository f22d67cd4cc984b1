"""Looking at the dashboard: a browser's context for each who looks, all of them watched."""

from contextlib import ExitStack
from typing import Any

from playwright.sync_api import Browser

from tests.e2e.dashboard.dashboard import Dashboard
from tests.e2e.dashboard.people import Person
from tests.e2e.dashboard.watch import Watch
from tests.stack import RunningStack
from tests.waiting import PATIENCE

# Motion is reduced: a colour on its way to another has no contrast of its own.
USUAL = {
    "viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", "locale": "en-GB", "timezone_id": "UTC",
}  # fmt: skip


class Look:
    """Opens dashboards of a stack; `options` are those of Playwright's contexts."""

    def __init__(self, browser: Browser, running: RunningStack) -> None:
        self.watch = Watch(running.base_url, running.environment["STORAGE_EMULATOR_HOST"])
        self._browser = browser
        self._url = running.base_url
        self._until_end = ExitStack()

    def __call__(self, person: Person | None = None, **options: Any) -> Dashboard:
        """A dashboard that `person` has signed in to; of nobody, its door."""
        context = self._until_end.enter_context(self._browser.new_context(base_url=self._url, **USUAL | options))
        context.set_default_timeout(PATIENCE * 1000)
        page = context.new_page()
        self.watch.over(page)
        dashboard = Dashboard(page)
        dashboard.open(person.key if person else None)
        return dashboard

    def close(self) -> None:
        """Close all of them."""
        self._until_end.close()
