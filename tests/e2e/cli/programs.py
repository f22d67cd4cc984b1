"""`darkroom` as its users start it: in a pipe, and on a terminal of its own."""

import errno
import fcntl
import os
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from types import TracebackType
from typing import Any, Self

from tests.processes import clean_environment
from tests.waiting import PATIENCE, until

COMMAND = [str(Path(sys.executable).with_name("darkroom"))]
STEERING = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
# What the machine of a test may have set, and what would be seen in the output.
USUAL = {
    "TERM": "xterm-256color", "COLUMNS": "200", "LINES": "50", "DARKROOM_RETRIES": "1",
    **dict.fromkeys(("NO_COLOR", "FORCE_COLOR", "TERM_PROGRAM", "LC_TERMINAL", "KITTY_WINDOW_ID", "TMUX", "STY"), ""),
}  # fmt: skip


def environment(url: str, **more: str) -> dict[str, str]:
    """A user's, who has set where the deployment is; what is empty is not set."""
    wanted = {**clean_environment(), **USUAL, "DARKROOM_URL": url, **more}
    return {name: value for name, value in wanted.items() if value}


def heard() -> None:
    """Let the child hear of Ctrl-C, wherever the tests run."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def piped(
    url: str, *arguments: str, text: str = "", before: Callable[[], Any] | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    """The command with pipes for its three streams; `before` is called in the child."""
    return subprocess.run(
        [*COMMAND, *arguments], input=text, env=environment(url, **more), capture_output=True, text=True,
        check=False, timeout=PATIENCE,
        preexec_fn=before,
    )  # fmt: skip


@contextmanager
def background(url: str, *arguments: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    """The command while the block runs, with its streams in pipes."""
    with subprocess.Popen(
        [*COMMAND, *arguments], env=environment(url, **more), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
        preexec_fn=heard,  # noqa: PLW1509 - nor does this
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


class Terminal:
    """The command on a terminal, whose keys are pressed by the test."""

    def __init__(self, url: str, *arguments: str, **more: str) -> None:
        self._master, side = os.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))

        def take_terminal() -> None:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            heard()

        self._process = subprocess.Popen(
            [*COMMAND, *arguments], env=environment(url, **more), stdin=side, stdout=side, stderr=side,
            start_new_session=True,
            preexec_fn=take_terminal,  # noqa: PLW1509 - nor this
        )  # fmt: skip
        os.close(side)
        self._written = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    @property
    def raw(self) -> str:
        """What was written so far."""
        return self._written.decode(errors="replace")

    @property
    def text(self) -> str:
        """What was written so far, without what steers the terminal."""
        return STEERING.sub("", self.raw).replace("\r\n", "\n")

    def read(self) -> bool:
        """Take all that is written, and wait a moment where nothing is; False at its end."""
        while select([self._master], [], [], 0.05)[0]:
            try:
                content = os.read(self._master, 65536)
            except OSError as exc:
                if exc.errno == errno.EIO:  # nobody holds the other side any more
                    return False
                raise
            if not content:
                return False
            self._written += content
        return True

    def shows(self, words: str) -> str:
        """All of the text, once these words are in it."""
        until(lambda: self.read() and words in self.text, self._process.poll)
        return self.text

    def until(self, condition: Callable[[], Any]) -> None:
        """Wait for what happens elsewhere."""
        until(lambda: self.read() and condition())

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._master, keys.encode())

    def interrupt(self) -> int:
        """Ctrl-C; gives how it ended."""
        self.press("\x03")
        return self.ended()

    def ended(self) -> int:
        """How it ended."""
        until(lambda: not self.read())
        return self._process.wait(PATIENCE)
