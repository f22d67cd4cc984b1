"""What a model is told: the user's words, with the style's and the enhancement's around them, in that order.

Without a style and without `enhance` a prompt goes out exactly as it came.
"""

from shared.catalog import Model
from shared.catalog.prompts import SLOT, job_prompts
from shared.catalog.styles import style_of
from shared.domain.errors import Rejected
from shared.domain.job import Wording
from shared.domain.request import MAX_PROMPT, AspectRatio, JobRequest

ENDS = (".", "!", "?", ",", ";", ":", "…", "。", "！", "？")


def worded(request: JobRequest, model: Model) -> Wording | None:
    """What the model is told instead of the user's words; None where it is told just these.

    Raises:
        Rejected: 400, there is no such style, or the text becomes too long.
    """
    style = style_of(request.style)
    job_prompt = job_prompts()[request.job_type]
    text, unwanted, changed_by = request.prompt.strip(), request.negative_prompt, []
    if request.enhance and job_prompt.template != SLOT:
        before, _, after = job_prompt.template.partition(SLOT)
        text = f"{before}{text}{after}"
        changed_by.append(f"template:{request.job_type}")
    if style:
        text = _joined(text, style.modifiers)
        if "negative_prompt" in model.can and style.negative_prompt:
            unwanted = ", ".join(filter(None, [unwanted, style.negative_prompt]))
        changed_by.append(f"style:{request.style}")
    if request.enhance and job_prompt.modifiers:
        text = _joined(text, job_prompt.modifiers)
        changed_by.append("enhance")
    if not changed_by:
        return None
    _bound("/prompt", text)
    _bound("/negative_prompt", unwanted or "")
    return Wording(prompt=text, negative_prompt=unwanted, changed_by=tuple(changed_by))


def usual_ratio(request: JobRequest, model: Model, default: AspectRatio) -> AspectRatio:
    """The aspect ratio of a request that names none: its style's, else its job type's, where the model makes it.

    Raises:
        Rejected: 400, there is no such style.
    """
    style = style_of(request.style)
    wishes = (style and style.aspect_ratio, job_prompts()[request.job_type].aspect_ratio)
    return next((ratio for ratio in wishes if ratio in model.aspect_ratios), None) or default


def _joined(text: str, modifiers: str) -> str:
    return f"{text} {modifiers}" if text.endswith(ENDS) else f"{text}, {modifiers}"


def _bound(pointer: str, text: str) -> None:
    if len(text) > MAX_PROMPT:
        wrong = f"has {len(text)} characters with what style and enhance add; at most {MAX_PROMPT} are taken"
        raise Rejected(400, "invalid_request", f"{pointer}: {wrong}.", errors=((pointer, wrong),))
