"""Where a provider says that its operation for a job is done: an address that nobody else can make up.

The token is a code (`capability.py`) of the provider, the job's id and its nonce: it opens no other job, and nothing
that a user sees leads to it.
"""

from shared.domain.capability import code_of, opens
from shared.domain.job import Job


def token(secret: str, provider: str, job: Job) -> str:
    """The token of this job's callback from that provider: 43 characters, safe in a path."""
    return code_of(secret, [provider, job.id, job.nonce])


def is_token(given: str, secret: str, provider: str, job: Job) -> bool:
    """Whether `given` is that token; how long the answer takes says nothing about it."""
    return opens(given, secret, [provider, job.id, job.nonce])


def address(public_url: str, secret: str, provider: str, job: Job) -> str:
    """What the provider is told to call once its operation for this job is done."""
    return f"{public_url.rstrip('/')}/v1/callbacks/{provider}/{job.id}/{token(secret, provider, job)}"
