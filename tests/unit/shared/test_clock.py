"""The clock of what is deployed, and how tests move it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.clock import SystemClock


def test_it_is_the_machines_time() -> None:
    """In UTC."""
    before = datetime.now(UTC)
    assert before <= SystemClock().now() <= datetime.now(UTC)


def test_it_is_ahead_by_what_the_file_says(tmp_path: Path) -> None:
    """Read anew at each look, so that all processes move at once."""
    file = tmp_path / "offset"
    clock = SystemClock(str(file))
    for seconds in (0.0, 3600.5):
        file.write_text(str(seconds))
        before = datetime.now(UTC) + timedelta(seconds=seconds)
        assert before <= clock.now() <= datetime.now(UTC) + timedelta(seconds=seconds)
