"""Money."""

import pytest

from shared.domain.money import total


@pytest.mark.parametrize(
    ("amounts", "sum_of_them"), [([], 0), ([1, 2], 3), ([0, 0], 0), ([1, None, 2], None), ([None], None)]
)
def test_a_total_is_known_only_when_every_amount_is(amounts: list[int | None], sum_of_them: int | None) -> None:
    """One unknown amount makes the sum unknown, never smaller."""
    assert total(amounts) == sum_of_them
