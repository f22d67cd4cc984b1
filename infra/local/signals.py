"""Ctrl-C and its kin: they end a program in order, or wait where they would do harm."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class InterruptedBySignalError(BaseException):
    """A signal asked the program to end; no `except Exception` stops it."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number  # as shells say it


class Signals:
    """Within `Signals.handled()`, a signal raises where the program is, but never inside `deferred()`."""

    def __init__(self) -> None:
        self._deferred = False
        self._seen = 0

    @contextmanager
    def handled(self) -> Iterator["Signals"]:
        """Handle the signals inside the block; a hang-up that is ignored (nohup) stays so."""
        wanted = [n for n in NUMBERS if n != signal.SIGHUP or signal.getsignal(n) != signal.SIG_IGN]
        before = {number: signal.signal(number, self._handle) for number in wanted}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Signals wait inside the block, until `check` or its end."""
        self._deferred = True
        try:
            yield
        finally:
            self._deferred = False
        self.check()

    @contextmanager
    def ignored(self) -> Iterator[None]:
        """Signals change nothing inside the block: the program is ending already."""
        self._deferred = True
        yield

    def check(self) -> None:
        """Raise now for a signal that waits."""
        if self._seen:
            raise InterruptedBySignalError(self._seen)

    def _handle(self, number: int, _: FrameType | None) -> None:
        self._seen = number
        if not self._deferred:
            raise InterruptedBySignalError(number)
