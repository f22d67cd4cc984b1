"""`darkroom keys`: a tenant's API keys, by a key with the scope `admin`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .client import Client
from .errors import DarkroomError
from .options import LOCAL_STACK, ApiKey, AsJson, Url

SCOPES = "jobs:read,jobs:write"
KeyId = Annotated[str, typer.Argument(help="The key's id, which stands between drk_ and the next _.")]

app = typer.Typer(help="Make, list, rotate and revoke API keys.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    *,
    scopes: Annotated[str, typer.Option(help="What it may do, of jobs:read, jobs:write and admin.")] = SCOPES,
    days: Annotated[int | None, typer.Option(min=1, help="It is over after so many days.")] = None,
    url: Url = LOCAL_STACK,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Make a key, and print it: this is the only time that it is shown."""
    body: dict[str, Any] = {"name": name, "scopes": [scope for scope in scopes.split(",") if scope]}
    if days is not None:
        body["expires_at"] = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    with _client(url, api_key) as client:
        _show_new(client.request("POST", "/v1/keys", json=body).json(), as_json=as_json)


@app.command("list")
def list_(*, url: Url = LOCAL_STACK, api_key: ApiKey = None, as_json: AsJson = False) -> None:
    """List the keys, the newest first, with those that are revoked or over."""
    with _client(url, api_key) as client:
        keys = list(client.each("/v1/keys"))
    if as_json:
        typer.echo(json.dumps(keys))
        return
    table = Table("id", "name", "scopes", "made", "state")
    for key in keys:
        table.add_row(key["id"], escape(key["name"]), ", ".join(key["scopes"]), key["created_at"][:10], _state(key))
    Console().print(table)


@app.command()
def rotate(
    key_id: KeyId,
    *,
    overlap: Annotated[int, typer.Option(min=0, help="Seconds for which the secret before still opens.")] = 0,
    url: Url = LOCAL_STACK,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Give a key a new secret, and print it: this is the only time that it is shown."""
    with _client(url, api_key) as client:
        path = f"/v1/keys/{quote(key_id, safe='')}/rotate"
        _show_new(client.request("POST", path, json={"overlap_seconds": overlap}).json(), as_json=as_json)


@app.command()
def revoke(key_id: KeyId, *, url: Url = LOCAL_STACK, api_key: ApiKey = None, as_json: AsJson = False) -> None:
    """Revoke a key: after at most a minute it opens nothing."""
    with _client(url, api_key) as client:
        key = client.request("DELETE", f"/v1/keys/{quote(key_id, safe='')}").json()
    typer.echo(json.dumps(key) if as_json else f"{key['id']} ({key['name']}) is revoked.")


@contextmanager
def _client(url: str, api_key: str | None) -> Iterator[Client]:
    """A client; what is refused ends the command with 1, in words."""
    try:
        with Client(url, api_key) as client:
            yield client
    except DarkroomError as exc:
        typer.echo(f"{exc}\n→ {exc.advice}", err=True)
        raise typer.Exit(1) from exc


def _show_new(key: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(key))
        return
    typer.echo(key["key"])
    typer.echo(f"Keep it: it is not shown again. Its id is {key['id']}.", err=True)


def _state(key: dict[str, Any]) -> str:
    if key["revoked_at"]:
        return f"revoked {key['revoked_at'][:10]}"
    if not key["expires_at"]:
        return "in force"
    over = datetime.fromisoformat(key["expires_at"]) <= datetime.now(UTC)
    return f"{'over since' if over else 'in force until'} {key['expires_at'][:10]}"
