"""Keys: their form, what is kept of them, and when they open."""

from datetime import timedelta
from typing import Any

import pytest

from shared.domain.api_key import Token, fresh_secret, hash_of, token_of
from tests.builders import a_key
from tests.fakes.clock import NOON

SECRET = fresh_secret()
SECOND = timedelta(seconds=1)


def test_a_key_is_read_as_it_was_shown() -> None:
    """Its id and its secret; the secret has 256 bits and is another each time."""
    token = Token("a" * 26, SECRET)
    assert token_of(str(token)) == token
    assert str(token) == f"drk_{'a' * 26}_{SECRET}"
    assert len(SECRET) == 52  # base32 has 5 bits a character
    assert len({fresh_secret() for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "text", ["", "drk_", f"drk_{'a' * 26}_", f"drk_{'a' * 25}_{SECRET}", f"drk_{'A' * 26}_{SECRET}",
             f"DRK_{'a' * 26}_{SECRET}", f"drk_{'a' * 26}_{SECRET}\n", f"drk_{'a' * 26}_{SECRET[:-1]}1", SECRET],
    ids=range(9),  # a secret is another in each process
)  # fmt: skip
def test_what_is_no_key_is_known_without_a_look(text: str) -> None:
    """Of the wrong form."""
    assert token_of(text) is None


@pytest.mark.parametrize(
    ("changes", "secret", "opens"),
    [
        ({}, "secret", True),
        ({}, "Secret", False),
        ({}, "", False),
        ({"expires_at": NOON + SECOND}, "secret", True),
        ({"expires_at": NOON}, "secret", False),
        ({"revoked_at": NOON}, "secret", False),
        ({"previous_hash": hash_of("old"), "previous_until": NOON + SECOND}, "old", True),
        ({"previous_hash": hash_of("old"), "previous_until": NOON + SECOND}, "secret", True),
        ({"previous_hash": hash_of("old"), "previous_until": NOON}, "old", False),
        ({"previous_hash": hash_of("old")}, "old", False),
        ({"previous_hash": hash_of("old"), "previous_until": NOON + SECOND, "revoked_at": NOON}, "old", False),
    ],
)  # fmt: skip
def test_a_key_opens_with_its_secret_while_it_is_in_force(changes: dict[str, Any], secret: str, opens: bool) -> None:  # noqa: FBT001 - a table's column
    """Not after its end, not once revoked; the secret before a rotation for as long as they overlap."""
    assert a_key(**changes).opens(secret, NOON) is opens


def test_nothing_of_the_secret_is_kept() -> None:
    """What is stored opens nothing."""
    key = a_key()
    assert key.hash == hash_of("secret")
    assert not key.opens(key.hash, NOON)
