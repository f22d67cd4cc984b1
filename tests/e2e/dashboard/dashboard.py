"""The dashboard as its user meets it: what is on it, by the roles and names that a screen reader has too."""

import json
import re

from playwright.sync_api import Locator, Page, Request, expect

from tests.waiting import until

VIEWS = ("queue", "gallery", "boards", "spend", "health", "new")
STREAM = "/v1/events"
FRAMES = """() => new Promise((done) => {
  const begin = performance.now();
  const next = () => performance.now() - begin > 130 ? done() : requestAnimationFrame(next);
  next();
}).then(() => Promise.all([...document.images].map((image) => image.decode().catch(() => null)))).then(() => null)"""
# The key as the page keeps it: signing in by hand is a test of its own.
KEEP = "sessionStorage.getItem('darkroom.key') ?? sessionStorage.setItem('darkroom.key', {key})"


class Dashboard:
    """One page in a browser."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._asked: set[Request] = set()  # and not answered yet
        page.on("request", self._begun)
        page.on("requestfinished", self._ended)
        page.on("requestfailed", self._ended)

    def _begun(self, request: Request) -> None:
        if STREAM not in request.url:
            self._asked.add(request)

    def _ended(self, request: Request) -> None:
        self._asked.discard(request)

    def open(self, key: str | None) -> None:
        """Come to the page, with the key of a session or none."""
        if key:
            self.page.add_init_script(KEEP.format(key=json.dumps(key)))
        self.page.goto("/")
        if key:
            expect(self.live).to_have_text("Live")

    def sign_in(self, key: str) -> None:
        """Type a key into the form at the door."""
        self.page.get_by_label("API key").fill(key)
        self.page.get_by_role("button", name="Sign in").click()

    def go(self, view: str) -> None:
        """Show a view by its address, without loading the page again."""
        self.page.evaluate("address => { location.hash = address }", f"#/{view}")
        expect(self.page.locator(f'[data-view="{re.split("[/?]", view)[0]}"]')).to_be_attached()
        self.settled()

    def settled(self) -> None:
        """Everything that the view has asked for is there."""
        expect(self.page.get_by_role("status", name="Loading")).to_have_count(0)

        def look() -> bool:
            self.page.evaluate(FRAMES)  # a picture is asked for where its row has stayed for some of them
            return not self._asked

        until(look)

    @property
    def live(self) -> Locator:
        """Says whether the page follows what happens."""
        return self.page.get_by_test_id("live")

    @property
    def heading(self) -> Locator:
        """The view's own heading."""
        return self.page.get_by_role("main").get_by_role("heading", level=1)

    @property
    def state(self) -> Locator:
        """The state of the job that is shown."""
        return self.page.get_by_test_id("state").locator(".badge")

    def button(self, name: str) -> Locator:
        """A button by its name, in the view."""
        return self.page.get_by_role("main").get_by_role("button", name=name)

    def row(self, job_id: str) -> Locator:
        """A job's row in the queue."""
        return self.page.get_by_role("table", name="Jobs").locator(f'[role="row"][data-id="{job_id}"]')

    def overflow(self) -> list[str]:
        """What sticks out at the side: none where the layout is whole."""
        found: list[str] = self.page.evaluate(OVERFLOW)
        return found


OVERFLOW = """() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const right = (each) => Math.round(each.getBoundingClientRect().right);
  const wide = [...document.querySelectorAll("body *")].filter((each) => right(each) > clientWidth);
  const names = wide.slice(0, 5).map((each) => `${each.tagName.toLowerCase()}.${each.className} ${right(each)}`);
  return [`${scrollWidth} px in ${clientWidth} px`, ...names];
}"""
