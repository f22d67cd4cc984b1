"""The collector of garbage rests while a function is loaded: `from shared import loading` first, `loading.over()` last.

What has been loaded by then also keeps the pages that the server's worker shares with the process it was forked from:
the collector writes into what it looks at.
"""

from shared import collector

KEPT, PIECE = 8 << 20, 32 << 20  # bytes: what a heap keeps of freed memory, and a large picture in base64
HEAPS = 4

collector.rest()


def over(*, pictures: bool = False) -> None:
    """Collect again, though nothing of what has been loaded; with `pictures`, megabytes will come and go."""
    if pictures:
        from shared import malloc  # 3 ms, for ctypes

        malloc.keep(KEPT, PIECE, heaps=HEAPS)
    collector.resume()
