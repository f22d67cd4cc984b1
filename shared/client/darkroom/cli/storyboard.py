"""`darkroom storyboard`: a video's scenes, written or given, and a picture of each."""

from pathlib import Path
from secrets import token_hex
from typing import Annotated, Any
from urllib.parse import quote

import typer
from darkroom.client import Client
from darkroom.errors import Misused, NotDarkroom
from darkroom.records import ENDED

from .commands import command
from .exits import Exit
from .items_file import items_of
from .progress import Meter
from .prompts import prompt_of
from .run import Run
from .saving import saved
from .screen import dollars, line_of
from .submit import Here, Key, Out, Patience

Board = dict[str, Any]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    command(app)(storyboard)


def storyboard(
    run: Run,
    prompt: Annotated[str | None, typer.Argument(help="What scenes are written of; - reads standard input.")] = None,
    *,
    scenes: Annotated[Path | None, typer.Option("--scenes", help="Scenes that are there: JSON Lines or CSV.")] = None,
    file: Annotated[Path | None, typer.Option("-f", "--file", help="A file with the prompt.")] = None,
    count: Annotated[int | None, typer.Option("-n", "--count", min=1, help="How many scenes to write.")] = None,
    render: Annotated[bool, typer.Option("--render/--no-render", help="Make a picture of each scene.")] = True,
    style: Annotated[str | None, typer.Option(help="A style for all of them.")] = None,
    model: Annotated[str | None, typer.Option("-m", "--model", help="The pictures' model.")] = None,
    ratio: Annotated[str | None, typer.Option("-r", "--ratio", help="The pictures' width to height.")] = None,
    project: Annotated[str | None, typer.Option("-p", "--project", help="Whose it is.")] = None,
    out: Out = Here,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Or end once it is taken.")] = True,
    timeout: Patience = None,
    key: Key = None,
) -> None:
    """Make a storyboard: scenes of a prompt, or of a file, each with its picture, saved as they come."""
    if scenes is not None and (prompt is not None or file is not None):
        raise Misused("there are a prompt and scenes", "Give one of them: scenes are written of a prompt.")
    body = {
        "prompt": None if scenes is not None else prompt_of(prompt, file),
        "scenes": None if scenes is None else [item.fields for item in items_of(scenes)],
        "scene_count": count,
        "style": style,
        "project_id": project,
        "render": {"model": model, "aspect_ratio": ratio} if render else None,
    }
    key = key or token_hex(8)
    with run.client() as client:
        run.leave_in_doubt(key)
        board = client.request("POST", "/v1/storyboards", json=_given(body), idempotency_key=key).json()
        board_id = str(board["id"])
        if not wait:
            run.answer(board, lambda: run.screen.result(board_id))
            return
        run.leave(
            f"Storyboard {board_id} goes on. The same command with --key {key} goes on with it.",
            f"darkroom cancel --of storyboard {board_id}  ends it",
            storyboard_id=board_id,
            key=key,
        )
        files = _followed(run, client, board, out, timeout)
        ended = client.request("GET", f"/v1/storyboards/{quote(board_id, safe='')}").json()
    _report(run, ended, files)


def _given(body: Any) -> Any:
    """Without what is None."""
    if isinstance(body, dict):
        return {name: _given(value) for name, value in body.items() if value is not None}
    return body


def _followed(run: Run, client: Client, board: Board, folder: Path, timeout: float | None) -> dict[str, list[str]]:
    """Wait for its end, saving what comes; gives the files by their job."""
    path = f"/v1/storyboards/{quote(str(board['id']), safe='')}/events"
    files: dict[str, list[str]] = {}
    with Meter(run.screen, str(board.get("prompt") or "storyboard")) as meter:
        for event in client.events(path, timeout=timeout):
            if event.name != "storyboard":
                continue
            board = event.json()
            _show(meter, board)
            for scene in board.get("scenes") or ():
                if scene["status"] == "completed" and scene["images"] and scene["job_id"] not in files:
                    images = saved(client, client.get(scene["job_id"]), folder)
                    files[scene["job_id"]] = [str(image.path) for image in images]
                    if not run.as_json:
                        meter.result(*files[scene["job_id"]])
            if board.get("completed_at") or board["status"] in ENDED | {"completed_with_failures"}:
                return files
    if board.get("completed_at"):
        return files
    raise NotDarkroom(f"{path} ended before its storyboard", "Ask again: the storyboard goes on.")


def _show(meter: Meter, board: Board) -> None:
    counts = {name: number for name, number in (board.get("counts") or {}).items() if number}
    told = ", ".join(f"{number} {status}" for status, number in counts.items())
    meter.show(f"{board['stage']}: {told}" if told else str(board["stage"]), float(board.get("progress") or 0))


def _report(run: Run, board: Board, files: dict[str, list[str]]) -> None:
    scenes = board.get("scenes") or []

    def show() -> None:
        for scene in scenes:
            failure = scene.get("failure") or {}
            why = f": {failure.get('message')}" if failure else ""
            run.screen.note(
                f"{scene['scene_id']:>3}  {scene.get('status') or 'written'}{why}  {line_of(scene['prompt'])}"
            )
        cost = board.get("cost") or {}
        run.screen.note(f"storyboard {board['id']} · {dollars(cost.get('actual_micros'))}", "bold")

    run.answer({**board, "files": files}, show)
    failure = board.get("failure") or {}
    if board["status"] != "completed":
        why = f": {failure.get('code')}: {failure.get('message')}" if failure else ""
        advice = f"darkroom retry --of storyboard {board['id']}  runs what failed again"
        raise run.stop(Exit.FAILED, f"Storyboard {board['id']} {board['status']}{why}", advice, hints=False)
