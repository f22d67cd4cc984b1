"""What the demo prints: plain lines into a pipe, with colours and a running clock on a terminal."""

import os
import time
from typing import TextIO

MICROS = 1_000_000
BOLD, DIM, GREEN, PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[0m"
FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


def milliseconds(value: float | None) -> str:
    """`1,234 ms`; a dash for what is not known."""
    return "—" if value is None else f"{value:,.0f} ms"


def dollars(micros: int | None) -> str:
    """`$0.0400` for 40,000 micro-USD; `unknown` for what is not known."""
    return "unknown" if micros is None else f"${micros / MICROS:.4f}"


class Screen:
    """Lines of the demo on `out`."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._pretty = out.isatty() and os.environ.get("TERM") != "dumb" and "NO_COLOR" not in os.environ
        self._start = time.monotonic()
        self._frame = 0

    def title(self, text: str) -> None:
        """A line that begins a part."""
        self._line(f"{BOLD}{text}{PLAIN}" if self._pretty else text)

    def fact(self, name: str, value: str) -> None:
        """A name and its value."""
        self._line(f"  {DIM}{name:<10}{PLAIN} {value}" if self._pretty else f"  {name:<10} {value}")

    def stage(self, status: str, elapsed_ms: float, note: str = "") -> None:
        """A stage that began, so long after the job was created."""
        colour = GREEN if status == "completed" else ""
        name = f"{colour}{status:<10}{PLAIN}" if self._pretty else f"{status:<10}"
        self._line(f"  {name} {milliseconds(elapsed_ms):>10}{f'  {note}' if note else ''}")

    def wait(self, seconds: float) -> None:
        """Let time pass, with a sign of life on a terminal."""
        if self._pretty:
            self._frame += 1
            passed = time.monotonic() - self._start
            self._out.write(f"\r  {DIM}{FRAMES[self._frame % len(FRAMES)]} {passed:.1f} s{PLAIN}\x1b[K")
            self._out.flush()
        time.sleep(seconds)

    def clear(self) -> None:
        """Remove the sign of life."""
        if self._pretty:
            self._out.write("\r\x1b[K")
            self._out.flush()

    def _line(self, text: str) -> None:
        self.clear()
        self._out.write(f"{text}\n")
        self._out.flush()
