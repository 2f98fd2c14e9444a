"""Servers that run as long as the command that started them: wait until one listens, and end it with all it started."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress

LAST_PORT = 65535


def listens(server: "subprocess.Popen[bytes]", port: int, seconds: float) -> bool:
    """Wait until the server takes connections; False if it has ended before, or takes longer than so many seconds."""
    return _wait(server, seconds, lambda: _accepts(port))


def is_ready(server: "subprocess.Popen[bytes]", host: str, port: int, path: str, seconds: float) -> bool:
    """Wait until the server answers the path with 200; False if it has ended before, or takes longer than that."""
    return _wait(server, seconds, lambda: answers(host, port, path))


def _wait(server: "subprocess.Popen[bytes]", seconds: float, is_up: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while server.poll() is None and time.monotonic() < deadline:
        if is_up():
            return server.poll() is None  # else another program has the port
        time.sleep(0.1)
    return False


def is_taken(port: int) -> bool:
    """Say whether another program listens on that port of 127.0.0.1."""
    with socket.socket() as probe:
        if sys.platform != "win32":  # as servers do, for whom a port that was just given up is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:  # a port below 1024: the server says so
            return False
        except OSError:
            return True
    return False


def _accepts(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def answers(host: str, port: int, path: str) -> bool:
    """Say whether what listens there answers GET with 200, within two seconds."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def end(server: "subprocess.Popen[bytes]") -> None:
    """Ask the server, which leads a group of its own, to end, and wait until it has."""
    if sys.platform == "win32":
        server.terminate()
    else:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
    server.wait()  # until its port is free: the next command may want it
