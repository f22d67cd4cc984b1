"""Pictures within the terminal, where it can: by kitty's graphics protocol, or iTerm2's.

Sources: https://sw.kovidgoyal.net/kitty/graphics-protocol/ (PNG, in pieces of 4,096) and
https://iterm2.com/documentation-images.html (any format).
"""

import os
import sys
from base64 import b64encode
from collections.abc import Mapping
from typing import Literal, TypeAlias

from darkroom.records import Image

from .screen import Screen

Protocol: TypeAlias = Literal["kitty", "iterm2"]
PIECE = 4096  # characters of base64
ROWS = 14  # of text, as high as a picture is drawn


def protocol_of(environment: Mapping[str, str]) -> Protocol | None:
    """What the terminal understands, by what it says of itself; within tmux and screen, nothing."""
    if environment.get("TMUX") or environment.get("STY"):
        return None
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    if environment.get("KITTY_WINDOW_ID") or term in {"xterm-kitty", "xterm-ghostty"} or program == "ghostty":
        return "kitty"
    if program in {"iTerm.app", "WezTerm"} or environment.get("LC_TERMINAL") == "iTerm2":
        return "iterm2"
    return None


def shown_inline(screen: Screen, image: Image, *, wanted: bool | None) -> bool:
    """Draw the picture; None: where the terminal can. Whether it was drawn."""
    protocol = protocol_of(os.environ)
    if wanted is False or image.path is None or (protocol is None and not wanted):
        return False
    if protocol is None:
        screen.note("This terminal does not say that it shows pictures: neither kitty's protocol nor iTerm2's.")
        return False
    if protocol == "kitty" and image.mime_type != "image/png":
        if wanted:
            screen.note("kitty's protocol shows PNG alone: ask for --format png.")
        return False
    content = image.path.read_bytes()
    sys.stdout.write(kitty(content) if protocol == "kitty" else iterm2(content))
    sys.stdout.flush()
    return True


def kitty(content: bytes) -> str:
    """The PNG, drawn at the cursor; the terminal is asked for no answer."""
    text = b64encode(content).decode()
    pieces = [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
    heads = [f"a=T,f=100,q=2,r={ROWS},", *[""] * (len(pieces) - 1)]
    more = [1] * (len(pieces) - 1) + [0]
    parts = zip(heads, more, pieces, strict=True)
    return "".join(f"\x1b_G{head}m={left};{piece}\x1b\\" for head, left, piece in parts) + "\n"


def iterm2(content: bytes) -> str:
    """The picture, drawn at the cursor."""
    size = f"size={len(content)};height={ROWS};preserveAspectRatio=1"
    return f"\x1b]1337;File=inline=1;{size}:{b64encode(content).decode()}\x07\n"
