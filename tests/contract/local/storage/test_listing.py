"""Listing objects."""

import httpx
import pytest
from google.cloud import storage

NAMES = ["a", "b/", "b/1", "b/2", "b/c/3", "b/c/4", "bb", "c/5", "d"]


@pytest.fixture
def full(bucket: storage.Bucket) -> storage.Bucket:
    """A bucket with a few folders."""
    for name in reversed(NAMES):
        bucket.blob(name).upload_from_string(name)
    return bucket


def names(bucket: storage.Bucket, **given: object) -> tuple[list[str], set[str]]:
    """The names and prefixes of a listing."""
    found = bucket.list_blobs(**given)
    return [blob.name for blob in found], found.prefixes


@pytest.mark.parametrize("page_size", [None, 1, 2, 3])
@pytest.mark.parametrize(
    ("given", "expected", "prefixes"),
    [
        ({}, NAMES, set()),
        ({"prefix": "b/"}, ["b/", "b/1", "b/2", "b/c/3", "b/c/4"], set()),
        ({"prefix": "none"}, [], set()),
        ({"delimiter": "/"}, ["a", "bb", "d"], {"b/", "c/"}),
        ({"delimiter": "/", "prefix": "b/"}, ["b/", "b/1", "b/2"], {"b/c/"}),
        ({"delimiter": "/", "prefix": "b"}, ["bb"], {"b/"}),
        ({"delimiter": "/", "include_trailing_delimiter": True}, ["a", "b/", "bb", "d"], {"b/", "c/"}),
        ({"start_offset": "b/2", "end_offset": "c"}, ["b/2", "b/c/3", "b/c/4", "bb"], set()),
        ({"start_offset": "b/2", "prefix": "b/c"}, ["b/c/3", "b/c/4"], set()),
        ({"match_glob": "b/*"}, ["b/", "b/1", "b/2"], set()),
        ({"match_glob": "**/[34]"}, ["b/c/3", "b/c/4"], set()),
        ({"match_glob": "{a,?}"}, ["a", "d"], set()),
    ],
)
def test_a_listing_has_what_was_asked_for(
    full: storage.Bucket, given: dict[str, object], expected: list[str], prefixes: set[str], page_size: int | None
) -> None:
    """By prefix, delimiter, offsets and glob; the same in pages of any size."""
    found, folded = names(full, page_size=page_size, **given)
    assert (found, folded) == (expected, prefixes)


def test_a_page_holds_at_most_what_was_asked_for(full: storage.Bucket) -> None:
    """Prefixes count as results, and no page is empty."""
    pages = [(list(page), page.prefixes) for page in full.list_blobs(delimiter="/", page_size=2).pages]
    assert [len(items) + len(prefixes) for items, prefixes in pages] == [2, 2, 1]


def test_names_are_ordered_by_their_bytes(bucket: storage.Bucket) -> None:
    """As UTF-8: capitals, small letters, accents, then what is beyond the basic plane."""
    wanted = ["B", "a", "ä", "日", "🌄"]
    for name in reversed(wanted):
        bucket.blob(name).upload_from_string(b"")
    assert names(bucket)[0] == wanted


def test_the_most_that_the_client_wants_ends_the_listing(full: storage.Bucket) -> None:
    """max_results is honoured across pages."""
    assert len(list(full.list_blobs(max_results=4, page_size=3))) == 4


def test_what_cannot_be_listed_by_is_refused(full: storage.Bucket, http: httpx.Client) -> None:
    """An unknown parameter is UNIMPLEMENTED by name; a page token of nobody is 400."""
    path = f"/storage/v1/b/{full.name}/o"
    answer = http.get(f"{path}?softDeleted=true")
    assert (answer.status_code, "softDeleted" in answer.text) == (501, True)
    assert http.get(f"{path}?pageToken=xxx").status_code == 400
    assert http.get(f"{path}?maxResults=many").status_code == 400
