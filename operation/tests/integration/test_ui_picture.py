"""What `invoke ui` opens, compared with the picture that is kept: docs/media/mlflow-runs.png.

The runs are recorded by our own code, at hours of 2013, and shown by MLflow's own server and page.
"""

import json
import os
import shutil
import socket
import subprocess
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from operation.execution import ui
from operation.execution.backends import Backend, connect
from operation.execution.backends.local.database import Database
from operation.execution.backends.local.run_record import FORM, Record
from operation.execution.configuration.sections import Configuration
from operation.execution.foreground import is_ready
from operation.execution.json_files import write_json
from operation.execution.training import pipeline
from operation.execution.training.lineage import label_run
from operation.execution.values import Run, RunGroup
from operation.tests.browser import chromium
from operation.tests.integration.conftest import command
from operation.tests.interrupts import unmeasured
from operation.tests.parcels import load, own_repository
from operation.tests.pictures import check_alike, needs_browser

needs_pipes = pytest.mark.skipif(os.name != "posix", reason="a shell hands Chromium its pipes")
# MLflow's page asks for Arial, which every machine draws in another font, if it has any.
FONT = "Liberation Sans"
MATCH = shutil.which("fc-match")
needs_font = pytest.mark.skipif(
    not MATCH or FONT not in subprocess.check_output([MATCH, "Arial"], text=True),
    reason=f"the picture was taken with {FONT}: Debian's fonts-liberation",
)
pytestmark = [needs_browser, needs_font, needs_pipes]
DAY = datetime(2013, 12, 31, tzinfo=UTC)
RECORDED, SHOWN = DAY.replace(hour=11, minute=1), DAY.replace(hour=12, minute=30)
SWEEP = "sweep-5f935035"
SIZE, SECONDS = (1680, 480), 300  # in pixels; until the server must answer
# What a browser remembers of MLflow's page: that it has offered its chat, and what a person chose to see of the runs.
ASSISTANT = "mlflow.assistant.fab.autoOpenedOnFirstLoad_v1"
VIEW = 'MLflowLocalStorage-1.1-ExperimentPage-["{}"]-ReactComponentState'
COLUMNS = (
    *("tags.`kind`", "tags.`verdict`", "metrics.`evaluation/metrics.roc_auc`", "metrics.`selection/metrics.roc_auc`"),
    *("attributes.`Dataset`", "attributes.`Models`"),
)
TOLERANCE = 0.03  # per cent of black on average: the same runs differ by 0, a column less by .045
CELLS = {  # and how often: one of them is too little of a picture to be seen in its mean
    text: times
    for times, texts in {
        1: ("kind", "sweep", "verdict", "promote", "refuse", "1 hour ago", "v1", "0.7", "0.71", "0.74", "0.75"),
        2: ("trial", "train", "parcels-selection (bbbbbbbb)", "parcels-test (bbbbbbbb)"),
        4: ("31.0s", "parcels (cccccccc)"),
    }.items()
    for text in texts
}


def test_the_page_of_the_runs_looks_as_it_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configuration = load(settings=[f"backend.outputs={tmp_path}"])
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", RECORDED.timestamp)
        ids = count(1)
        patch.setattr(uuid, "uuid4", lambda: uuid.uuid5(uuid.NAMESPACE_DNS, str(next(ids))))  # colours come from them
        record_runs(configuration)
    with served(tmp_path) as port, chromium() as tab:
        experiment, sweep = find(configuration)
        page = ui.RUNS_PAGE.format(port=port, number=experiment)
        tab.show(page, SHOWN, SIZE, remember(experiment, sweep), until="matching runs")
        tab.take(tmp_path / "taken.png")
        lines = Counter(tab.text().splitlines())
    assert {cell: lines[cell] for cell in CELLS} == CELLS
    check_alike(tmp_path / "taken.png", "mlflow-runs.png", TOLERANCE)


def record_runs(configuration: Configuration) -> None:
    """Record a champion, a model that was refused, and a sweep of two trials."""
    backend = connect(configuration)
    champion = record(configuration, backend, 8, 0.75, verdict="promote")
    record(configuration, backend, 9, 0.74, verdict="refuse")
    trials = [record(configuration, backend, hour, 0.6 + hour / 100, "selection", sweep=SWEEP) for hour in (10, 11)]
    assert backend.group
    backend.group(RunGroup(SWEEP, tuple(run.id for run in trials), {"use_case": "parcels"}, {}, {}))
    (files := configuration.outputs / "model").mkdir()
    (files / "MLmodel").write_text("flavors: {python_function: {loader_module: x}}\n", encoding="utf-8")
    backend.registry.promote(backend.registry.register(champion, configuration.model, files, {}))


def record(
    configuration: Configuration, backend: Backend, hour: int, roc_auc: float, part: str = "test", **tags: str
) -> Run:
    """Record a run that took half a minute."""
    start = DAY.replace(hour=hour)
    run = Run(f"{start:{FORM}}", "completed", configuration.outputs / "runs" / f"{start:{FORM}}")
    files: dict[str, dict[str, Any]] = {
        "prepared/metrics.json": {"rows": {"raw": 8000}},
        "prepared/sha256.json": {"train.parquet": "a" * 64, "test.parquet": "b" * 64},
        "evaluation/metrics.json": {"metrics": {"roc_auc": roc_auc}},
    }
    for name, content in files.items():
        (run.folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_json(run.folder / name, content)
    steps = [pipeline.prepare(configuration, part), pipeline.evaluate(configuration, champion=False)]
    known = {"data_sha256": "c" * 64, **label_run(configuration, "trial" if "sweep" in tags else "train")}
    ended = (start + timedelta(seconds=31)).isoformat()
    Record(run, steps, tags={**known, **tags}, ended=ended).write()
    assert backend.note
    backend.note(run, {})  # which records a run that is not in MLflow yet
    return run


def find(configuration: Configuration) -> tuple[str, str]:
    """MLflow's ids of the experiment, and of the run that stands for the sweep."""
    database = Database(configuration.outputs / "mlflow")
    experiment = database.experiment(configuration.experiment)
    (found,) = database.client.search_runs([experiment], f"attributes.run_name = '{SWEEP}'")
    return experiment, str(found.info.run_id)


def remember(experiment: str, expanded: str) -> str:
    """JavaScript by which the browser is one that has been here before."""
    view = json.dumps({"selectedColumns": COLUMNS, "runsExpanded": {expanded: True}})
    kept = {ASSISTANT: "true", VIEW.format(experiment): view}
    return "".join(f"localStorage.setItem({json.dumps(name)}, {json.dumps(value)});" for name, value in kept.items())


@contextmanager
def served(outputs: Path) -> Iterator[int]:
    """The port on which `invoke ui` shows what is there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    words = command("ui", [f"backend.outputs={outputs}"], "--port", str(port), "--no-open")
    with subprocess.Popen(words, cwd=own_repository(), env=unmeasured(), stdout=subprocess.DEVNULL) as process:
        try:
            assert is_ready(process, "127.0.0.1", port, "/", SECONDS)
            yield port
        finally:
            process.terminate()
