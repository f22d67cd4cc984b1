"""Warnings of models that go."""

from typing import Any

import pytest

from shared.use_cases.sunsets import WarnOfSunsets
from tests.fakes.clock import FakeClock

DAY = 86_400
IMAGEN_4 = ["imagen-4.0-fast-generate-001", "imagen-4.0-generate-001", "imagen-4.0-ultra-generate-001"]


def warned(log: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """What was said since this was last asked."""
    said = [{"level": record.levelname, **vars(record)["fields"]} for record in log.records]
    log.clear()
    return said


def test_each_model_in_use_is_said_once_a_day(caplog: pytest.LogCaptureFixture) -> None:
    """However often it is swept."""
    clock = FakeClock()
    warn = WarnOfSunsets(clock, "standard")
    warn()
    said = warned(caplog)
    assert [line["model"] for line in said] == IMAGEN_4
    assert said[1]["used_as"] == ["standard", "IMAGE_MODEL"]
    assert (said[1]["level"], said[1]["days_left"], said[1]["successor"]) == (
        "WARNING", -144, "gemini-3.1-flash-image"
    )  # fmt: skip
    warn()
    clock.move(DAY / 3)
    warn()
    assert warned(caplog) == []
    clock.move(DAY)
    warn()
    assert [line["model"] for line in warned(caplog)] == IMAGEN_4


def test_the_default_model_is_in_use(caplog: pytest.LogCaptureFixture) -> None:
    """It is said from 60 days before its sunset, 2027-05-28."""
    clock = FakeClock()  # 2026-11-21, 188 days before
    warn = WarnOfSunsets(clock, "gemini-3.1-flash-image")
    clock.move(127 * DAY)
    warn()
    assert [line["model"] for line in warned(caplog)] == IMAGEN_4
    clock.move(DAY)
    warn()
    last = warned(caplog)[-1]
    assert (last["model"], last["days_left"], last["used_as"]) == ("gemini-3.1-flash-image", 60, ["IMAGE_MODEL"])


def test_an_unknown_default_is_not_its_business(caplog: pytest.LogCaptureFixture) -> None:
    """Other functions refuse to run with it."""
    WarnOfSunsets(FakeClock(), "imagen-9")()
    assert [line["model"] for line in warned(caplog)] == IMAGEN_4
