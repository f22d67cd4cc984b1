"""A terminal of its own for programs, which is watched: what stands on its screen, and when."""

import errno
import fcntl
import os
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from select import select

import pyte

STEP = 0.06  # seconds: two looks at the screen are at least so far apart
MOST_QUIET = 1.2  # seconds for which nothing need happen
READ = 0.6  # seconds for which it stands before Ctrl-C
KEY = 0.045  # seconds between two keys


@dataclass(frozen=True)
class Cell:
    """One character, as it is drawn."""

    text: str
    colour: str  # pyte's: a name, or six hex digits
    bold: bool


Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Frame:
    """What stood on the screen, and for how long."""

    rows: tuple[Row, ...]
    cursor: tuple[int, int] | None  # column and row; None: hidden
    seconds: float


@dataclass
class Recording:
    """A terminal that somebody types at."""

    columns: int
    lines: int
    environment: Mapping[str, str]
    folder: str  # in which the programs run
    frames: list[Frame] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._screen = pyte.Screen(self.columns, self.lines)
        self._stream = pyte.ByteStream(self._screen)

    def type(self, line: str, prompt: str = "\x1b[1;32m$\x1b[0m ") -> None:
        """A command line, key by key, as somebody types it."""
        self._feed(b"\r\n" * bool(self.frames) + prompt.encode(), 0.5)
        for character in line:
            self._feed(character.encode(), KEY)
        self._feed(b"\r\n", 0.4)

    def run(self, command: Sequence[str], interrupt: Callable[[str], bool] = lambda _: False) -> int:
        """Run a program; Ctrl-C is pressed once `interrupt` says so of what is on the screen. Gives how it ended."""
        master, side = os.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", self.lines, self.columns, 0, 0))
        with subprocess.Popen(
            command, cwd=self.folder, env=dict(self.environment), stdin=side, stdout=side, stderr=side,
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509 - nothing here has threads
        ) as process:  # fmt: skip
            os.close(side)
            try:
                self._watch(master, interrupt)
            finally:
                os.close(master)
        return process.returncode

    def rest(self, seconds: float) -> None:
        """Let it stand, for who reads it."""
        self._keep(seconds)

    def shown(self) -> str:
        """What is on the screen."""
        return "\n".join(self._screen.display)

    def _watch(self, master: int, interrupt: Callable[[str], bool]) -> None:
        last = time.monotonic()
        pressed = False
        while (content := _read(master)) is not None:
            if content:
                self._stream.feed(content)
            if not pressed and interrupt(self.shown()):
                self._keep(READ)  # what made somebody press it is to be seen
                os.write(master, b"\x03")
                pressed = True
            if (now := time.monotonic()) - last >= STEP:
                self._keep(now - last)
                last = now

    def _feed(self, content: bytes, seconds: float) -> None:
        self._stream.feed(content)
        self._keep(seconds)

    def _keep(self, seconds: float) -> None:
        """The screen as it is; where nothing changed, the frame before stands for longer."""
        screen = self._screen
        rows = tuple(
            tuple(_cell(screen.buffer[line][column]) for column in range(self.columns)) for line in range(self.lines)
        )
        cursor = None if screen.cursor.hidden else (screen.cursor.x, screen.cursor.y)
        before = self.frames[-1] if self.frames else None
        if before and (before.rows, before.cursor) == (rows, cursor):
            longer = max(before.seconds, min(MOST_QUIET, before.seconds + seconds), seconds)
            self.frames[-1] = Frame(rows, cursor, longer)
        else:
            self.frames.append(Frame(rows, cursor, seconds))


def _take_terminal() -> None:
    """In the child: the terminal is its own, and it hears of Ctrl-C, wherever this runs."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _read(master: int) -> bytes | None:
    """What is there; empty where nothing is, None at the end."""
    if not select([master], [], [], STEP)[0]:
        return b""
    try:
        return os.read(master, 65536) or None
    except OSError as exc:
        if exc.errno == errno.EIO:  # Linux says so where nobody holds the other side
            return None
        raise


def _cell(character: pyte.screens.Char) -> Cell:
    return Cell(character.data, character.fg, character.bold)
