"""`python -m darkroom`, which is `darkroom`."""

import sys


def main() -> None:
    """Run the command line, where what it needs is installed."""
    try:
        from .cli import app
    except ModuleNotFoundError as exc:
        if exc.name not in {"typer", "rich"}:
            raise
        sys.exit(f"The command line needs {exc.name}, which is not installed: pip install 'darkroom[cli]'")
    app(prog_name="darkroom")


if __name__ == "__main__":
    main()
