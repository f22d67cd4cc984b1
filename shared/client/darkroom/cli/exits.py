"""How a command ends: one table, for programs that call it."""

from enum import IntEnum

from darkroom import errors


class Exit(IntEnum):
    """The exit codes. `TABLE` is what --help and the README say of them."""

    OK = 0
    FAILED = 1
    USAGE = 2
    UNAUTHORIZED = 3
    NOT_FOUND = 4
    REFUSED = 5
    EXHAUSTED = 6
    UNREACHABLE = 7
    LOCAL = 8
    NOT_UNDERSTOOD = 9
    INTERRUPTED = 130
    BROKEN_PIPE = 141


TABLE = {
    Exit.OK: "done",
    Exit.FAILED: "a job failed or was canceled; of doctor: there is something to do",
    Exit.USAGE: "the command line is wrong: nothing was sent",
    Exit.UNAUTHORIZED: "the key is missing or wrong, or may not do this",
    Exit.NOT_FOUND: "there is no such job, batch, storyboard or key",
    Exit.REFUSED: "the deployment refuses the request as it is",
    Exit.EXHAUSTED: "a budget or a rate limit is used up",
    Exit.UNREACHABLE: "the deployment cannot be reached, is out of order, or took too long",
    Exit.LOCAL: "a local file cannot be read, understood or written",
    Exit.NOT_UNDERSTOOD: "what answered is not Darkroom, or other bytes came than the job names",
    Exit.INTERRUPTED: "Ctrl-C or SIGTERM; what was asked for goes on, and the last lines say how to go on with it",
    Exit.BROKEN_PIPE: "whoever read the output has gone",
}
EPILOG = "\n\n".join(["Exit codes:", *(f"{code.value:>3}  {text}" for code, text in TABLE.items())])


class LocalError(Exception):
    """A local file that cannot be used; `advice` says what to do."""

    def __init__(self, text: str, advice: str) -> None:
        super().__init__(text)
        self.advice = advice


# The first that fits.
KINDS: tuple[tuple[type[Exception], Exit], ...] = (
    (errors.Misused, Exit.USAGE),
    (errors.Unreachable, Exit.UNREACHABLE),
    (errors.Timeout, Exit.UNREACHABLE),
    (errors.NotDarkroom, Exit.NOT_UNDERSTOOD),
    (errors.Corrupt, Exit.NOT_UNDERSTOOD),
    (errors.JobFailed, Exit.FAILED),
    (errors.Unauthorized, Exit.UNAUTHORIZED),
    (errors.Forbidden, Exit.UNAUTHORIZED),
    (errors.NotFound, Exit.NOT_FOUND),
    (errors.BudgetExceeded, Exit.EXHAUSTED),
    (errors.RateLimited, Exit.EXHAUSTED),
    (errors.Unavailable, Exit.UNREACHABLE),
    (errors.ApiError, Exit.REFUSED),
    (LocalError, Exit.LOCAL),
    (OSError, Exit.LOCAL),
)


def code_of(error: Exception) -> Exit:
    """How a command ends that met this error; one that is in no line of the table is a defect, and raised."""
    for kind, code in KINDS:
        if isinstance(error, kind):
            return code
    raise error
