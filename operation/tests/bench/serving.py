"""CPU seconds of a server for a thousand requests, beside those of another; Linux only, whose kernel counts them."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from operation.execution.serving import official
from operation.execution.steps.processes import THREADS
from operation.tests.bench.measuring import Measurement, measure
from operation.tests.bench.trainings import ROOT, SOURCES, Pair, latest, warm_up

SCRIPTS, HERE = ROOT / "src", Path(__file__).parent
REQUESTS, OFFICIAL_REQUESTS, MLFLOW_REQUESTS, CALLS = 10_000, 1_000, 300, 2_000
KEY = "bench"
SILENT = {"MLFLOW_DISABLE_TELEMETRY": "true"}
NOOP = "def init():\n    pass\n\n\ndef run(raw):\n    return {}\n"


def fast(folder: Path) -> Iterator[Pair]:
    """`src/serve.py` with one row, and uvicorn that answers nothing."""
    model, request = _prepared(folder, 1)
    with _serve("--model", str(model)) as ours, _compared("noop") as other:
        yield from _pairs(ours, other, request, REQUESTS)


def guarded(folder: Path) -> Iterator[Pair]:
    """`src/serve.py` with log, key, limits, metrics and checks, and the bare application; a hundred rows."""
    model, request = _prepared(folder, 100)
    logging = ["--request-log", str(folder / "log"), "--log-features", "temp", "carrier"]
    with (
        _serve("--model", str(model), *logging, SCORING_KEY=KEY) as ours,
        _compared("bare", "--model", str(model)) as other,
    ):
        yield from _pairs(ours, other, request, REQUESTS // 5)


def run(folder: Path) -> Iterator[Pair]:
    """`run()` of a hundred rows, and ONNX Runtime alone."""
    model, records = _prepared(folder, 2_000)
    while True:
        measured = measure(
            [sys.executable, HERE / "run_loop.py", model, records, str(CALLS)], ROOT, SOURCES | one_thread()
        )
        ours, alone = (float(word) / 1000 for word in measured.output.split())  # seconds for a thousand
        yield _measurement(ours), _measurement(alone)


def azure(folder: Path) -> Iterator[Pair]:
    """Azure ML's inference server with our script and one row, and with a script that does nothing."""
    model, request = _prepared(folder, 1)
    (folder / "noop.py").write_text(NOOP, encoding="utf-8")
    with _official(SCRIPTS / "score.py", model) as ours, _official(folder / "noop.py", model) as other:
        yield from _pairs(ours, other, request, OFFICIAL_REQUESTS)


def azure_model(folder: Path) -> Iterator[Pair]:
    """Azure ML's inference server with our script and one row, and with a script that only calls ONNX Runtime."""
    model, request = _prepared(folder, 1)
    alone = _official(HERE / "ready_row.py", model, READY_ROW=str(request), **SOURCES)
    with _official(SCRIPTS / "score.py", model) as ours, alone as other:
        yield from _pairs(ours, other, request, OFFICIAL_REQUESTS)


def mlflow(folder: Path) -> Iterator[Pair]:
    """`src/serve.py` with one row, and `mlflow models serve` with the same row and a pipeline of pandas."""
    model, request = _prepared(folder, 1)
    pipeline = folder / "pipeline"
    script: list[str | Path] = [sys.executable, HERE / "pandas_pipeline.py", latest(folder, "prepared"), pipeline]
    measure(script, ROOT, SOURCES | SILENT)
    body = request.read_bytes()
    frame = json.dumps({"dataframe_records": json.loads(body)["data"]}).encode()
    with _serve("--model", str(model)) as ours, _mlflow(pipeline) as other:
        ours.ask(body, REQUESTS // 10)
        other.ask(frame, MLFLOW_REQUESTS // 10)
        while True:
            yield _measurement(ours.ask(body, REQUESTS // 2)), _measurement(other.ask(frame, MLFLOW_REQUESTS))


def _prepared(folder: Path, rows: int) -> tuple[Path, Path]:
    """Train, and write a request of so many rows of the test part."""
    import pyarrow.parquet

    warm_up(folder, 1)
    model = latest(folder, "model")
    names = [feature["name"] for feature in json.loads((model / "features.json").read_text("utf-8"))["features"]]
    table = pyarrow.parquet.read_table(latest(folder, "prepared") / "test.parquet", columns=names)
    records = table.slice(1000, rows).to_pylist()
    known = [{name: None if value != value else value for name, value in record.items()} for record in records]
    (folder / "request.json").write_text(json.dumps({"data": known}), encoding="utf-8")
    return model, folder / "request.json"


def _pairs(ours: "Server", other: "Server", request: Path, times: int) -> Iterator[Pair]:
    body = request.read_bytes()
    for server in (ours, other):  # until all code and caches are warm
        server.ask(body, times // 10)
    while True:
        yield _measurement(ours.ask(body, times)), _measurement(other.ask(body, times))


def _measurement(cpu: float) -> Measurement:
    return Measurement(float("nan"), cpu, float("nan"), "")


class Server:
    """A server by its process, its port, and the path at which it scores."""

    def __init__(self, process: int, port: int, path: str = "/score") -> None:
        self._process, self._port, self._path = process, port, path

    def ask(self, body: bytes, times: int) -> float:
        """Ask it so often; return the CPU seconds of all its processes, for a thousand requests.

        Raises RuntimeError for an answer that is not HTTP 200.
        """
        head = f"POST {self._path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        head += f"Authorization: Bearer {KEY}\r\nContent-Length: {len(body)}\r\n\r\n"
        message = head.encode() + body
        started, connection = self._cpu(), None
        for _ in range(times):
            connection = connection or socket.create_connection(("127.0.0.1", self._port))
            connection.sendall(message)
            if _read(connection):
                connection.close()
                connection = None
        seconds = self._cpu() - started
        if connection:
            connection.close()
        return seconds / times * 1000

    def _cpu(self) -> float:
        """Seconds on a core of the process and its children, as the scheduler counts them."""
        tasks = Path("/proc", str(self._process), "task")
        processes = [
            self._process,
            *(int(each) for file in tasks.glob("*/children") for each in file.read_text().split()),
        ]
        files = [file for each in processes for file in Path("/proc", str(each), "task").glob("*/schedstat")]
        return sum(int(file.read_text().split()[0]) for file in files) / 1e9


def _read(connection: socket.socket) -> bool:
    """Read an answer; whether the server then closes the connection."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += _some(connection, answer)
    head, _, content = answer.partition(b"\r\n\r\n")
    if b" 200 " not in head[:15]:
        raise RuntimeError(answer.decode())
    lowered = head.lower()
    length = int(lowered.partition(b"content-length:")[2].partition(b"\r\n")[0])
    while len(content) < length:
        content += _some(connection, content)
    return b"connection: close" in lowered


def _some(connection: socket.socket, before: bytes) -> bytes:
    found = connection.recv(1 << 16)
    if not found:
        raise RuntimeError(f"the server has closed the connection after {before!r}")
    return found


def one_thread() -> dict[str, str]:
    """Return the variables by which libraries take one thread."""
    return dict.fromkeys(THREADS, "1")


@contextmanager
def _started(
    command: Sequence[str | Path], variables: Mapping[str, str], output: int = subprocess.DEVNULL
) -> Iterator["subprocess.Popen[str]"]:
    environment = {**os.environ, **one_thread(), **variables}
    process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


@contextmanager
def _serve(*words: str, **variables: str) -> Iterator[Server]:
    with _printing([sys.executable, SCRIPTS / "serve.py", "--port", "0", *words], variables) as server:
        yield server


@contextmanager
def _compared(*words: str) -> Iterator[Server]:
    with _printing([sys.executable, HERE / "servers.py", *words], SOURCES) as server:
        yield server


@contextmanager
def _printing(command: Sequence[str | Path], variables: Mapping[str, str]) -> Iterator[Server]:
    """A server that prints its address when it is ready."""
    with _started(command, variables, subprocess.PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield Server(process.pid, int(line.rpartition(":")[2].partition("/")[0]))


@contextmanager
def _official(script: Path, model: Path, **more: str) -> Iterator[Server]:
    """Azure ML's inference server with the entry script, and more variables."""
    python = official.prepare_environment(
        ROOT / "operation" / "configuration" / "score.yml", ROOT / "outputs" / "cache"
    )
    port = _free_port()
    names = {"AML_APP_ROOT": script.parent, "AZUREML_ENTRY_SCRIPT": script, "AZUREML_MODEL_DIR": model}
    variables = more | {name: str(value) for name, value in names.items()}
    with _started([python, *official.command("127.0.0.1", port, 30)], variables) as process:
        _wait(port)
        yield Server(process.pid, port)


@contextmanager
def _mlflow(model: Path) -> Iterator[Server]:
    """MLflow's server of a saved model, in this environment."""
    port = _free_port()
    words = ["--model-uri", str(model), "--env-manager", "local", "--host", "127.0.0.1", "--port", str(port)]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # on which it looks for uvicorn
    with _started([sys.executable, "-m", "mlflow", "models", "serve", *words], {**SILENT, "PATH": path}) as process:
        _wait(port)
        yield Server(process.pid, port, "/invocations")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _wait(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            if connection.recv(100):
                return
        time.sleep(0.1)
    raise RuntimeError("the inference server does not answer")
