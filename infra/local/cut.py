"""Cutting a TCP connection that another library holds, so that its far end sees a reset.

gRPC's server offers no way to end a connection. But its socket is one of this process's files, found by its two
ports; on Linux, dissolving its association (connect(2) with AF_UNSPEC) sends a reset at once, and gRPC notices as it
would any broken connection. Elsewhere the connection is shut down, which the far end sees as an orderly end.
"""

import contextlib
import ctypes
import os
import socket
import stat
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_NOWHERE = struct.pack("=H14x", socket.AF_UNSPEC)  # a sockaddr


def cut(own_port: int, far_port: int) -> bool:
    """Reset the connections of this process between the two ports; False if there are none."""
    found = False
    for connection in _connections(own_port, far_port):
        found = True
        with connection:
            if sys.platform == "linux":
                _LIBC.connect(connection.fileno(), _NOWHERE, len(_NOWHERE))
            else:
                connection.shutdown(socket.SHUT_RDWR)
    return found


def _connections(own_port: int, far_port: int) -> Iterator[socket.socket]:
    """Each under a file descriptor of its own, for the caller to close."""
    for file in tuple(Path("/dev/fd").iterdir()):
        with contextlib.suppress(OSError):  # closed meanwhile, or not connected
            if not stat.S_ISSOCK(os.fstat(int(file.name)).st_mode):
                continue
            candidate = socket.socket(fileno=os.dup(int(file.name)))
            try:
                matches = (candidate.getsockname()[1], candidate.getpeername()[1]) == (own_port, far_port)
            except (OSError, IndexError):  # it is no connection, or not one of TCP
                matches = False
            if matches:
                yield candidate
            else:
                candidate.close()
