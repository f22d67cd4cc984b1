"""The order of the calls that the local cloud was asked for, kept while somebody wants to know."""

import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

MAX_CALLS = 20_000  # the oldest go first
MAX_TEXT = 16_000  # characters of a request that are kept


class Asked(NamedTuple):
    """What is known of a call when it arrives; all are worked out only where somebody wants them."""

    about: Callable[[], str]  # the request in one line: protobuf's text format, or the HTTP request line
    peer: Callable[[], int]  # the caller's port
    size: Callable[[], int] = int  # bytes of the request; 0 where nobody counts them


NOTHING = Asked(about=str, peer=int)


class Call(NamedTuple):
    """One call that arrived."""

    at: int  # microseconds since the epoch, by the machine's clock, which the tests share
    service: str
    method: str
    peer: int
    about: str
    size: int  # bytes of the whole request


class Trace:
    """The calls in the order of their arrival; empty until it is begun."""

    def __init__(self) -> None:
        self._calls: deque[Call] | None = None

    @property
    def calls(self) -> list[Call]:
        """What arrived since `begin`; nothing once it has ended."""
        return list(self._calls or ())

    def begin(self) -> None:
        """Keep calls from now on, and forget earlier ones."""
        self._calls = deque(maxlen=MAX_CALLS)

    def end(self) -> None:
        """Keep no more, and forget all."""
        self._calls = None

    def note(self, service: str, method: str, asked: Asked) -> None:
        """A call arrived."""
        if self._calls is not None:
            at = time.time_ns() // 1000
            self._calls.append(Call(at, service, method, asked.peer(), asked.about()[:MAX_TEXT], asked.size()))
