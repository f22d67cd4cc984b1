"""The Bloom filter of resumed listeners."""

import hashlib

import pytest

from infra.local.firestore.bloom import bloom_filter


def might_contain(bloom: object, name: str) -> bool:
    """As the mobile and web clients ask it."""
    bits = len(bloom.bits.bitmap) * 8 - bloom.bits.padding  # type: ignore[attr-defined]
    digest = hashlib.md5(name.encode(), usedforsecurity=False).digest()
    first, second = int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")
    positions = [(first + i * second) % 2**64 % bits for i in range(bloom.hash_count)]  # type: ignore[attr-defined]
    return all(bloom.bits.bitmap[at // 8] >> at % 8 & 1 for at in positions)  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_members_pass_and_others_rarely_do(size: int) -> None:
    """Every member passes; of a thousand others, a few percent at most."""
    members, others = [f"docs/{i}" for i in range(size)], [f"docs/x{i}" for i in range(1000)]
    bloom = bloom_filter(members)
    assert all(might_contain(bloom, name) for name in members)
    assert sum(might_contain(bloom, name) for name in others) < 40


def test_of_nothing() -> None:
    """An empty filter lets nothing pass."""
    assert not might_contain(bloom_filter([]), "docs/a")
