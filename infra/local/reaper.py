"""`python -m infra.local.reaper`: ends the processes of a stack whose runner was killed.

It reads from standard input, a pipe that only the runner holds: `+<group>` when a process group was started,
`-<group>` when it is gone. When the pipe closes, however the runner ended, whatever is left is told to stop, and
after some seconds killed. It lives in a session of its own, out of reach of the terminal's Ctrl-C.
"""

import os
import signal
import sys
import time

GRACE_SECONDS = 3.0


def signal_group(group: int, number: int) -> bool:
    """Send a signal to a process group (0: only look); False if there is no such group."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS says so of a group of zombies
        return False
    return True


def end_groups(groups: set[int], grace_seconds: float) -> None:
    """SIGTERM to every group, then SIGKILL to those that are not gone in time."""
    left = {group for group in groups if signal_group(group, signal.SIGTERM)}
    deadline = time.monotonic() + grace_seconds
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = {group for group in left if signal_group(group, 0)}
    for group in left:
        signal_group(group, signal.SIGKILL)


def main() -> None:
    """Follow the runner until its pipe closes."""
    groups: set[int] = set()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it ends with the runner, not before
    for line in sys.stdin:
        group = int(line[1:])
        groups.add(group) if line[0] == "+" else groups.discard(group)
    end_groups(groups, GRACE_SECONDS)


if __name__ == "__main__":
    main()
