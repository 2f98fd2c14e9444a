"""Damage, signals and odd input, at the real commands: one message, no traceback, and nothing that lives on."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from operation.execution.configuration.sections import Configuration
from operation.tests.integration.conftest import Invoke, command, settings
from operation.tests.integration.verbs_at_work import at_work, wait_for
from operation.tests.parcels import own_repository
from operation.tests.processes import are_gone, children


@pytest.fixture
def outputs(trained: Configuration, tmp_path: Path) -> Path:
    """Outputs with one run and its version, for the test to ruin."""
    return Path(shutil.copytree(trained.outputs.parent, tmp_path / "outputs"))


def run_of(outputs: Path) -> str:
    (run,) = (path.name for path in (outputs / "parcels" / "runs").iterdir())
    return run


@pytest.mark.parametrize("form", ["./{}", "{}/", "../runs/{}", "{folder}/{}"])
def test_a_run_under_another_name_is_not_registered_twice(invoke: Invoke, outputs: Path, form: str) -> None:
    named = form.format(run_of(outputs), folder=outputs / "parcels" / "runs")
    result = invoke("register", outputs, "--run", named)
    assert result.returncode == 1
    assert "registered already" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("run.json", ""),  # what else may be wrong with it: execution/backends/test_runs.py
        ("champion.json", None),
        ("champion.json", "[]"),
        ("champion.json", "{}"),
        ("configuration.json", None),
    ],
)
def test_a_damaged_run_is_passed_over_with_a_word(
    invoke: Invoke, outputs: Path, name: str, content: str | None
) -> None:
    file = outputs / "parcels" / "runs" / run_of(outputs) / name
    file.unlink() if content is None else file.write_text(content)
    for verb in ("models", "train"):
        result = invoke(verb, outputs)
        assert (result.returncode, "Traceback" in result.stderr) == (0, False), result.stderr
    assert name in result.stdout or "Nothing has changed" in result.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_stops_the_steps_and_records_it(sample: Path, outputs: Path, number: signal.Signals) -> None:
    signal.signal(number, signal.SIG_DFL)  # a shell's `nohup` has it ignored, by what the tests start, too
    before = run_of(outputs)
    with at_work("train", sample, outputs, "--force", "--set", "training.trees=1000") as process:
        wait_for(process, "prepare")
        steps = children(process.pid)
        assert steps
        process.send_signal(number)
        assert process.wait(30) == 128 + number
        assert process.stderr is not None
        assert process.stderr.read() == f"Ended by {number.name}: running steps were stopped.\n"
    assert are_gone(*steps, seconds=1)
    (record,) = (path for path in outputs.glob("parcels/runs/*/run.json") if path.parent.name != before)
    assert json.loads(record.read_text())["status"] == "cancelled"


def test_an_outputs_path_beyond_what_sqlite_takes_is_refused_at_once(invoke: Invoke, tmp_path: Path) -> None:
    begun = time.monotonic()
    result = invoke("train", tmp_path.joinpath("d" * 200, "e" * 200, "f" * 200))
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert "is longer than 440 bytes" in result.stderr
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("preparation.test_from=2013-02-30", "--set preparation.test_from:1:1: 2013-02-30 is not a date"),
        ("seed=" + "[" * 20_000 + "]" * 20_000, "--set seed: the YAML is nested too deeply"),
        ("model=a/b", "model must be a name of"),
        ("limits=&a [*a]", "--set limits: the YAML refers to itself"),
        ("data.source=" + "x" * 5000, "Unknown data source"),
        ('data.source="\\0"', "--set data.source: the text"),
    ],
    ids=lambda text: text[:20],
)
def test_an_odd_setting_is_one_line_that_names_the_key(invoke: Invoke, tmp_path: Path, setting: str, said: str) -> None:
    result = invoke("train", tmp_path, sets=[setting])
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert said in result.stderr
    assert not (tmp_path / "parcels" / "runs").exists()


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp1252"])
def test_a_terminal_without_arrows_shows_what_it_can(
    sample: Path, outputs: Path, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    sets = settings(sample, outputs, "evaluation.resamples=100")  # which trains nothing anew
    result = subprocess.run(
        command("train", sets, "--explain"), cwd=own_repository(), capture_output=True, encoding=encoding, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")
    # What it is compared with are the last results in the cache, and other tests leave some, too.
    assert re.search(r"ran because: argument \w+ \S+ \? \S+", result.stdout)
