"""`darkroom webhooks listen`: webhooks received on this machine, verified, and shown."""

from contextlib import suppress
from queue import Queue
from typing import Annotated

import typer
from darkroom.errors import BadWebhook, Misused
from darkroom.webhooks import verify_webhook

from .commands import command
from .listener import Delivery, Listener
from .run import Run
from .screen import COLOURS, line_of

VARIABLE = "DARKROOM_WEBHOOK_SECRETS"
app = typer.Typer(help="Webhooks, while they are being made to work.", no_args_is_help=True)


@app.callback()
def family() -> None:
    """Webhooks, while they are being made to work."""


def listen(
    run: Run,
    *,
    secret: Annotated[
        list[str] | None,
        typer.Option("--secret", envvar=VARIABLE, help="whsec_…, as the deployment has it; repeatable."),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="On 127.0.0.1; 0: any that is free.")] = 8787,
    limit: Annotated[int, typer.Option(min=0, help="End after so many; 0: at Ctrl-C, with 130.")] = 0,
) -> None:
    """Receive webhooks at 127.0.0.1, verify each, and show it. With --json, a line for each.

    One that nobody should believe is answered 401, and told with the reason.
    """
    if not secret:
        advice = f"Give the deployment's secret: --secret whsec_… or {VARIABLE}. `make dev` has one of its own."
        raise Misused("there is no secret to verify webhooks with", advice)
    with suppress(BadWebhook):  # that is none; but a secret that is none is to be told now
        verify_webhook(b"", {}, secret)
    arrived: Queue[Delivery] = Queue()
    with Listener(port, lambda delivery: verify_webhook(delivery.body, delivery.headers, secret), arrived) as listener:
        run.screen.note(f"Listening at {listener.url} until Ctrl-C.", "bold")
        run.screen.note(f'→ darkroom submit "a red fox" --webhook {listener.url}  has a job tell it')
        run.screen.note("→ Only a deployment on this machine reaches it, where PRIVATE_ADDRESSES allows it.")
        count = 0
        while count < limit or not limit:
            _show(run, arrived.get())
            count += 1


def _show(run: Run, delivery: Delivery) -> None:
    refused = delivery.refused
    if run.as_json:
        error = {"error": str(refused)} if isinstance(refused, BadWebhook) else {}
        webhook_id = delivery.headers.get("webhook-id")
        run.screen.json({"verified": refused is None, "id": webhook_id, "event": delivery.event, **error})
        return
    if refused is not None:
        run.screen.result(f"✗ {refused}", "red")
        run.screen.note(f"  → {refused.advice}")
        return
    event = delivery.event or {}
    data = event.get("data") or {}
    status = str(data.get("status", ""))
    about = line_of(data.get("prompt", ""), 60)
    run.screen.result(f"✓ {event.get('type')}  {data.get('id', '')}  {about}", COLOURS.get(status, ""))


command(app)(listen)
