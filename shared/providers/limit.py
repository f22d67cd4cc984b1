"""How many calls a model takes at once: learnt from its refusals, and remembered.

Additive increase, multiplicative decrease, as TCP's congestion control (RFC 5681), with a memory: what was once refused
is asked for again rarely, and more rarely each time.

limit  32 ─┐ 429s of the first burst: as many as are still at work
           └─> 5 ── 25 answers ──> 6? 429 ─> 5 ── 50 answers ──> 6? 429 ─> 5 ── 100 …
                                   6? 12 answers ──> 8? 16 answers ──> 12? …
"""

from datetime import datetime, timedelta

from shared.ports import Clock

FIRST = 32  # calls at once, while nothing is known
TRIED_AFTER = 5  # answers for each call at once, all places in use, before one more is tried
OR_AFTER = timedelta(minutes=1)  # since the last change: an allowance may be another by then
MOST_DOUBLINGS = 4  # of both, for each such try that was refused


class Limit:
    """The number of calls at once; who keeps it says how each ended."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.most = FIRST
        self._ceiling: int | None = None  # one more was refused; None: nothing is known
        self._step = 1  # beyond the ceiling, at the next try
        self._refused_tries = 0  # in a row
        self._answers = 0  # since the last change, with all places in use
        self._changed_at: datetime = clock.now()

    @property
    def _trying(self) -> bool:
        return self._ceiling is not None and self.most > self._ceiling

    def refused(self, others: int) -> None:
        """A call got 429 while `others` were at work."""
        if self._trying:
            self._refused_tries = min(self._refused_tries + 1, MOST_DOUBLINGS)
            self._step = 1
            self._set(self._ceiling or 1)
            return
        # Those at work were not refused. With few at work it was not for their number: half is left then.
        self._step, self._refused_tries = 1, 0
        self._set(max(min(others, self.most), self.most // 2, 1))
        self._ceiling = self.most

    def answered(self, others: int) -> None:
        """A call was answered otherwise while `others` were at work."""
        if others + 1 < self.most:
            return  # more places would not have been used
        self._answers += 1
        if self._ceiling is None:
            self._set(self.most + 1)
        elif self._trying:
            if self._answers >= 2 * self.most:  # the first half of them was begun before
                self._ceiling, self._refused_tries = self.most, 0
                self._step *= 2
                self._set(self.most + self._step)
        elif self._may_try():
            self._set(self.most + self._step)

    def _may_try(self) -> bool:
        patience: int = 2**self._refused_tries
        enough = self._answers >= TRIED_AFTER * self.most * patience
        return enough or self._clock.now() - self._changed_at >= OR_AFTER * patience

    def _set(self, most: int) -> None:
        self.most = most
        self._answers = 0
        self._changed_at = self._clock.now()
