"""Pairs of measurements, A B, B A, A B."""

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def interleaved(rounds: int, *measures: Callable[[], T]) -> Sequence[list[T]]:
    """What each of `measures` gives in each round, taken in turn; every other round backwards.

    So neither is always the one that follows the other's load.
    """
    taken: list[list[T]] = [[] for _ in measures]
    for number in range(rounds):
        order = list(zip(measures, taken, strict=True))
        for measure, values in order if number % 2 == 0 else reversed(order):
            values.append(measure())
    return taken
