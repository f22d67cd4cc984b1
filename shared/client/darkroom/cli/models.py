"""`darkroom models`: what can be asked for, and until when."""

from typing import Any

import typer

from .commands import command
from .run import Run
from .screen import dollars


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    command(app)(models)


def models(run: Run) -> None:
    """List the models: names, prices of an image, sizes, and when their vendor switches them off."""
    with run.client() as client:
        told = client.request("GET", "/v1/models").json()
    rows = [_row(model) for model in told.get("models") or () if not model.get("retired")]
    run.answer(told, lambda: run.screen.table(("id", "also", "price", "sizes", "sunset"), rows))


def _row(model: dict[str, Any]) -> tuple[str, ...]:
    names = [*(model.get("aliases") or ()), *(["(default)"] if model.get("default") else [])]
    prices = sorted({price for price in (model.get("prices_micros") or {}).values() if price is not None})
    price = " to ".join(dollars(price) for price in (prices[:1] + prices[-1:] if len(prices) > 1 else prices))
    sizes = " ".join(model.get("image_sizes") or ())
    return (str(model.get("id")), " ".join(names), price, sizes, str(model.get("sunset") or ""))
