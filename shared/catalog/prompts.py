"""What is made of a prompt for each kind of job: a template, modifiers, and the usual aspect ratio."""

from functools import cache
from typing import get_args

import msgspec

from shared.catalog.loading import CatalogError, entries, parsed
from shared.domain.request import AspectRatio, JobType

SLOT = "{prompt}"


class JobPrompt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is made of a prompt; nothing where nothing is said."""

    template: str = SLOT
    modifiers: str = ""
    aspect_ratio: AspectRatio | None = None


@cache
def job_prompts() -> dict[str, JobPrompt]:
    """What is made of prompts, by the type of the job; every type has its entry.

    Raises:
        CatalogError: the file is wrong.
    """
    file = "prompts.yaml"
    found = entries(file, "job_types", parsed(file), JobPrompt, JobType)
    if missing := set(get_args(JobType)) - set(found):
        raise CatalogError(f"{file}: job_types: {', '.join(sorted(missing))} is missing")
    for name, prompt in found.items():
        if prompt.template.count(SLOT) != 1:
            raise CatalogError(f"{file}: job_types: {name}: template: must have {SLOT} once")
    return found
