"""The Clock of what is deployed."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path


class SystemClock:
    """The machine's time."""

    def __init__(self, offset_file: str | None = None) -> None:
        """`offset_file` is for tests: it says, anew at each look, by how many seconds this clock is ahead."""
        self._offset = Path(offset_file) if offset_file else None

    def now(self) -> datetime:
        """See Clock.now."""
        now = datetime.now(UTC)
        return now + timedelta(seconds=float(self._offset.read_text())) if self._offset else now

    async def sleep(self, seconds: float) -> None:
        """See Clock.sleep."""
        await asyncio.sleep(seconds)
