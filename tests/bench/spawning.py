"""How what is measured is started: apart from the terminal, as far ahead as this process, which it never outlives."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from tests.bench.priority import follow
from tests.processes import end_with_parent


def spawn(
    words: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdout: IO[bytes] | int, stderr: int | None = None
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own: Ctrl-C is this program's, which then ends it."""
    process = subprocess.Popen(
        words,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
        preexec_fn=end_with_parent,  # noqa: PLW1509 - it calls nothing that a thread could hold a lock of
    )
    follow(process.pid)
    return process
