"""A circuit breaker: after five failures in a row a model is left alone for a while, then asked once.

closed ── 5 TEMPORARY in a row ──> open ── 30 s ──> one probe ── any answer ──> closed
                                    ^                   └────── TEMPORARY ──────┐
                                    └───────────────────────────────────────────┘

The pattern: https://learn.microsoft.com/azure/architecture/patterns/circuit-breaker
"""

import logging
from datetime import datetime, timedelta

from shared.domain.errors import ProviderError
from shared.ports import Clock
from shared.telemetry import event

FAILURES = 5  # TEMPORARY in a row
OPEN_FOR = timedelta(seconds=30)
PROBE_SECONDS = 1.0  # to wait for the probe of another


class Breaker:
    """The circuit to one model. Only calls let through since its last change are heard: earlier ones end late."""

    def __init__(self, name: str, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._failures = 0  # in a row
        self._probe_at: datetime | None = None  # None: it is closed
        self._probing = False
        self._openings = 0

    def check(self) -> None:
        """That a call may be made now.

        Raises:
            ProviderError: it is open.
        """
        if self._probe_at is None:
            return
        left = (self._probe_at - self._clock.now()).total_seconds()
        if left > 0 or self._probing:
            text = f"{self._name} failed {FAILURES} times in a row: it is not called until it answers a probe."
            wait = max(left, PROBE_SECONDS)
            raise ProviderError("TEMPORARY", "circuit_open", text, retry_after=wait, counts=False)

    def enter(self) -> int:
        """Let a call through; gives what tells its end.

        Raises:
            ProviderError: it is open.
        """
        self.check()
        self._probing = self._probe_at is not None
        return self._openings

    def answered(self, ticket: int) -> None:
        """The call let through with `ticket` got an answer, be it a refusal."""
        if ticket != self._openings:
            return
        if self._probe_at:
            event("circuit closed", model=self._name)
        self._failures, self._probe_at, self._probing = 0, None, False

    def failed(self, ticket: int) -> None:
        """It ended in a TEMPORARY failure."""
        if ticket != self._openings:
            return
        self._failures += 1
        if self._failures < FAILURES:
            return
        if self._probe_at is None:
            event("circuit opened", level=logging.WARNING, model=self._name)
        self._probe_at = self._clock.now() + OPEN_FOR
        self._openings += 1
        self._probing = False

    def given_up(self, ticket: int) -> None:
        """Nobody waited for its end."""
        if ticket == self._openings:
            self._probing = False
