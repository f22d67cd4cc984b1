"""Server-sent events, as the HTML standard has them."""

from itertools import pairwise

import pytest
from darkroom.errors import NotDarkroom
from darkroom.sse import Event, EventParser
from hypothesis import given
from hypothesis import strategies as st

STREAM = (
    "\ufeff: a comment\nretry: 250\n\ndata: one\nid: 1\n\nevent: job\r\ndata:two\r\ndata: lines ü\r\nid\r\n\r\n"
    "data\r\rid: 7\nnothing: known\ndata: {}\n\nid: 8\ndata: never ended\n"
).encode()
EVENTS = [
    Event("message", "one", "1"),
    Event("job", "two\nlines ü", ""),
    Event("message", "", ""),
    Event("message", "{}", "7"),
]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_events_are_the_same_however_they_are_cut(cuts: list[int]) -> None:
    """Also within a line's end, or within a character."""
    parser, marks = EventParser(), [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[begin:end] for begin, end in pairwise(marks)]
    assert [event for piece in pieces for event in parser.feed(piece)] == EVENTS
    assert (parser.last_id, parser.retry) == ("7", 0.25)


def test_an_event_that_is_no_object_is_told() -> None:
    """By its name."""
    with pytest.raises(NotDarkroom, match="the event job"):
        Event("job", "[1]", "").json()
