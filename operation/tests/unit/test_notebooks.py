"""The notebooks as they lie here: paired with their scripts, without output, and clear about what is in the way."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tasks
from operation.execution import notebook
from operation.tests.parcels import load

ROOT = Path(tasks.__file__).parent
FOLDER = ROOT / "notebooks"
pytestmark = pytest.mark.skipif(not (FOLDER / "workbench.py").is_file(), reason="this clone has no notebooks")
SCRIPTS = [path for path in sorted(FOLDER.glob("*.py")) if path.read_text(encoding="utf-8").startswith("# %%")]
NOTEBOOKS = sorted(path.with_suffix(".ipynb") for path in SCRIPTS)


@pytest.fixture(scope="module", autouse=True)
def importable() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        yield
        for name in ("workbench", "figures"):
            sys.modules.pop(name, None)


def cells_of_script(text: str) -> list[tuple[str, str]]:
    """Kind and source of each cell of a script in the format py:percent."""
    found = []
    for mark, body in re.findall(r"^# %%( \[markdown\])?\n(.*?)(?=^# %%|\Z)", text, re.MULTILINE | re.DOTALL):
        source = re.sub(r"^# ?", "", body, flags=re.MULTILINE) if mark else body
        found.append(("markdown" if mark else "code", source.strip()))
    return found


def cells_of_notebook(text: str) -> list[tuple[str, str]]:
    return [(cell["cell_type"], "".join(cell["source"]).strip()) for cell in json.loads(text)["cells"]]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_says_what_its_script_says(notebook: Path) -> None:
    script = notebook.with_suffix(".py").read_text(encoding="utf-8")
    remedy = "write it anew: python noxfile.py -s notebooks -- --write"
    assert cells_of_notebook(notebook.read_text(encoding="utf-8")) == cells_of_script(script), remedy


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_holds_no_output_and_names_its_kernel(notebook: Path) -> None:
    content = json.loads(notebook.read_text(encoding="utf-8"))
    code = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    assert [cell for cell in code if cell["outputs"] or cell["execution_count"]] == []
    assert content["metadata"]["kernelspec"]["name"] == "python3"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_the_first_cell_of_code_only_opens_the_project(script: Path) -> None:
    first = next(source for kind, source in cells_of_script(script.read_text(encoding="utf-8")) if kind == "code")
    assert "from workbench import" in first
    assert "project.champion()" in first
    assert re.findall(r"^(?:import|from) (\w+)", first, re.MULTILINE) == ["workbench"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_every_plot_has_titles_of_both_axes(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert text.count("xlabel=") >= text.count("ylabel=") - 2  # two plots, one above the other, share an axis
    assert all(name in text for name in ("xlabel=", "ylabel=")) or "plt." not in text


def test_the_page_lists_every_notebook() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\((\w+)\.ipynb\)", page)) == {path.stem for path in NOTEBOOKS}


def test_a_kernel_that_lacks_a_package_is_one_line_that_says_how_to_open_them() -> None:
    from workbench import NotebookError, require_packages

    with pytest.raises(NotebookError) as raised:
        require_packages(["json", "no_such_package"])
    assert str(raised.value).startswith(
        f"This kernel, {sys.executable}, lacks no_such_package. Open the notebooks with"
    )
    assert raised.value._render_traceback_() == [f"NotebookError: {raised.value}"]


def test_the_workbench_reads_the_variable_that_invoke_notebook_sets() -> None:
    from workbench import CHOSEN

    assert CHOSEN == notebook.CHOSEN


def project_of(tmp_path: Path, champion: Any = None, runs: Any = None) -> Any:
    """A project of parcels, with a registry and runs that answer as told."""
    from workbench import Project

    from learning.use_cases import load as load_use_case

    registry = SimpleNamespace(find=lambda name: champion)
    backend: Any = SimpleNamespace(registry=registry, runs=SimpleNamespace(find=runs or (lambda run: None)))
    return Project(load(settings=[f"backend.outputs={tmp_path}"]), load_use_case("parcels"), backend)


def test_without_a_champion_there_is_one_line_with_the_command_that_makes_one(tmp_path: Path) -> None:
    from workbench import NotebookError

    with pytest.raises(
        NotebookError, match=r"^There is no champion of parcel-delays yet. Train one first: invoke train$"
    ):
        project_of(tmp_path).champion()


def test_a_champion_whose_run_is_gone_is_one_line(tmp_path: Path) -> None:
    from workbench import NotebookError

    champion = SimpleNamespace(name="parcel-delays", version=3, run="20260101-000000-000000")
    with pytest.raises(
        NotebookError, match=r"trained version 3 of parcel-delays, is no longer here. Train again: invoke"
    ):
        project_of(tmp_path, champion).champion()


def test_a_run_of_another_use_case_is_named_with_that_use_case(tmp_path: Path) -> None:
    from workbench import NotebookError

    (tmp_path / "letters" / "runs" / "20260101-000000-000000").mkdir(parents=True)
    with pytest.raises(NotebookError, match=r"is of the use case letters, .* invoke notebook --use-case letters$"):
        project_of(tmp_path).evidence("20260101-000000-000000")


def test_a_run_that_nobody_knows_is_named_with_those_that_are_here(tmp_path: Path) -> None:
    from workbench import NotebookError

    with pytest.raises(NotebookError, match=r"^There is no run 7 of parcels. Choose one of: none.$"):
        project_of(tmp_path).evidence("7")


def test_a_raw_table_that_is_not_here_is_named_with_the_command_that_fetches_it(tmp_path: Path) -> None:
    from workbench import NotebookError

    with pytest.raises(NotebookError, match=r"parcels.parquet is not there. Make it: invoke data$"):
        project_of(tmp_path).raw("parcels")


def test_the_title_of_an_axis_has_the_unit_of_the_configuration() -> None:
    from figures import label_of

    assert [label_of({"how_far": "miles"}, name) for name in ("how_far", "by_whom")] == ["how far (miles)", "by whom"]


@pytest.mark.parametrize(
    ("task", "target", "values", "title"),
    [
        ("binary", [0, 1, 1, 1], [0, 100, 100, 100], "lost (% of letters)"),
        ("regression", [1.5, 2.0], [1.5, 2.0], "mean lost (hours)"),
        ("multiclass", ["a", "b", "b"], [0, 100, 100], "lost b (% of letters)"),
    ],
)
def test_what_is_averaged_is_the_outcome_as_the_task_has_it(
    task: str, target: list[Any], values: list[float], title: str
) -> None:
    from figures import measure_of

    use_case: Any = SimpleNamespace(task=task, target="target", event="lost", rows="letters")
    found, label = measure_of(use_case, pd.DataFrame({"target": target}), {"target": "hours"})
    assert (found.tolist(), label) == (values, title)


def test_rows_are_put_into_groups_whose_names_come_in_order() -> None:
    from figures import group_rows, in_order

    numbers = group_rows(pd.Series([*map(float, range(100)), np.nan]), most=4)
    assert in_order(pd.unique(numbers))[-1] == "missing"
    assert numbers.value_counts().tolist() == [25, 25, 25, 25, 1]
    names = group_rows(pd.Series(["b"] * 3 + ["a"] * 2 + ["c", None]), most=2)
    assert in_order(pd.unique(names)) == ["a", "b", "all others"]
    assert in_order(pd.Index(["10", "9", "x", "missing"])) == ["9", "10", "x", "missing"]


def test_a_histogram_of_few_whole_numbers_has_a_bin_for_each() -> None:
    from figures import edges_of

    assert edges_of(pd.Series([1.0, 2.0, 3.0])).tolist() == [0.5, 1.5, 2.5, 3.5]
    assert len(edges_of(pd.Series([0.0, 0.5, 10.0]))) == 21


def test_columns_go_to_the_encoder_with_their_nulls_as_none() -> None:
    from workbench import columns_of

    found = columns_of(pd.DataFrame({"a": [1.0, np.nan], "b": ["x", None]}), ["a", "b"])
    assert found["b"] == ["x", None]
    assert found["a"].dtype == float
