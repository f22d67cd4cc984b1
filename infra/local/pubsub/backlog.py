"""The messages that one subscription owes: which are ready, which are out, which wait for another try."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from infra.local.kernel import Kernel
from infra.local.pubsub.entries import Consumer, Entry, State
from infra.local.pubsub.lanes import Lane
from infra.local.pubsub.messages import Message
from infra.local.pubsub.store import Store
from infra.local.pubsub.terms import Terms
from infra.local.pubsub.timers import Timers


class Backlog:
    """What is owed, from first delivery to acknowledgement."""

    def __init__(self, kernel: Kernel, store: Store, timers: Timers, terms: Terms) -> None:
        self.terms = terms
        self.bury: Callable[[Entry], bool] = lambda _: False  # hands over to the dead-letter topic, if it can
        self.entries: dict[int, Entry] = {}
        self._clock = kernel.clock
        self._store = store
        self._timers = timers
        self._ready: deque[Entry | Lane] = deque()
        self._lanes: dict[str, Lane] = {}
        self._consumers: deque[Consumer] = deque()

    def add(self, message: Message, failures: int = 0) -> None:
        """Owe one more message; it is on the disk."""
        entry = Entry(message, failures)
        self.entries[message.id] = entry
        if self.terms.ordered and message.body.ordering_key:
            lane = self._lanes.get(message.body.ordering_key)
            if lane is None:
                lane = self._lanes[message.body.ordering_key] = Lane()
            entry.lane = lane
            lane.entries.append(entry)
            self._offer(lane)
        else:
            self._ready.append(entry)
            self._notify()

    def join(self, consumer: Consumer) -> None:
        """Wake `consumer` from now on whenever there is something to take."""
        self._consumers.append(consumer)

    def leave(self, consumer: Consumer) -> None:
        """Wake it no more. What it holds stays its own until acknowledged or expired."""
        self._consumers.remove(consumer)

    def take(self, consumer: Consumer, most: int, most_bytes: int | None = None) -> list[Entry]:
        """Up to `most` messages for `consumer`, at least one if there is any, up to `most_bytes` in all.

        They are outstanding, but without a lease until `lease` gives them one.
        """
        taken: list[Entry] = []
        room = most_bytes
        for queue in (consumer.lanes, self._ready):
            while queue and len(taken) < most:
                item = queue[0]
                entry = self._next_of(item, consumer)
                if entry is None:
                    _leave(queue)
                    continue
                if room is not None:
                    if taken and entry.message.size > room:
                        return taken
                    room -= entry.message.size
                if isinstance(item, Lane):
                    item.take(consumer)
                if not isinstance(item, Lane) or not item.open_to(consumer):
                    _leave(queue)
                entry.state = State.OUTSTANDING
                entry.deliveries += 1
                entry.holder = consumer
                taken.append(entry)
        return taken

    def lease(self, entry: Entry, seconds: float) -> None:
        """It is to be acknowledged within `seconds` from now, or counts as failed."""
        self._cancel(entry)
        moment = self._clock.now() + int(seconds * 1_000_000)
        entry.timer = self._timers.at(moment, lambda: self.fail(entry))

    def acknowledge(self, entries: Iterable[Entry]) -> None:
        """They are done, and owed no more, also after a crash."""
        done: list[Entry] = []
        for entry in entries:
            lane = entry.lane
            if entry.state in {State.ACKED, State.DONE} or (lane is not None and lane.is_too_late_for(entry)):
                continue
            self._stop(entry)
            gone = [entry] if lane is None else lane.acknowledge(entry)
            for one in gone:
                one.state = State.DONE
            done.extend(gone)
            if lane is not None:
                self._offer(lane)
        self._forget(done)

    def fail(self, entry: Entry) -> None:
        """A delivery was refused, or not acknowledged in time: try again, or give up."""
        if entry.state is not State.OUTSTANDING:
            return
        self._stop(entry)
        entry.failures += 1
        if self.terms.max_attempts and entry.failures >= self.terms.max_attempts and self.bury(entry):
            self._drop(entry)
            return
        self._store.failed(self.terms.name, entry.message, entry.failures)
        self.hold(entry, self.terms.backoff(entry.failures))

    def hold(self, entry: Entry, micros: int) -> None:
        """Make it, and what was delivered after it of its ordering key, ready again in `micros`."""
        self._stop(entry)
        lane = entry.lane
        for again in [entry] if lane is None else lane.go_back(entry):
            self._stop(again)
            again.state = State.READY
        if micros <= 0:
            self._make_ready(entry)
            return
        entry.state = State.HELD
        if lane is not None:
            lane.held = True
        entry.timer = self._timers.at(self._clock.now() + micros, lambda: self._make_ready(entry))

    def give_back(self, entry: Entry) -> None:
        """Make it ready again at once, as if it had not been delivered."""
        if entry.state is State.OUTSTANDING:
            self.hold(entry, 0)

    def expire(self) -> None:
        """Forget what is older than the subscription keeps messages."""
        oldest = self._clock.now() - self.terms.retention
        while self.entries:
            entry = next(iter(self.entries.values()))
            if entry.message.id >= oldest:
                return
            self._drop(entry)

    def clear(self) -> None:
        """Forget everything."""
        entries = list(self.entries.values())
        for entry in entries:
            self._stop(entry)
            entry.state = State.DONE
        self._ready.clear()
        self._lanes.clear()
        self._forget(entries)

    def wake(self) -> None:
        """Tell every consumer to look again."""
        for consumer in tuple(self._consumers):
            consumer.wake()

    @property
    def ready(self) -> int:
        """About how many could be taken now."""
        return len(self._ready)

    @property
    def consumers(self) -> int:
        """How many are waiting or taking."""
        return len(self._consumers)

    def _next_of(self, item: Entry | Lane, consumer: Consumer) -> Entry | None:
        oldest = self._clock.now() - self.terms.retention
        while True:
            if isinstance(item, Lane):
                entry = item.peek() if item.open_to(consumer) else None
            else:
                entry = item if item.state is State.READY else None
            if entry is None or entry.message.id >= oldest:
                return entry
            self._drop(entry)

    def _make_ready(self, entry: Entry) -> None:
        if entry.state not in {State.READY, State.HELD}:
            return
        entry.state, entry.timer = State.READY, None
        if entry.lane is None:
            self._ready.append(entry)
            self._notify()
        else:
            entry.lane.held = False
            self._offer(entry.lane)

    def _offer(self, lane: Lane) -> None:
        if lane.queued or not lane.waiting:
            return
        if lane.owner is None:
            lane.queued = True
            self._ready.append(lane)
            self._notify()
        elif lane.open_to(lane.owner):
            lane.queued = True
            lane.owner.lanes.append(lane)
            lane.owner.wake()

    def _notify(self) -> None:
        # Whoever is woken first takes first: by turns, so that consumers share the work.
        self._consumers.rotate(-1)
        self.wake()

    def _cancel(self, entry: Entry) -> None:
        if entry.timer is not None:
            self._timers.cancel(entry.timer)
            entry.timer = None

    def _stop(self, entry: Entry) -> None:
        """Before it changes its state: nobody waits for it any more."""
        self._cancel(entry)
        if entry.state is State.HELD and entry.lane is not None:
            entry.lane.held = False
        if entry.holder is not None:
            holder, entry.holder = entry.holder, None
            holder.released(entry)

    def _drop(self, entry: Entry) -> None:
        self._stop(entry)
        entry.state = State.DONE
        gone = [entry]
        if entry.lane is not None:
            gone.extend(entry.lane.remove(entry))
            for one in gone:
                one.state = State.DONE
            self._offer(entry.lane)
        self._forget(gone)

    def _forget(self, done: list[Entry]) -> None:
        if not done:
            return
        for entry in done:
            self.entries.pop(entry.message.id, None)
            key = entry.message.body.ordering_key
            if entry.lane is not None and not entry.lane.entries and self._lanes.get(key) is entry.lane:
                del self._lanes[key]
        self._store.settle(self.terms.name, [entry.message for entry in done])


def _leave(queue: deque[Any]) -> None:
    item = queue.popleft()
    if isinstance(item, Lane):
        item.queued = False
