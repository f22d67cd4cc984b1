"""How much work each frame of a page is, by a trace of Chromium's own.

A frame is late where the page has too much to do, or where the machine has other things to do: 20 ms of work take
130 ms by the clock where six programs share a core. So what is added up is the time that the page's main thread ran
(`tdur`, from the thread's own clock), task by task, from one animation frame to the next; not the time that passed.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

TASK = "RunTask"
FRAME = "FireAnimationFrame"
CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline"]


@dataclass(frozen=True)
class Frame:
    """What was done from the beginning of one animation frame to that of the next."""

    work_ms: float  # the main thread ran so long
    wall_ms: float  # so much time passed


def frames(trace: bytes) -> list[Frame]:
    """The frames of the one page that a trace of CATEGORIES has animated."""
    events = json.loads(trace)["traceEvents"]
    begins = [event for event in events if event["name"] == FRAME]
    assert begins, "nothing was animated while the trace was written"
    thread = (begins[0]["pid"], begins[0]["tid"])
    starts = sorted(event["ts"] for event in begins if (event["pid"], event["tid"]) == thread)
    tasks = sorted(_tasks(events, thread))
    found = []
    at = 0
    for start, end in pairwise(starts):
        work = 0
        # A task that began before the frame did is the one that began the frame.
        while at < len(tasks) and tasks[at][0] < end:
            work += tasks[at][1]
            at += 1
        found.append(Frame(work / 1000, (end - start) / 1000))
    return found


def _tasks(events: list[dict[str, Any]], thread: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """When each task of the thread began, and how long the thread ran for it, in µs."""
    until = -1
    for event in sorted((each for each in events if each["name"] == TASK and "dur" in each), key=lambda e: e["ts"]):
        if (event["pid"], event["tid"]) != thread or event["ts"] < until:  # a task within a task is counted already
            continue
        until = event["ts"] + event["dur"]
        yield event["ts"], event.get("tdur", event["dur"])
