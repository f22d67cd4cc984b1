"""Times in a query."""

from datetime import UTC, datetime

from starlette.requests import Request

from shared.domain.errors import Rejected

EXAMPLE = "2026-11-21T12:00:00Z"


def moment_of(request: Request, name: str, code: str) -> datetime | None:
    """The time that the parameter `name` gives, in UTC; a day stands for its beginning; None where it is not given.

    Raises:
        Rejected: 400 `code`, it is no time, or one without its zone.
    """
    text = request.query_params.get(name)
    if text is None:
        return None
    wanted = f"{name} must be a time with its zone, such as {EXAMPLE}, or a day in UTC, not {text!r}."
    try:
        moment = datetime.fromisoformat(text)
        if is_day(text):
            return moment.replace(tzinfo=UTC)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise Rejected(400, code, wanted) from exc
    raise Rejected(400, code, wanted)


def is_day(text: str) -> bool:
    """Whether the text, which is a time, is a whole day."""
    return len(text) == len("2026-11-21")
