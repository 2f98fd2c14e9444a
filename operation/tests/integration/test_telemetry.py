"""Libraries that report their use do it from threads of native code, which no hook of Python sees: a proxy does."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from operation.execution.configuration.sections import ROOT, Configuration

PATIENCE = 60  # seconds for the library alone to report
# A session as the library has it, and the same through our code. Both stay, because a report takes its time.
ALONE = "import sys, time, onnxruntime; onnxruntime.InferenceSession(sys.argv[1] + '/model.onnx'); time.sleep(600)"
OURS = "import sys, time; from pathlib import Path; from learning.scoring import Scorer; "
OURS += "kept = Scorer.load(Path(sys.argv[1]), 1); time.sleep(600)"


@dataclass
class Proxy:
    """Notes what it is asked for, and refuses it."""

    server: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    asked: list[str] = field(default_factory=list)

    def serve(self) -> None:
        """Until the server is closed."""
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            with connection:
                self.asked.append(connection.recv(1000).decode(errors="replace").splitlines()[0])
                connection.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")

    def environment(self) -> dict[str, str]:
        """Of a process whose connections come here; without CI's variables, which would keep the library quiet."""
        url = f"http://127.0.0.1:{self.server.getsockname()[1]}"
        return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src"), "HTTPS_PROXY": url, "HTTP_PROXY": url}


@pytest.fixture
def proxies() -> Iterator[tuple[Proxy, Proxy]]:
    both = Proxy(), Proxy()
    for proxy in both:
        threading.Thread(target=proxy.serve, daemon=True).start()
    yield both
    for proxy in both:
        proxy.server.shutdown(socket.SHUT_RDWR)
        proxy.server.close()


@pytest.fixture
def model(trained: Configuration) -> Path:
    """The folder of a trained model."""
    (found,) = trained.outputs.glob("runs/*/model")
    return found


def test_a_served_model_reports_to_nobody(proxies: tuple[Proxy, Proxy], model: Path, tmp_path: Path) -> None:
    alone, ours = proxies
    with (
        subprocess.Popen(
            [sys.executable, "-c", ALONE, str(model)], env=alone.environment() | {"HOME": str(tmp_path)}
        ) as one,
        subprocess.Popen(
            [sys.executable, "-c", OURS, str(model)], env=ours.environment() | {"HOME": str(tmp_path)}
        ) as two,
    ):
        try:
            deadline = time.monotonic() + PATIENCE
            while not alone.asked:
                assert time.monotonic() < deadline, "the library reports no more: this test shows nothing now"
                time.sleep(0.1)
            time.sleep(3)
            assert two.poll() is None
            assert ours.asked == []
        finally:
            one.kill()
            two.kill()
