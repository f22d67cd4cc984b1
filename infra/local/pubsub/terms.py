"""What of a subscription's settings rules its backlog."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Terms:
    """The terms of one subscription; times in microseconds."""

    name: str
    ordered: bool
    retention: int
    minimum_backoff: int  # 0: retried at once
    maximum_backoff: int
    max_attempts: int  # 0: no dead-letter policy

    def backoff(self, failures: int) -> int:
        """The wait before the next delivery after so many failures."""
        # The exponent is bounded only lest the number become absurd: 2^30 times any minimum is above any maximum.
        return min(self.minimum_backoff << min(failures - 1, 30), self.maximum_backoff)
