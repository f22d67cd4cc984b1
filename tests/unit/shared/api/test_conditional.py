"""Which If-None-Match names a version."""

import pytest
from starlette.requests import Request

from shared.api.conditional import is_known


def asked(*values: str) -> Request:
    """A request with these headers."""
    return Request({"type": "http", "headers": [(b"if-none-match", value.encode()) for value in values]})


@pytest.mark.parametrize(
    "values", [('"4"',), ('W/"4"',), ('"3", "4"',), ('"a,b" ,W/"4"',), ("*",), (" * ",), ('"3"', '"4"')]
)
def test_a_version_is_known(values: tuple[str, ...]) -> None:
    """By itself, weakly, in a list, over several headers, or by `*`."""
    assert is_known(asked(*values), '"4"')
    assert is_known(asked(*values), 'W/"4"')


@pytest.mark.parametrize("values", [(), ("",), ('"3"',), ("4",), ('"a*"',), ('"3", "44"',), ('"3,4"',), ("w4",)])
def test_another_version_is_not(values: tuple[str, ...]) -> None:
    """Nor what is no tag; a comma inside of one does not end it."""
    assert not is_known(asked(*values), '"4"')
