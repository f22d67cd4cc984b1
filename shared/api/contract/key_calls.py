"""Calls about API keys."""

from typing import Annotated

from msgspec import Meta

from shared.api.contract.codes import BODY, KEYED, PAGED
from shared.api.contract.examples import AT
from shared.api.contract.parameters import CALLER, IDEMPOTENCY_KEY, JOB_ID_EXAMPLE, PAGES
from shared.api.contract.parts import Answer, Body, Call, Parameter
from shared.api.key_calls import KeyPage, KeyView, NewKeyView
from shared.domain.api_key import KeyRequest, RotationRequest

_KEY_ID = Parameter("key_id", "path", Annotated[str, Meta(min_length=1)], "The key's id.", JOB_ID_EXAMPLE)
_KEY = KeyView(
    id=JOB_ID_EXAMPLE,
    name="render farm",
    scopes=("jobs:read", "jobs:write"),
    created_at=AT,
    expires_at=None,
    revoked_at=None,
    rotated_at=None,
    previous_until=None,
)
_NEW = NewKeyView(
    key=f"drk_{JOB_ID_EXAMPLE}_{'…'}", **{name: getattr(_KEY, name) for name in KeyView.__struct_fields__}
)

CALLS = {
    "createKey": Call(
        "Keys",
        "Make a key",
        "A key of the tenant whose key asks. Its secret is in this answer and nowhere else: a repeat with the same "
        "Idempotency-Key is 409. A key may do exactly what its scopes say; none of them includes another.",
        {201: Answer("The key, with its secret.", NewKeyView, _NEW)},
        (*BODY, "missing_body", *KEYED, "secret_already_shown"),
        (IDEMPOTENCY_KEY, *CALLER),
        Body(
            KeyRequest,
            {
                "usual": {"name": "render farm"},
                "for a while": {"name": "ada", "scopes": ["jobs:read"], "expires_at": "2027-01-01T00:00:00Z"},
            },
        ),
    ),
    "listKeys": Call(
        "Keys",
        "List the keys",
        "A page of the tenant's keys, the newest first, with those that are revoked or over; no secret is among them.",
        {200: Answer("A page.", KeyPage, KeyPage(keys=(_KEY,), next_page_token=None))},
        PAGED,
        PAGES,
    ),
    "rotateKey": Call(
        "Keys",
        "Give a key a new secret",
        "The new secret opens at once and is in this answer alone. The one before opens for `overlap_seconds` still, "
        "and where that is 0 for at most a minute, in processes that read the key shortly before.",
        {200: Answer("The key, with its new secret.", NewKeyView, _NEW)},
        (*BODY, *KEYED, "key_not_found", "key_not_in_force", "secret_already_shown"),
        (_KEY_ID, IDEMPOTENCY_KEY, *CALLER),
        Body(RotationRequest, {"with time to change it": {"overlap_seconds": 3600}}, required=False),
    ),
    "revokeKey": Call(
        "Keys",
        "Revoke a key",
        "It opens nothing any more after at most a minute, and stays in the list. Done again, it changes nothing.",
        {200: Answer("The key.", KeyView, _KEY)},
        ("key_not_found",),
        (_KEY_ID,),
    ),
}
