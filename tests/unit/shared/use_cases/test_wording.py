"""What a model is told."""

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.catalog import Model, catalog
from shared.catalog.styles import styles
from shared.domain.errors import Rejected
from shared.domain.request import MAX_PROMPT, JobType
from shared.use_cases.wording import usual_ratio, worded
from tests.builders import a_request

IMAGEN, GEMINI = catalog().models["imagen-4.0-generate-001"], catalog().models["gemini-3.1-flash-image"]
PROMPTS = st.text(min_size=1, max_size=60).filter(str.strip)
REQUESTS = st.fixed_dictionaries(
    {"prompt": PROMPTS, "job_type": st.sampled_from(get_args(JobType))},
    optional={
        "style": st.sampled_from(sorted(styles())),
        "enhance": st.booleans(),
        "negative_prompt": st.text(max_size=20),
    },
)


@given(REQUESTS, st.sampled_from([IMAGEN, GEMINI]))
def test_the_users_words_are_always_among_them(asked: dict[str, Any], model: Model) -> None:
    """Whatever they are, with what changed them; the same request is always told the same."""
    request = a_request(**asked)
    told = worded(request, model)
    assert told == worded(request, model)
    if told is None:
        assert request.style is None
        return
    assert request.prompt.strip() in told.prompt
    assert (request.negative_prompt or "") in (told.negative_prompt or "")
    assert [name.partition(":")[0] for name in told.changed_by] in (
        ["style"], ["enhance"], ["template", "enhance"], ["style", "enhance"], ["template", "style", "enhance"],
    )  # fmt: skip
    assert len(told.prompt) > len(request.prompt.strip())


@given(PROMPTS, st.sampled_from(get_args(JobType)))
def test_without_a_wish_a_prompt_goes_out_as_it_came(prompt: str, job_type: JobType) -> None:
    """To the character."""
    assert worded(a_request(prompt=prompt, job_type=job_type), IMAGEN) is None


def test_template_style_and_enhancement_come_in_this_order() -> None:
    """Each with its name; words that look like the template's slot are words."""
    asked = a_request(prompt=" a fox {prompt}. ", job_type="character_reference", style="noir", enhance=True)
    told = worded(asked, IMAGEN)
    assert told
    assert told.changed_by == ("template:character_reference", "style:noir", "enhance")
    assert told.prompt.startswith("Character portrait sheet: a fox {prompt}.. One character")
    assert told.prompt.index("three-quarter") < told.prompt.index("film noir") < told.prompt.index("sharp focus")


def test_a_style_is_put_after_the_prompt() -> None:
    """With a comma, unless the prompt ends by itself."""
    plain, ended = (worded(a_request(prompt=prompt, style="ink"), GEMINI) for prompt in ("a fox", "A fox!"))
    assert plain
    assert plain.prompt.startswith("a fox, brush and ink")
    assert ended
    assert ended.prompt.startswith("A fox! brush and ink")


def test_what_a_style_is_not_is_told_to_models_that_know_negative_prompts() -> None:
    """After the user's own."""
    told = worded(a_request(style="noir", negative_prompt="text"), IMAGEN)
    assert told
    assert told.negative_prompt == "text, colour, bright daylight"
    for_gemini = worded(a_request(style="noir"), GEMINI)
    assert for_gemini
    assert for_gemini.negative_prompt is None


def test_instructions_to_edit_are_not_enhanced() -> None:
    """They say what to do, not what to show."""
    assert worded(a_request(job_type="edit", enhance=True), IMAGEN) is None


def test_an_unknown_style_is_refused_with_those_there_are() -> None:
    """At its field."""
    with pytest.raises(Rejected, match="there is no style 'baroque'; there are cinematic, noir") as refusal:
        worded(a_request(style="baroque"), IMAGEN)
    assert (refusal.value.status, refusal.value.code) == (400, "unknown_style")


@pytest.mark.parametrize("field", ["prompt", "negative_prompt"])
def test_the_bound_of_a_prompt_holds_for_what_it_becomes(field: str) -> None:
    """With its length then."""
    with pytest.raises(Rejected, match=r"has 32\d\d\d characters with what style and enhance add") as refusal:
        worded(a_request(**{field: "x" * MAX_PROMPT}, style="noir"), IMAGEN)
    assert refusal.value.errors[0][0] == f"/{field}"


@pytest.mark.parametrize(
    ("asked", "ratio"),
    [
        ({}, "1:1"),
        ({"job_type": "character_reference"}, "3:4"),
        ({"job_type": "start_frame"}, "16:9"),
        ({"job_type": "character_reference", "style": "noir"}, "16:9"),
        ({"style": "watercolor"}, "1:1"),
    ],
)
def test_a_style_and_a_job_type_have_their_usual_ratio(asked: dict[str, Any], ratio: str) -> None:
    """The style's goes first, the deployment's last."""
    assert usual_ratio(a_request(**asked), IMAGEN, "1:1") == ratio


def test_a_ratio_that_the_model_does_not_make_is_no_default() -> None:
    """A model that makes squares makes squares."""
    square = msgspec.structs.replace(IMAGEN, aspect_ratios=("1:1", "3:4"))
    assert usual_ratio(a_request(style="noir"), square, "1:1") == "1:1"
    assert usual_ratio(a_request(style="noir", job_type="character_reference"), square, "1:1") == "3:4"
