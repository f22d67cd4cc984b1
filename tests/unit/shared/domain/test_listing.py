"""Which jobs a listing may ask for."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import Rejected
from shared.domain.listing import COMBINATIONS, FIELDS, MAX_WORDS, Listing, check, terms_of, words_of
from tests.builders import a_job

INDEXES = json.loads(Path("infra", "cloud", "firestore.indexes.json").read_text())["indexes"]


@pytest.mark.parametrize("names", COMBINATIONS, ids=lambda names: "+".join(sorted(names)) or "none")
def test_every_combination_has_its_index(names: frozenset[str]) -> None:
    """Of the tenant's jobs, the newest first."""
    wanted = {"listed_for", "created_at", *(FIELDS.get(name, name) for name in names)}
    fields = [index["fields"] for index in INDEXES if index["collectionGroup"] == "jobs"]
    found = [these for these in fields if {field["fieldPath"] for field in these} == wanted]
    assert len(found) == 1
    assert found[0][-1] == {"fieldPath": "created_at", "order": "DESCENDING"}


def test_filters_that_do_not_go_together_are_refused_with_those_that_do() -> None:
    """No query is made that no index serves."""
    check(Listing(where={"project_id": "p", "status": "failed"}))
    with pytest.raises(Rejected, match=r"project_id \+ status") as refusal:
        check(Listing(where={"q": "fox", "status": "failed"}))
    assert (refusal.value.status, refusal.value.code) == (400, "unsupported_filters")
    with pytest.raises(Rejected, match="at least one word"):
        check(Listing(where={"q": "…"}))


def test_a_search_finds_all_of_its_words() -> None:
    """In any order, in any case; the database is asked for the longest."""
    listing = Listing(where={"q": "RED foxes"})
    assert listing.contains() == ("words", "foxes")
    assert listing.finds(a_job(words=words_of("Foxes, red and white")))
    assert not listing.finds(a_job(words=words_of("foxes")))


@given(st.text(max_size=500))
def test_a_prompt_is_found_by_each_of_its_words(prompt: str) -> None:
    """Bounded in number; what is looked for is cut as what is stored."""
    words = words_of(prompt)
    assert len(words) == len(set(words)) <= MAX_WORDS
    for word in words:
        assert Listing(where={"q": word.upper()}).finds(a_job(words=words)) or word.upper().casefold() != word


def test_a_label_is_one_text() -> None:
    """Of its name and its value."""
    assert terms_of({"a": "b", "c": ""}) == ("a=b", "c=")
    assert Listing(where={"label": "a=b"}).contains() == ("label_terms", "a=b")
