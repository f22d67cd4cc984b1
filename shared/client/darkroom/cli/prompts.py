"""Where a prompt comes from: the command line, a file, or standard input."""

import sys
from pathlib import Path

from darkroom.errors import Misused

from .exits import LocalError


def prompt_of(argument: str | None, file: Path | None) -> str:
    """The prompt; `-`, as either, is standard input.

    Raises:
        Misused: there is none, or two.
        LocalError: the file cannot be read.
    """
    if (argument is None) == (file is None):
        text = "there is no prompt" if argument is None else "there are two prompts: an argument and --file"
        raise Misused(text, 'Give one: "a red fox", or --file prompt.txt, or - for standard input.')
    given = Path("-") if argument == "-" else file
    found = str(argument) if given is None else text_of(given)
    if not found.strip():
        raise Misused("the prompt is empty", "Say what the picture is to show.")
    return found if given is None else found.strip()


def text_of(file: Path) -> str:
    """What the file has, with Unix ends of lines; `-` is standard input.

    Raises:
        LocalError: it is no text in UTF-8, or cannot be read.
    """
    name, content = ("standard input", sys.stdin.buffer.read()) if str(file) == "-" else (file, bytes_of(file))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise LocalError(f"{name} is no text in UTF-8: {exc.reason} at byte {exc.start}", "Save it as UTF-8.") from exc
    return text.replace("\r\n", "\n").replace("\r", "\n")


def bytes_of(file: Path) -> bytes:
    """What the file has.

    Raises:
        LocalError: it cannot be read.
    """
    try:
        return file.read_bytes()
    except OSError as exc:
        raise LocalError(f"{file} cannot be read: {exc.strerror or exc}", "Name a file that can be.") from exc
