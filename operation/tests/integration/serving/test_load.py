"""Four clients ask without a pause while versions are switched, rolled back and killed: no answer is lost or wrong."""

import http.client
import json
import os
import signal
import threading
import time
from collections import Counter
from urllib.parse import urlsplit

import pytest

from operation.execution.backends.local.services.state import State
from operation.execution.deployment import deploy
from operation.tests.integration.serving.conftest import Place

CLIENTS = 4
FACTORS = {"1": 0.5, "2": 0.25}  # by which the versions' scores tell who gave them
pytestmark = pytest.mark.usefixtures("connected")


class Client(threading.Thread):
    """Asks on one connection, which it opens anew if it must, and counts what it gets."""

    def __init__(self, address: str, ended: threading.Event, number: int) -> None:
        super().__init__()
        self.answers: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._place, self._ended, self._number = urlsplit(address), ended, number

    def run(self) -> None:
        connection = http.client.HTTPConnection(str(self._place.hostname), self._place.port or 0, timeout=30)
        while not self._ended.is_set():
            self._number += CLIENTS  # no two requests are alike, so that a mix-up of answers is seen
            try:
                connection.request("POST", "/score", json.dumps({"data": [{"a": -float(self._number)}]}))
                answer = connection.getresponse()
                self._count(answer.status, answer.read())
            except (OSError, http.client.HTTPException) as error:
                self.wrong.append(repr(error))
                connection.close()
            time.sleep(0.002)
        connection.close()

    def _count(self, status: int, content: bytes) -> None:
        answer = json.loads(content)
        version = answer.get("model_version", "none")
        if status != 200 or answer["probabilities"] != [self._number * FACTORS[version]]:
            self.wrong.append(f"{status} {content!r} for {self._number}")
        self.answers[version] += 1


def test_no_answer_is_lost_or_wrong_while_versions_change(place: Place) -> None:
    place.registry.add(champion=True)
    place.registry.add(factor=FACTORS["2"])
    configuration = place.configured("serving.watch_seconds=0.5")
    address, services = deploy.deploy(configuration).address, place.services
    ended = threading.Event()
    clients = [Client(address, ended, number) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        deploy.deploy(configuration, 2, share=50)
        deploy.deploy(configuration, 2)
        state = State.read(configuration.outputs / "services" / configuration.service)
        assert state is not None
        os.kill(state.versions[2].process.pid, signal.SIGKILL)
        time.sleep(0.5)
        start = time.monotonic()
        deploy.rollback(configuration, None, "killed")
        seconds = time.monotonic() - start
    finally:
        ended.set()
        for client in clients:
            client.join()
    answers = sum((client.answers for client in clients), Counter[str]())
    assert [wrong for client in clients for wrong in client.wrong] == []
    assert min(answers["1"], answers["2"]) > 20
    assert dict(services.list()[0].traffic) == {1: 100}
    assert seconds < 30  # of a busy machine
