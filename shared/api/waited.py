"""What of a request's time its client asked to wait for: it says nothing of how fast it was answered."""

from starlette.requests import Request

KEY = "waited"


def add_wait(request: Request, seconds: float) -> None:
    """Note that so long was waited on the client's wish."""
    request.scope[KEY] = waited(request) + seconds


def waited(request: Request) -> float:
    """The seconds of all its waits."""
    seconds: float = request.scope.get(KEY, 0.0)
    return seconds
