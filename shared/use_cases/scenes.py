"""A storyboard's scenes: what a model is told to write them, and the request that each becomes for its picture."""

from collections.abc import Iterator

from shared.catalog import catalog
from shared.catalog.scenes import scenes
from shared.catalog.styles import style_of
from shared.domain.errors import Rejected
from shared.domain.job import Job
from shared.domain.request import MAX_PROMPT, JobRequest
from shared.domain.storyboard import Render, Scene, StoryboardRequest
from shared.ports.scene_writer import Ask
from shared.use_cases.plan import Defaults

LETTERS_A_TOKEN = 4  # Google's own rule of thumb
ANSWER_TOKENS = 400  # of a scene, with what the model thinks
OF_SCENES = frozenset({"prompt", "negative_prompt", "seed", "model"})
MOVED = {"references": "character_references"}  # where a field of the job is another of the storyboard
ABOVE = frozenset({"style", "project_id", "branch_id", "webhook", "priority", "labels"})


def instruction(request: StoryboardRequest) -> str:
    """What the model is told.

    Raises:
        Rejected: 400, there is no such style, or it is too long.
    """
    told, style = scenes(), style_of(request.style)
    names = [each.description for each in request.character_references if each.description]
    text = told.instruction.format(
        idea=(request.prompt or "").strip().rstrip("."),
        count=request.scene_count,
        style=told.style.format(style=style.modifiers) if style else "",
        characters=told.characters.format(characters="; ".join(names)) if names else "",
    )
    if len(text) > MAX_PROMPT:
        wrong = f"has {len(text)} characters with what is told with it; at most {MAX_PROMPT} are taken"
        raise Rejected(400, "invalid_request", f"/prompt: {wrong}.", errors=(("/prompt", wrong),))
    return text


def estimated(model: str, told: str, count: int) -> int | None:
    """What a call for so many scenes will cost, in micro-USD; None where the model's price is unknown."""
    known = scenes().models.get(model)
    if known is None or known.price is None:
        return None
    return known.price.of(-(-len(told) // LETTERS_A_TOKEN), ANSWER_TOKENS * count)


def ask_of(job: Job) -> Ask:
    """What the job of a storyboard asks its writer for."""
    known = scenes().models.get(job.model)
    return Ask(
        job_id=job.id,
        model=job.model,
        instruction=job.told.prompt,
        about=job.prompt,
        count=job.board.request.scene_count if job.board else 1,
        location=known.location if known else None,
        estimate=job.estimated_micros,
        price=known.price if known else None,
    )


def picture_of(request: StoryboardRequest, render: Render, scene: Scene, index: int, defaults: Defaults) -> JobRequest:
    """The request for one scene's picture.

    What a model wrote for it to leave out is left out of the request where the picture's model does not know it; what a
    user gives is not.
    """
    unwanted = scene.negative_prompt
    if unwanted and request.prompt is not None and not _knows_unwanted(scene.model or render.model or defaults.model):
        unwanted = None
    own = {name: getattr(render, name) for name in render.__struct_fields__}
    placed = request.project_id is not None
    return JobRequest(
        **own
        | {
            "prompt": scene.prompt,
            "negative_prompt": unwanted,
            "seed": scene.seed,
            "model": scene.model or render.model,
            "style": request.style,
            "references": request.character_references,
            "project_id": request.project_id,
            "branch_id": request.branch_id,
            "scene_id": (scene.scene_id or str(index + 1)) if placed else None,
            "shot_id": render.shot_id if placed else None,
            "labels": request.labels,
            "priority": request.priority,
            "webhook": request.webhook,
        }
    )


def pointed(errors: tuple[tuple[str, str], ...], index: int | None) -> Iterator[tuple[str, str]]:
    """What is wrong with a scene's picture, with pointers into the storyboard's body; no index: of every scene."""
    for pointer, text in errors:
        _, field, *rest = pointer.split("/")
        if field in OF_SCENES and index is not None:
            place = f"/scenes/{index}/{field}"
        elif field in ABOVE:
            place = f"/{field}"
        elif field in MOVED:
            place = f"/{MOVED[field]}"
        else:
            place = f"/render/{field}"
        yield "/".join([place, *rest]), text


def _knows_unwanted(model: str) -> bool:
    try:
        return "negative_prompt" in catalog().resolve(model)[1].can
    except Rejected:
        return False  # said when the picture is asked for
