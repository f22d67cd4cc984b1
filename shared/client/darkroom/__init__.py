"""Darkroom's client and its command line. It needs httpx, Typer and Rich, and nothing of the service's own code."""

__version__ = "0.1.0"
