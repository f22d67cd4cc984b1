"""One cell by itself: `python -m tests.bench.parts.jobs ours 200 32 200` (side, ms a call, in flight, jobs)."""

import asyncio
import os
import sys

from tests.bench import usage
from tests.bench.parts.jobs.loop import closed_loop
from tests.bench.parts.jobs.ours import Ours, ours

ARGUMENTS = 4


async def _measure(side: Ours, milliseconds: int, in_flight: int, count: int) -> None:
    async with side.listening():
        await closed_loop(side, max(2 * in_flight, 20), in_flight, milliseconds)
        names = ("generate", "submit", "cloud")
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


def main(words: list[str]) -> int:
    """Measure one cell."""
    if len(words) != ARGUMENTS or words[0] != "ours" or not all(word.isdecimal() for word in words[1:]):
        print(__doc__, file=sys.stderr)
        return 2
    with ours() as running:
        asyncio.run(_measure(running, *map(int, words[1:])))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
