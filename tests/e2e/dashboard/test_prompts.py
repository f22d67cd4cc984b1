"""Prompts that are no plain words: they are shown as text, wherever a prompt is shown, and break nothing."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from shared.domain.request import MAX_PROMPT
from tests.e2e.dashboard.filled import made
from tests.e2e.dashboard.look import Look
from tests.e2e.dashboard.people import Person, a_person
from tests.integration.api import Job
from tests.integration.inside import Inside
from tests.stack import RunningStack

PROMPTS = {
    "markup": '<img src=x onerror=alert(1)><script>alert(2)</script><svg onload=alert(3)>"><b>bold</b> {{x}} &lt;i&gt;',
    "right-to-left": "منارة في الضباب عند الفجر، 35 mm \u202e gpj.exe \u202c מגדלור בערפל",
    "emoji": "\N{WOMAN}\u200d\N{WOMAN}\u200d\N{GIRL}\N{FOX FACE}" * 60,
    "one-word": "w" * 3_000,
    "lines": "a\n\n\n\tb\u2028c\u0000d\r\n" * 200,
    "longest": "fog over the harbour, " * (MAX_PROMPT // 22),
}
MAX_LABEL = 128  # characters of a label's value
OLD = 100_000  # characters of a prompt that an earlier version took, longer than is taken now
# What the markup would make, were it any.
MADE_OF_IT = "main :is(img[onerror], script, svg[onload], b)"
PHONE = {"width": 360, "height": 740}


@dataclass(frozen=True)
class Shown:
    """What there is to look at."""

    jobs: dict[str, Job]
    board: str
    batch: str


@pytest.fixture(scope="module")
def owner(keyed: RunningStack, keyed_inside: Inside) -> Iterator[Person]:
    """Whose prompts they are."""
    with closing(a_person(keyed, keyed_inside)) as somebody:
        yield somebody


@pytest.fixture(scope="module")
def shown(owner: Person) -> Shown:
    """A job of each prompt, with its picture, and a batch and a storyboard of them."""
    labels = {"note": PROMPTS["markup"][:MAX_LABEL]}
    of: dict[str, Any] = {"model": "placeholder", "thumbnail": True, "cache": "off", "labels": labels}
    asked = {name: owner.api.submit(prompt=text, **of) for name, text in PROMPTS.items()}
    few = ("markup", "right-to-left", "emoji")
    batch = made(owner, "batches", {"items": [{"prompt": PROMPTS[name], **of} for name in few]})
    board = made(
        owner,
        "storyboards",
        {"scenes": [{"prompt": PROMPTS[name]} for name in few]},
    )
    jobs = {name: owner.api.reached(job, "completed") for name, job in asked.items()}
    jobs["old"] = owner.api.completed(prompt="fog", **of)
    owner.inside.database.collection("jobs").document(jobs["old"]["id"]).update({"prompt": "old fog " * (OLD // 8)})
    return Shown(jobs, board, batch)


def test_lists_show_them_as_text(owner: Person, shown: Shown, look: Look) -> None:
    """On a phone, where there is the least room: nothing runs, nothing is fetched, nothing sticks out."""
    at = look(owner, viewport=PHONE)
    board, batch = f"boards/storyboards/{shown.board}", f"boards/batches/{shown.batch}"
    wide, shows = {}, {}
    for view in ("queue", "gallery", board, batch, "boards", "spend", "health"):
        at.go(view)
        wide[view] = at.overflow()
        shows[view] = at.page.get_by_text(PROMPTS["markup"][:40]).count() > 0
        assert at.page.locator(MADE_OF_IT).count() == 0, view
    assert not any(wide.values()), wide
    assert [view for view in ("queue", "gallery", board, batch) if not shows[view]] == []


def test_a_job_shows_it_whole(owner: Person, shown: Shown, look: Look) -> None:
    """All of it, once that is asked for; and in the form for another like it, as far as a form has characters."""
    at = look(owner, viewport=PHONE)
    look.watch.expect(r"status of 400 .*/v1/estimate")  # what an earlier version took is too long now
    for name, job in shown.jobs.items():
        prompt = owner.api.get(job)["prompt"]
        at.go(f"jobs/{job['id']}")
        more = at.page.get_by_role("button", name="Show all").first
        if more.is_visible():
            more.click()
        assert prompt in at.page.locator("p.prompt").all_text_contents(), name
        assert at.overflow() == [], name
        at.go(f"new?from={job['id']}")
        assert at.page.get_by_label("Prompt").input_value() == prompt.replace("\r\n", "\n"), name
        assert at.overflow() == [], name


def test_a_prompt_that_is_too_long_is_told_at_its_field(owner: Person, look: Look) -> None:
    """100,000 characters are more than the API takes: the form says how many it does, and nothing is asked for."""
    at = look(owner)
    look.watch.expect("status of 400")
    at.go("new")
    prompt = at.page.get_by_label("Prompt")
    prompt.fill("fog " * (OLD // 4))
    at.button("Make it").click()
    expect(prompt).to_have_attribute("aria-invalid", "true")
    expect(at.page.locator(".field-error").first).to_contain_text("32000")
    assert at.overflow() == []
