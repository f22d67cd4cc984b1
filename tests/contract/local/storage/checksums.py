"""Checksums as the JSON API writes them."""

import base64
import hashlib
from typing import Any

import google_crc32c


def crc32c(data: bytes) -> str:
    """The CRC32C of `data` in base64, most significant byte first."""
    checksum: Any = google_crc32c.Checksum(data)  # type: ignore[no-untyped-call]
    return base64.b64encode(checksum.digest()).decode()


def md5(data: bytes) -> str:
    """The MD5 of `data` in base64."""
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
