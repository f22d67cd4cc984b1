"""Who may say that an operation is done."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.callbacks import address, is_token, token
from tests.builders import JOB_ID, a_job

SECRET = "a secret"  # noqa: S105 - of nothing
JOB = a_job()
TOKEN = token(SECRET, "nanobanana", JOB)
TEXTS = st.text(st.characters(codec="utf-8"))


@given(TEXTS, TEXTS, TEXTS)
def test_a_token_is_known_again_and_safe_in_a_path(secret: str, provider: str, nonce: str) -> None:
    """Of any secret, provider and nonce."""
    job = a_job(nonce=nonce)
    made = token(secret, provider, job)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", made)
    assert is_token(made, secret, provider, job)


@given(st.tuples(TEXTS, TEXTS, TEXTS, TEXTS), st.tuples(TEXTS, TEXTS, TEXTS, TEXTS))
def test_another_secret_provider_job_or_nonce_is_another_token(
    one: tuple[str, str, str, str], other: tuple[str, str, str, str]
) -> None:
    """Also where the parts of one, put together, read like those of the other."""
    made = [token(secret, provider, a_job(id=name, nonce=nonce)) for secret, provider, name, nonce in (one, other)]
    # HMAC pads a key with zero bytes: such secrets are one.
    same = (one[0].rstrip("\0"), *one[1:]) == (other[0].rstrip("\0"), *other[1:])
    assert (made[0] == made[1]) == same


@given(st.text())
def test_nothing_else_is_the_token(text: str) -> None:
    """Whatever stands in the path, also what no text should have in it."""
    assert is_token(text, SECRET, "nanobanana", JOB) == (text == TOKEN)


@pytest.mark.parametrize("at", [0, 21, 41])
def test_a_token_with_one_other_character_is_forged(at: int) -> None:
    """At whichever place."""
    other = "A" if TOKEN[at] != "A" else "B"
    assert not is_token(TOKEN[:at] + other + TOKEN[at + 1 :], SECRET, "nanobanana", JOB)


def test_a_token_outlives_what_becomes_of_its_job() -> None:
    """It depends on nothing that changes."""
    changed = msgspec.structs.replace(JOB, status="generating", write_id="another", provider_operation="task-1")
    assert is_token(TOKEN, SECRET, "nanobanana", changed)


@pytest.mark.parametrize("public_url", ["https://darkroom.test", "https://darkroom.test/"])
def test_the_address_lies_under_the_public_one(public_url: str) -> None:
    """As the route has it."""
    called = address(public_url, SECRET, "nanobanana", JOB)
    assert called == f"https://darkroom.test/v1/callbacks/nanobanana/{JOB_ID}/{TOKEN}"
