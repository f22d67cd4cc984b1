"""Programs of the project, started by tests as a user's machine starts them, and ended with the test."""

import ctypes
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent
EMULATORS = (
    "FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "STORAGE_EMULATOR_HOST", "VERTEX_EMULATOR_HOST",
    "GOOGLE_VERTEX_BASE_URL", "OTEL_EXPORTER_OTLP_ENDPOINT",
)  # fmt: skip
KEYS = ("GEMINI_API_KEY",)  # of a developer's own: it would lead to another API


class Control:
    """The control port of a local cloud: counts of calls, faults, the clock."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=60)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def counts(self) -> dict[str, int]:
        """Calls seen so far, by `service.Method`."""
        counts: dict[str, int] = self._http.get("/counts").raise_for_status().json()
        return counts

    def reset_counts(self) -> None:
        """Count from 0 again."""
        self._http.delete("/counts").raise_for_status()

    @contextmanager
    def fault(self, service: str, method: str = "*", **rule: Any) -> Iterator[int]:
        """A fault in force within the block; gives its id. Fields as in `infra.local.faults.Fault`."""
        answer = self._http.post("/faults", json={"service": service, "method": method, **rule}).raise_for_status()
        fault_id: int = answer.json()["id"]
        try:
            yield fault_id
        finally:
            self._http.delete(f"/faults/{fault_id}").raise_for_status()

    @contextmanager
    def tracing(self) -> Iterator[Callable[[], list[dict[str, Any]]]]:
        """Calls are kept within the block; gives what lists them, as in `infra.local.trace.Call`."""
        self._http.post("/trace").raise_for_status()
        try:
            yield lambda: list(self._http.get("/trace").raise_for_status().json())
        finally:
            self._http.delete("/trace").raise_for_status()

    def hits(self, fault_id: int) -> int:
        """How often a fault struck so far."""
        return next(int(rule["hits"]) for rule in self._http.get("/faults").json() if rule["id"] == fault_id)

    def advance(self, seconds: float) -> None:
        """Move the local cloud's clock forward."""
        self._http.post("/clock/advance", json={"seconds": seconds}).raise_for_status()


class Faults:
    """Faults that stay until they are ended or the test is over: `faults("firestore", "Commit", effect="reset")`."""

    def __init__(self, control: Control, until_end: ExitStack) -> None:
        self._control = control
        self._until_end = until_end

    def __call__(self, service: str, method: str = "*", **rule: Any) -> int:
        """Put a fault in force; gives its id. Fields as in `infra.local.faults.Fault`."""
        return self._until_end.enter_context(self._control.fault(service, method, **rule))

    def hits(self, fault_id: int) -> int:
        """How often it struck so far."""
        return self._control.hits(fault_id)

    def end(self) -> None:
        """End all of them now."""
        self._until_end.close()


@dataclass(frozen=True)
class RunningCloud:
    """A local cloud in a process of its own."""

    process: subprocess.Popen[str]
    environment: dict[str, str]  # what a program needs to use it
    control: Control

    def host(self, service: str) -> str:
        """Its `<SERVICE>_EMULATOR_HOST`."""
        return self.environment[f"{service.upper()}_EMULATOR_HOST"]


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without any emulator or key that happens to be set, and with `extra`."""
    ours = {name: value for name, value in os.environ.items() if name not in EMULATORS + KEYS}
    return {**ours, **(extra or {})}


# A `preexec_fn` means fork, and gRPC, where the tests use it, would start its threads again in the child, before exec
# closes what they poll. Read when grpc is imported, which is after this.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Have Linux kill this process when the tests are killed, and so cannot end it themselves."""
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@contextmanager
def local_cloud(*options: str) -> Iterator[RunningCloud]:
    """Start `python -m infra.local` with `options`; ready inside the block, ended after it."""
    command = [sys.executable, "-m", "infra.local", *options]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=end_with_parent,  # noqa: PLW1509 - it calls nothing that a thread could hold a lock of
    )
    try:
        environment = {}
        for line in process.stdout or ():
            if line.startswith("# ready"):
                break
            name, _, value = line.removeprefix("export ").strip().partition("=")
            (environment[name],) = shlex.split(value)
        else:
            raise RuntimeError(f"the local cloud ended with {process.wait()} before it was ready")
        control = Control(environment["LOCAL_CLOUD_CONTROL"])
        yield RunningCloud(process, environment, control)
        control.close()
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
