"""The collector of garbage rests while a function is loaded: `from shared import loading` first, `loading.over()` last.

What has been loaded by then also keeps the pages that the server's worker shares with the process it was forked from:
the collector writes into what it looks at.
"""

from shared import collector

collector.rest()


def over() -> None:
    """Collect again, though nothing of what has been loaded."""
    collector.resume()
