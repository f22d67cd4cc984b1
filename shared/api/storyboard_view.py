"""A storyboard as its client sees it."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from shared.api.batch_view import BatchCounts
from shared.api.job_view import view
from shared.api.views import ImageView
from shared.domain.job import Failure, Job, Status
from shared.domain.money import total
from shared.domain.parent import FINISHED, UNFINISHED
from shared.domain.storyboard import Render, Scene
from shared.use_cases.read_storyboard import BoardState, BoardStatus

BoardStage = Literal["writing", "rendering", "ended"]


class StoryboardScene(msgspec.Struct, frozen=True, kw_only=True):
    """One scene, and what became of its picture."""

    index: int
    scene_id: str
    prompt: str
    negative_prompt: str | None
    seed: int | None
    job_id: str | None
    status: Status | None
    model: str | None
    images: tuple[ImageView, ...]
    placeholder: bool
    failure: Failure | None
    cost_micros: int | None


class StoryboardCost(msgspec.Struct, frozen=True, kw_only=True):
    """What a storyboard costs, in micro-USD."""

    currency: str = "USD"
    text_micros: int | None
    estimated_micros: int | None
    actual_micros: int | None
    counted_micros: int


class StoryboardUrls(msgspec.Struct, frozen=True, kw_only=True):
    """A storyboard's own addresses."""

    self: str
    events: str
    cancel: str
    retry: str
    jobs: str
    versions: str
    scenes_json: str
    scenes_markdown: str


class StoryboardSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A storyboard in a list."""

    id: str
    status: BoardStatus
    version: int
    first_version: str
    project_id: str | None
    branch_id: str | None
    labels: dict[str, str]
    workflow_id: str | None
    user_id: str | None
    dialect: str | None
    prompt: str | None
    style: str | None
    scene_count: int
    created_at: datetime
    urls: StoryboardUrls


class StoryboardView(StoryboardSummary, frozen=True, kw_only=True):
    """A storyboard."""

    stage: BoardStage
    status_sequence: int
    idempotency_key: str | None
    written_by: str | None
    render: Render | None
    scenes: tuple[StoryboardScene, ...]
    counts: BatchCounts
    progress: float
    failure: Failure | None
    cancel_requested: bool
    cost: StoryboardCost
    written_at: datetime | None
    completed_at: datetime | None


class StoryboardPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of storyboards, the newest first."""

    storyboards: tuple[StoryboardSummary, ...]
    next_page_token: str | None


def summary(state: BoardState, base_url: str) -> StoryboardSummary:
    """One line of GET /v1/storyboards."""
    return StoryboardSummary(**_common(state, base_url) | {"status": _by_parent(state)})


def board_view(state: BoardState, base_url: str) -> StoryboardView:
    """The answer of GET /v1/storyboards/{id}; `base_url` is what the client calls, without a slash at its end."""
    job, counts = state.job, state.counts
    ended = sum(counts[status] for status in FINISHED)
    written = job.status == "completed"
    wanted = len(job.scenes) if _renders(job) else 0
    return StoryboardView(
        **_common(state, base_url),
        stage="writing" if not written and not job.is_over else "ended" if state.is_over else "rendering",
        status_sequence=state.sequence,
        idempotency_key=job.idempotency_key,
        written_by=job.model if job.wording else None,
        render=job.board.request.render if job.board else None,
        scenes=tuple(_scene(scene, index, state, base_url) for index, scene in enumerate(job.scenes)),
        counts=BatchCounts(**{status: counts[status] for status in (*UNFINISHED, *FINISHED)}),
        progress=1.0 if state.is_over else round(0.1 * written + (0.9 * ended / wanted if wanted else 0.0), 3),
        failure=job.failure if job.status == "failed" else None,
        cancel_requested=job.cancel_requested or bool(state.parent and state.parent.cancel_requested),
        cost=_cost(state),
        written_at=job.generated_at if job.scenes else None,
        completed_at=_completed_at(state),
    )


def _common(state: BoardState, base_url: str) -> dict[str, Any]:
    job, url = state.job, f"{base_url}/v1/storyboards/{state.job.id}"
    board = job.board
    return {
        **{name: getattr(job, name) for name in ("id", "project_id", "branch_id", "labels", "workflow_id", "user_id")},
        "status": state.status,
        "version": board.version if board else 1,
        "first_version": board.first_version if board else job.id,
        "dialect": job.dialect,
        "prompt": job.prompt if job.wording else None,
        "style": job.style,
        "scene_count": len(job.scenes) or (board.request.scene_count if board else 0),
        "created_at": job.created_at,
        "urls": StoryboardUrls(
            self=url,
            **{name: f"{url}/{name}" for name in ("events", "cancel", "retry")},
            jobs=f"{base_url}/v1/jobs?parent_id={job.id}",
            versions=f"{base_url}/v1/storyboards?version_of={job.id}",
            scenes_json=f"{url}/scenes.json",
            scenes_markdown=f"{url}/scenes.md",
        ),
    }


def _by_parent(state: BoardState) -> BoardStatus:
    """Of a list, where pictures are not read: as their parent was last written."""
    if state.status == "running" and state.parent and state.parent.is_over:
        return state.parent.status  # type: ignore[return-value]
    return state.status


def _scene(scene: Scene, index: int, state: BoardState, base_url: str) -> StoryboardScene:
    job = state.pictures.get(index)
    shown = view(job, base_url) if job else None
    return StoryboardScene(
        index=index,
        scene_id=scene.scene_id or str(index + 1),
        prompt=job.prompt if job else scene.prompt,
        negative_prompt=job.negative_prompt if job else scene.negative_prompt,
        seed=job.seed if job else scene.seed,
        job_id=job.id if job else None,
        status=job.status if job else None,
        model=job.model if job else scene.model,
        images=shown.images if shown else (),
        placeholder=job.placeholder if job else False,
        failure=job.failure if job else None,
        cost_micros=job.actual_micros if job else None,
    )


def _cost(state: BoardState) -> StoryboardCost:
    text = state.job.actual_micros
    pictures = None if state.spent.unknown_calls else state.spent.micros
    return StoryboardCost(
        text_micros=text,
        estimated_micros=total(
            [state.job.estimated_micros, *([state.parent.estimated_micros] if state.parent else [])],
        ),
        actual_micros=total([text, pictures]),
        counted_micros=sum(spend.counted_micros for spend in state.job.spend) + state.spent.micros,
    )


def _completed_at(state: BoardState) -> datetime | None:
    if not state.is_over:
        return None
    ends = [state.job.completed_at, *(picture.completed_at for picture in state.pictures.values())]
    return max((end for end in ends if end), default=None)


def _renders(job: Job) -> bool:
    return job.board is not None and job.board.request.render is not None
