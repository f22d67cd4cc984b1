"""What every command has: the deployment that it speaks to, how it speaks, and how it ends."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer
from darkroom.client import LOCAL_STACK, RETRIES, Client

from .exits import Exit
from .screen import Screen

PANEL = "Deployment and output"
Url = Annotated[
    str, typer.Option("--url", envvar="DARKROOM_URL", help="Where the deployment is.", rich_help_panel=PANEL)
]
ApiKey = Annotated[
    str | None,
    typer.Option(
        "--api-key", envvar="DARKROOM_API_KEY", help="The key to it.", rich_help_panel=PANEL, show_envvar=True
    ),
]
Retries = Annotated[
    int,
    typer.Option(
        "--retries", envvar="DARKROOM_RETRIES", min=0, help="How often a call is tried again.", rich_help_panel=PANEL
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.", rich_help_panel=PANEL)]


@dataclass
class Run:
    """One command as it was called. Its fields are options of each (see commands.py)."""

    url: Url = LOCAL_STACK
    api_key: ApiKey = None
    retries: Retries = RETRIES
    as_json: AsJson = False
    screen: Screen = field(init=False)
    goes_on: dict[str, str] = field(init=False, default_factory=dict)
    hints: tuple[str, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        self.screen = Screen(as_json=self.as_json)

    def client(self, timeout: float = 60) -> Client:
        """A client of the deployment."""
        return Client(self.url, self.api_key, timeout=timeout, retries=self.retries)

    def leave(self, *hints: str, **ids: str) -> None:
        """What to say if the command ends here before it is done: how to go on; `ids` are for programs."""
        self.hints, self.goes_on = hints, ids

    @property
    def has_taken(self) -> bool:
        """Whether the deployment is known to have taken something that goes on."""
        return bool(self.goes_on.keys() - {"key"})

    def leave_in_doubt(self, key: str) -> None:
        """From here, until there is an answer, nobody knows whether what is asked under this key was taken."""
        self.leave(f"It may have been taken. Say the same again with --key {key}: it is done once.", key=key)

    def answer(self, document: Any, show: Callable[[], None]) -> None:
        """The result: as JSON, or as `show` shows it."""
        if self.as_json:
            self.screen.json(document)
        else:
            show()

    def stop(self, code: Exit, text: str, advice: str = "", *, hints: bool = True, **about: Any) -> typer.Exit:
        """End the command, saying why, what to do, and how to go on with what it began; gives what is to be raised.

        `about` is for programs alone.
        """
        said = self.hints if hints else ()
        if self.as_json:
            error = {"exit_code": int(code), "kind": code.name.lower(), "message": text, "advice": advice, **about}
            document = {"error": {**error, "go_on": list(said), **(self.goes_on if hints else {})}}
            typer.echo(json.dumps(document), err=True)
            return typer.Exit(code)
        self.screen.note(text, "bold red" if code != Exit.INTERRUPTED else "bold")
        for line in filter(None, (advice, *said)):
            self.screen.note(f"→ {line}")
        return typer.Exit(code)
