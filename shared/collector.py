"""The collector of garbage and what stays: it rests while something is loaded, and never goes through that again.

A cloud client's modules are some hundred thousand objects. The collector would go through all of them again and again,
for a sixth of the time in which they are loaded, and later for 40 ms at a time in which no request is answered. It is
also called seldom: by itself it would look at the young objects three times a job, and finds next to nothing.
Source: https://docs.python.org/3/library/gc.html#gc.freeze
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

YOUNG = 5_000  # new objects, after which it looks at them; by itself 700, or 2,000 in newer Pythons
_changing = Lock()
_loads = 0


def rest() -> None:
    """Collect nothing until `resume`."""
    gc.disable()


def resume() -> None:
    """Collect again, though nothing of what is there by now."""
    gc.freeze()
    gc.set_threshold(YOUNG)
    gc.enable()


@contextmanager
def resting() -> Iterator[None]:
    """Load within the block, on any thread, what only some requests need."""
    global _loads  # noqa: PLW0603 - there is one collector
    with _changing:
        _loads += 1
        rest()
    try:
        yield
    except BaseException:
        _over(gc.enable)  # nothing came that would stay, and it may be tried again and again
        raise
    _over(resume)


def _over(go_on: Callable[[], None]) -> None:
    global _loads  # noqa: PLW0603 - as above
    with _changing:
        _loads -= 1
        if not _loads:
            go_on()


def rested(load: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `load` gives, called so."""
    with resting():
        return load(*args, **kwargs)
