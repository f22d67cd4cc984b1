"""Who goes ahead, and until when."""

import os

from tests.bench.priority import NICE, REFUSED, ahead


def mine() -> int:
    """How far behind this process is; negative: ahead."""
    return os.getpriority(os.PRIO_PROCESS, 0)


def test_it_goes_ahead_within_the_block_or_says_that_it_may_not() -> None:
    """Afterwards it is as before."""
    before = mine()
    with ahead() as refused:
        assert mine() == (before if refused else min(NICE, before))
        assert refused in {"", REFUSED}
    assert mine() == before
