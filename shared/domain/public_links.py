"""An address that opens an image without credentials for as long as its job lasts, and that nobody can guess.

Its capability is a code (`capability.py`) of the job's id, its nonce and the image's index: it opens no other image,
and ends with another secret.
"""

from shared.domain.capability import code_of, opens
from shared.domain.job import Job

PURPOSE = "image"  # a secret that is used for something else, too, makes other codes there


def capability(secret: str, job: Job, index: int) -> str:
    """What opens that image: 43 characters, safe in a path."""
    return code_of(secret, [PURPOSE, job.id, job.nonce, index])


def is_capability(given: str, secret: str, job: Job, index: int) -> bool:
    """Whether `given` is that capability; how long the answer takes says nothing about it."""
    return opens(given, secret, [PURPOSE, job.id, job.nonce, index])


def address(public_url: str, secret: str, job: Job, index: int) -> str:
    """Where that image is opened."""
    return f"{public_url}/i/{job.id}/{index}/{capability(secret, job, index)}"
