"""Pictures within the terminal."""

import re
from base64 import b64decode

import pytest
from darkroom.cli.inline import PIECE, Protocol, iterm2, kitty, protocol_of


@pytest.mark.parametrize(
    ("environment", "protocol"),
    [
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM": "xterm-ghostty"}, "kitty"),
        ({"TERM_PROGRAM": "iTerm.app"}, "iterm2"),
        ({"TERM_PROGRAM": "WezTerm"}, "iterm2"),
        ({"LC_TERMINAL": "iTerm2"}, "iterm2"),  # over ssh
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux"}, None),  # noqa: S108 - a name, no file
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, None),
        ({}, None),
    ],
)
def test_a_terminal_is_known_by_what_it_says_of_itself(environment: dict[str, str], protocol: Protocol | None) -> None:
    """Not by asking it, which another program might answer."""
    assert protocol_of(environment) == protocol


def test_kitty_is_given_all_bytes_in_pieces() -> None:
    """Each but the last says that more come; the first alone says what it is."""
    content = bytes(range(256)) * 40
    pieces = re.findall("\x1b_G([^;]*);([^\x1b]*)\x1b\\\\", kitty(content))
    assert b64decode("".join(text for _, text in pieces)) == content
    assert max(len(text) for _, text in pieces) <= PIECE
    assert [head.rpartition("m=")[2] for head, _ in pieces] == ["1"] * (len(pieces) - 1) + ["0"]
    assert [head for head, _ in pieces if "f=100" in head] == [pieces[0][0]]


def test_iterm2_is_given_all_bytes_at_once() -> None:
    """With their number."""
    drawn = iterm2(b"picture")
    assert "size=7;" in drawn
    assert b64decode(drawn.partition(":")[2].partition("\x07")[0]) == b"picture"
