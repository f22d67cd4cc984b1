"""The size of a page, and the token that says where the next one begins."""

from base64 import urlsafe_b64encode
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from shared.api.pages import page_size, page_token, token_of
from shared.domain.errors import Rejected
from shared.ports import Position
from tests.builders import JOB_ID
from tests.fakes.clock import NOON

EAST, WEST = (timezone(timedelta(hours=hours)) for hours in (23, -23))
POSITION = Position(NOON + timedelta(microseconds=1), JOB_ID)


def _asked(path: str = "/v1/jobs", **parameters: str) -> Request:
    query = urlencode(parameters).encode()
    return Request({"type": "http", "path": path, "query_string": query, "headers": [], "server": ("host", 80)})


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
    """To the microsecond, also in a page of another size; the end has none."""
    token = token_of(_asked(status="failed", page_size="2"), POSITION)
    assert token
    assert page_token(_asked(status="failed", page_token=token)) == POSITION
    assert page_token(_asked()) is None
    assert token_of(_asked(), None) is None


@pytest.mark.parametrize("other", [_asked(status="queued"), _asked(), _asked("/v1/dead-letters", status="failed")])
def test_a_token_of_another_listing_is_400(other: Request) -> None:
    """Its position means nothing there."""
    token = str(token_of(other, POSITION))
    with pytest.raises(Rejected) as refusal:
        page_token(_asked(status="failed", page_token=token))
    assert (refusal.value.status, refusal.value.code) == (400, "invalid_page_token")


@pytest.mark.parametrize("at", [datetime(1, 1, 1, tzinfo=EAST), datetime(9999, 12, 31, 23, tzinfo=WEST)])
def test_a_forged_token_of_a_time_that_is_none_in_utc_is_400(at: datetime) -> None:
    """Ours are in UTC; whoever knows how they are made learns nothing by it, and breaks nothing."""
    token = str(token_of(_asked(), Position(at, JOB_ID)))
    with pytest.raises(Rejected) as refusal:
        page_token(_asked(page_token=token))
    assert (refusal.value.status, refusal.value.code) == (400, "invalid_page_token")


def _forged(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode()


TOKEN = str(token_of(_asked(), POSITION))


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "é",
        "!!!!",
        f"{TOKEN}!",
        f" {TOKEN}",
        _forged("[]"),
        _forged(f'[["2026-11-21T12:00:00","{JOB_ID}"],""]'),
        _forged('[["2026-11-21T12:00:00Z","../x"],""]'),
        _forged(f'[["2026-11-21T12:00:00Z","{JOB_ID}"],""]'),
    ],
)
def test_anything_else_is_no_token(token: str) -> None:
    """400; nothing of it reaches the database."""
    with pytest.raises(Rejected) as refusal:
        page_token(_asked(page_token=token))
    assert (refusal.value.status, refusal.value.code) == (400, "invalid_page_token")


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    """It is a position, or a refusal."""
    try:
        found = page_token(_asked(page_token=text.encode(errors="replace").decode()))
    except Rejected:
        return
    assert found is None
