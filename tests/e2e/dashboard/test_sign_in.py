"""At the door: who has a key is let in, and nothing of it stays."""

import re

from playwright.sync_api import expect

from tests.e2e.dashboard.look import Look
from tests.e2e.dashboard.people import Person

STORES = """() => ({
  session: Object.entries(sessionStorage), local: Object.entries(localStorage), cookies: document.cookie,
})"""


def test_a_key_lets_in_and_is_forgotten(person: Person, look: Look) -> None:
    """A wrong one is told; the right one is kept in this tab's session alone; who signs out leaves none behind."""
    at = look()
    at.sign_in("drk_of_somebody_else")
    expect(at.page.get_by_label("API key")).to_have_accessible_description(re.compile("This key is not known here"))
    assert at.page.evaluate(STORES) == {"session": [], "local": [], "cookies": ""}

    at.sign_in(person.key)
    expect(at.live).to_have_text("Live")
    kept = at.page.evaluate(STORES)
    assert [value for _, value in kept.pop("session")] == [person.key]
    assert kept == {"local": [], "cookies": ""}
    assert person.key not in at.page.content()

    at.page.reload()
    expect(at.live).to_have_text("Live")
    at.page.get_by_role("button", name="Sign out").click()
    expect(at.page.get_by_label("API key")).to_be_focused()
    assert at.page.evaluate(STORES) == {"session": [], "local": [], "cookies": ""}
    at.page.reload()
    expect(at.page.get_by_role("button", name="Sign in")).to_be_visible()
