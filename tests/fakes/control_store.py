"""Controls in a dictionary, under versions that every write must meet."""

import asyncio
from collections.abc import Sequence

from shared.domain.control import Control
from shared.domain.errors import AlreadyExists, Conflict, OutcomeUnknown
from shared.ports.controls import StoredControl
from tests.fakes.failures import Failures


class FakeControlStore:
    """A ControlStore that fails when it is told to, and counts how often all are read."""

    def __init__(self) -> None:
        self.failures = Failures()
        self.reads = 0
        self.looked = asyncio.Event()  # set by each read of all, once it knows its answer
        self.answers = asyncio.Event()  # cleared: such an answer is on its way until it is set
        self.answers.set()
        self._stored: dict[str, StoredControl] = {}
        self._version = 0

    async def all(self) -> Sequence[StoredControl]:
        """See ControlStore.all."""
        self.reads += 1
        await self._begun("all")
        found = [self._stored[name] for name in sorted(self._stored)]
        self.looked.set()
        await self.answers.wait()
        return found

    async def get(self, control_id: str) -> StoredControl | None:
        """See ControlStore.get."""
        await self._begun("get")
        return self._stored.get(control_id)

    async def create(self, control: Control) -> StoredControl:
        """See ControlStore.create."""
        await self._begun("create")
        if control.id in self._stored:
            raise AlreadyExists(control.id)
        stored = self.has(control)
        self.failures.after("create")
        return stored

    async def write(self, before: StoredControl, control: Control) -> StoredControl:
        """See ControlStore.write."""
        await self._begun("write")
        self._must_be(before)
        stored = self.has(control)
        self.failures.after("write")
        return stored

    async def remove(self, before: StoredControl) -> None:
        """See ControlStore.remove."""
        await self._begun("remove")
        self._must_be(before)
        del self._stored[before.control.id]
        self.failures.after("remove")

    def has(self, control: Control) -> StoredControl:
        """Put the control there, whatever was there before."""
        self._version += 1
        stored = self._stored[control.id] = StoredControl(control, self._version)
        return stored

    @property
    def ids(self) -> dict[str, bool]:
        """Of those that are stored, and whether each is paused."""
        return {name: stored.control.paused for name, stored in self._stored.items()}

    def lose_answer(self, method: str) -> None:
        """Let the next answer of `method` be lost after it took effect."""
        self.failures.lose_answer(method, OutcomeUnknown("the answer was lost"))

    def _must_be(self, before: StoredControl) -> None:
        found = self._stored.get(before.control.id)
        if found is None or found.version != before.version:
            raise Conflict(before.control.id)

    async def _begun(self, method: str) -> None:
        await asyncio.sleep(0)
        self.failures.before(method)
