"""Servers that run as long as the command that started them: wait until one listens, and end it with all it started."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress

LAST_PORT = 65535


def listens(server: "subprocess.Popen[bytes]", port: int, seconds: float) -> bool:
    """Wait until the server answers; False if it has ended before, or takes longer than so many seconds."""
    deadline = time.monotonic() + seconds
    while server.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return server.poll() is None  # else another program has the port
        time.sleep(0.1)
    return False


def is_ready(server: "subprocess.Popen[bytes]", host: str, port: int, path: str, seconds: float) -> bool:
    """Wait until the server answers the path with 200; False if it has ended before, or takes longer than that."""
    deadline = time.monotonic() + seconds
    while server.poll() is None and time.monotonic() < deadline:
        if _answers(host, port, path):
            return server.poll() is None  # else another program has the port
        time.sleep(0.1)
    return False


def _answers(host: str, port: int, path: str) -> bool:
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
