"""`python -m darkroom`, which is `darkroom`."""

from .cli import app

app(prog_name="darkroom")
