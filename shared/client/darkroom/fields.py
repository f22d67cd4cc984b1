"""What may be asked of a job, for type checkers; the deployment says what is wrong with a value (GET /docs)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict


class JobFields(TypedDict, total=False):
    """The fields of POST /v1/jobs but for the prompt."""

    negative_prompt: str
    style: str
    enhance: bool
    aspect_ratio: str  # such as 16:9
    image_size: str  # 512px, 1K, 2K or 4K
    width: int  # pixels
    height: int
    fit: str  # none, cover or contain
    n: int  # images, 1 to 10
    seed: int
    model: str  # an id or an alias, such as fast, standard or ultra
    fallback: Sequence[str]  # models to try in turn where `model` fails
    allow_placeholder: bool
    provider_options: Mapping[str, Any]
    references: Sequence[Mapping[str, Any]]
    mask: Mapping[str, Any]
    watermark: bool
    mime_type: str  # image/png, image/jpeg or image/webp
    compression: int  # quality of a JPEG or WebP, 100 the best
    thumbnail: bool
    job_type: str
    project_id: str
    branch_id: str
    scene_id: str
    shot_id: str
    labels: Mapping[str, str]
    priority: str  # interactive or batch
    cache: str  # reuse, refresh or off
    not_before: datetime
    deadline: datetime
    webhook: Mapping[str, Any]


class Filters(TypedDict, total=False):
    """Which jobs to list; the deployment says which go together."""

    status: str
    job_type: str
    project_id: str
    scene_id: str
    user_id: str
    workflow_id: str
    parent_id: str  # a batch, or a storyboard
    label: str  # name=value
    q: str
    created_after: datetime | str


class UsageFilters(TypedDict, total=False):
    """Whose usage; one of them."""

    project_id: str
    user_id: str
    job_type: str
    model: str
