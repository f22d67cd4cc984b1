"""Styles and prompts, as they ship."""

import re
from typing import get_args

from shared.catalog.prompts import SLOT, job_prompts
from shared.catalog.styles import styles
from shared.domain.request import NAME, JobType


def test_every_style_says_what_it_adds() -> None:
    """In one line; its id can stand in a request."""
    assert len(styles()) >= 12
    for name, style in styles().items():
        assert re.match(NAME, name)
        assert style.description
        assert style.modifiers == style.modifiers.strip()
        assert "\n" not in style.modifiers
        assert not style.modifiers.endswith((",", "."))


def test_every_job_type_has_its_prompt() -> None:
    """With one place for the user's words."""
    assert set(job_prompts()) == set(get_args(JobType))
    assert all(prompt.template.count(SLOT) == 1 for prompt in job_prompts().values())
