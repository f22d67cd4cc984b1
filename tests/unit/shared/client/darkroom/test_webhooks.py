"""Webhooks that are to be believed, and those that are not; signed by the library that the deployment signs with."""

from base64 import b64encode
from datetime import UTC, datetime

import pytest
from darkroom import errors, verify_webhook
from standardwebhooks import Webhook

OURS, OLD, OTHER = (f"whsec_{b64encode(name * 8).decode()}" for name in (b"ours", b"old ", b"else"))
BODY = '{"type": "job.completed", "data": {"prompt": "ü"}}'
NOW = 1_800_000_000


def signed(*secrets: str, at: int = NOW, body: str = BODY) -> dict[str, str]:
    """The headers of a webhook."""
    moment = datetime.fromtimestamp(at, UTC)
    signatures = " ".join(Webhook(secret).sign("evt_1", moment, body) for secret in secrets)
    return {"Webhook-Id": "evt_1", "WEBHOOK-TIMESTAMP": str(at), "webhook-signature": signatures}


@pytest.mark.parametrize(
    ("by", "known"),
    [((OURS,), OURS), ((OURS,), [OLD, OURS]), ((OTHER, OURS), [OURS]), ((OLD, OTHER), (OURS, OLD))],
)
def test_one_signature_by_one_secret_is_enough(by: tuple[str, ...], known: str | list[str]) -> None:
    """Among others of both, while secrets are rotated; the event is what it gives."""
    event = verify_webhook(BODY.encode(), signed(*by), known, now=NOW + 299)
    assert event == {"type": "job.completed", "data": {"prompt": "ü"}}
    assert verify_webhook(BODY, signed(*by), known, now=NOW) == event


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"webhook-signature": "v1,AAAA v2,x junk v1,?"}, "none of the secrets"),
        ({"Webhook-Id": "evt_2"}, "none of the secrets"),
        ({"WEBHOOK-TIMESTAMP": str(NOW + 1)}, "none of the secrets"),
        ({"WEBHOOK-TIMESTAMP": str(NOW - 301)}, "301 s ago"),
        ({"WEBHOOK-TIMESTAMP": str(NOW + 301)}, "-301 s ago"),
        ({"WEBHOOK-TIMESTAMP": "1e9"}, "'1e9'"),
        ({"webhook-signature": ""}, "without webhook-signature"),
    ],
)
def test_what_is_not_signed_for_now_is_not_believed(change: dict[str, str], says: str) -> None:
    """Neither altered, nor repeated later, nor malformed."""
    with pytest.raises(errors.BadWebhook, match=says):
        verify_webhook(BODY, {**signed(OURS), **change}, OURS, now=NOW)


def test_another_body_or_secret_is_not_believed() -> None:
    """The signature is for the very bytes."""
    for body, secret in ((BODY + " ", OURS), (BODY, OTHER)):
        with pytest.raises(errors.BadWebhook):
            verify_webhook(body, signed(OURS), secret, now=NOW)
    with pytest.raises(errors.BadWebhook, match="no JSON object"):
        verify_webhook("[]", signed(OURS, body="[]"), OURS, now=NOW)


def test_the_tolerance_and_the_clock_are_the_caller_s() -> None:
    """The machine's clock, where none is given."""
    verify_webhook(BODY, signed(OURS, at=NOW - 5000), OURS, tolerance=5000, now=NOW)
    with pytest.raises(errors.BadWebhook, match="ago"):
        verify_webhook(BODY, signed(OURS, at=1_000_000_000), OURS)


@pytest.mark.parametrize("secrets", [[], "", "whsec_?", ["whsec_"]])
def test_a_secret_that_is_none_is_told_without_being_shown(secrets: str | list[str]) -> None:
    """It is the receiver's own mistake."""
    with pytest.raises(errors.Misused) as told:
        verify_webhook(BODY, signed(OURS), secrets, now=NOW)
    assert "?" not in str(told.value)
