"""The processes of a stack: each leads a group of its own, writes to a log file, and does not outlive its runner."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.local.reaper import GRACE_SECONDS, signal_group

ROOT = Path(__file__).resolve().parent.parent.parent
TAIL_LINES = 20


@dataclass(frozen=True)
class Child:
    """One process, the leader of its group."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def ended(self) -> int | None:
        """Its exit code, or minus the signal that ended it; None while it runs."""
        return self.process.poll()

    def tail(self) -> str:
        """The end of its log, indented."""
        lines = self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        return "\n".join(f"  {line}" for line in lines) or "  (nothing)"


class Children:
    """Starts processes and ends them, and has them ended by a reaper should this process be killed."""

    def __init__(self, logs: Path, held: int) -> None:
        """Logs go to the folder `logs`; the reaper keeps the file descriptor `held`, a lock, until all are gone."""
        self._logs = logs
        logs.mkdir(parents=True, exist_ok=True)
        # -S: nothing but the standard library, so that it is there at once.
        command = [sys.executable, "-S", "-m", "infra.local.reaper"]
        self._reaper = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, pass_fds=[held], start_new_session=True, bufsize=0
        )

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Child:
        """Start `python <command>` at the project's root; standard output and error go to `<logs>/<name>.log`."""
        path = self._logs / f"{name}.log"
        with path.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._tell(f"+{process.pid}")
        return Child(name, process, path)

    def end(self, children: Iterable[Child], grace_seconds: float = GRACE_SECONDS) -> None:
        """SIGTERM to each group, and SIGKILL to what is left of it when its leader ended or the time is over."""
        left = list(children)
        for child in left:
            signal_group(child.process.pid, signal.SIGTERM)
        deadline = time.monotonic() + grace_seconds
        while left:
            for child in tuple(left):
                if child.ended() is not None or time.monotonic() > deadline:
                    self.kill(child)
                    left.remove(child)
            time.sleep(0.01 if left else 0)

    def kill(self, child: Child) -> None:
        """SIGKILL to the whole group, and wait until its leader is gone."""
        signal_group(child.process.pid, signal.SIGKILL)
        child.process.wait()
        self._tell(f"-{child.process.pid}")

    def close(self) -> None:
        """Let the reaper go, after it ended whatever was not ended."""
        if self._reaper.stdin:
            self._reaper.stdin.close()
        self._reaper.wait()

    def _tell(self, line: str) -> None:
        # A reaper that someone killed is no reason to stop: it only matters when this process is killed too.
        with contextlib.suppress(BrokenPipeError):
            if self._reaper.stdin:
                self._reaper.stdin.write(f"{line}\n".encode())
