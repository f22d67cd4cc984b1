"""How many pushes of one subscription run at once, and the pause that failures bring.

Source: https://cloud.google.com/pubsub/docs/push#delivery_rate. The numbers Google does not give are chosen here.
"""

from dataclasses import dataclass, field

FIRST = 4  # "a small single-digit"
MOST = 1000
PATIENCE = 3  # failed rounds in a row, at the smallest window, before pauses begin
FIRST_PAUSE, LONGEST_PAUSE = 100_000, 60_000_000  # microseconds
SELDOM = 1_000_000  # microseconds between failures, more than their pauses, that make a row of them end


@dataclass
class Window:
    """Doubles with every round of successes, halves with a round of failures.

    A round: what was sent before the last change and fails after it says nothing new. So a hundred pushes that
    meet one dead endpoint together are one failure, not a hundred. And failures that come seldom, as those of one
    message under a retry policy, are no reason for a pause.
    """

    size: int = FIRST
    _failed_rounds: int = field(default=0, init=False)
    _changed: int = field(default=0, init=False)  # when it last shrank, in microseconds since the epoch
    _pause: int = field(default=0, init=False)  # the last one, in microseconds

    def succeeded(self) -> None:
        """A push was acknowledged."""
        self.size = min(self.size + 1, MOST)
        self._failed_rounds = self._pause = 0

    def failed(self, sent: int, now: int) -> int:
        """A push sent at `sent` was not; gives the pause before the next, 0 for none. All in microseconds."""
        if sent < self._changed:
            return 0
        if now - self._changed > 2 * self._pause + SELDOM:
            self._failed_rounds = 0
        self._changed = now
        at_end, self.size = self.size == 1, max(1, self.size // 2)
        self._failed_rounds += at_end
        late = self._failed_rounds - PATIENCE
        self._pause = 0 if late < 0 else min(FIRST_PAUSE << min(late, 20), LONGEST_PAUSE)
        return self._pause
