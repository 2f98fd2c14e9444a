"""What serving takes beside training, and the seconds of a rollback under load."""

import http.client
import json
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from operation.execution.backends import connect
from operation.execution.configuration.loading import load
from operation.execution.configuration.sections import Configuration
from operation.execution.deployment.deploy import deploy
from operation.execution.json_files import read_json
from operation.tests.bench.measuring import measure
from operation.tests.bench.trainings import INVOKE, ROOT, Pair, outputs_in, train_command

CLIENTS = 4
PORT = "serving.port=0"


def cold(folder: Path) -> Pair:
    """`invoke train --deploy` in empty folders, then `invoke train`; the service ends before."""
    served, trained = folder / "served", folder / "trained"
    with_service = measure([*train_command(served), "--deploy", "--set", PORT], ROOT)
    measure([*INVOKE, "undeploy", "--set", f"backend.outputs={outputs_in(served)}"], ROOT)
    return with_service, measure(train_command(trained), ROOT)


def rollbacks(number: int) -> list[float]:
    """Return the seconds of so many rollbacks, each decided while clients ask; their answers must all be right."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        measure(train_command(folder), ROOT)
        outputs = f"backend.outputs={outputs_in(folder)}"
        configuration = load(settings=[outputs, PORT, "serving.watch_seconds=0"])
        register_again(configuration, folder / "version")
        address = deploy(configuration).address
        try:
            return [rollback(configuration, address) for _ in range(number)]
        finally:
            measure([*INVOKE, "undeploy", "--set", outputs], ROOT)


def register_again(configuration: Configuration, files: Path) -> None:
    """Make the champion's files another version, to deploy and to roll back from."""
    backend = connect(configuration)
    champion, run = backend.registry.find(configuration.model), backend.runs.find()
    if champion is None or run is None:
        raise RuntimeError("the training has registered nothing")
    backend.registry.fetch(champion, files)
    backend.registry.register(run, configuration.model, files, champion.tags)
    shutil.rmtree(files)


def rollback(configuration: Configuration, address: str) -> float:
    """Deploy version 2, and measure the command that returns to version 1."""
    deploy(configuration, 2)
    body = json.dumps(read_json(configuration.outputs / "services" / "request.json"))
    words = ["--reason", "benchmark", "--to", "1", "--set", f"backend.outputs={configuration.common_outputs}"]
    with asking(address, body) as wrong:
        began = time.perf_counter()
        measure([*INVOKE, "rollback", *words, "--set", PORT], ROOT)
        seconds = time.perf_counter() - began
    if wrong:
        raise RuntimeError(f"{len(wrong)} requests failed during the rollback: {wrong[0]}")
    return seconds


@contextmanager
def asking(address: str, body: str) -> Iterator[list[str]]:
    """Let clients ask without a pause; yield the list of answers that are not HTTP 200."""
    wrong, ended = list[str](), threading.Event()
    clients = [threading.Thread(target=ask, args=(address, body, wrong, ended)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        yield wrong
    finally:
        ended.set()
        for client in clients:
            client.join()


def ask(address: str, body: str, wrong: list[str], ended: threading.Event) -> None:
    """Ask on one connection until the end."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(str(place.hostname), place.port or 0, timeout=30)
    while not ended.is_set():
        try:
            connection.request("POST", "/score", body)
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != http.HTTPStatus.OK:
                wrong.append(f"{answer.status} {content!r}")
        except (OSError, http.client.HTTPException) as error:
            wrong.append(repr(error))
            connection.close()
        time.sleep(0.005)
    connection.close()
