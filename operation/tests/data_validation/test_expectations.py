"""Bounds are learned from data that the suites accept, and from no others; facts and Great Expectations agree."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from gx_duckdb import Resources, open_rows

from operation.errors import OperationError
from operation.execution.configuration.sections import Configuration
from operation.execution.expectations import corruptions, expectations, history
from operation.execution.expectations.facts import BATCH, merged
from operation.execution.expectations.judgement import is_met
from operation.execution.expectations.measuring import measure_corruptions, measure_table, opened
from operation.execution.expectations.suites import read_suites
from operation.execution.tables.snapshot import Snapshot
from operation.execution.validation.checkpoints import make_checkpoints, open_project, run_checkpoint
from operation.tests import parcels

pytestmark = pytest.mark.usefixtures("own_suites")


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    return parcels.load_own(settings=[f"backend.outputs={tmp_path / 'outputs'}"])


def test_accepted_data_are_learned_from(
    configuration: Configuration, sample: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expectations.learn(configuration, str(sample))
    (profile,) = history.read_history(history.folder_of(configuration))
    assert profile.tables.keys() == {"parcels", "weather"}
    assert "Learned from 1 accepted data set: " in capsys.readouterr().out


def test_data_that_are_not_accepted_leave_nothing(configuration: Configuration, sample: Path, tmp_path: Path) -> None:
    shutil.copytree(sample, tmp_path / "bad")
    weather = pd.read_parquet(sample / "weather.parquet").assign(temp=1000.0)
    weather.to_parquet(tmp_path / "bad" / "weather.parquet")
    with pytest.raises(
        OperationError, match=r"These data are not accepted.*2 failed \(weather\).*invoke validate --data"
    ):
        expectations.learn(configuration, str(tmp_path / "bad"))
    assert not history.folder_of(configuration).exists()


def test_great_expectations_takes_what_was_accepted(
    configuration: Configuration, sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suites = read_suites(configuration)
    before = {suite.file: suite.file.read_bytes() for suite in suites.values()}
    expectations.learn(configuration, str(sample))
    folder = history.folder_of(configuration)
    for number in range(2):  # three data sets, from which on there are new expectations
        (one, *_) = history.read_history(folder)
        history.add(folder, history.new_profile(str(number) * 64, one.by, one.share, one.tables))
    try:
        expectations.accept(configuration, "*", tmp_path)
        assert {suite.file.read_bytes() for suite in suites.values()}.isdisjoint(before.values())
        expectations.learn(configuration, str(sample))  # which validates by them
    finally:
        for file, content in before.items():
            file.write_bytes(content)
    assert "in the history since" in capsys.readouterr().out


@pytest.mark.parametrize("table", ["parcels", "weather"])
def test_facts_get_the_verdicts_of_great_expectations(
    table: str, configuration: Configuration, snapshot: Snapshot, tmp_path: Path
) -> None:
    files = {name: [snapshot.folder / f"{name}.parquet"] for name in configuration.data.tables}
    suite = read_suites(configuration)[table]
    with (
        opened(files) as connection,
        open_project(tmp_path / "reports", parcels.NAME) as context,
    ):
        (checkpoint,) = make_checkpoints(context, [table]).values()
        facts = measure_table(connection, suite, "")
        broken = measure_corruptions(connection, suite, facts, 1.0)
        differing = []
        cases = zip(
            corruptions.standard(connection, kinds(facts), broken["clean"], facts["day"]), broken["broken"], strict=True
        )
        for corruption, case in list(cases)[::6]:  # each takes Great Expectations a quarter of a second
            connection.execute(f"CREATE OR REPLACE VIEW {BATCH} AS {corruption.rows}")
            rows = connection.table(BATCH).to_arrow_table()
            verdicts = by_rows(rows, files, checkpoint, tmp_path / "table.parquet")
            changed = merged(broken["clean"], case["changed"])
            for expectation, verdict in zip(suite.expectations, verdicts, strict=True):
                judged = is_met(expectation, changed)
                if judged is not None and judged != verdict and "$PARAMETER" not in json.dumps(expectation["kwargs"]):
                    differing.append((corruption.column, corruption.name, expectation["type"], expectation["kwargs"]))
    assert differing == []


def kinds(facts: dict[str, Any]) -> dict[str, str]:
    return {name: column["kind"] for name, column in facts["columns"].items()}


def by_rows(rows: pa.Table, files: dict[str, list[Path]], checkpoint: Any, file: Path) -> list[bool]:
    """What Great Expectations says of each expectation, in the order of the suite."""
    pq.write_table(rows, file)
    with open_rows([file], Resources(), files) as opened_rows:
        results = run_checkpoint(checkpoint, opened_rows.frame).results
    (definition,) = checkpoint.validation_definitions
    verdicts = {each["expectation_config"]["id"]: each["success"] for each in results}
    return [verdicts[each.id] for each in definition.suite.expectations]
