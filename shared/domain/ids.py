"""What an id looks like: of a job, and of what is kept as one is, batches, storyboards and keys."""

import re

JOB_ID = re.compile(r"[a-z2-7]{26}")  # base32 in lower case


def is_job_id(text: str) -> bool:
    """Whether `text` could be the id of a job; anything else names none."""
    return JOB_ID.fullmatch(text) is not None
