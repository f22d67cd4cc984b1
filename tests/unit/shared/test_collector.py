"""The collector of garbage rests while something is loaded, in whatever order the loads end."""

import gc
from collections.abc import Iterator

import pytest

from shared import collector


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """The other tests of this process collect as they did."""
    thresholds = gc.get_threshold()
    yield
    gc.enable()
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_what_is_there_at_the_end_is_not_looked_at_again() -> None:
    """The collector is at work again, and seldom."""
    collector.rest()
    assert not gc.isenabled()
    there: list[list[int]] = [[] for _ in range(100)]
    collector.resume()
    assert gc.isenabled()
    assert gc.get_freeze_count() > len(there)
    assert gc.get_threshold()[0] == collector.YOUNG


def test_the_last_of_several_loads_ends_the_rest() -> None:
    """Two SDKs are loaded at once, on two threads."""
    first, second = collector.resting(), collector.resting()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not gc.isenabled()
    second.__exit__(None, None, None)
    assert gc.isenabled()


def test_a_load_that_fails_ends_its_rest() -> None:
    """An SDK that cannot be imported does not stop the collector for good."""
    frozen = gc.get_freeze_count()
    with pytest.raises(ImportError), collector.resting():
        raise ImportError("broken")
    assert gc.isenabled()
    assert gc.get_freeze_count() == frozen  # what is garbage by the next try can be collected
