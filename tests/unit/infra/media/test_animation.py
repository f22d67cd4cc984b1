"""A recording of a program on a terminal, as a picture that moves."""

import os
import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from infra.media.animation import svg
from infra.media.terminal import Recording

PROGRAM = r"""
import sys, time
try:
    print("\x1b[31mred\x1b[0m <&> ", end="", flush=True)
    while True:
        time.sleep(0.01)
except KeyboardInterrupt:
    print("\rgone   ")
    sys.exit(130)
"""


def test_what_stood_on_the_screen_is_drawn_as_it_changed(tmp_path: Path) -> None:
    """In its colours, to the last frame; Ctrl-C is heard, and nothing of the picture lies elsewhere."""
    recording = Recording(40, 5, os.environ, str(tmp_path))
    recording.type("program")
    assert recording.run([sys.executable, "-c", PROGRAM], lambda shown: "<&>" in shown) == 130
    recording.rest(1)
    assert "gone" in recording.shown()
    drawn = svg(recording.frames, "a <title>")
    image = ET.fromstring(drawn)  # noqa: S314 - ours
    texts = [(element.text or "").split()[0] for element in image.iter("{http://www.w3.org/2000/svg}text")]
    assert {"$", "program", "red", "gone"} <= set(texts), texts
    assert 'style="fill:#ff7b72">red' in drawn
    assert not re.search(r"<script|url\(|href=\"[^#]", drawn)
    names = [int(left) for left in re.findall(r"translate\((\d+)", drawn)]
    assert names == sorted(names)
    assert len(names) == len(recording.frames)
