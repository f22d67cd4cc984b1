"""How Vertex AI says no, over gRPC and HTTP alike."""

from infra.local.rest import STATUS_OF_CODE, HttpError


class Refusal(Exception):
    """A call refused; `code` is a gRPC status name, as `INVALID_ARGUMENT`."""

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status or STATUS_OF_CODE[code]  # of HTTP

    def http(self) -> HttpError:
        """The same over HTTP."""
        return HttpError(self.status, self.message, self.code)


def invalid(message: str) -> Refusal:
    """A request that is wrong in itself."""
    return Refusal("INVALID_ARGUMENT", message)


def unimplemented(what: str) -> Refusal:
    """A part of the API that is missing here; `what` names it."""
    return Refusal("UNIMPLEMENTED", f"{what} is not implemented here")


_CODE_OF_STATUS = {400: "INVALID_ARGUMENT", 409: "ABORTED", 500: "INTERNAL"} | {
    status: code for code, status in STATUS_OF_CODE.items() if status not in (400, 409, 500)
}


def of_status(status: int) -> Refusal:
    """The refusal with an HTTP status from 400 on.

    Raises:
        KeyError: no gRPC status stands for it.
    """
    code = _CODE_OF_STATUS[status]
    return Refusal(code, f"{code.replace('_', ' ').capitalize()}, as the prompt asked for.", status)
