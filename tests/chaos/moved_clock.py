"""The time of the functions and of the local cloud, moved forward together."""

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.processes import Control


class MovedClock:
    """The file of CLOCK_OFFSET_FILE; `follow` a local cloud's clock with it once there is one."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._seconds = 0.0
        self._lock = threading.Lock()
        self._control: Control | None = None
        self._write()

    def follow(self, control: Control) -> None:
        """Move this local cloud's clock too."""
        self._control = control

    def now(self) -> datetime:
        """What the functions take the time to be."""
        return datetime.now(UTC) + timedelta(seconds=self._seconds)

    def advance(self, seconds: float) -> None:
        """Move both."""
        with self._lock:
            self._seconds += seconds
            self._write()
        if self._control:
            self._control.advance(seconds)

    def _write(self) -> None:
        new = self.file.with_suffix(".new")
        new.write_text(str(self._seconds))
        os.replace(new, self.file)  # noqa: PTH105 - in one step: a function reads it at any moment
