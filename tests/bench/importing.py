"""What a function's imports take, by module, as `python -X importtime` counts them."""

import re
import subprocess
import sys
from collections.abc import Iterator

from tests.bench.rows import Row
from tests.bench.servers import compiled, home, ours
from tests.processes import clean_environment

LINE = re.compile(r"import time:\s+(?P<self>\d+) \|\s+\d+ \|\s+(?P<module>\S+)")
OURS = ("shared", "main")
MOST = 10  # modules named


def imports(function: str, rounds: int) -> list[Row]:
    """All imports of a function, ours of them, and the slowest module of ours.

    Of each module its shortest time counts: what else the machine does only ever adds.
    """
    taken: dict[str, float] = {}
    *_, _last = _imported(function)  # by then all is compiled
    for _ in range(rounds):
        for module, milliseconds in _imported(function):
            taken[module] = min(taken.get(module, milliseconds), milliseconds)
    mine = {module: each for module, each in taken.items() if module.partition(".")[0] in OURS}
    slowest = max(mine, key=lambda module: mine[module])
    top = sorted(taken, key=lambda module: -taken[module])[:MOST]
    named = ", ".join(f"{module} {taken[module]:.1f}" for module in top)
    note = f"{len(taken)} modules, {len(mine)} of ours; the ten slowest, in ms without what they import: {named}"
    return [
        Row(f"{function}: imports", "ms", [sum(taken.values())], note=note),
        Row(f"{function}: imports of ours", "ms", [sum(mine.values())]),
        Row(f"{function}: slowest import of ours", "ms", [mine[slowest]], note=slowest),
    ]


def _imported(function: str) -> Iterator[tuple[str, float]]:
    """Modules in the order of their imports, and the milliseconds of each without what it imports."""
    command = [sys.executable, "-X", "importtime", "-c", "import main"]
    variables = compiled(clean_environment())
    done = subprocess.run(command, cwd=home(ours(function)), env=variables, capture_output=True, text=True, check=True)
    for line in done.stderr.splitlines():
        if found := LINE.match(line):
            yield found["module"], int(found["self"]) / 1000
