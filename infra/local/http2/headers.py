"""Header blocks of one connection, decoded; a client's calls differ so little that most blocks were seen before."""

from typing import Any

import hpack

MOST = 512  # blocks remembered

Headers = dict[bytes, bytes]  # of those given twice, the last


class HeaderBlocks:
    """The decoder of one direction of a connection."""

    def __init__(self) -> None:
        self._decoder = hpack.Decoder()
        self._known: dict[bytes, Headers] = {}

    def decode(self, block: bytes) -> Headers:
        """The headers in a block; not to be changed.

        Raises:
            hpack.HPACKError: it is none.
        """
        found = self._known.get(block)
        if found is None:
            newest, size = self._newest(), self._size()
            found = {bytes(name): bytes(value) for name, value in self._decoder.decode(block, raw=True)}
            changed = self._newest() is not newest or self._size() != size
            if changed or len(self._known) >= MOST:  # blocks refer to places in the table, which are others now
                self._known.clear()
            if not changed:
                self._known[block] = found
        return found

    def _newest(self) -> Any:
        """The last entry that was added to the table: an object of its own, whatever it says."""
        entries = self._decoder.header_table.dynamic_entries
        return entries[0] if entries else None

    def _size(self) -> tuple[int, int]:
        table = self._decoder.header_table
        return len(table.dynamic_entries), table.maxsize
