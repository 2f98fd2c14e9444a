"""Evidently's report beside ours: when it is refused, which rows it compares, and what is said if it fails."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

import sample_rows
from operation.errors import OperationError
from operation.execution.json_files import read_json
from operation.execution.monitoring import evidently
from operation.execution.monitoring.evidently import LOCK, Samples, columns_of, find_nearest_days, write_evidently
from operation.execution.monitoring.monitor import Asked, monitor
from operation.monitoring.profiles import Profile
from operation.tests.parcels import load
from operation.tests.unit.monitoring.conftest import BLOCKS, make


@pytest.fixture(scope="module")
def reference() -> Profile:
    """A year whose last months are shifted."""
    calm, shifted = make(1, BLOCKS), make(1, BLOCKS, shift=1.0)
    sums = {name: value.copy() for name, value in calm.sums.items()}
    for name, value in sums.items():
        value[20:] = shifted.sums[name][20:]
    return replace(calm, sums=sums)


def test_the_script_and_what_reads_its_sample_agree_on_names() -> None:
    assert (evidently.ROWS, evidently.PREDICTION) == (sample_rows.ROWS, sample_rows.PREDICTION)


def test_without_the_package_a_line_names_the_command_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidently, "find_spec", lambda _: None)
    with pytest.raises(OperationError, match=rf"^--evidently needs Evidently: .* -r {LOCK}$"):
        monitor(load(settings=[f"backend.outputs={tmp_path / 'outputs'}"]), Asked(evidently=True))
    assert not (tmp_path / "outputs").exists()


@pytest.mark.parametrize(
    "asked", [Asked(requests="log"), Asked(requests="log", labels="labels")], ids=["log", "labels"]
)
def test_what_has_no_rows_to_compare_is_refused(tmp_path: Path, asked: Asked) -> None:
    with pytest.raises(OperationError, match=r"^--evidently reads rows, which only --data has"):
        monitor(load(settings=[f"backend.outputs={tmp_path}"]), replace(asked, evidently=True))


def test_a_window_is_compared_with_the_part_of_the_reference_that_it_is_nearest_to(reference: Profile) -> None:
    first, last = find_nearest_days(reference, make(2, 4, shift=1.0))
    assert first >= "2013-01-21"
    assert int(last[-2:]) - int(first[-2:]) == 3


@pytest.mark.parametrize(
    ("task", "numbers", "categories"),
    [
        ("binary", ["a", "b", "the model's prediction"], ["c", "outcome"]),
        ("multiclass", ["a", "b"], ["c", "the model's prediction", "outcome"]),
        ("regression", ["a", "b", "the model's prediction", "outcome"], ["c"]),
    ],
)
def test_columns_are_compared_by_their_kind(
    reference: Profile, task: str, numbers: list[str], categories: list[str]
) -> None:
    found = columns_of(replace(reference, task=task), "outcome")
    assert found == {"numbers": numbers, "categories": categories}


@pytest.mark.parametrize(("code", "problem"), [(0, ""), (1, "no column has values in both samples")])
def test_the_scripts_line_is_said_where_it_fails(
    reference: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, problem: str
) -> None:
    given: list[list[object]] = []

    def run(words: list[object], *_: object, **__: object) -> "subprocess.CompletedProcess[str]":
        given.append(words)
        return subprocess.CompletedProcess([], code, "", f"a warning\nerror: {problem}\n" if problem else "")

    monkeypatch.setattr(evidently, "run_script", run)
    monkeypatch.setattr(evidently, "run_description", lambda *words: given.append([*words[2].values()]))
    samples = Samples(tmp_path / "prepared", tmp_path / "model", tmp_path)
    configuration = load(settings=[f"backend.outputs={tmp_path}"])
    if problem:
        with pytest.raises(OperationError, match=f"^Evidently cannot compare the rows: {problem}. Look without"):
            write_evidently(configuration, samples, reference, make(2, 4))
    else:
        write_evidently(configuration, samples, reference, make(2, 4))
    assert given[0] == [tmp_path / "prepared", tmp_path / "model", tmp_path / "reference"]
    assert given[1][-1] == str(samples.page)
    assert "overdue" in read_json(tmp_path / "columns.json")["categories"]
