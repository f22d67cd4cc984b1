"""The refusals of Cloud Storage, with the texts and reasons that the real one gives."""

from starlette.responses import JSONResponse

from infra.local.rest import HttpError


class StorageError(HttpError):
    """A refusal in the error format of the JSON API: `{"error": {code, message, errors}}`."""

    def __init__(self, status: int, message: str, reason: str, location: tuple[str, str] | None = None) -> None:
        super().__init__(status, message, reason)
        self.location = location  # its type (header, parameter) and its name

    def body(self) -> dict[str, object]:
        """The answer's body, as JSON."""
        entry = {"message": self.message, "domain": "global", "reason": self.reason}
        if self.location:
            entry |= {"locationType": self.location[0], "location": self.location[1]}
        return {"error": {"code": self.status, "message": self.message, "errors": [entry]}}

    def response(self) -> JSONResponse:
        """The whole answer."""
        return JSONResponse(self.body(), status_code=self.status)


def no_bucket() -> StorageError:
    """404: the bucket is missing."""
    return StorageError(404, "The specified bucket does not exist.", "notFound")


def no_object(bucket: str, name: str) -> StorageError:
    """404: the object, or the generation asked for, is missing."""
    return StorageError(404, f"No such object: {bucket}/{name}", "notFound")


def condition_not_met() -> StorageError:
    """412: a precondition did not hold."""
    text = "At least one of the pre-conditions you specified did not hold."
    return StorageError(412, text, "conditionNotMet", ("header", "If-Match"))


def invalid(message: str, location: tuple[str, str] | None = None) -> StorageError:
    """400: the request makes no sense; the text says what."""
    return StorageError(400, message, "invalid", location)


def unimplemented(what: str) -> StorageError:
    """501: the real one could do this; here it is refused by its name."""
    return StorageError(501, f"UNIMPLEMENTED: {what} is not implemented here", "UNIMPLEMENTED")
