"""Ports of this machine."""

import os
import socket
import sys

import pytest

from infra.local.ports import HOST, answers, free_ports, why_taken


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 - a server that is open to all has it too
def test_a_taken_port_is_said_by_name(address: str) -> None:
    """With the process that has it, where the system tells."""
    with socket.create_server((address, 0)) as server:
        port = server.getsockname()[1]
        reason = why_taken(port)
        assert reason.startswith(f"{HOST}:{port} is taken")
        assert sys.platform != "linux" or f"(pid {os.getpid()})" in reason
        assert answers(port)


def test_a_free_port_is_free() -> None:
    """Also one whose last server has just ended."""
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection((HOST, port))
        connection, _ = server.accept()
        connection.close()  # by the server first: its side waits in TIME_WAIT
        client.close()
    assert why_taken(port) == ""
    assert not answers(port)


def test_free_ports_are_different() -> None:
    """None is given twice in one call."""
    assert len(set(free_ports(50))) == 50
