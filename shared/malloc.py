"""Memory that is freed and kept: glibc would give a picture's megabytes back, and fetch them anew page by page.

A job of one picture has five such pieces, and without this a thousand page faults, a tenth of what it takes by itself.
With few heaps for all threads, each one's leavings serve the others: large pictures then take half of the memory.
Source: https://man7.org/linux/man-pages/man3/mallopt.3.html
"""

import contextlib
import ctypes

TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8  # M_… of malloc.h


def keep(free: int, piece: int, *, heaps: int | None = None) -> None:
    """Keep up to `free` bytes at the end of a heap, of pieces up to `piece` bytes, at most 32 MiB.

    At most so many `heaps` are made, of which glibc would make eight for each processor. Nothing happens under another
    C library.
    """
    with contextlib.suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(TRIM_THRESHOLD, free)
        mallopt(MMAP_THRESHOLD, piece)
        if heaps:
            mallopt(ARENA_MAX, heaps)
