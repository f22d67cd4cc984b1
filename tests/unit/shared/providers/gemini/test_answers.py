"""Gemini's answers, shape by shape."""

from typing import Any

import pytest

from shared.domain.errors import ProviderError
from shared.domain.safety import Safety
from shared.ports import Picture
from shared.providers.gemini.answers import picture_in
from tests.builders import a_job, image_bytes
from tests.fakes.gemini_server import part, refused_prompt, said
from tests.fakes.http_server import Answer, json_answer

RATINGS = [
    {"category": "HARM_CATEGORY_SEXUALLY_EXPLICIT", "probability": "HIGH", "blocked": True},
    {"category": "HARM_CATEGORY_HARASSMENT", "probability": "LOW"},
    {"category": "HARM_CATEGORY_IMAGE_HATE", "blocked": True},
    {"category": "HARM_CATEGORY_HATE_SPEECH", "blocked": True},
    {"category": "HARM_CATEGORY_BRAND_NEW", "blocked": True},
]
RATED = ("sexual", "hate", "brand_new")
FREE = {"finishMessage": "Unable to show it. You will not be charged for this request."}
NO_IMAGE = ("PERMANENT", "no_image", "unknown")
OTHER = ("UNKNOWN", "no_image", "unknown")
# Their kind, code and whether they are billed.
WITHOUT: list[tuple[Answer, tuple[str, str, str]]] = [
    (said({"text": "I would rather not."}), NO_IMAGE),
    (said(part(thought=True)), NO_IMAGE),
    (said(), NO_IMAGE),
    (said(reason="MAX_TOKENS"), NO_IMAGE),
    (said(reason="NO_IMAGE"), NO_IMAGE),
    (said(reason="NO_IMAGE", **FREE), ("PERMANENT", "no_image", "no")),
    (said(reason="LANGUAGE"), ("PERMANENT", "model_refused_request", "unknown")),
    (said(reason="IMAGE_OTHER"), OTHER),
    (said(reason="BRAND_NEW"), OTHER),
    (json_answer({}), OTHER),
    (json_answer({"candidates": []}), OTHER),
    (json_answer({"candidates": [{"content": None}]}), OTHER),
]
# What the filter looked at, what it found there, and whether the answer is billed.
FILTERED: list[tuple[Answer, str, tuple[str, ...], str]] = [
    (said(reason="IMAGE_SAFETY"), "image", (), "no"),
    (said(reason="IMAGE_PROHIBITED_CONTENT"), "image", ("prohibited",), "no"),
    (said(reason="IMAGE_RECITATION"), "image", ("recitation",), "no"),
    (said(reason="SAFETY", safetyRatings=RATINGS), "image", RATED, "unknown"),
    (said(reason="PROHIBITED_CONTENT"), "image", ("prohibited",), "unknown"),
    (said(reason="RECITATION"), "image", ("recitation",), "unknown"),
    (said(reason="BLOCKLIST"), "image", ("blocklist",), "unknown"),
    (said(reason="SPII"), "image", ("personal_information",), "unknown"),
    (refused_prompt("SAFETY", safetyRatings=RATINGS), "prompt", RATED, "no"),
    (refused_prompt("PROHIBITED_CONTENT"), "prompt", ("prohibited",), "no"),
    (refused_prompt("BLOCKLIST"), "prompt", ("blocklist",), "no"),
    (refused_prompt("JAILBREAK"), "prompt", ("jailbreak",), "no"),
    (refused_prompt("MODEL_ARMOR"), "prompt", (), "no"),
]
MALFORMED = ['{"candidates": [', "", "[]", "<html>", '{"candidates": 5}', '{"candidates": [{"finishReason": 5}]}']


def _name(value: object) -> str | None:
    return value.body.decode()[:60] if isinstance(value, Answer) else None


def _picture(answer: Answer) -> Picture:
    return picture_in(answer.body.decode(), a_job(), 67_000)


def _refused(answer: Answer) -> ProviderError:
    with pytest.raises(ProviderError) as refusal:
        _picture(answer)
    return refusal.value


@pytest.mark.parametrize(("answer", "end"), WITHOUT, ids=_name)
def test_an_answer_without_a_picture(answer: Answer, end: tuple[str, str, str]) -> None:
    """Never an empty success, nor a thing to try again by itself."""
    error = _refused(answer)
    assert (error.kind, error.code, error.billed) == end
    assert error.safety is None


@pytest.mark.parametrize(("answer", "filtered", "categories", "billed"), FILTERED, ids=_name)
def test_a_filter(answer: Answer, filtered: Any, categories: tuple[str, ...], billed: str) -> None:
    """Typed, with what it found in our words; a category that is new keeps its own name."""
    error = _refused(answer)
    assert (error.kind, error.code, error.billed) == ("PERMANENT", "safety_blocked", billed)
    assert error.safety == Safety(filtered=filtered, categories=categories)


@pytest.mark.parametrize("body", MALFORMED)
def test_an_answer_that_cannot_be_read(body: str) -> None:
    """Nobody knows whether it is paid; another try may be read."""
    error = _refused(Answer(body=body.encode()))
    assert (error.kind, error.code, error.billed) == ("TEMPORARY", "malformed_answer", "unknown")


@pytest.mark.parametrize("data", [image_bytes()[:40], b"<html>", b"", "no base64!", "ä"])
def test_bytes_that_are_no_picture(data: bytes | str) -> None:
    """Paid all the same."""
    error = _refused(said(part(data)))
    assert (error.kind, error.code, error.billed) == ("TEMPORARY", "not_an_image", "yes")


def test_the_last_picture_is_the_one_meant() -> None:
    """A model that thinks shows sketches before it; those that are marked as such are never taken."""
    answer = said(part(image_bytes(1)), {"text": "better:"}, part(image_bytes(2)), part(thought=True))
    picture = _picture(answer)
    assert (picture.data, picture.cost_micros) == (image_bytes(2), 67_000)


def test_a_picture_counts_whatever_else_is_said() -> None:
    """Also beside a reason that would explain its absence."""
    assert _picture(said(part(), reason="MAX_TOKENS"))


@pytest.mark.parametrize(
    "answer",
    [
        said({"text": "no " * 10_000}),
        said(reason="NO_IMAGE", finishMessage="no " * 10_000),
        refused_prompt("OTHER", blockReasonMessage="no " * 10_000),
    ],
    ids=_name,
)
def test_a_message_says_what_the_model_says(answer: Answer) -> None:
    """But not all of a novel."""
    message = _refused(answer).message
    assert "no no no" in message
    assert len(message) < 1000
