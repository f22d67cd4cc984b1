"""The collector of garbage rests while a function is loaded: `from shared import loading` first, `loading.over()` last.

Loading makes some hundred thousand objects that stay, and the collector would go through all of them again and again:
a sixth of the imports' time. What is there at the end is then left out of its sight for good, which also keeps the
pages that the server's worker shares with the process that it was forked from.
Source: https://docs.python.org/3/library/gc.html#gc.freeze
"""

import gc

gc.disable()


def over() -> None:
    """Collect again, though nothing of what has been loaded."""
    gc.freeze()
    gc.enable()
