"""The four preconditions: what must be true of a generation for an operation to go on."""

from collections.abc import Mapping

import msgspec
from starlette.responses import Response

from infra.local.rest import HttpError
from infra.local.storage.refusals import condition_not_met, invalid

NAMES = ("ifGenerationMatch", "ifGenerationNotMatch", "ifMetagenerationMatch", "ifMetagenerationNotMatch")


class NotModified(HttpError):
    """304: a reader's if…NotMatch found what the reader has already."""

    def __init__(self) -> None:
        super().__init__(304, "not modified")

    def response(self) -> Response:  # type: ignore[override]
        """An answer without a body."""
        return Response(status_code=304)


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """Preconditions as asked for; None: not asked. A generation of 0 is an object that is not there."""

    generation_match: int | None = None
    generation_not_match: int | None = None
    metageneration_match: int | None = None
    metageneration_not_match: int | None = None

    @classmethod
    def of(cls, parameters: Mapping[str, str], form: str = "if{}") -> "Conditions":
        """Read them from a request's parameters; `form` is how they are named (`ifSource{}` for a copy's source).

        Raises:
            StorageError: 400, one is not a number.
        """

        def number(suffix: str) -> int | None:
            name = form.format(suffix)
            text = parameters.get(name)
            if text is None:
                return None
            try:
                return int(text)
            except ValueError as exc:
                raise invalid(f"Invalid long value: '{text}'.", ("parameter", name)) from exc

        return cls(
            generation_match=number("GenerationMatch"),
            generation_not_match=number("GenerationNotMatch"),
            metageneration_match=number("MetagenerationMatch"),
            metageneration_not_match=number("MetagenerationNotMatch"),
        )

    def check(self, generation: int, metageneration: int, *, reading: bool = False) -> None:
        """Let pass, or refuse, an operation on what has this generation and metageneration (0, 0: missing).

        Raises:
            StorageError: 412, a precondition does not hold.
            NotModified: 304, the same for a reader's if…NotMatch.
        """
        if self.generation_match not in (None, generation) or self.metageneration_match not in (None, metageneration):
            raise condition_not_met()
        if generation == self.generation_not_match or metageneration == self.metageneration_not_match:
            raise NotModified if reading else condition_not_met()
