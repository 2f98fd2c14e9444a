"""`invoke infra` asks at a terminal before it deploys, and an interrupt says what goes on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from operation import console
from operation.tests.azure_cli import StandIn
from operation.tests.integration.execution.infrastructure.terminal import END, at_a_terminal, with_set
from operation.tests.interrupts import unmeasured

if sys.platform == "win32":
    pytest.skip("there is no pseudo-terminal, and no such interrupt", allow_module_level=True)


def deploys(az: StandIn) -> bool:
    return any(call[:3] == ["deployment", "group", "create"] for call in az.calls)


@pytest.mark.parametrize(("answer", "code", "done"), [("y", 0, True), ("", 1, False), (END, 1, False)])
def test_the_answer_decides(
    answer: str, code: int, done: bool, az: StandIn, settings: list[str], repository: Path
) -> None:
    ended, said = at_a_terminal(repository, answer, *with_set(settings))
    assert ended == code, said
    assert deploys(az) == done
    assert ("Nothing was deployed." in said) != done


def test_an_interrupt_at_the_question_says_that_nothing_was_deployed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("builtins.input", interrupted)
    with pytest.raises(KeyboardInterrupt):
        console.ask("Deploy this? [y/N] ", "Nothing was deployed.")
    assert capsys.readouterr().out.splitlines() == ["", "Nothing was deployed."]


def interrupted(_question: str) -> str:
    raise KeyboardInterrupt


def test_an_interrupt_says_that_azure_goes_on_and_how_to_stop_it(
    az: StandIn, settings: list[str], repository: Path
) -> None:
    az.answers("group create", seconds=30)
    command = [sys.executable, "-m", "invoke", "infra", "--yes", *with_set(settings)]
    with subprocess.Popen(
        command, cwd=repository, env=unmeasured(), stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        deadline = time.monotonic() + 30
        while not deploys(az) and time.monotonic() < deadline:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "To stop it there: az deployment group cancel --name invoke-infra --resource-group rg-mlops-dev" in said
