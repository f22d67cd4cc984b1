"""Server-sent events out of bytes, however these are cut.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .errors import NotDarkroom


@dataclass(frozen=True)
class Event:
    """One event."""

    name: str
    data: str
    id: str  # the stream's last so far: to go on after this event, it is what Last-Event-ID says

    def json(self) -> dict[str, Any]:
        """The object that its data is.

        Raises:
            NotDarkroom: it is none.
        """
        try:
            found = json.loads(self.data)
        except ValueError:
            found = None
        if isinstance(found, dict):
            return found
        raise NotDarkroom(f"the event {self.name} has no object: {self.data[:80]!r}", "Check the address.")


class EventParser:
    """Reads one stream; an event whose empty line has not come is none."""

    def __init__(self, last_id: str = "", retry: float | None = None) -> None:
        self.last_id = self._id = last_id  # of the last whole event; of what is being read
        self.retry = retry  # seconds after which to come back, as the stream last said
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._text = ""
        self._begun = False
        self._name = ""
        self._data: list[str] = []

    def feed(self, content: bytes) -> Iterator[Event]:
        """The events that these bytes complete."""
        self._text += self._decode(content)
        if self._text and not self._begun:
            self._begun, self._text = True, self._text.removeprefix("\ufeff")
        # A return at the end may be half of a line's end.
        held = "\r" if self._text.endswith("\r") else ""
        whole = self._text[: len(self._text) - len(held)].replace("\r\n", "\n").replace("\r", "\n")
        *lines, rest = whole.split("\n")
        self._text = rest + held
        for line in lines:
            if line:
                self._field(line)
            elif event := self._complete():
                yield event

    def _field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._name = value
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry = int(value) / 1000

    def _complete(self) -> Event | None:
        name, data = self._name or "message", self._data
        self._name, self._data, self.last_id = "", [], self._id
        return Event(name, "\n".join(data), self.last_id) if data else None
