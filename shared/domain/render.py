"""What makes two jobs' pixels the same, and the record that lets one job's images serve them all."""

from hashlib import sha256

import msgspec

from shared.domain.job import Artifact, Job


class Render(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`renders/{tenant}_{render_key}`: who makes these pixels, and, once they are made, where they lie."""

    leader: str  # a job's id
    followed: bool = False  # a job waits for the leader, or has: to be told of its end
    artifacts: tuple[Artifact, ...] = ()
    prompt_used: str | None = None  # where the provider changed it


def render_id(job: Job) -> str:
    """The id of the record of the job's pixels: of its tenant, and of all that changes them."""
    what = (
        job.provider,
        job.model,
        job.told.prompt,
        job.told.negative_prompt,
        job.aspect_ratio,
        job.image_size,
        (job.width, job.height, job.fit),
        job.n,
        job.seed,
        (job.mime_type, job.compression, job.thumbnail),
        job.watermark,
        job.provider_options,
        [(given.sha256, given.role, given.type, given.description) for given in job.inputs],
    )
    return f"{job.tenant}_{sha256(msgspec.json.encode(what)).hexdigest()}"
