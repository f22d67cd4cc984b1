"""`python -m infra.media.record_cli` (part of `make media`): the README's recording of the command line.

The real command on a terminal of its own, against a stack of its own; what is seen is what it wrote. Writes
`infra/media/cli.svg`. Exit code 0, or 1 where a command did not end as it must.
"""

import json
import os
import shlex
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from infra.local.environment import ROOT, Settings
from infra.local.stack import Stack
from infra.media.animation import svg
from infra.media.terminal import Recording

OUT = ROOT / "infra" / "media" / "cli.svg"
TITLE = "darkroom submit, batch with Ctrl-C and again, list and usage on a terminal"
SCENES = ("a fox leaves the forest", "the fox sees the sea", "gulls above the cliffs", "the tide comes in")
INTERRUPTED = 130
READ = 2.0  # seconds for who reads what a command said


def recorded(url: str, folder: str) -> Recording:
    """The commands, typed and run.

    Raises:
        RuntimeError: one ended otherwise than it must.
    """
    unwanted = {"NO_COLOR", "FORCE_COLOR", "TMUX", "STY", "KITTY_WINDOW_ID", "DARKROOM_API_KEY"}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    environment = {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", "DARKROOM_URL": url}
    lines = (json.dumps({"prompt": prompt, "seed": 7}) for prompt in SCENES)
    Path(folder, "scenes.jsonl").write_text("\n".join(lines))
    recording = Recording(96, 30, environment, folder)
    said(recording, 'darkroom submit "a red fox in the snow" --ratio 16:9 --out out')
    said(recording, "darkroom batch scenes.jsonl --out out", stop_at="out/")
    said(recording, "darkroom batch scenes.jsonl --out out   # the same again: nothing is made twice")
    said(recording, "darkroom list --limit 4")
    said(recording, "darkroom usage --by model")
    recording.rest(2 * READ)
    return recording


def said(recording: Recording, line: str, stop_at: str = "") -> None:
    """A command line typed and run; with `stop_at`, Ctrl-C is pressed once its output has that.

    Raises:
        RuntimeError: it ended otherwise than it must.
    """
    recording.type(line)
    program, *arguments = shlex.split(line, comments=True)
    shown = len(recording.shown().split(stop_at)) if stop_at else 0
    command = [str(Path(sys.executable).with_name(program)), *arguments]
    code = recording.run(command, lambda text: bool(stop_at) and len(text.split(stop_at)) > shown)
    if code != (INTERRUPTED if stop_at else 0):
        raise RuntimeError(f"{line} ended with {code}:\n{recording.shown()}")
    recording.rest(READ)


def main() -> int:
    """Record it."""
    with ExitStack() as until_end:
        folder = until_end.enter_context(tempfile.TemporaryDirectory(prefix="darkroom-media-"))
        given = {**os.environ, "PORT": "0", "LOCAL_DIR": str(Path(folder, "stack")), "VERTEX": ""}
        stack = Stack(Settings.read(given))
        until_end.callback(stack.stop)
        stack.start()
        work = Path(folder, "film")
        work.mkdir()
        try:
            recording = recorded(stack.url, str(work))
        except RuntimeError as exc:
            print(exc, file=sys.stderr)
            return 1
    OUT.write_text(svg(recording.frames, TITLE), encoding="utf-8")
    seconds = sum(frame.seconds for frame in recording.frames)
    print(f"{os.path.relpath(OUT)}: {seconds:.0f} s, {len(recording.frames)} frames, {OUT.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
