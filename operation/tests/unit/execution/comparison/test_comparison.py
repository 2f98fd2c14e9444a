"""`invoke compare` around the script: which runs there are, what differs between them, and the page."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.comparison.changes import (
    Change,
    Compared,
    configuration_changes,
    data_changes,
    describe_code,
    environment_changes,
)
from operation.execution.comparison.compare import verdict
from operation.execution.comparison.page import write_comparison
from operation.execution.comparison.records import Kept, find_kept
from operation.execution.configuration.sections import Configuration
from operation.execution.file_hashes import sign
from operation.execution.json_files import seal, write_json
from operation.tests.parcels import load

RUN = "20261130-115105-041749"


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    return load(settings=[f"backend.outputs={tmp_path / 'outputs'}"])


def keep(folder: Path, **values: Any) -> Path:
    """A completed run's folder."""
    for name in ("evaluation", "prepared"):
        (folder / name).mkdir(parents=True)
    write_json(folder / "run.json", {"status": "completed"})
    write_json(folder / "configuration.json", seal({"use_case": "parcels", "training": {"trees": 30}, **values}))
    write_json(folder / "lineage.json", seal({"git_commit": "unknown", "data_sha256": "0" * 64}))
    write_json(folder / "evaluation" / "metrics.json", {"metrics": {"roc_auc": 0.7}, "slices": {}, "target": "overdue"})
    write_json(folder / "prepared" / "metrics.json", {"test": {"rows": 10}})
    for name in ("evaluation", "prepared"):
        sign(folder / name)
    return folder


def find(configuration: Configuration, given: str) -> Kept:
    return find_kept(configuration, connect(configuration).runs, given)


def test_a_run_is_found_by_its_id_and_by_its_folder_in_another_clone(
    configuration: Configuration, tmp_path: Path
) -> None:
    keep(configuration.outputs / "runs" / RUN)
    other = tmp_path / "clone" / "outputs" / "parcels" / "runs" / "20260101-000000-000000"
    elsewhere = keep(other, training={"trees": 9})
    assert find(configuration, RUN).configuration["training"] == {"trees": 30}
    assert find(configuration, str(elsewhere)).configuration["training"] == {"trees": 9}


def test_a_run_of_a_workspace_whose_files_are_here_is_found_whatever_the_environment(
    configuration: Configuration,
) -> None:
    folder = keep(configuration.outputs / "runs" / f"{RUN}-abcdef")
    (folder / "run.json").rename(folder / "azureml.json")
    assert find(configuration, f"{RUN}-abcdef").id == f"{RUN}-abcdef"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda run: write_json(run / "run.json", {"status": "failed"}), "did not complete: it is failed"),
        (lambda run: (run / "configuration.json").unlink(), "it is of a sweep, a back-test or a scoring"),
        (lambda run: (run / "evaluation" / "metrics.json").unlink(), "has no evaluation here"),
        (lambda run: (run / "lineage.json").unlink(), r"lineage.json is missing\. Compare another run, or restore"),
        (lambda run: write_json(run / "evaluation" / "metrics.json", {}), r"evaluation/metrics.json is damaged"),
        (lambda run: write_json(run / "prepared" / "metrics.json", {}), r"prepared/metrics.json is damaged"),
        (lambda run: (run / "model").mkdir(), r"model/sha256.json is missing\. Compare another run, or restore"),
        (
            lambda run: write_json(run / "configuration.json", seal({"use_case": "letters"})),
            "is of the use case letters, not of parcels",
        ),
    ],
    ids=[
        "failed",
        "trial",
        "no evaluation",
        "no lineage",
        "metrics",
        "counts",
        "no hashes of a model",
        "another use case",
    ],
)
def test_a_run_that_cannot_be_compared_is_one_line(spoil: Any, message: str, configuration: Configuration) -> None:
    spoil(keep(configuration.outputs / "runs" / RUN))
    with pytest.raises(OperationError, match=message) as error:
        find(configuration, RUN)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (RUN, f"There is no run {RUN}"),
        ("nowhere/run", "There is no folder nowhere/run"),
        ("run", "There is no run run"),
    ],
)
def test_a_run_that_is_not_there_is_one_line(given: str, message: str, configuration: Configuration) -> None:
    with pytest.raises(OperationError, match=message):
        find(configuration, given)


FIRST = Kept("one", Path("one"), {}, {}, {"metrics": {"roc_auc": 0.7}}, {})


def test_only_what_shapes_a_model_counts_as_a_change_of_the_configuration() -> None:
    first = replace(FIRST, configuration={"training": {"trees": 30}, "serving": {"port": 1}, "limits": ["a"]})
    second = replace(FIRST, configuration={"training": {"trees": 3000}, "serving": {"port": 2}, "gate": {}})
    assert configuration_changes(first, second) == [
        Change("training.trees", "30", "3,000"),
        Change("limits", "a", "-"),
        Change("gate", "-", "{}"),
    ]


def test_data_and_packages_differ_by_their_hashes_and_counts() -> None:
    second = replace(FIRST, lineage={"data_sha256": "1" * 64, "python": "3.12"}, prepared={"test": {"rows": 7}})
    assert data_changes(FIRST, second) == [Change("content (sha256)", "-", "1" * 12), Change("test.rows", "-", "7")]
    assert environment_changes(FIRST, second) == [Change("Python", "-", "3.12")]


def test_code_is_compared_by_commit_and_a_commit_that_is_gone_is_said() -> None:
    dirty = replace(FIRST, lineage={"git_commit": "f" * 40, "git_dirty": "true"})
    assert describe_code(dirty, replace(dirty, lineage={"git_commit": "f" * 40})) == (
        "The same commit: ffffffffffff.\nRun one ran with changes that are not in commit ffffffffffff."
    )
    other = replace(FIRST, lineage={"git_commit": "e" * 40})
    assert "Commit eeeeeeeeeeee is not in this clone: fetch its branch" in describe_code(other, dirty)


@pytest.mark.parametrize(
    ("lower", "upper", "said"),
    [(0.1, 0.2, "second is better"), (-0.2, -0.1, "first is better"), (-0.1, 0.1, "no difference beyond chance")],
)
def test_a_run_is_better_only_beyond_chance(lower: float, upper: float, said: str) -> None:
    assert verdict({"lower": lower, "upper": upper}) == said


GAIN = {"difference": 0.1, "lower": 0.0, "upper": 0.2}
PAIRED = {
    "rows": 100,
    "confidence": 0.95,
    "resamples": 300,
    "metrics": {"roc_auc": {"first": 0.7, "second": 0.71, "difference": 0.01, "lower": -0.01, "upper": 0.03}},
    "slices": {
        "courier": [
            {
                "value": "Ant",
                "rows": 95,
                "first": 0.7,
                "second": 0.8,
                "gain": {"difference": 0.1, "lower": 0, "upper": 1},
            },
            {"value": "Bee", "rows": 5, "first": None, "second": None, "gain": None},
        ]
    },
}


@pytest.mark.parametrize(
    ("paired", "lines"),
    [
        (PAIRED, ["On the 100 test rows that both runs have", "too few rows", "+0.0100"]),
        ({"impossible": "no row is in both"}, ["no paired comparison: no row is in both."]),
    ],
    ids=["paired", "impossible"],
)
def test_the_page_has_metrics_slices_and_plots_of_both_and_opens_offline(
    paired: dict[str, Any], lines: list[str], tmp_path: Path
) -> None:
    kept = [replace(FIRST, id=name, folder=tmp_path / name) for name in ("one", "two")]
    for each in kept:
        (each.folder / "evaluation").mkdir(parents=True)
        (each.folder / "evaluation" / "roc.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    changes = [Change("training.trees", "30", "29")]
    write_comparison(tmp_path, Compared(kept[0], kept[1], changes, [], [], "a.py | 2 +-", paired))
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert all(line in page for line in [*lines, "<td>training.trees</td><td>30</td><td>29</td>", "a.py | 2 +-"])
    assert page.count('<img alt="roc"') == 2
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
