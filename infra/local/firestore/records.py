"""A version of a document as it is kept: bytes, and the two times."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from infra.local.firestore.messages import Document, set_time


class Record:
    """One version of a document. Never changed once made."""

    __slots__ = ("created", "data", "parsed", "path", "updated")

    def __init__(self, path: str, data: bytes, created: int, updated: int) -> None:
        self.path = path  # below the root: jobs/1
        self.data = data  # a serialised Document with only its fields
        self.created = created  # microseconds since the epoch
        self.updated = updated
        self.parsed: Any = None  # set only while indexes take it in: bytes are a third of the memory

    def document(self) -> Any:
        """The parsed fields, for reading only."""
        return self.parsed or Document.FromString(self.data)

    @property
    def collection(self) -> str:
        """The path of the collection it is in."""
        return self.path.rpartition("/")[0]

    @property
    def id(self) -> str:
        """The last segment of its path."""
        return self.path.rpartition("/")[2]

    def fill(self, message: Any, root: str) -> None:
        """Make `message`, an empty Document, this version; `root` is `projects/P/databases/D/documents`."""
        message.MergeFromString(self.data)
        message.name = f"{root}/{self.path}"
        set_time(message.create_time, self.created)
        set_time(message.update_time, self.updated)


@contextmanager
def parsed(record: Record | None) -> Iterator[None]:
    """Keep the parsed form of a version within the block, where many ask for it."""
    if record is None:
        yield
        return
    record.parsed = record.document()
    try:
        yield
    finally:
        record.parsed = None
