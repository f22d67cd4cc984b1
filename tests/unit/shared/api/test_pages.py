"""The size of a page, and the token that says where the next one begins."""

from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from shared.api.pages import page_size, page_token, token_of
from shared.domain.errors import Rejected
from shared.ports import Position
from tests.builders import JOB_ID
from tests.fakes.clock import NOON

POSITION = Position(NOON + timedelta(microseconds=1), JOB_ID)


def _asked(**parameters: str) -> Request:
    from urllib.parse import urlencode

    return Request({"type": "http", "query_string": urlencode(parameters).encode(), "headers": []})


@pytest.mark.parametrize(("text", "size"), [("1", 1), ("500", 500), ("007", 7)])
def test_a_page_has_1_to_500(text: str, size: int) -> None:
    """50 where nothing is said."""
    assert page_size(_asked(page_size=text)) == size
    assert page_size(_asked()) == 50


@pytest.mark.parametrize("text", ["0", "501", "-1", "1.5", "", "x", "٣", "²", " 1", "9" * 5000])
def test_another_size_is_400(text: str) -> None:
    """However long the number."""
    with pytest.raises(Rejected) as refusal:
        page_size(_asked(page_size=text))
    assert (refusal.value.status, refusal.value.code) == (400, "invalid_page_size")


def test_a_token_leads_back_to_where_it_was_made() -> None:
    """To the microsecond; the end has none."""
    token = token_of(POSITION)
    assert token
    assert page_token(_asked(page_token=token)) == POSITION
    assert page_token(_asked()) is None
    assert token_of(None) is None


def _forged(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "é",
        "!!!!",
        f"{token_of(POSITION)}!",
        f" {token_of(POSITION)}",
        _forged("{}"),
        _forged("[1, 2]"),
        _forged(f'["2026-11-21T12:00:00", "{JOB_ID}"]'),
        _forged('["2026-11-21T12:00:00Z", "a/b"]'),
        _forged('["2026-11-21T12:00:00Z", ""]'),
        _forged(f'["2026-11-21T12:00:00Z", "{JOB_ID}", 3]'),
        urlsafe_b64encode(b'["2026-11-21T12:00:00Z", "\xff"]').decode(),
    ],
)
def test_a_token_that_is_none_of_ours_is_400(token: str) -> None:
    """It reaches no database."""
    with pytest.raises(Rejected) as refusal:
        page_token(_asked(page_token=token))
    assert (refusal.value.status, refusal.value.code) == (400, "invalid_page_token")


@given(st.text(min_size=1))
def test_no_token_breaks_anything(token: str) -> None:
    """400, whatever it is."""
    with pytest.raises(Rejected):
        page_token(_asked(page_token=token))
