"""`invoke expectations` and `invoke validate --explain` on parcels; data_validation also learns, with validation."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.clean import clean
from operation.execution.configuration.sections import Configuration
from operation.execution.expectations import column_history, corruptions, expectations, history
from operation.execution.expectations.expectations import Asked
from operation.execution.expectations.suites import read_suites
from operation.execution.outputs import exclusive
from operation.execution.tables import sources
from operation.execution.tables.snapshot import bring
from operation.tests import parcels

ONE_WAY = "miles as kilometres"
SHOW = Asked(False, "", True, "")


@pytest.fixture(scope="module")
def suites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the suites of parcels, which tests may change; those of the repository are none of this file."""
    folder = tmp_path_factory.mktemp("suites")
    shutil.copytree(parcels.SUITES, folder / parcels.NAME)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "EXPECTATIONS", folder)
        yield folder


@pytest.fixture(scope="module")
def learned(suites: Path, sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An outputs folder whose history has three data sets, of equal facts."""
    outputs = tmp_path_factory.mktemp("outputs")
    configuration = parcels.load(settings=[f"backend.outputs={outputs}"])
    data = configuration.data
    snapshot = bring(str(sample), data.tables, data.known_defects, outputs / "raw", parcels.NAME)
    with pytest.MonkeyPatch.context() as patch, exclusive(configuration):
        # To try all ways takes seconds.
        patch.setattr(corruptions, "WAYS", {"number": {ONE_WAY: corruptions.NUMBERS[ONE_WAY]}})
        expectations.record(configuration, snapshot, read_suites(configuration), "test")
    folder = history.folder_of(configuration)
    (one,) = history.read_history(folder)
    for number in (1, 2):
        history.add(folder, replace(one, data_sha256=str(number) * 64))
    return outputs


@pytest.fixture
def configuration(learned: Path, tmp_path: Path) -> Configuration:
    shutil.copytree(learned, tmp_path / "outputs")
    return parcels.load(settings=[f"backend.outputs={tmp_path / 'outputs'}"])


@pytest.fixture
def unlearned(suites: Path, tmp_path: Path) -> Configuration:
    return parcels.load(settings=[f"backend.outputs={tmp_path / 'none'}"])


def test_the_table_shows_what_a_reviewer_needs(
    configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    expectations.run(configuration, SHOW)
    printed = capsys.readouterr().out
    (line,) = [line.split() for line in printed.splitlines() if "parcels.hours.mean" in line]
    assert " ".join(line).startswith("parcels.hours.mean 20 to 100 ")
    assert " ".join(line[:]).count(" of ") == 2
    assert "tighter 0 → 0 of 3" in " ".join(line)
    assert "Learned from 3 accepted data sets, 2013-12-31 to 2013-12-31." in printed
    assert "weather: the whole suite finds" in printed


def test_the_same_data_are_added_once(
    configuration: Configuration,
    sample: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(corruptions, "WAYS", {})
    data = configuration.data
    snapshot = bring(str(sample), data.tables, data.known_defects, tmp_path / "raw", parcels.NAME)
    expectations.record(configuration, snapshot, read_suites(configuration), "test")
    assert len(history.read_history(history.folder_of(configuration))) == 3
    assert "in the history since" in capsys.readouterr().out


def test_accepting_writes_the_suite_and_the_changelog(
    configuration: Configuration, suites: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(suites / parcels.NAME / "weather.json", tmp_path)
    try:
        expectations.accept(configuration, "weather.temp.mean", tmp_path)
        suite = json.loads((suites / parcels.NAME / "weather.json").read_text(encoding="utf-8"))
        (mean,) = [each for each in suite["expectations"] if each["type"] == "expect_column_mean_to_be_between"]
        assert mean["kwargs"]["min_value"] > -10
        assert "`weather.temp.mean` -10 to 40 → " in (tmp_path / "CHANGELOG.md").read_text(encoding="utf-8")
        assert "Accepted 1." in capsys.readouterr().out
    finally:
        shutil.copy(tmp_path / "weather.json", suites / parcels.NAME)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (Asked(False, "", False, ""), "Give one of --learn, --diff and --accept NAMES"),
        (Asked(True, "", True, ""), "Give one of --learn, --diff and --accept NAMES"),
        (Asked(False, "folder", True, ""), "--data is what --learn learns from. .*not with --diff"),
    ],
    ids=["nothing", "two", "data without learning"],
)
def test_options_that_say_nothing_together_are_refused(unlearned: Configuration, asked: Asked, message: str) -> None:
    with pytest.raises(OperationError, match=message):
        expectations.run(unlearned, asked)


@pytest.mark.parametrize("asked", [SHOW, Asked(False, "", False, "weather.temp.mean")], ids=["diff", "accept"])
def test_without_a_history_it_says_how_to_begin_one(unlearned: Configuration, asked: Asked) -> None:
    with pytest.raises(OperationError, match=r"No accepted data of parcels are known yet.*invoke expectations --learn"):
        expectations.run(unlearned, asked)
    assert not unlearned.outputs.exists()


@pytest.mark.parametrize(
    "asked", [SHOW, Asked(True, "", False, ""), Asked(False, "", False, "x")], ids=["diff", "learn", "accept"]
)
def test_a_use_case_without_suites_is_refused(
    unlearned: Configuration, asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "EXPECTATIONS", tmp_path)
    with pytest.raises(OperationError, match=r"The use case parcels has no suites.* Add .*parcels/parcels\.json"):
        expectations.run(unlearned, asked)


def test_a_history_of_another_version_is_refused_before_any_work(configuration: Configuration, sample: Path) -> None:
    folder = history.folder_of(configuration)
    (folder / "20990101-000000-aaaaaaaa.json").write_text('{"schema": 2}', encoding="utf-8")
    before = {file: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(OperationError, match=r"20990101-000000-aaaaaaaa\.json"):
        expectations.learn(configuration, str(sample))
    assert {file: file.read_bytes() for file in folder.iterdir()} == before


@pytest.mark.parametrize("column", ["temp", "weather.temp", "courier", "observed_at"])
def test_a_plot_of_a_column_is_written(
    configuration: Configuration, column: str, capsys: pytest.CaptureFixture[str]
) -> None:
    column_history.explain(configuration, column, None)
    file = Path(capsys.readouterr().out.rsplit(": ", 1)[1].strip())
    assert file.read_text(encoding="utf-8").startswith("<?xml")
    assert file.is_relative_to(configuration.outputs)


def test_a_plot_has_the_bounds(configuration: Configuration) -> None:
    column_history.explain(configuration, "hours", None)
    text = next(configuration.outputs.rglob("parcels.hours.svg")).read_text(encoding="utf-8")
    assert {"mean, committed", "mean, learned", "values, committed"} <= {
        line.split("<!-- ")[1].removesuffix(" -->") for line in text.splitlines() if "<!-- " in line
    }


@pytest.mark.parametrize(
    ("column", "data", "message"),
    [
        ("temperature", None, r"--explain temperature: no accepted data set has .* Did you mean \S*temp\?"),
        ("zzz", None, "--explain zzz: no accepted data set has such a column. There are courier,"),
        ("temp", "folder", "--explain shows data that were accepted before. Leave --data out"),
    ],
    ids=["misspelt", "unknown", "with data"],
)
def test_what_cannot_be_explained_is_refused(
    configuration: Configuration, column: str, data: str | None, message: str
) -> None:
    with pytest.raises(OperationError, match=message):
        column_history.explain(configuration, column, data)


def test_cleaning_keeps_the_history_as_long_as_the_registry(
    configuration: Configuration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operation.execution.clean.OF_CLONE", tmp_path / "outputs")
    folder = history.folder_of(configuration)
    clean(configuration, registry=False)
    assert len(history.read_history(folder)) == 3
    clean(configuration, registry=True)
    assert not folder.exists()


def test_nothing_is_explained_without_a_history(unlearned: Configuration) -> None:
    with pytest.raises(OperationError, match="No accepted data of parcels are known yet"):
        column_history.explain(unlearned, "temp", None)
