"""How far it is: drawn over itself where somebody looks, else a line on standard error at each change."""

import sys
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from .screen import Screen, clean, line_of


class Meter:
    """One bar, or its lines."""

    def __init__(self, screen: Screen, name: str, total: float = 1.0) -> None:
        self._screen = screen
        self._name = line_of(name, 40)
        self._total = total
        self._said = ""
        self._progress: Progress | None = None
        self._task = TaskID(0)

    def __enter__(self) -> Self:
        if self._screen.is_live:
            self._progress = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                BarColumn(30),
                TextColumn("{task.fields[state]}", markup=False),
                TimeElapsedColumn(),
                console=self._screen.err,
                transient=True,
            )
            self._task = self._progress.add_task(self._name, total=self._total, state="")
            try:
                self._progress.start()
            except BaseException:  # Ctrl-C in the midst of it: the cursor is hidden already
                self._progress.stop()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress:
            self._progress.stop()

    def show(self, state: str, done: float, line: str = "") -> None:
        """What is now; `line` is what a pipe gets, where it differs."""
        if self._progress:
            self._progress.update(self._task, completed=done, state=clean(state))
        elif (told := line or state) != self._said:
            self._said = told
            self._screen.note(told)

    def say(self, text: str, style: str = "") -> None:
        """A line that stays."""
        if self._progress:
            self._progress.console.print(Text(clean(text), style=style))
        else:
            self._screen.note(text, style)

    def result(self, *lines: object) -> None:
        """Lines of the result, while the bar is drawn on the same terminal, or anywhere."""
        if self._progress and sys.stdout.isatty():
            for line in lines:
                self._progress.console.print(Text(clean(line)))
        else:
            for line in lines:
                self._screen.result(line)
