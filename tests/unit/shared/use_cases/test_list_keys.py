"""Keys are listed by page."""

from datetime import timedelta

from shared.use_cases.list_keys import ListKeys
from tests.builders import a_key
from tests.fakes.clock import NOON
from tests.fakes.key_store import FakeKeyStore


async def test_a_page_of_keys_ends_where_the_next_begins() -> None:
    """The newest first, none twice."""
    keys = FakeKeyStore()
    made = [letter * 26 for letter in "abcde"]
    for minute, each in enumerate(made):
        keys.has(a_key(id=each, tenant="acme", created_at=NOON + timedelta(minutes=minute)))
    page = ListKeys(keys)
    first, end = await page("acme", 3, None)
    rest, last = await page("acme", 3, end)
    assert [key.id for key in (*first, *rest)] == made[::-1]
    assert last is None
