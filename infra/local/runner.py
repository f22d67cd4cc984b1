"""`python -m infra.local.runner` (`make dev`): everything on this machine, until Ctrl-C.

Environment: `PORT` (8080), `LOCAL_DIR` (.local), `VERTEX=real`, `LEASE_SECONDS`, `SWEEP_SECONDS`; an emulator variable
that is set (`FIRESTORE_EMULATOR_HOST` and the others) is used as it is; all else goes to the functions.
`--reset` empties the folder instead.
"""

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from infra.local.addresses import VARIABLES
from infra.local.environment import ROOT, Settings, SettingsError
from infra.local.folder import FolderInUseError, empty
from infra.local.signals import InterruptedBySignalError, Signals
from infra.local.stack import Stack, StackError

LOOK_SECONDS = 0.25
RESTART_SECONDS = 2.0  # between two starts of a function that ends by itself


@contextmanager
def running(settings: Settings, signals: Signals) -> Iterator[Stack]:
    """A stack that answers inside the block and is gone after it, whatever ends the block.

    Raises:
        StackError: it cannot be started.
    """
    stack = Stack(settings)
    try:
        with signals.deferred():
            stack.start(signals.check)
        yield stack
    finally:
        with signals.ignored():
            stack.stop()


def _describe(stack: Stack, seconds: float) -> str:
    folder = stack.folder.path if stack.folder else ROOT
    shown = folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder
    key = "" if stack.environment["AUTH_MODE"] == "none" else ' -H "Authorization: Bearer $DARKROOM_API_KEY"'
    functions = "\n".join(f"  {name:<12} {stack.function_url(name)}" for name in stack.names)
    cloud = "\n".join(f"  {variable}={stack.environment[variable]}" for variable, _ in VARIABLES.values()
                      if variable in stack.environment)  # fmt: skip
    return f"""\
Darkroom is up after {seconds:.1f} s: {stack.url}

functions
{functions}
cloud
{cloud}
data in {shown}/cloud, logs in {shown}/logs{_pages(stack)}

Try it:{_first_key(stack.environment)}
  curl -s {stack.url}/v1/jobs{key} -H 'Content-Type: application/json' -d '{{"prompt": "a red fox in the snow"}}'
Ctrl-C stops everything."""


def _pages(stack: Stack) -> str:
    """Where the stack can be looked into; whoever brings all services of another cloud brings no control port."""
    pages = f"\nmetrics at {stack.url}/local/metrics, traces at {stack.url}/local/traces"
    return pages if "control" in stack.cloud else ""


def _first_key(environment: Mapping[str, str]) -> str:
    """What makes the key that a closed stack wants."""
    if environment["AUTH_MODE"] == "none":
        return ""
    names = ("FIRESTORE_EMULATOR_HOST", "GOOGLE_CLOUD_PROJECT")
    variables = " ".join(f"{name}={environment[name]}" for name in names if name in environment)
    return f"\n  export DARKROOM_API_KEY=$({variables} .venv/bin/python -m infra.tenants create my-team)"


def _watch(stack: Stack) -> None:
    """Start again what ends by itself, as the platform does with functions."""
    while True:
        time.sleep(LOOK_SECONDS)
        for child in stack.ended():
            print(f"{child.name} ended with {child.ended()} and is started again; its log: {child.log}", flush=True)
            time.sleep(RESTART_SECONDS)
            try:
                stack.restart(child.name)
            except StackError as exc:
                print(exc, file=sys.stderr, flush=True)


def main() -> int:
    """Run until a signal comes: 0. 1 with words on standard error when it cannot start."""
    start = time.monotonic()
    try:
        settings = Settings.read(os.environ)
        if "--reset" in sys.argv[1:]:
            empty(settings.folder)
            print(f"{settings.folder} is empty.")
            return 0
        with Signals().handled() as signals, running(settings, signals) as stack:
            print(_describe(stack, time.monotonic() - start), flush=True)
            _watch(stack)
    except (SettingsError, StackError, FolderInUseError) as exc:
        print(exc, file=sys.stderr)
        return 1
    except InterruptedBySignalError:
        print("\nStopped.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
