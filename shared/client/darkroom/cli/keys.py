"""`darkroom keys`: a tenant's API keys, by a key with the scope `admin`."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote

import typer

from .commands import command
from .run import Run

SCOPES = "jobs:read,jobs:write"
KeyId = Annotated[str, typer.Argument(help="The key's id, which stands between drk_ and the next _.")]

app = typer.Typer(help="Make, list, rotate and revoke API keys.", no_args_is_help=True)


def create(
    run: Run,
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    *,
    scopes: Annotated[str, typer.Option(help="What it may do, of jobs:read, jobs:write and admin.")] = SCOPES,
    days: Annotated[int | None, typer.Option(min=1, help="It is over after so many days.")] = None,
) -> None:
    """Make a key, and print it: this is the only time that it is shown."""
    body: dict[str, Any] = {"name": name, "scopes": [scope for scope in scopes.split(",") if scope]}
    if days is not None:
        body["expires_at"] = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    with run.client() as client:
        _show_new(run, client.request("POST", "/v1/keys", json=body).json())


def list_(run: Run) -> None:
    """List the keys, the newest first, with those that are revoked or over."""
    with run.client() as client:
        keys = list(client.each("/v1/keys"))
    rows = [(key["id"], key["name"], ", ".join(key["scopes"]), key["created_at"][:10], _state(key)) for key in keys]
    run.answer(keys, lambda: run.screen.table(("id", "name", "scopes", "made", "state"), rows))


def rotate(
    run: Run,
    key_id: KeyId,
    *,
    overlap: Annotated[int, typer.Option(min=0, help="Seconds for which the secret before still opens.")] = 0,
) -> None:
    """Give a key a new secret, and print it: this is the only time that it is shown."""
    with run.client() as client:
        path = f"/v1/keys/{quote(key_id, safe='')}/rotate"
        _show_new(run, client.request("POST", path, json={"overlap_seconds": overlap}).json())


def revoke(run: Run, key_id: KeyId) -> None:
    """Revoke a key: after at most a minute it opens nothing."""
    with run.client() as client:
        key = client.request("DELETE", f"/v1/keys/{quote(key_id, safe='')}").json()
    run.answer(key, lambda: run.screen.result(f"{key['id']} ({key['name']}) is revoked."))


for function, name in ((create, "create"), (list_, "list"), (rotate, "rotate"), (revoke, "revoke")):
    command(app, name)(function)


def _show_new(run: Run, key: dict[str, Any]) -> None:
    def show() -> None:
        run.screen.result(key["key"])
        run.screen.note(f"Keep it: it is not shown again. Its id is {key['id']}.")

    run.answer(key, show)


def _state(key: dict[str, Any]) -> str:
    if key["revoked_at"]:
        return f"revoked {key['revoked_at'][:10]}"
    if not key["expires_at"]:
        return "in force"
    over = datetime.fromisoformat(key["expires_at"]) <= datetime.now(UTC)
    return f"{'over since' if over else 'in force until'} {key['expires_at'][:10]}"
