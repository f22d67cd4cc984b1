"""`python -m darkroom`, which is `darkroom`."""

import sys

INTERRUPTED = 130  # 128 and SIGINT's number


def main() -> None:
    """Run the command line, where what it needs is installed."""
    try:
        from .cli import app
        from .cli.commands import ended
    except ModuleNotFoundError as exc:
        if exc.name not in {"typer", "rich"}:
            raise
        sys.exit(f"The command line needs {exc.name}, which is not installed: pip install 'darkroom[cli]'")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    ended(app)


if __name__ == "__main__":
    main()
