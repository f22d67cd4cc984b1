"""What Gemini's answers are: a picture, or one of the many ways to give none, each typed by a table.

Source of the reasons: https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/GenerateContentResponse
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import NamedTuple

import msgspec
import pybase64

from shared.domain.errors import Billed, FailureType, ProviderError
from shared.domain.job import Job
from shared.domain.safety import Safety
from shared.ports import Picture
from shared.providers.picture import picture_of
from shared.telemetry import event

SHOWN = 500  # characters of what the model says of itself


class _Ending(NamedTuple):
    """What it means that an answer ended so, without a picture."""

    kind: FailureType
    code: str
    billed: Billed = "unknown"
    category: str | None = None  # in our names, where the reason itself is one


def _filtered(category: str | None = None, billed: Billed = "unknown") -> _Ending:
    return _Ending("PERMANENT", "safety_blocked", billed, category)


# By `finishReason`. What a filter keeps back after the picture was made is not charged, as the answers themselves say;
# of what ends the text before it, and of answers in words, nobody says what they cost.
ENDINGS: Mapping[str, _Ending] = {
    "IMAGE_SAFETY": _filtered(billed="no"),
    "IMAGE_PROHIBITED_CONTENT": _filtered("prohibited", billed="no"),
    "IMAGE_RECITATION": _filtered("recitation", billed="no"),
    "SAFETY": _filtered(),
    "PROHIBITED_CONTENT": _filtered("prohibited"),
    "RECITATION": _filtered("recitation"),
    "BLOCKLIST": _filtered("blocklist"),
    "SPII": _filtered("personal_information"),
    "NO_IMAGE": _Ending("PERMANENT", "no_image"),
    "STOP": _Ending("PERMANENT", "no_image"),  # it answered in words, and most often says why
    "MAX_TOKENS": _Ending("PERMANENT", "no_image"),
    "LANGUAGE": _Ending("PERMANENT", "model_refused_request"),
}
FILTERS = frozenset(reason for reason, ending in ENDINGS.items() if ending.code == "safety_blocked")
OTHER = _Ending("UNKNOWN", "no_image")  # reasons that say nothing, and those that are not known yet: a user may retry
# By `promptFeedback.blockReason`: nothing was made, and no picture is charged; any other is BLOCK.
BLOCKS: Mapping[str, _Ending] = {
    "PROHIBITED_CONTENT": _filtered("prohibited", billed="no"),
    "BLOCKLIST": _filtered("blocklist", billed="no"),
    "JAILBREAK": _filtered("jailbreak", billed="no"),
}
BLOCK = _filtered(billed="no")
# Ours for each of `safetyRatings[].category`, without HARM_CATEGORY_ and IMAGE_.
CATEGORIES = {
    "HARASSMENT": "harassment",
    "HATE": "hate",
    "HATE_SPEECH": "hate",
    "SEXUALLY_EXPLICIT": "sexual",
    "DANGEROUS_CONTENT": "dangerous",
}
FREE = "not be charged"  # in the answer's own words


class _Camel(msgspec.Struct, frozen=True, rename="camel"):
    pass


class _Blob(_Camel, frozen=True):
    data: str = ""  # base64


class _Part(_Camel, frozen=True):
    text: str | None = None
    inline_data: _Blob | None = None
    thought: bool | None = None


class _Content(_Camel, frozen=True):
    parts: tuple[_Part, ...] | None = None


class _Rating(_Camel, frozen=True):
    category: str = ""
    blocked: bool | None = None


class _Candidate(_Camel, frozen=True):
    content: _Content | None = None
    finish_reason: str | None = None
    finish_message: str | None = None
    safety_ratings: tuple[_Rating, ...] | None = None


class _Feedback(_Camel, frozen=True):
    block_reason: str | None = None
    block_reason_message: str | None = None
    safety_ratings: tuple[_Rating, ...] | None = None


class _Usage(_Camel, frozen=True):
    prompt_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None


class _Answer(_Camel, frozen=True):
    candidates: tuple[_Candidate, ...] | None = None
    prompt_feedback: _Feedback | None = None
    usage_metadata: _Usage | None = None
    model_version: str | None = None


class Said(NamedTuple):
    """An answer in words, and how many tokens it took; None where that is unknown."""

    text: str
    prompt_tokens: int | None
    answer_tokens: int | None  # what the model thought is counted in


def picture_in(body: str, job: Job, cost_micros: int | None) -> Picture:
    """The picture that an answer to `job` holds; `cost_micros` is what one costs. Takes long: for a thread.

    Raises:
        ProviderError: there is none, and why; or the answer, or the picture, is not whole.
    """
    candidate, _ = _candidate(body, job.id)
    parts = (candidate.content and candidate.content.parts) or ()
    # A model that thinks may show sketches first, not always marked as such: the last picture is the one it means.
    blobs = [part.inline_data for part in parts if part.inline_data and not part.thought]
    if not blobs:
        raise _without(candidate, " ".join(part.text for part in parts if part.text and not part.thought))
    return picture_of(_decoded(blobs[-1].data), cost_micros=cost_micros)


def text_in(body: str, job_id: str) -> Said:
    """What an answer in words says.

    Raises:
        ProviderError: it says nothing, or not all, and why; or the answer is not whole.
    """
    candidate, usage = _candidate(body, job_id)
    parts = (candidate.content and candidate.content.parts) or ()
    text = "".join(part.text for part in parts if part.text and not part.thought)
    if candidate.finish_reason == "MAX_TOKENS" or text == "" or candidate.finish_reason in FILTERS:
        raise _without(candidate, "", "text that is whole")
    answered = usage.candidates_token_count
    return Said(
        text,
        usage.prompt_token_count,
        None if answered is None else answered + (usage.thoughts_token_count or 0),
    )


def _candidate(body: str, job_id: str) -> tuple[_Candidate, _Usage]:
    """What the model answered, and the tokens that it took."""
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as exc:
        text = f"Gemini's answer cannot be read: {exc}"
        raise ProviderError("TEMPORARY", "malformed_answer", text, billed="unknown") from exc
    usage = answer.usage_metadata or _Usage()
    event(
        "Gemini answered",
        job_id=job_id,
        model_version=answer.model_version,
        prompt_tokens=usage.prompt_token_count,
        candidates_tokens=usage.candidates_token_count,
        thoughts_tokens=usage.thoughts_token_count,
    )
    candidate = next(iter(answer.candidates or ()), None)
    if candidate is None:
        raise _blocked(answer.prompt_feedback or _Feedback())
    return candidate, usage


def _decoded(data: str) -> bytes:
    """The bytes; none where it is no base64, which are then no image.

    The decoder that passes over what is not of the alphabet takes ten times as long.
    """
    with suppress(ValueError):
        return pybase64.b64decode(data, validate=True)
    with suppress(ValueError):
        return pybase64.b64decode(data)
    return b""


def _blocked(feedback: _Feedback) -> ProviderError:
    reason = feedback.block_reason
    if reason is None:
        text = "Gemini answered without a picture and without a reason."
        return ProviderError(OTHER.kind, OTHER.code, text, billed=OTHER.billed)
    ending = BLOCKS.get(reason, BLOCK)
    said = feedback.block_reason_message or "it does not say more"
    safety = Safety(filtered="prompt", categories=_categories(ending, feedback.safety_ratings))
    text = f"Gemini refused the prompt ({reason}): {said[:SHOWN]}"
    return ProviderError(ending.kind, ending.code, text, safety=safety, billed=ending.billed)


def _without(candidate: _Candidate, words: str, wanted: str = "picture") -> ProviderError:
    reason = candidate.finish_reason or "no reason"
    ending = ENDINGS.get(reason, OTHER)
    said = candidate.finish_message or words or "it does not say more"
    billed = "no" if FREE in said else ending.billed
    safety = None
    if ending.code == "safety_blocked":
        safety = Safety(filtered="image", categories=_categories(ending, candidate.safety_ratings))
    text = f"Gemini gave no {wanted} ({reason}): {said[:SHOWN]}"
    return ProviderError(ending.kind, ending.code, text, safety=safety, billed=billed)


def _categories(ending: _Ending, ratings: Iterable[_Rating] | None) -> tuple[str, ...]:
    named = [ending.category] if ending.category else []
    for rating in ratings or ():
        if rating.blocked:
            name = rating.category.removeprefix("HARM_CATEGORY_").removeprefix("IMAGE_")
            named.append(CATEGORIES.get(name, name.lower()))
    return tuple(dict.fromkeys(named))
