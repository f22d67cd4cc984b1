"""Ports of this machine: whether one is free, who has it if not, and free ones to use."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

HOST = "127.0.0.1"
LISTENING = "0A"  # as /proc/net/tcp writes the state


def why_taken(port: int) -> str:
    """Why nothing can listen on `port` of 127.0.0.1, naming who has it where the system tells; empty if it is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen()
        except PermissionError:
            return f"{HOST}:{port} is not for this user to listen on"
        except OSError:
            return f"{HOST}:{port} is taken" + "".join(f" by {name}" for name in _holders(port))
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
