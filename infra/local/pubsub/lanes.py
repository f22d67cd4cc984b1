"""The messages of one ordering key in one subscription.

```
entries   m1      m2      m3      m4      m5
          acked?  out     out     ready   ready
          └─ kept until all before are acked ─┘
                           next ──^          nacking m2 sets next to m2: m3 is delivered again, acked or not
```
Source: https://cloud.google.com/pubsub/docs/ordering#properties_of_ordered_delivery
"""

from infra.local.pubsub.entries import Consumer, Entry, State


class Lane:
    """Delivers in order, to one consumer at a time, and goes back as a whole."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.next = 0  # the place of the next to be delivered
        self.owner: Consumer | None = None  # who has the outstanding ones
        self.held = False  # a retry waits for its time
        self.queued = False  # already offered to somebody

    @property
    def waiting(self) -> bool:
        """Whether there is one to be delivered now, to the right consumer."""
        return not self.held and self.next < len(self.entries)

    def open_to(self, consumer: Consumer) -> bool:
        """Whether `consumer` may take the next one now."""
        if not self.waiting or (self.owner is not None and self.owner is not consumer):
            return False
        return self.next == 0 or not consumer.one_a_key

    def peek(self) -> Entry:
        """The next one, to be taken or left."""
        return self.entries[self.next]

    def take(self, consumer: Consumer) -> Entry:
        """Hand the next one to `consumer`, whose the lane is until its last is settled."""
        entry = self.entries[self.next]
        self.next += 1
        self.owner = consumer
        return entry

    def is_too_late_for(self, entry: Entry) -> bool:
        """Whether an acknowledgement of `entry` cannot count: it is to be delivered again after one before it."""
        place = self.entries.index(entry)
        return place >= self.next and place > 0

    def acknowledge(self, entry: Entry) -> list[Entry]:
        """Mark one as acknowledged; gives those that are now done for good."""
        entry.state = State.ACKED
        return self._settled()

    def go_back(self, entry: Entry) -> list[Entry]:
        """Deliver from `entry` on again; gives all that have to be."""
        place = self.entries.index(entry)
        again = self.entries[place : max(self.next, place + 1)]
        self.next = min(self.next, place)
        self._release()
        return again

    def remove(self, entry: Entry) -> list[Entry]:
        """Take one out that is too old, or given up; gives those that are now done for good."""
        place = self.entries.index(entry)
        del self.entries[place]
        if place < self.next:
            self.next -= 1
        return self._settled()

    def _settled(self) -> list[Entry]:
        done = 0
        while done < len(self.entries) and self.entries[done].state is State.ACKED:
            done += 1
        gone = self.entries[:done]
        del self.entries[:done]
        self.next = max(0, self.next - done)
        self._release()
        return gone

    def _release(self) -> None:
        if self.next == 0 and self.owner is not None:
            self.owner = None
            self.queued = False  # it may have been offered to the one who is owner no more
