"""An address that opens an image without credentials for as long as its job lasts, and that nobody can guess.

Its capability is HMAC-SHA256 (RFC 2104) of the job's id, its nonce and the image's index, under the deployment's
secret: it opens no other image, and ends with another secret.
"""

import hmac
from base64 import urlsafe_b64encode

import msgspec

from shared.domain.job import Job

PURPOSE = "image"  # a secret that is used for something else, too, makes other codes there


def capability(secret: str, job: Job, index: int) -> str:
    """What opens that image: 43 characters, safe in a path."""
    message = msgspec.json.encode([PURPOSE, job.id, job.nonce, index])
    digest = hmac.digest(secret.encode(), message, "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_capability(given: str, secret: str, job: Job, index: int) -> bool:
    """Whether `given` is that capability; how long the answer takes says nothing about it."""
    return hmac.compare_digest(given.encode(errors="replace"), capability(secret, job, index).encode())


def address(public_url: str, secret: str, job: Job, index: int) -> str:
    """Where that image is opened."""
    return f"{public_url}/i/{job.id}/{index}/{capability(secret, job, index)}"
