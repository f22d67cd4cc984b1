"""Where a provider says that its operation for a job is done: an address that nobody else can make up.

The token is HMAC-SHA256 (RFC 2104) of the provider, the job's id and its nonce, under the deployment's secret: it opens
no other job, and nothing that a user sees leads to it.
"""

import hmac
from base64 import urlsafe_b64encode

import msgspec

from shared.domain.job import Job


def token(secret: str, provider: str, job: Job) -> str:
    """The token of this job's callback from that provider: 43 characters, safe in a path."""
    message = msgspec.json.encode([provider, job.id, job.nonce])
    digest = hmac.digest(secret.encode(), message, "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_token(given: str, secret: str, provider: str, job: Job) -> bool:
    """Whether `given` is that token; how long the answer takes says nothing about it."""
    return hmac.compare_digest(given.encode(errors="replace"), token(secret, provider, job).encode())


def address(public_url: str, secret: str, provider: str, job: Job) -> str:
    """What the provider is told to call once its operation for this job is done."""
    return f"{public_url.rstrip('/')}/v1/callbacks/{provider}/{job.id}/{token(secret, provider, job)}"
