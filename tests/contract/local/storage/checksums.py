"""Checksums as the JSON API writes them."""

import base64
from typing import Any

import google_crc32c


def crc32c(data: bytes) -> str:
    """The CRC32C of `data` in base64, most significant byte first."""
    checksum: Any = google_crc32c.Checksum(data)  # type: ignore[no-untyped-call]
    return base64.b64encode(checksum.digest()).decode()
