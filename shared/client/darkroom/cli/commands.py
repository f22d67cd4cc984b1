"""How a function becomes a command: groups of options that many have are written once, and errors end it in words.

A parameter whose type is a dataclass stands for its fields, each an option; the command gets the dataclass.
"""

import inspect
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields, is_dataclass
from http import HTTPStatus
from io import TextIOWrapper
from typing import Any, TypeVar

import typer
from darkroom.errors import ApiError, DarkroomError, JobFailed, Misused

from .exits import Exit, LocalError, code_of
from .run import Run

F = TypeVar("F", bound=Callable[..., None])


def command(app: typer.Typer, name: str | None = None) -> Callable[[F], F]:
    """Make the function a command of `app`; its first parameter is the Run."""

    def decorate(function: F) -> F:
        groups: dict[str, Any] = {}
        parameters: list[inspect.Parameter] = []
        for parameter in inspect.signature(function, eval_str=True).parameters.values():
            if is_dataclass(parameter.annotation):
                groups[parameter.name] = parameter.annotation
            else:
                parameters.append(parameter)
        for group in sorted(groups.values(), key=lambda group: group is Run):  # what all have stands at the end
            parameters += _options(group)

        def run(**given: Any) -> None:
            made = {
                name: group(**{option.name: given.pop(option.name) for option in _options(group)})
                for name, group in groups.items()
            }
            with _ended(made["run"]):
                function(**made, **given)

        run.__name__, run.__doc__ = function.__name__, function.__doc__
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        run.__signature__ = inspect.Signature(sorted(parameters, key=lambda each: each.kind))  # type: ignore[attr-defined]
        app.command(name)(run)
        return function

    return decorate


def _options(group: Any) -> list[inspect.Parameter]:
    own = {field.name: field.type for field in fields(group) if field.init}
    found = inspect.signature(group, eval_str=True).parameters.values()
    return [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in found if each.name in own]


@contextmanager
def _ended(run: Run) -> Iterator[None]:
    """What goes wrong within the block ends the command by the table in exits.py."""
    try:
        yield
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort) as exc:  # the other is Ctrl-C at a question
        raise run.stop(Exit.INTERRUPTED, "Interrupted.") from exc
    except BrokenPipeError as exc:
        silence_stdout()
        raise typer.Exit(Exit.BROKEN_PIPE) from exc
    except JobFailed as exc:
        raise run.stop(code_of(exc), str(exc), exc.advice, hints=False, job=exc.job.raw) from exc
    except ApiError as exc:
        # What is refused was not taken: only what was taken before goes on.
        taken = exc.status >= HTTPStatus.INTERNAL_SERVER_ERROR or run.has_taken
        raise run.stop(code_of(exc), str(exc), exc.advice, hints=taken, problem=dict(exc.raw)) from exc
    except (Misused, LocalError) as exc:
        raise run.stop(code_of(exc), str(exc), exc.advice, hints=run.has_taken) from exc
    except DarkroomError as exc:
        raise run.stop(code_of(exc), str(exc), exc.advice) from exc
    except OSError as exc:
        if exc.filename is None:
            silence_stdout()
        advice = "Make room, or choose another place, one that may be written to."
        raise run.stop(code_of(exc), f"{exc.filename or 'standard output'}: {exc.strerror or exc}", advice) from exc


def silence_stdout() -> None:
    """Let what is left to be written there go nowhere: else the interpreter complains of it at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def ended(app: typer.Typer) -> None:
    """Run the whole, whatever it is asked; ends the process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal of another encoding gets a ? for what it has not
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # it leaves as little behind as Ctrl-C does
    try:
        try:
            app(prog_name="darkroom")
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:  # a second one, while the first is told
        sys.exit(Exit.INTERRUPTED)
    except BrokenPipeError:
        silence_stdout()
        sys.exit(Exit.BROKEN_PIPE)
    except OSError as exc:
        silence_stdout()
        typer.echo(f"standard output: {exc.strerror or exc}", err=True)
        sys.exit(Exit.LOCAL)
