"""What LOG_LEVEL=DEBUG tells of a job: what was asked for, what was added to it, and what its model was told.

Of an address it tells the host alone: the rest of it may be what opens it.
"""

import re
from typing import Any

import msgspec

from shared.domain.job import Job
from shared.domain.request import JobRequest
from shared.use_cases.plan import Plan

_ORIGIN = re.compile(r"(?P<scheme>https?://)(?:[^/?#]*@)?(?P<host>[^/?#@]*)")
TOLD = (
    "provider", "model", "aspect_ratio", "image_size", "width", "height", "n", "seed", "watermark", "mime_type",
    "provider_options",
)  # fmt: skip


def arguments_of(job_id: str, request: JobRequest, plan: Plan) -> dict[str, Any]:
    """The request as it came, and what defaults and the catalogue made of it."""
    given = msgspec.to_builtins(request)
    applied = {name: value for name, value in msgspec.to_builtins(plan).items() if value != given.get(name)}
    return {"job_id": job_id, "arguments": without_paths(given), "applied": without_paths(applied)}


def told_of(job: Job) -> dict[str, Any]:
    """What the job's model is asked for."""
    told = {name: msgspec.to_builtins(getattr(job, name)) for name in TOLD}
    prompts = {"prompt": job.told.prompt, "negative_prompt": job.told.negative_prompt}
    return {"job_id": job.id, "attempt": job.attempt_count, **prompts, **told, "references": len(job.references)}


def without_paths(value: Any) -> Any:
    """The value with each `url` in it cut to its host."""
    if isinstance(value, dict):
        return {name: _host(each) if name == "url" else without_paths(each) for name, each in value.items()}
    return [without_paths(each) for each in value] if isinstance(value, list | tuple) else value


def _host(url: Any) -> str:
    found = _ORIGIN.match(str(url))
    return f"{found['scheme']}{found['host']}/…" if found else "…"
