"""Queries of addresses: what holds for all of them."""

from starlette.requests import Request

from shared.domain.errors import Rejected

YES, NO = {"", "true", "1"}, {"false", "0"}


def check_once(request: Request) -> None:
    """That no parameter is given twice: of two nobody could say which is meant.

    Raises:
        Rejected: 400.
    """
    if not request.scope.get("query_string"):
        return
    names = [name for name, _ in request.query_params.multi_items()]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Rejected(400, "invalid_query", f"{', '.join(twice)} may be given once.")


def flag(request: Request, name: str) -> bool:
    """Whether `?name` is given: alone, or as true.

    Raises:
        Rejected: 400, it is neither true nor false.
    """
    text = request.query_params.get(name, "false")
    if text not in YES | NO:
        raise Rejected(400, "invalid_query", f"{name} must be given alone, or as true or false, not {text!r}.")
    return text in YES
