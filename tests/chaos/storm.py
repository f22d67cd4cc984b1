"""Many jobs, while calls fail, deliveries double and vanish, and the processes that work are killed at random."""

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import uuid4

import httpx

from tests.chaos.broker import Broker
from tests.chaos.rig import ENDS, Rig

WORKERS = ("generate", "generate.2")
SWEEPERS = ("sweep", "sweep.2")
REFUSED = 0.05  # of the prompts are such that the model refuses them
DRAIN_SECONDS = 400.0
# service, method, what, of how many. An error is before the effect, a lost answer after it: 20 % of all calls fail.
FAULTS = (
    *(
        (service, method, effect, 0.1)
        for service, method in (("firestore", "*"), ("pubsub", "Publish"), ("storage", "*"), ("vertex", "*"))
        for effect in ("error", "lose_response")
    ),
    ("pubsub", "Deliver", "duplicate", 0.1),
    ("pubsub", "Deliver", "drop", 0.1),
)


class Wish(NamedTuple):
    """A job to be."""

    key: str
    body: dict[str, Any]

    @property
    def is_refused(self) -> bool:
        """Whether the model will not do it."""
        return "[[refused]]" in self.body["prompt"]


class Storm:
    """One run; the same seed gives the same wishes, faults and kills, though not the same moments."""

    def __init__(self, rig: Rig, broker: Broker, seed: int) -> None:
        self._rig = rig
        self._broker = broker
        self._seed = seed
        self._random = random.Random(seed)  # noqa: S311 - a seeded decision is the point, not a secret
        self._calm = threading.Event()
        self.kills = 0

    def rage(self, count: int, seconds: float) -> list[Wish]:
        """Submit so many jobs, kill for so many seconds, then go on, without kills, until every job has ended."""
        wishes = [self._wish() for _ in range(count)]
        with ThreadPoolExecutor(12) as threads, ExitStack() as storm:
            list(threads.map(self._rig.running.add, (WORKERS[1], SWEEPERS[1])))
            for fault in self._faults():
                storm.enter_context(fault)
            storm.callback(self._calm.set)
            sweeping = [threads.submit(self._sweep, name) for name in SWEEPERS]
            until = time.monotonic() + seconds
            killing = [threads.submit(self._kill, name, until) for name in WORKERS + SWEEPERS]
            submitting = [threads.submit(self._submit, wish) for wish in wishes]
            for thread in (*submitting, *killing):
                thread.result()
            self._drain(wishes)
            self._calm.set()
            for swept in sweeping:
                swept.result()
        return wishes

    def _wish(self) -> Wish:
        number = self._random.getrandbits(64)
        refused = " [[refused]]" if self._random.random() < REFUSED else ""
        return Wish(uuid4().hex, {"prompt": f"a storm at sea {number:x}{refused} [[varied]]"})

    def _faults(self) -> Iterator[Any]:
        for number, (service, method, effect, probability) in enumerate(FAULTS):
            rule = {"effect": effect, "probability": probability, "seed": self._seed + number}
            yield self._rig.control.fault(service, method, **rule)

    def _submit(self, wish: Wish) -> None:
        while not ((answer := self._rig.post(wish.body, wish.key)) is not None and answer.is_success):
            self._calm.wait(0.1)

    def _sweep(self, name: str) -> None:
        while not self._calm.wait(0.5):
            try:
                httpx.post(f"{self._rig.running.function_url(name)}/", json={}, timeout=60, trust_env=False)
            except httpx.HTTPError:
                continue

    def _kill(self, name: str, until: float) -> None:
        """A kill every few seconds, and a new instance at once; messages go to both workers in turn."""
        decide = random.Random(f"{self._seed} {name}")  # noqa: S311 - likewise
        while (pause := decide.uniform(1, 5)) < until - time.monotonic():
            self._calm.wait(pause)
            self._rig.kill(name)
            self.kills += 1
            self._broker.push_to(WORKERS[self.kills % 2])
            self._rig.clock.advance(decide.uniform(0, 3))
            self._rig.running.restart(name)

    def _drain(self, wishes: list[Wish]) -> None:
        """Let the time pass that jobs wait for: quickly where nobody is at work."""
        deadline = time.monotonic() + DRAIN_SECONDS
        while left := self._open(wishes):
            assert time.monotonic() < deadline, left
            at_work = any(self._rig.is_worked_on(job) for job in left)
            self._rig.clock.advance(0.5 if at_work else 60)
            self._calm.wait(0.5)

    def _open(self, wishes: list[Wish]) -> list[dict[str, Any]]:
        jobs = self._rig.inside.documents()
        keys = {wish.key for wish in wishes}
        return [job for job in jobs if job["idempotency_key"] in keys and job["status"] not in ENDS]


def cleaned(rig: Rig) -> None:
    """Sweep until nothing is due, an hour and two after."""
    for _ in range(3):
        rig.clock.advance(timedelta(hours=1, seconds=1).total_seconds())
        while rig.sweep():
            pass
