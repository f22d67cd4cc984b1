"""Memory that was freed is used again, without a page fault for each of its pages."""

import subprocess
import sys

import pytest

from tests.processes import ROOT, clean_environment

PIECE = 1 << 20  # bytes
TIMES = 50
PROGRAM = f"""
import resource
from shared import malloc
{{keep}}
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def used():
    pieces = [b"x" * ({PIECE} + each) for each in range(4)]
used()
before = faults()
for _ in range({TIMES}):
    used()
print(faults() - before)
"""


def faults(keep: str) -> int:
    """Of a process of its own that uses and frees pictures' bytes."""
    command = [sys.executable, "-c", PROGRAM.format(keep=keep)]
    variables = clean_environment({"PYTHONPATH": str(ROOT)})
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's own")
def test_pictures_are_kept_in_the_memory_of_those_before() -> None:
    """As many page faults as one round has, at most; without it each round has its own."""
    round_of_them = 4 * PIECE // 4096
    assert faults("malloc.keep(8 << 20, 32 << 20, heaps=4)") < round_of_them
    assert faults("") > TIMES * round_of_them / 2
