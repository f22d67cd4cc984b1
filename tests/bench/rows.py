"""What a part of the benchmark gives: lines of one table."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Row:
    """One line: a value a round of ours and, where there is something to hold it against, of that in the same round."""

    name: str  # what bounds name
    unit: str
    ours: Sequence[float]
    base: Sequence[float] = ()
    against: str = ""  # what `base` is of: "bare", "incumbent"
    note: str = ""  # printed below the table
    unjudged: str = ""  # why no bound is held against it this time

    def __post_init__(self) -> None:
        """Refuse what nothing can be said of."""
        if not self.ours:
            raise ValueError(f"the row {self.name!r} has no value: give `ours` one for each round")
        if self.base and len(self.base) != len(self.ours):
            raise ValueError(f"the row {self.name!r} has {len(self.ours)} values of ours and {len(self.base)} to pair")

    @property
    def value(self) -> float:
        """The median of ours."""
        return median(self.ours)

    @property
    def held_against(self) -> float | None:
        """The median of the other; None where there is none."""
        return median(self.base) if self.base else None

    @property
    def ratio(self) -> float | None:
        """The median of the pairs' ratios; None where there are none."""
        return median(self.ratios) if self.base else None

    @property
    def ratios(self) -> list[float]:
        """Ours to the other's, of each round."""
        return [ours / base for ours, base in zip(self.ours, self.base, strict=True)] if self.base else []
