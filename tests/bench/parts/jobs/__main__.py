"""One cell by itself: `python -m tests.bench.parts.jobs SIDE MILLISECONDS IN_FLIGHT JOBS`.

SIDE is `ours`, or the incumbent's number of worker processes: `ours 200 32 200`, `8 200 32 200`.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from tests.bench import usage
from tests.bench.incumbent.running import Incumbent, incumbent
from tests.bench.parts.jobs.loop import closed_loop
from tests.bench.parts.jobs.ours import Ours, ours

ARGUMENTS = 4


async def _measure(side: Ours | Incumbent, names: Sequence[str], milliseconds: int, in_flight: int, count: int) -> None:
    async with side.listening():
        await closed_loop(side, max(2 * in_flight, 20), in_flight, milliseconds)
        before = {name: usage.cpu(side.pids(name)) for name in names}
        own = os.times()
        run = await closed_loop(side, count, in_flight, milliseconds)
        after = os.times()
        print(f"{run.per_second:.1f} jobs/s; {run.total - milliseconds:.1f} ms beyond the model; {run.submit:.1f} ms")
        for name in names:
            pids = side.pids(name)
            used, held = (usage.cpu(pids) - before[name]) / count * 1000, usage.memory(pids)
            print(f"{name}: {used:.2f} ms of CPU a job, {held.pss:.0f} MB PSS, {held.rss:.0f} MB RSS")
        print(f"the load itself: {(after.user + after.system - own.user - own.system) / count * 1000:.2f} ms a job")


def main(words: Sequence[str]) -> int:
    """Measure one cell."""
    if len(words) != ARGUMENTS or not all(word.isdecimal() or word == "ours" for word in words):
        print(__doc__, file=sys.stderr)
        return 2
    with ExitStack() as until_end:
        side: Ours | Incumbent
        names: Sequence[str] = ("generate", "submit", "cloud")
        if words[0] == "ours":
            side = until_end.enter_context(ours())
        else:
            side, names = until_end.enter_context(incumbent()), ("workers", "api", "redis", "postgres")
            until_end.enter_context(side.workers(int(words[0])))
        asyncio.run(_measure(side, names, *map(int, words[1:])))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
