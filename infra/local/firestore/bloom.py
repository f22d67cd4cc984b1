"""The Bloom filter by which a client that resumes finds out which of its documents have gone."""

import hashlib
import math
from collections.abc import Collection
from typing import Any

from infra.local.firestore.messages import BloomFilter

_FALSE_POSITIVES = 0.01
_FEWEST_BITS = 64  # in fewer, the positions of one name fall together
_MASK = (1 << 64) - 1


def bloom_filter(names: Collection[str]) -> Any:
    """A filter that every one of the names of documents passes, and one in a hundred of others.

    Hashing as the clients do it: two 64-bit halves of the MD5 of the name, added up.
    """
    bits = max(_FEWEST_BITS, math.ceil(-len(names) * math.log(_FALSE_POSITIVES) / math.log(2) ** 2))
    hashes = round(-math.log2(_FALSE_POSITIVES))
    bitmap = bytearray((bits + 7) // 8)
    for name in names:
        digest = hashlib.md5(name.encode(), usedforsecurity=False).digest()
        first, second = (int.from_bytes(half, "little") for half in (digest[:8], digest[8:]))
        for i in range(hashes):
            bit = ((first + i * second) & _MASK) % bits
            bitmap[bit // 8] |= 1 << (bit % 8)
    result = BloomFilter(hash_count=hashes)
    result.bits.bitmap = bytes(bitmap)
    result.bits.padding = len(bitmap) * 8 - bits
    return result
