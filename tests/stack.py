"""The whole stack for tests: every function as a process of its own, the local cloud, the gateway; on free ports."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.local.environment import Settings
from infra.local.stack import Stack
from tests.processes import Control, clean_environment


@dataclass(frozen=True)
class RunningStack:
    """A stack that answers."""

    stack: Stack
    folder: Path  # its data and logs
    control: Control  # of its local cloud

    @property
    def base_url(self) -> str:
        """Where the API is."""
        return self.stack.url

    @property
    def environment(self) -> dict[str, str]:
        """What the functions have in theirs, but for what each has of its own."""
        return self.stack.environment

    def function_url(self, name: str) -> str:
        """Where one function is, past the gateway."""
        return self.stack.function_url(name)

    def log(self, name: str) -> str:
        """What a process wrote so far: a function, `cloud`, `gateway` or `scheduler`."""
        return (self.folder / "logs" / f"{name}.log").read_text()

    def kill(self, name: str) -> None:
        """SIGKILL to every process of a function, or of `cloud` or `gateway`."""
        self.stack.kill(name)

    def signal(self, name: str, number: int) -> None:
        """A signal to every process of a function."""
        self.stack.signal(name, number)

    def group(self, name: str) -> int:
        """The process group of a function."""
        return self.stack.group(name)

    def add(self, name: str) -> None:
        """Start another instance, `generate.2`; back when it answers."""
        self.stack.add(name)

    def restart(self, name: str) -> None:
        """Start it again at its old port; back when it answers."""
        self.stack.restart(name)


@contextmanager
def stack(**variables: str) -> Iterator[RunningStack]:
    """A stack with these environment variables (`LEASE_SECONDS="5"`), its data in a folder that ends with it.

    `SWEEP_SECONDS="0"` leaves the scheduler out: the test then calls `sweep` itself.
    """
    with tempfile.TemporaryDirectory(prefix="darkroom-") as folder, ExitStack() as until_end:
        given = {**clean_environment(), "PORT": "0", "LOCAL_DIR": folder, "VERTEX": "", **variables}
        running = Stack(Settings.read(given))
        until_end.callback(running.stop)
        running.start()
        control = Control(running.environment["LOCAL_CLOUD_CONTROL"])
        until_end.callback(control.close)
        yield RunningStack(running, Path(folder), control)
