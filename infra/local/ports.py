"""Ports of this machine: whether one is free, who has it if not, and free ones to use."""

import contextlib
import errno
import socket
from collections.abc import Iterator
from pathlib import Path

HOST = "127.0.0.1"
LISTENING = "0A"  # as /proc/net/tcp writes the state


def authority(host: str, port: int) -> str:
    """`host:port` as URLs have it: an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def bound(port: int, host: str = HOST) -> socket.socket:
    """A socket bound to the address; `port` 0 is any free one. The caller closes it.

    Raises:
        OSError: it cannot be bound; the text says why, naming who has it where the system tells.
    """
    bound_to = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    bound_to.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound_to.bind((host, port))
        bound_to.listen()
    except OSError as exc:
        bound_to.close()
        raise OSError(f"{authority(host, port)} {_reason(exc, port)}") from exc
    return bound_to


def why_taken(port: int, host: str = HOST) -> str:
    """Why nothing can listen there, naming who has the port where the system tells; empty if it is free."""
    try:
        bound(port, host).close()
    except OSError as exc:
        return str(exc)
    return ""


def free_ports(count: int) -> list[int]:
    """So many ports that nothing listens on now, all different."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) for _ in range(count)]
        for listener in sockets:
            listener.bind((HOST, 0))
        return [listener.getsockname()[1] for listener in sockets]


def answers(port: int, host: str = HOST) -> bool:
    """Whether something accepts connections on `port`."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def _reason(exc: OSError, port: int) -> str:
    if exc.errno == errno.EADDRINUSE:
        return "is taken" + "".join(f" by {name}" for name in _holders(port))
    if exc.errno == errno.EACCES:
        return "is not for this user to listen on"
    return f"cannot be listened on: {exc.strerror}"


def _holders(port: int) -> Iterator[str]:
    """The processes of this user that listen on `port`: "name (pid n)"; none where there is no /proc."""
    inodes = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        with contextlib.suppress(OSError):
            for line in table.read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == LISTENING and int(fields[1].rsplit(":", 1)[1], 16) == port:
                    inodes.add(f"socket:[{fields[9]}]")
    for process in Path("/proc").glob("[0-9]*") if inodes else ():
        with contextlib.suppress(OSError):  # it ended meanwhile, or is another user's
            if any(str(link.readlink()) in inodes for link in (process / "fd").iterdir()):
                yield f"{(process / 'comm').read_text().strip()} (pid {process.name})"
                return
