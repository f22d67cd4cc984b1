"""Options that every command has."""

from typing import Annotated

import typer

Url = Annotated[str, typer.Option("--url", envvar="DARKROOM_URL", help="Where the deployment is.")]
ApiKey = Annotated[str | None, typer.Option("--api-key", envvar="DARKROOM_API_KEY", help="The key to it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
LOCAL_STACK = "http://127.0.0.1:8080"
