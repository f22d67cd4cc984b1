"""The Erlang C formula, against what is known in closed form."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.plan.queueing import busy_instances, places_for, wait_percentile, waiting_share


def test_one_place_makes_wait_whoever_meets_it_busy() -> None:
    """M/M/1: the share is the load."""
    assert waiting_share(1, 0.7) == pytest.approx(0.7)


def test_two_places_half_busy_make_a_third_wait() -> None:
    """M/M/2 with a load of 1."""
    assert waiting_share(2, 1.0) == pytest.approx(1 / 3)


def test_the_wait_at_one_place_is_exponential() -> None:
    """M/M/1 with a load of 0.5 and calls of 8 s: half wait, 16 s on average."""
    assert wait_percentile(0.99, 1, 0.5, 8) == pytest.approx(16 * math.log(0.5 / 0.01))
    assert wait_percentile(0.5, 1, 0.5, 8) == pytest.approx(0)


def test_as_many_calls_as_places_wait_for_ever() -> None:
    """The queue only grows."""
    assert wait_percentile(0.5, 10, 10, 1) == math.inf


@given(load=st.floats(0.001, 5_000))
def test_twice_the_root_above_the_load_few_wait_long(load: float) -> None:
    """Of the places that are planned, at most one call in five finds none, whatever the load."""
    places = places_for(load)
    assert places > load
    assert waiting_share(places, load) < 1 / 5


@given(load=st.floats(0.001, 1_000), more=st.integers(1, 50))
def test_more_places_never_make_longer_waits(load: float, more: int) -> None:
    """By any percentile."""
    places = math.floor(load) + 1
    for share in (0.5, 0.95, 0.99):
        assert wait_percentile(share, places + more, load, 8) <= wait_percentile(share, places, load, 8)


def test_an_instance_with_little_to_do_is_paid_for_what_it_does() -> None:
    """And one with much to do is paid all the time, with its places full."""
    assert busy_instances(0.001, 19) == pytest.approx(0.001, rel=0.01)
    assert busy_instances(190, 19) == pytest.approx(10)
