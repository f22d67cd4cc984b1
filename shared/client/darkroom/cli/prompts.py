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
    found = text_of(file) if file is not None else sys.stdin.read() if argument == "-" else str(argument)
    if not found.strip():
        raise Misused("the prompt is empty", "Say what the picture is to show.")
    return found.strip() if file is not None or argument == "-" else found


def text_of(file: Path) -> str:
    """What the file has; `-` is standard input.

    Raises:
        LocalError: it is no text in UTF-8.
        OSError: it cannot be read.
    """
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        raise LocalError(f"{file} is no text in UTF-8: {exc.reason} at byte {exc.start}", "Save it as UTF-8.") from exc
